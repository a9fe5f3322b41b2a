"""Trust in judges in Chromium: a criterion is chosen, its judge is held to people, a case opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser_support import Tab, start_console
from playwright.sync_api import expect

from harness.settings import Settings
from harness.store import Store
from tests.seeded_grades import seed_graded

KIND, BRIEF = "Is kind throughout", "Keeps it brief"


@pytest.fixture
def console(tmp_path: Path):
    store = Store.open(Settings(data=tmp_path))
    agreed = [("met", "met"), ("not_met", "not_met")]
    seed_graded(store, [*agreed * 10, ("met", "met")], check=KIND)
    *_, apart = seed_graded(store, [*agreed * 4, ("not_met", "met")], check=BRIEF, grader="Ben")
    store.close()
    env = {"REPLAY_SEEDED": "1", "RINGBACK_DATA": str(tmp_path)}
    app = Path(__file__).parent / "replay_app.py"
    running = start_console(app, tmp_path / "log.txt", env)
    yield running, apart.id
    running.stop()


def test_a_criterion_is_chosen_and_where_they_disagree_opens_at_its_place(
    console, tab: Callable[..., Tab]
) -> None:
    running, apart = console
    page = tab(running).open("/settings").page
    card = page.get_by_test_id("stMain")
    expect(card.get_by_text(re.compile(f"{KIND}, judged by gpt-4.1"))).to_be_visible()
    expect(card.get_by_role("row", name=re.compile("People: met")).first).to_have_text(
        re.compile("11.*0")
    )
    expect(card.get_by_text("Nowhere so far.")).to_be_visible()

    # The grid is a canvas: its second row is chosen as people do it, with the mouse.
    grid = page.locator("[data-testid=stDataFrame]", has_text=KIND)
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    grid.click(position={"x": 14, "y": 36 * 2 + 18})
    expect(card.get_by_text(re.compile(f"{BRIEF}, judged by gpt-4.1"))).to_be_visible()
    expect(card.get_by_text(re.compile("Graded by Ben")).first).to_be_visible()
    failed = card.get_by_role("row", name=re.compile("People: failed"))
    expect(failed).to_have_text(re.compile("1 missed.*4"))

    card.get_by_role("link", name=re.compile("people say failed, the judge says met")).click()
    page.wait_for_url(re.compile(f"/inspect.*call={apart}"))
    assert "turn=2" in page.url and "t=20.0" in page.url
    expect(page.get_by_text(BRIEF).first).to_be_visible()
    expect(page.get_by_role("tab", name=re.compile("Checks"))).to_have_attribute(
        "aria-selected", "true"
    )
