"""The whole product in Chromium: the real console, the real demo agent, from the first click on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from browser_support import ROOT, Console, Tab, launch, start_console
from playwright.sync_api import Browser, expect

from harness.caller.speech._voice import synthesize
from harness.calls import read_lane, stored_view
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, EventKind
from harness.settings import Settings
from harness.store import Artifacts, Store, read_events

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


QUESTION = "Where can I park?"
SPOKE_BEFORE = """
    localStorage.setItem("ringback.name", "Anna")
    localStorage.setItem("ringback.spoke", "1")
    localStorage.setItem("ringback.filter", "off")
"""
"""Of somebody who has spoken before, and whose microphone the browser leaves alone."""


def microphone_asking(path: Path) -> np.ndarray:
    """A microphone that asks again and again what the script has not; gives one question alone."""
    voice = synthesize(QUESTION, voice="heart", speed=1.0, seed=0, sample_rate=LANE_RATE)
    said = speech_bounds(voice, LANE_RATE)
    assert said is not None and said.end is not None
    pause = np.zeros(LANE_RATE, np.int16)
    whole = np.concatenate([pause, voice, *[pause] * 10])
    soundfile.write(path, soxr.resample(whole, LANE_RATE, 48_000), 48_000)
    return voice[round(said.start * LANE_RATE) : round(said.end * LANE_RATE)]


def found(lane: np.ndarray, word: np.ndarray, near: float) -> tuple[float, float]:
    """How much of `word` is in `lane` to the sample, and the second at which it begins there.

    A busy computer may break a word off for a moment: each 0.1 s of it is looked for by itself.
    """
    size, around = LANE_RATE // 10, LANE_RATE // 2
    starts = []
    pieces = range(0, len(word) - size + 1, size)
    for first in pieces:
        piece = word[first : first + size].astype(np.float64)
        begin = max(0, round(near * LANE_RATE) + first - around)
        part = lane[begin : begin + size + 2 * around].astype(np.float64)
        power = np.convolve(part**2, np.ones(size), "valid")
        alike = np.correlate(part, piece, "valid") / np.sqrt(power * np.sum(piece**2) + 1)
        if alike.max() > 0.95:
            starts.append(begin + int(np.argmax(alike)) - first)
    return len(starts) / len(pieces), min(starts, default=0) / LANE_RATE


def test_a_person_takes_the_call_over_is_answered_and_hands_it_back(
    console: Console, chromium: Browser, tmp_path: Path
):
    word = microphone_asking(tmp_path / "mic.wav")
    with contextlib.ExitStack() as stack:
        browser = launch(chromium.browser_type, tmp_path / "mic.wav")
        stack.callback(browser.close)
        context = browser.new_context(permissions=["microphone"])
        context.add_init_script(SPOKE_BEFORE)
        one = Tab(context.new_page(), console).open()
        page = one.page
        call_id = one.call_demo()
        answers, lines = page.locator(".bub.a:visible"), page.locator(".bub.c:visible")
        stand, speaks = page.locator(".stand.mine"), page.locator(".bub.a .caret:visible")
        expect(answers.filter(has_text="Northgate Clinic")).to_be_visible(timeout=90_000)
        # In the middle of what the script says.
        expect(lines.first).to_be_visible()
        expect(page.get_by_role("button", name="Take over")).to_be_enabled()
        page.keyboard.press("m")
        expect(stand).to_contain_text("You are the caller")
        # The script does not come to this question before its fifth line.
        asked = answers.filter(has_text=re.compile("park", re.I))
        expect(asked.first).to_be_visible(timeout=60_000)
        expect(speaks).to_have_count(0)
        one.shot("real-taken-over")
        page.keyboard.press("m")
        expect(stand).to_be_hidden()
        before = lines.count()
        expect(lines.nth(before)).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Hang up").click()
        # Somebody ended it before the script was through.
        expect(state_of(page)).to_contain_text("Cancelled", timeout=60_000)

    settings = Settings(data=console.log.parent / "data")
    view = stored_view(Store.open(settings), call_id)
    sources = [turn.caller_source for turn in view.turns if turn.caller is not None]
    assert sources[0] == sources[-1] == "script" and "person" in sources, sources
    files = Artifacts.of(settings, call_id)
    (took, back) = (
        next(event for event in read_events(files.events) if event.kind == kind)
        for kind in (EventKind.PERSON_TOOK, EventKind.PERSON_GAVE_BACK)
    )
    assert (took.data["who"], back.data["why"]) == ("Anna", "handed_back")
    # A busy computer may break the question in two: the agent answers the later part of it.
    spoken = [turn for turn in view.turns if turn.caller_source == "person"]
    assert any("park" in turn.agent_text.lower() for turn in spoken)
    lane = read_lane(files.recording, "caller")
    spans = [turn.caller for turn in spoken if turn.caller is not None]
    (share, start), span = max(
        ((found(lane, word, span.start), span) for span in spans), key=lambda each: each[0]
    )
    assert share >= 0.5
    assert span.start == pytest.approx(start, abs=0.05)
    # Each turn says to 50 ms where the recording has what was said.
    for span in spans:
        assert span.end is not None
        assert took.data["at"] <= span.start and span.end <= back.data["at"]
        cut = span.start - 0.25
        part = lane[round(cut * LANE_RATE) : round((span.end + 0.25) * LANE_RATE)]
        heard = speech_bounds(part, LANE_RATE)
        assert heard is not None and heard.end is not None
        assert span.start == pytest.approx(cut + heard.start, abs=0.05)
        assert span.end == pytest.approx(cut + heard.end, abs=0.05)


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
