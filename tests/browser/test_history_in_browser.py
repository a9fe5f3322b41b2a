"""The history in a real grid: by mouse and keyboard, and filters that are kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browser_support import Console, Tab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_what_is_deleted_is_counted_no_more_until_it_is_taken_back(
    replayed: Callable[..., Console], tab: Callable[..., Tab]
) -> None:
    page = tab(replayed(seeded=True, alone="history")).open("/runs").page
    every, failed = (page.get_by_role("radio", name=name) for name in ("All", "Failed"))
    expect(every).to_have_text("All 40")
    failed.click()
    page.wait_for_url("**show=failed*")
    expect(page.get_by_text("1 to 6 of 6")).to_be_visible()
    grid = page.get_by_test_id("stDataFrame").filter(has=page.get_by_label("Calls", exact=True))
    rows, undo = grid.locator(".dvn-scroller"), page.get_by_role("button", name="Undo")

    rows.click(position={"x": 15, "y": 55})
    page.wait_for_url("**call=call_*")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(failed).to_have_text("Failed 5")
    expect(every).to_have_text("All 39")
    expect(page.get_by_text("1 to 5 of 5")).to_be_visible()
    expect(page).not_to_have_url(re.compile("call="))
    expect(page.get_by_text("Deleted.")).to_be_visible()
    undo.click()
    expect(failed).to_have_text("Failed 6")
    expect(undo).to_have_count(0)

    # All that are found.
    page.get_by_role("button", name="Delete all 6 found").click()
    expect(page.get_by_text("No call matches.")).to_be_visible()
    expect(failed).to_have_text("Failed 0")
    expect(page.get_by_text("Deleted 6 calls.")).to_be_visible()
    undo.click()
    expect(failed).to_have_text("Failed 6")
    expect(every).to_have_text("All 40")
    expect(page.get_by_text("1 to 6 of 6")).to_be_visible()


def test_a_call_is_found_and_marked_and_its_filter_kept(
    replayed: Callable[..., Console], tab: Callable[..., Tab]
) -> None:
    one = tab(replayed(seeded=True, alone="history")).open("/runs")
    page = one.page
    total = page.get_by_role("radio", name="All")
    expect(total).to_have_text("All 40")

    # By words that were said; the address follows, and the way back leads back.
    search = page.get_by_role("textbox", name="Search")
    search.fill("friday quarter")
    search.press("Enter")
    page.wait_for_url("**find=friday*")
    expect(total).not_to_have_text("All 40")
    page.get_by_role("radio", name="Failed").click()
    page.wait_for_url("**show=failed*")
    expect(page.get_by_text("1 to 5 of 5")).to_be_visible()

    # Narrowed by a choice that tells how many it would leave, and taken away again.
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("combobox", name="Scenario").click()
    page.get_by_role("option", name="Book a follow-up (").click()
    page.wait_for_url("**scenario=Book*")
    expect(page.get_by_role("button", name="Clear all")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Book a follow-up").click()
    expect(page.get_by_text("1 to 5 of 5")).to_be_visible()

    # The first row: starred and tagged, both stay beside it.
    grid = page.get_by_test_id("stDataFrame").filter(has=page.get_by_label("Calls", exact=True))
    rows = grid.locator(".dvn-scroller")
    rows.click(position={"x": 15, "y": 55})
    page.wait_for_url("**call=call_*")
    page.get_by_role("button", name="Star", exact=True).click()
    expect(page.get_by_role("button", name="Unstar")).to_be_visible()
    page.get_by_role("button", name="Tags").click()
    tags = page.get_by_role("combobox", name="Tags")
    tags.fill("Pause")
    tags.press("Enter")
    expect(page.get_by_text("pause", exact=True).first).to_be_visible()
    page.keyboard.press("Escape")

    # What is looked for is kept under a name, and asked for by it.
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("textbox", name="Name of this filter").fill("Fridays")
    page.get_by_role("button", name="Keep", exact=True).click()
    kept = page.get_by_role("button", name="Fridays")
    expect(kept).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="All").click()
    expect(page).not_to_have_url(re.compile("show="))
    page.get_by_role("button", name="Saved").click()
    kept.click()
    page.wait_for_url("**show=failed*")
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 to 5 of 5")).to_be_visible()

    # Anywhere else in a row it opens the call.
    rows.click(position={"x": 260, "y": 55})
    page.wait_for_url("**/inspect?*call=call_*")
    expect(page.get_by_role("region", name="Waveform")).to_be_visible()
