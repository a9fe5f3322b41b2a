"""The whole product in Chromium: the real console, the real demo agent, from the first click on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_support import ROOT, Console, start_console
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.livekit, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """app.py as `make run` starts it, on a data folder of its own."""
    folder = tmp_path_factory.mktemp("real")
    env = {"RINGBACK_DATA": str(folder / "data")}
    console = start_console(ROOT / "app.py", folder / "log.txt", env)
    yield console
    assert console.stop() in (0, -15, 143), console.text()


def state_of(page):
    return page.locator("section[aria-label='Call status'] .state")


def heard_in_chart(page) -> list[float | None]:
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')]
            .flatMap(plot => plot.data).find(trace => trace.name === 'heard')?.y ?? []"""
    )


def test_from_the_first_click_to_the_history(console: Console, tab):
    one = tab(console).open()
    page = one.page
    call_id = one.call_demo()

    # The transcript comes while the call goes on: at its first words the call is live.
    expect(page.get_by_text("Northgate Clinic, this is Ava.").first).to_be_visible(timeout=90_000)
    assert state_of(page).inner_text().endswith("Live")
    one.shot("real-live")
    runs = one.full_runs

    # So do latency and checks.
    page.wait_for_function(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => plot.data)
            .some(trace => trace.name === 'heard' && trace.y.length >= 1)""",
        timeout=90_000,
    )
    expect(page.get_by_text(re.compile(r"[1-9]\d* met")).first).to_be_visible()
    assert state_of(page).inner_text().endswith("Live")
    assert one.full_runs == runs, "the page was run again while the call went on"

    # A reload comes back to the same call, with what was said.
    page.reload()
    expect(page.get_by_text("Northgate Clinic, this is Ava.").first).to_be_visible()
    assert call_id in page.url

    expect(state_of(page)).to_contain_text("Ended", timeout=150_000)
    turns = page.locator(".bub.c:visible").count()
    assert turns >= 3
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length >= 2")
    assert len([y for y in heard_in_chart(page) if y is not None]) >= turns - 1
    one.shot("real-ended")

    # The recording plays: the clock moves.
    play = page.get_by_role("button", name="Play")
    expect(play).to_be_enabled()
    play.click()
    expect(page.locator(".at.num")).to_contain_text(re.compile(r"0:0[1-9] /"))

    # It is in the history.
    page.get_by_test_id("stTopNav").get_by_role("link", name="Runs").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    one.shot("real-history")


def test_what_a_crash_says(console: Console, tab):
    one = tab(console).open()
    page = one.page
    one.call_demo()
    page.get_by_role("button", name="Hang up").click()
    expect(state_of(page)).to_contain_text("Cancelled", timeout=60_000)
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("combobox", name="Make the demo agent fail").click()
    page.get_by_role("option", name="Crashes during the call").click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("button", name=re.compile("^Call")).last.click()
    expect(
        page.get_by_text(re.compile(r"The bot failed: \S*FrontDeskCrash in rules_llm\.py")).first
    ).to_be_visible(timeout=120_000)
    assert "Traceback" not in page.locator("[data-testid=stMain]").inner_text().split("Agent")[0]
    one.shot("real-crash")


def test_the_log_holds_no_token(console: Console):
    assert not re.search(r"eyJ[\w-]{10,}\.|token=(?!\[hidden\])", console.text())
    for log in Path(console.log.parent).rglob("*.log"):
        assert not re.search(r"eyJ[\w-]{10,}\.", log.read_text(errors="replace")), log
