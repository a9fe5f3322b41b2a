"""The Inspect page in Chromium: from a failed run to the second, a part of it, a link to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_support import Console, Tab
from playwright.sync_api import Page, expect

from harness.calls import Archive, CallView
from harness.console.inspect.waterfall import waterfall
from harness.nouns import CallQuery
from harness.settings import Settings
from harness.store import Store


@pytest.fixture(scope="module")
def console(replayed: Callable[..., Console]) -> Console:
    return replayed(seeded=True, alone="inspect")


@pytest.fixture(scope="module")
def archive(console: Console) -> Archive:
    """What the console shows, read beside it."""
    settings = Settings(data=console.log.parent / "data")
    return Archive(Store.open(settings), settings)


def newest_failed(archive: Archive) -> CallView:
    return archive.view(archive.search(CallQuery(outcome="failed", limit=1)).calls[0].id)


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_from_a_failed_run_it_is_one_click_to_the_second(
    console: Console, archive: Archive, tab: Callable[..., Tab]
) -> None:
    run = archive.latest_run("suite")
    assert run is not None
    opened = tab(console, width=1280, height=800).open(f"/runs?run={run.id}")
    page = opened.page
    page.get_by_role("button", name="Inspect first failed call").click()
    page.wait_for_url("**/inspect?*call=*")
    view = archive.view(asked(page)["call"])
    assert view.run_id == run.id
    expect(page.get_by_role("alert").first).to_contain_text(
        next(check.name for check in view.checks if check.verdict == "not_met")
    )
    expect(page.get_by_role("button", name=re.compile("^Copy link at"))).to_be_visible()
    wave = page.get_by_role("region", name="Waveform")
    expect(wave.get_by_role("button", name=re.compile("^Turn [1-9]"))).to_be_visible()


def test_turn_part_and_tabs_are_one_place_and_the_link_leads_back(
    console: Console, archive: Archive, tab: Callable[..., Tab]
) -> None:
    view = newest_failed(archive)
    opened = tab(console).open(f"/inspect?call={view.call_id}&tab=latency")
    page = opened.page
    expect(page.get_by_text("Turn 3, heard by the caller")).to_be_visible()  # got no answer

    # Another turn: by the keyboard, then by its words. Who listens for keys is the waveform.
    expect(page.get_by_role("region", name="Waveform").locator("canvas")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Turn 4, heard by the caller")).to_be_visible()
    expect(page).to_have_url(re.compile("turn=4"))
    runs = opened.full_runs
    turn = next(turn for turn in view.turns if turn.index == 2)
    page.get_by_role("region", name="Transcript").get_by_text(turn.agent_text).click()
    expect(page.get_by_text("Turn 2, heard by the caller")).to_be_visible()
    expect(page).to_have_url(re.compile("turn=2"))

    # A part, dragged, is in the address and filters words and tabs.
    box = page.get_by_role("region", name="Waveform").locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 60, steps=8)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from="))
    first, last = float(asked(page)["from"]), float(asked(page)["to"])
    assert 0 < first < last < view.t
    inside = sum(first <= event.t <= last for event in archive.events(view.call_id))
    expect(page.get_by_role("region", name="Transcript")).to_contain_text(
        re.compile(r"\d of 6 turns in \d:\d\d–\d:\d\d")
    )
    figures = page.get_by_test_id("stTabs")
    expect(figures.get_by_text(re.compile(r"^\d of 6 turns in "))).to_be_visible()
    page.get_by_role("tab", name=re.compile("^Events")).click()
    events = page.get_by_role("region", name="Events")
    expect(events.get_by_role("status")).to_contain_text(f"{inside} of {view.seq} events in")
    page.get_by_role("button", name=re.compile("^tool")).click()
    expect(events.get_by_role("status")).not_to_contain_text(f"{inside} of {view.seq}")

    # Back in the browser is followed, and forth again; all else ran but its fragment.
    assert opened.full_runs == runs and opened.fragment_runs >= 4
    page.go_back()
    expect(page.get_by_role("tab", name=re.compile("^Latency"))).to_have_attribute(
        "aria-selected", "true"
    )
    page.go_forward()
    expect(events).to_be_visible()

    # The link that is copied opens the same turn, part and tab.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=re.compile("^Copy link at")).click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    there = tab(console, theme="dark").open(link.removeprefix(console.url))
    expect(there.page.get_by_role("tab", name=re.compile("^Events"))).to_have_attribute(
        "aria-selected", "true"
    )
    wave = there.page.get_by_role("region", name="Waveform")
    expect(wave.get_by_role("button", name="Turn 2")).to_be_visible()
    wave.get_by_role("button", name="Show all").click()
    expect(there.page).not_to_have_url(re.compile("from="))
    expect(there.page.get_by_role("region", name="Transcript")).to_contain_text("6 turns")


def test_half_an_hour_sends_little_for_another_turn(
    console: Console, archive: Archive, tab: Callable[..., Tab]
) -> None:
    longest = archive.search(CallQuery(sort="longest", limit=1)).calls[0]
    opened = tab(console).open(f"/inspect?call={longest.id}&turn=100&tab=latency")
    page = opened.page
    expect(page.get_by_text("Turn 100, heard by the caller")).to_be_visible()
    expect(page.get_by_role("region", name="Transcript")).to_contain_text("200 turns")
    taken: list[int] = []
    for socket in opened.sockets:
        socket.on("framereceived", lambda payload: taken.append(len(payload)))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Turn 101, heard by the caller")).to_be_visible()
    assert 0 < sum(taken) < 150_000
    outlines = [url for url, _ in opened.requests if "/peaks?" in url]
    assert outlines and all("bins=" in url for url in outlines)


def test_on_a_phone_nothing_runs_over_the_edge(
    console: Console, archive: Archive, tab: Callable[..., Tab]
) -> None:
    view = newest_failed(archive)
    page = (
        tab(console, width=390, height=844).open(f"/inspect?call={view.call_id}&tab=latency").page
    )
    expect(page.get_by_text("Turn 3, heard by the caller")).to_be_visible()
    expect(page.get_by_role("region", name="Transcript")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_bar_leads_to_its_turn_a_stage_and_a_check_to_their_second(
    console: Console, archive: Archive, tab: Callable[..., Tab]
) -> None:
    view = newest_failed(archive)
    page = tab(console).open(f"/inspect?call={view.call_id}&tab=latency&turn=1").page
    expect(page.get_by_text("Turn 1, heard by the caller")).to_be_visible()
    expect(page.get_by_role("region", name="Waveform").locator("canvas")).to_be_visible()
    drawn = page.get_by_test_id("stPlotlyChart")
    listens = "plot => Boolean(plot?._ev?._events?.plotly_selected)"

    def click(chart: int, bar: int) -> None:
        plot = drawn.nth(chart).locator(".js-plotly-plot")
        page.wait_for_function(listens, arg=plot.element_handle())
        # What lies above a bar is Plotly's own, which passes the click on.
        drawn.nth(chart).locator(".barlayer .point").nth(bar).click(force=True)

    click(0, 1)
    expect(page.get_by_text("Turn 2, heard by the caller")).to_be_visible()
    expect(page).to_have_url(re.compile(r"turn=2\b"))

    turn = view.turns[2]
    found = waterfall(view, turn)
    place = next(at for at, bar in enumerate(found.bars) if bar.start > 0)
    stages = drawn.nth(1).locator(".barlayer .point")
    expect(stages).to_have_count(len(found.bars))
    click(1, place)
    assert turn.caller is not None and turn.caller.end is not None
    begins = turn.caller.end + found.bars[place].start
    expect(page).to_have_url(re.compile(rf"t={begins:.1f}\b"))
    # What no report explains is hatched, and the hatching can be seen.
    strokes = drawn.nth(1).evaluate(
        """chart => [...chart.querySelectorAll('pattern')].map(pattern => [
            getComputedStyle(pattern.querySelector('path')).stroke,
            getComputedStyle(pattern.querySelector('rect')).fill,
        ])"""
    )
    assert strokes and all(stroke != fill for stroke, fill in strokes), strokes

    # A check is heard where it was met, and its row is marked meanwhile.
    page.get_by_role("tab", name=re.compile("^Checks")).click()
    met = page.get_by_role("listitem").filter(has_text="Says goodbye")
    met.get_by_role("button").first.click()
    expect(met).to_have_class(re.compile(r"\bat\b"))
    expect(page.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
