"""The Runs page in a browser: the end of a run, and small windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browser_support import Console, Tab
from playwright.sync_api import Page, expect

from harness.nouns import RunState
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_plan, seed_run

pytestmark = pytest.mark.browser

SCENARIOS = ("Opening hours", "Book a follow-up")


@pytest.fixture
def console(replayed: Callable[..., Console]) -> Console:
    return replayed(seeded=True)


@pytest.fixture
def store(console: Console) -> Iterator[Store]:
    """What the console reads: another process adds to it, as `ringback run` does."""
    kept = Store.open(Settings(data=console.log.parent / "data"))
    yield kept
    kept.close()


def overflow(page: Page) -> int:
    return page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_the_page_runs_once_when_the_run_has_ended(console, store, tab):
    run = seed_run(
        store, SCENARIOS, 1, [1.0, 1.0], state=RunState.RUNNING, turns=5,
        plan=seed_plan(SCENARIOS, 1, suite="once"),
    )  # fmt: skip
    one: Tab = tab(console)
    one.open(f"/runs?run={run.id}")
    expect(one.page.get_by_text("2 of 2, 0 live")).to_be_visible()
    full = one.full_runs
    store.update_run(run.id, state=RunState.DONE)
    expect(one.page.get_by_role("button", name="Run again")).to_be_visible()
    expect(one.page.get_by_role("button", name="Pin as baseline")).to_be_visible()
    assert one.full_runs == full + 1


@pytest.mark.parametrize(("width", "height", "theme"), [(390, 844, "dark"), (1280, 800, "light")])
def test_nothing_is_cut_off_at_the_side(console, store, tab, width, height, theme):
    newest = store.runs(suite="nightly", limit=1)[0]
    one: Tab = tab(console, width=width, height=height, theme=theme)
    for path in ("/runs", "/runs?view=trends", f"/runs?run={newest.id}"):
        one.open(path)
        expect(
            one.page.get_by_role("tab").or_(one.page.get_by_text("Lately")).first
        ).to_be_visible()
        assert overflow(one.page) <= 0, path
