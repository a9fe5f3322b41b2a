"""The Runs page with a run chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from on_page import words
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.console.runs import table as run_table
from harness.console.theme import palette
from harness.nouns import CallState, Goal, RunState, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_plan, seed_run
from tests.seeded_service import SeededService

SCENARIOS = ("Book a follow-up", "Ask for the opening hours")
LIGHT = palette("light")


@pytest.fixture
def service(library: AgentLibrary, serve: Callable[..., object]) -> SeededService:
    settings = get_settings()
    made = SeededService(Store.open(settings), settings)
    serve(made)
    return made


@pytest.fixture
def store(service: SeededService) -> Store:
    return service.archive.store


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def test_a_finished_run_tells_its_figures_and_counts_nothing_twice(store, page):
    plan = seed_plan(SCENARIOS, 4, goal=Goal(pass_rate=0.9))
    run = seed_run(store, SCENARIOS, 4, [0.5, None], plan=plan, turns=5, label="prompt v12")
    app = page("runs", run=run.id)
    assert not app.exception
    told = words(app)
    assert app.title[0].value == "Nightly" and "prompt v12" in told
    assert "Finished" in told
    assert "**8** :small[:gray[4 not run]]" in told
    assert "**2** :small[:gray[of 4]]" in told
    assert "50 % of the calls passed; the goal is 90 %" in told
    assert {"Run again", "Pin as baseline", "Inspect first failed call", "Rerun failed"} <= set(
        labels(app)
    )
    assert "Cancel run" not in labels(app) and "Resume" not in labels(app)


def test_the_table_has_a_row_a_scenario_with_its_repeats(store, page):
    run = seed_run(store, SCENARIOS, 3, [2 / 3, 1.0], turns=5, latency=[2.6, 0.8])
    app = page("runs", run=run.id)
    table = app.dataframe[0].value
    assert list(table["Scenario"]) == list(SCENARIOS)
    assert list(table["Pass rate"]) == ["67 %, 21–94", "100 %, 44–100"]
    assert list(table["3 in a row"]) == ["0 %", "100 %"]
    assert [len(names) for names in table["Most common failures"]] == [1, 0]


def test_filters_leave_what_they_say(service, store):
    run = seed_run(store, (*SCENARIOS, "Cancel"), 2, [0.5, 1.0, None], turns=5, latency=2.6)
    cells = service.archive.summary(run.id).cells
    assert run_table.counts(cells) == {
        "all": 3, "failures": 1, "budget": 2, "talk_over": 0, "not_run": 1,
    }  # fmt: skip
    assert [cell.scenario for cell in run_table.select(cells, "not_run")] == ["Cancel"]
    styled = run_table.cell_rows(cells, cells, LIGHT)
    styled._compute()
    red = [place for place, style in styled.ctx.items() if style]
    assert {row for row, _ in red} == {0, 1}


def test_the_filter_of_the_address_is_taken(store, page):
    run = seed_run(store, SCENARIOS, 1, [0.0, 1.0], turns=5)
    app = page("runs", run=run.id, only="failures")
    assert not app.exception
    assert list(app.dataframe[0].value["Scenario"]) == [SCENARIOS[0]]
    app.button_group[0].set_value("all").run()
    assert len(app.dataframe[0].value) == 2 and "only" not in app.query_params


def test_a_running_run_can_be_cancelled_and_then_resumed(service, store, page):
    run = seed_run(
        store, SCENARIOS, 3, [1.0, 1.0], turns=5, state=RunState.RUNNING, placed=4, live=1
    )
    app = page("runs", run=run.id)
    assert not app.exception
    told = words(app)
    assert "Running" in told and "**3** :small[:gray[of 6, 1 live]]" in told
    assert "Run again" not in labels(app)
    cells = service.archive.summary(run.id).cells
    assert [run_table.marks_of(cell) for cell in cells] == [
        ["passed", "passed", "to_come"], ["passed", "live", "to_come"],
    ]  # fmt: skip
    unseen = {cells[0].calls[1].id}
    assert run_table.marks_of(cells[0], unseen) == ["passed", "hidden", "to_come"]
    button(app, "Cancel run").click().run()
    assert not app.exception
    assert service.asked == [("cancel_run", run.id)]
    assert "Cancelled" in words(app)
    button(app, "Resume").click().run()
    assert service.asked[-1] == ("resume_run", run.id)
    assert "Running" in words(app)


def test_of_a_running_run_the_table_is_made_anew_only_when_a_call_has_ended(
    store, page, monkeypatch
):
    run = seed_run(
        store, SCENARIOS, 3, [1.0, 1.0], turns=5, state=RunState.RUNNING, placed=4, live=1
    )
    made: list[int] = []

    def noticed(cells, *more):
        made.append(sum(cell.passed for cell in cells))
        return cell_rows(cells, *more)

    cell_rows = run_table.cell_rows
    monkeypatch.setattr(run_table, "cell_rows", noticed)
    app = page("runs", run=run.id)
    app.run()
    assert not app.exception and made == [3]
    assert len(app.dataframe[0].value) == 2 and "Why calls failed" in words(app)
    last = store.calls(run_id=run.id)[0]
    store.update_call(last.id, state=CallState.DONE, verdict=Verdict.PASSED)
    app.run()
    assert not app.exception and made == [3, 4]
    assert len(app.dataframe[0].value) == 2 and "Why calls failed" in words(app)


def test_failed_calls_are_run_again_as_a_new_run_that_leads_back(service, store, page):
    run = seed_run(store, SCENARIOS, 2, [0.5, 1.0], turns=5)
    app = page("runs", run=run.id)
    button(app, "Rerun failed").click().run()
    assert not app.exception
    new = service.archive.latest_run()
    assert service.asked == [("rerun_failed", run.id)] and new.parent_id == run.id
    assert app.query_params["run"] in (new.id, [new.id])
    assert [link.proto.query_string for link in app.get("page_link")] == ["", f"run={run.id}"]


def test_nothing_failed_nothing_to_rerun(store, page):
    run = seed_run(store, SCENARIOS, 1, [1.0, 1.0], turns=5)
    app = page("runs", run=run.id)
    assert button(app, "Rerun failed").disabled
    assert button(app, "Inspect first failed call").disabled


def test_repeats_are_added_to_the_same_run(service, store, page):
    run = seed_run(store, SCENARIOS, 1, [1.0, 1.0], turns=5)
    app = page("runs", run=run.id)
    app.number_input(key="run_repeats").set_value(2).run()
    button(app, "Place 4 more calls, of all scenarios").click().run()
    assert service.asked == [("add_repeats", run.id, 2, ())]
    assert "Running" in words(app)


def test_a_run_is_pinned_and_a_later_one_compared_with_it(service, store, page):
    first = seed_run(store, SCENARIOS, 1, [1.0, 1.0], turns=5)
    app = page("runs", run=first.id)
    button(app, "Pin as baseline").click().run()
    assert store.baseline("nightly") == first.id
    assert "Baseline" in labels(app)
    assert not any(label.startswith("Compare") for label in labels(app))
    later = seed_run(store, SCENARIOS, 1, [0.0, 1.0], turns=5)
    app = page("runs", run=later.id)
    assert any(label.startswith("Compare with") for label in labels(app))


def test_what_cannot_be_done_is_told(service, store, page, monkeypatch):
    from harness.errors import RunNotOpen

    def refuse(run_id: str) -> None:
        raise RunNotOpen("The run goes on in another process.")

    run = seed_run(store, SCENARIOS, 1, [0.0, 1.0], turns=5)
    monkeypatch.setattr(service, "rerun_failed", refuse)
    app = page("runs", run=run.id)
    button(app, "Rerun failed").click().run()
    assert not app.exception
    assert "another process" in app.error[0].value


@pytest.mark.parametrize("tab", ["calls", "charts", "plan"])
def test_each_tab_has_its_address(store, page, tab):
    run = seed_run(store, SCENARIOS, 1, [0.0, 1.0], turns=5)
    app = page("runs", run=run.id, tab=tab)
    assert not app.exception and not app.error
    if tab == "calls":
        assert list(app.dataframe[0].value["Result"]) == ["◆ Failed", "● Passed"]
        assert len(app.dataframe[0].value["Failed"][0]) == 1


def test_an_unknown_run_is_told(service, page):
    app = page("runs", run="run_nowhere")
    assert "no run" in app.error[0].value.casefold()
