"""The Compare page in Chromium: two runs and two calls, by mouse and keys, dark and narrow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_two_runs(replayed, tab):
    one = tab(replayed(seeded=True)).open("/compare")
    page = one.page
    # Without ids: the newest run of a suite beside its pinned baseline.
    expect(page.get_by_role("link", name=re.compile("A · prompt v11"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("B · prompt v12"))).to_be_visible()
    sentence = page.get_by_text(re.compile("^B is |^The data cannot tell")).first
    expect(sentence).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").locator(".trace.scatter").first).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    one.shot("compare-runs")

    # The baseline goes from A to B and back, by the keyboard.
    page.get_by_role("button", name="Baseline").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unpin A")).to_be_visible()
    page.get_by_role("button", name="Pin B").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unpin B")).to_be_visible()
    page.get_by_role("button", name="Pin A").click()
    expect(page.get_by_role("button", name="Unpin A")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("link", name=re.compile("A · prompt v12"))).to_be_visible()
    first, second = re.findall(r"run_\w+", page.url)
    assert first != second
    page.get_by_role("link", name=re.compile("A · prompt v12")).click()
    page.wait_for_url(f"**/runs?run={first}*")


def test_two_calls_by_keys(replayed, tab):
    one = tab(replayed(seeded=True)).open("/inspect")
    page = one.page
    # The newest call is a failed one: on to what it is compared with.
    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?b=call_*")
    turns = page.get_by_role("listbox", name="Turns of both calls")
    expect(turns).to_be_visible()
    expect(page.get_by_text("A passed").first).to_be_visible()
    rows = turns.get_by_role("option")
    chosen = turns.get_by_role("option", selected=True)
    # It stands at the turn that weighs most; F goes to the next one and around.
    expect(chosen).to_have_count(1)
    begin = chosen.inner_text()
    page.keyboard.press("f")
    # The page has answered, and what was chosen is kept.
    expect(page).to_have_url(re.compile(r"turn=\d+"))
    expect(chosen).not_to_have_text(begin, use_inner_text=True)
    silent = rows.filter(has_text="No answer")
    expect(silent).to_have_count(1)
    silent.click()
    expect(silent).to_have_attribute("aria-selected", "true")
    place = rows.all_inner_texts().index(silent.inner_text())
    # From the turn to its second in either call.
    for side in "AB":
        link = page.get_by_role("link", name=re.compile(rf"^Inspect turn \d+ in {side}$"))
        address = re.compile(r"/inspect\?call=call_\w+&turn=\d+&t=\d+\.\d$")
        expect(link).to_have_attribute("href", address)
    page.keyboard.press("ArrowRight")
    expect(rows.nth(place + 1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(rf"turn={place - 1}\b"))
    expect(rows.nth(place - 1)).to_have_attribute("aria-selected", "true")
    # Space plays both sides of the turn.
    with page.expect_response(re.compile(r"/ringback/calls/call_\w+/recording")):
        page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Stop Space")).to_be_visible()
    one.shot("compare-calls")


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_narrow_and_dark(replayed, tab, width: int, theme: str):
    one = tab(replayed(seeded=True), width=width, height=844, theme=theme).open("/compare")
    page = one.page
    expect(page.get_by_text(re.compile("^B is |^The data cannot tell")).first).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    assert overflow(page) <= 0
    one.shot(f"compare-runs-{width}-{theme}")
    colour = page.get_by_test_id("stApp").evaluate("node => getComputedStyle(node).backgroundColor")
    light = sum(int(part) for part in re.findall(r"\d+", colour)[:3]) > 3 * 128
    assert light is (theme == "light")
    one.open("/inspect")
    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name="Compare", exact=True).click()
    turns = page.get_by_role("listbox", name="Turns of both calls")
    expect(turns).to_be_visible()
    assert overflow(page) <= 0
    sides = turns.get_by_role("option").first.evaluate(
        "node => [...node.children].map(child => child.getBoundingClientRect().right)"
    )
    assert max(sides) <= width
    one.shot(f"compare-calls-{width}-{theme}")
