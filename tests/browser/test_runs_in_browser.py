"""The Runs page in a browser: a run that goes on, its actions, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browser_support import Console, Tab
from playwright.sync_api import Page, expect

from harness.nouns import RunState, Verdict
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_plan, seed_run

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


def test_a_run_is_watched_without_running_the_page_then_cancelled(console, store, tab):
    plan = seed_plan(SCENARIOS, 3, suite="watched")
    run = seed_run(
        store, SCENARIOS, 3, [1.0, 1.0], plan=plan, state=RunState.RUNNING, placed=2, turns=5
    )
    one: Tab = tab(console)
    one.open(f"/runs?run={run.id}")
    page = one.page
    expect(page.get_by_text("2 of 6, 0 live")).to_be_visible()
    full = one.full_runs
    item = plan.items[2]
    seed_call(
        store,
        run=run.id,
        scenario=plan.scenarios[item.scenario],
        place=item,
        agent=plan.agents[item.agent],
        turns=5,
        verdict=Verdict.FAILED,
        recording=False,
    )
    expect(page.get_by_text("3 of 6, 0 live")).to_be_visible()
    expect(page.get_by_text("1 failed", exact=True)).to_be_visible()
    assert one.full_runs == full
    for name, shown in (  # the head stands on every tab
        ("Calls", "Calls of the run so far"),
        ("Charts", "p50 and p95 of each call"),
        ("Trends", "Finished runs of a suite"),
        ("Plan", "What is called"),
    ):
        page.get_by_role("tab", name=name).click()
        panel = page.get_by_role("tabpanel", name=name)
        expect(panel.get_by_label(shown).or_(panel.get_by_text(shown)).first).to_be_visible()
        expect(page.get_by_text("3 of 6, 0 live")).to_be_visible()
    assert one.full_runs <= full + 4  # one a tab: none by itself
    page.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel run")).to_have_count(0)
    assert store.run(run.id).state is RunState.CANCELLED


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


def test_from_run_to_run_and_to_the_call_by_keyboard(console, store, tab):
    run = seed_run(
        store, SCENARIOS, 2, [0.5, 1.0], turns=5, plan=seed_plan(SCENARIOS, 2, suite="keys")
    )
    one: Tab = tab(console)
    one.open("/runs")
    page = one.page
    page.get_by_role("button", name="Start a run").press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Place "))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    one.open(f"/runs?run={run.id}")
    page.get_by_role("button", name="Rerun failed").press("Enter")
    parent = page.get_by_role("link", name="Failed calls of an earlier run")
    expect(parent).to_be_visible()
    newest = store.runs(kind="suite", limit=1)[0]
    assert newest.parent_id == run.id and newest.planned == 1
    page.wait_for_url(f"**/runs?run={newest.id}")

    # A link of the page to itself changes the address, too: what comes next asks for the same run.
    parent.press("Enter")
    page.wait_for_url(f"**/runs?run={run.id}")
    expect(parent).to_have_count(0)
    page.get_by_role("button", name="Inspect first failed call").press("Enter")
    page.wait_for_url("**/inspect?*call=*")
    failed = [call.id for call in store.calls(run_id=run.id) if call.verdict is Verdict.FAILED]
    assert page.url.split("call=")[1].split("&")[0] == failed[0]

    # On to the calls beside it by key, and back as the browser does.
    placed = [call.id for call in reversed(store.calls(run_id=run.id))]
    at = placed.index(failed[0])
    key, beside = ("n", placed[at + 1]) if at + 1 < len(placed) else ("p", placed[at - 1])
    expect(page.get_by_role("region", name="Waveform").locator("canvas")).to_be_visible()
    page.keyboard.press(key)
    page.wait_for_url(f"**call={beside}")
    expect(page.get_by_text(f"{placed.index(beside) + 1} of {len(placed)}")).to_be_visible()
    # Its keys come with its waveform.
    expect(page.get_by_role("region", name="Waveform")).to_have_attribute("data-call", beside)
    page.keyboard.press("Shift+F")
    page.wait_for_url(f"**call={failed[0]}")
    page.go_back()
    page.wait_for_url(f"**call={beside}")
    expect(page.get_by_text(f"{placed.index(beside) + 1} of {len(placed)}")).to_be_visible()

    # A row of the calls, and a mark of the chart, lead to their call.
    one.open(f"/runs?run={run.id}&tab=calls")
    grid = page.get_by_test_id("stDataFrame").filter(
        has=page.get_by_label("Calls of the run in their order")
    )
    grid.locator(".dvn-scroller").click(position={"x": 120, "y": 35 + 36 + 18})
    page.wait_for_url(f"**/inspect?*call={placed[1]}*")
    one.open(f"/runs?run={run.id}&tab=charts")
    chart = page.get_by_test_id("stPlotlyChart").nth(1)
    plot = chart.locator(".js-plotly-plot")
    listens = "plot => Boolean(plot?._ev?._events?.plotly_selected)"
    page.wait_for_function(listens, arg=plot.element_handle())
    chart.locator(".points .point").nth(2).click(force=True)
    page.wait_for_url(f"**/inspect?*call={placed[2]}*")

    one.open(f"/runs?run={run.id}")
    page.get_by_role("link", name="All runs").press("Enter")
    expect(page.get_by_text("Worst regressions")).to_be_visible()
    page.wait_for_url("**/runs")


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
