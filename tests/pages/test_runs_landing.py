"""The Runs page without a run: what goes on, what happened lately, trends, and starting one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from on_page import press, words
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.nouns import Agent, AgentVersion, RunState
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run
from tests.seeded_service import SeededService

ONE = ("Book a follow-up",)


@pytest.fixture
def service(library: AgentLibrary, serve: Callable[..., object]) -> SeededService:
    settings = get_settings()
    made = SeededService(Store.open(settings), settings)
    serve(made)
    return made


def run(service: SeededService, hours_ago: float, rate: float, repeats: int = 1, **more: object):
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    store = service.archive.store
    return seed_run(store, ONE, repeats, [rate], turns=5, created_at=at, **more)  # type: ignore[arg-type]


def test_the_latest_runs_come_first_then_the_calls(service, page):
    run(service, 5, 1.0, label="prompt v11")
    run(service, 3, 0.0, label="prompt v12")
    run(service, 2, 1.0, state=RunState.CANCELLED)
    app = page("runs")
    assert not app.exception
    lately, calls = app.dataframe[0].value, app.dataframe[1].value
    assert list(lately["Run"]) == [
        "Nightly (cancelled)", "Nightly, prompt v12", "Nightly, prompt v11",
    ]  # fmt: skip
    assert list(lately["Pass rate"])[1:] == ["0 %, 0–79", "100 %, 21–100"]
    assert len(calls) == 3
    assert "Nothing is surely worse" in words(app)


def test_a_run_is_deleted_with_its_calls_and_taken_back(service, page):
    gone = run(service, 3, 0.0, label="prompt v12")
    kept = run(service, 5, 1.0, label="prompt v11")
    app = press(page("runs", run=gone.id), "Delete")
    assert "run" not in app.query_params and "Deleted with its calls." in words(app)
    lately, calls = app.dataframe[0].value, app.dataframe[1].value
    assert list(lately["Run"]) == ["Nightly, prompt v11"] and len(calls) == 1
    again = page("runs", run=gone.id)
    assert not again.exception and "This run was deleted" in words(again)
    app = press(app, "Undo")
    assert len(app.dataframe[0].value) == 2 and len(app.dataframe[1].value) == 2
    assert "Deleted" not in words(app)
    service.archive.store.delete_runs([kept.id])
    again = press(page("runs", run=kept.id), "Restore")
    assert "This run was deleted" not in words(again)
    # The last run of all: nothing is left but the way back.
    service.archive.store.delete_runs([kept.id])
    app = press(page("runs", run=gone.id), "Delete")
    assert "No calls yet" in words(app) and "Deleted with its calls." in words(app)
    assert len(press(app, "Undo").dataframe) == 2


def test_what_goes_on_stands_on_top_and_leads_to_the_run(service, page):
    live = run(service, 1, 1.0, repeats=4, state=RunState.RUNNING, placed=2, live=1)
    app = page("runs")
    assert not app.exception
    link = app.get("page_link")[0].proto
    assert link.query_string == f"run={live.id}"
    assert "1 of 4 calls done, 1 live" in str(app.get("progress")[0].proto)
    assert len(app.dataframe) == 1  # its calls; no run is over


def test_a_surely_worse_run_is_told_with_the_way_to_compare(service, page):
    before = run(service, 5, 1.0, repeats=8)
    after = run(service, 2, 0.0, repeats=8, seed=3)
    app = page("runs")
    told = [link.proto for link in app.get("page_link")]
    worse = [link for link in told if link.query_string == f"a={before.id}&b={after.id}"]
    assert len(worse) == 2  # the run, and its one scenario
    assert "0 % passed" in worse[0].label and "was 100 %" in worse[0].label


def test_trends_choose_suite_agent_and_scenario(service, page):
    run(service, 5, 1.0, version=AgentVersion("3f2a91c0"))
    run(service, 2, 0.0, version=AgentVersion("9be04d17"))
    app = page("runs", view="trends", trend_scenario="Book a follow-up")
    assert not app.exception
    assert [box.value for box in app.selectbox] == [
        "nightly", "Clinic front desk", "Book a follow-up",
    ]  # fmt: skip
    assert len(app.get("plotly_chart")) == 2
    assert "2 finished runs of nightly" in words(app)


def test_single_calls_have_trends_without_any_run(service, page):
    for days in (0, 1):
        seed_call(
            service.archive.store, scenario="Ask the way", turns=5, recording=False,
            created_at=datetime.now(UTC) - timedelta(days=days),
        )  # fmt: skip
    app = page("runs", view="trends")
    assert not app.exception
    assert [box.value for box in app.selectbox] == ["~calls", "Clinic front desk", "Ask the way"]
    assert app.selectbox[0].options == ["Single calls"]
    assert len(app.get("plotly_chart")) == 2
    assert "2 calls of 2 days" in words(app)


def opened() -> AppTest:
    """The dialog by itself: a click in it runs it alone, as in a browser."""

    def script() -> None:
        from harness.console.runs import start

        start.dialog()

    return AppTest.from_function(script, default_timeout=30).run()


def started(service: SeededService, app: AppTest):
    app.button(key="start_now").click().run()
    assert not app.exception and not app.error
    ((name, plan),) = [asked for asked in service.asked if asked[0] == "start_run"]
    newest = service.archive.latest_run()
    assert newest is not None and newest.planned == len(plan.items)
    assert app.query_params["run"] in (newest.id, [newest.id])
    return plan


def test_a_suite_is_started_after_its_size_was_told(service):
    app = opened()
    assert app.selectbox(key="start_suite").value == "smoke"
    app.number_input(key="start_repeats").set_value(2).run()
    app.text_input(key="start_label").set_value("prompt v13").run()
    calls = int(app.button(key="start_now").label.split()[1])
    plan = started(service, app)
    assert plan.label == "prompt v13" and plan.suite == "smoke"
    assert len(plan.items) == calls and {item.attempt for item in plan.items} == {1, 2}


def test_agents_scenarios_and_callers_of_ones_own_make_a_run(service):
    app = opened()
    app.button_group(key="start_by").set_value("choice").run()
    assert "Choose at least one agent" in words(app)
    app.multiselect(key="start_scenarios").set_value(["front_desk/hours"]).run()
    app.multiselect(key="start_callers").set_value(["as written", "deep"]).run()
    plan = started(service, app)
    assert [item.slot for item in plan.items] == [
        "demo|front_desk/hours|as written|1", "demo|front_desk/hours|deep|1",
    ]  # fmt: skip
    assert plan.callers["deep"].voice == "deep" and not plan.callers["as written"].model_fields_set


def test_agents_are_taken_by_address_and_by_file(service, tmp_path):
    file = tmp_path / "clinic.yaml"
    file.write_text("name: clinic\nprovider: dev_runner\nconfig: {url: http://127.0.0.1:7860}\n")
    app = opened()
    app.button_group(key="start_by").set_value("choice").run()
    app.multiselect(key="start_scenarios").set_value(["front_desk/hours"]).run()
    app.multiselect(key="start_agents").set_value(["gone.yaml"]).run()
    assert "cannot be read" in " ".join(error.value for error in app.error)
    app.multiselect(key="start_agents").set_value([str(file), "http://bots.example:81"]).run()
    plan = started(service, app)
    assert {name: agent.config["url"] for name, agent in plan.agents.items()} == {
        "clinic": "http://127.0.0.1:7860",
        "bots.example:81": "http://bots.example:81",
    }


def test_a_suite_is_called_on_another_agent_within_limits(service):
    config = {"url": "http://bots.example:81"}
    AgentLibrary(get_settings()).save(Agent(name="night", provider="dev_runner", config=config))
    app = opened()
    app.selectbox(key="start_agent").set_value("night").run()
    app.selectbox(key="start_order_True").set_value("shuffled").run()
    app.number_input(key="start_seed").set_value(5).run()
    app.number_input(key="start_time_limit").set_value(30).run()
    app.number_input(key="start_failed_calls").set_value(4).run()
    app.number_input(key="start_pass_rate").set_value(80).run()
    app.text_input(key="start_version").set_value("build 7").run()
    assert not app.exception and not app.error
    plan = started(service, app)
    assert list(plan.agents) == ["night"] and plan.suite == "smoke"
    assert (plan.seed, plan.time_limit_s, plan.version) == (5, 1800, "build 7")
    assert (plan.stop.failed_calls, plan.stop.pass_rate_below) == (4, 0.8)


def test_two_agents_of_one_name_are_no_run(service):
    app = opened()
    app.button_group(key="start_by").set_value("choice").run()
    app.multiselect(key="start_scenarios").set_value(["front_desk/hours"]).run()
    app.multiselect(key="start_agents").set_value(
        ["http://a.example/1", "http://a.example/2"]
    ).run()
    assert "Two of the agents are called" in " ".join(error.value for error in app.error)
    assert "start_now" not in [button.key for button in app.button]


def test_the_page_offers_to_start_a_run_even_without_any_call(service, page):
    app = page("runs")
    next(b for b in app.button if b.label == "Start a run").click().run()
    assert not app.exception
    assert app.get_by_key("start_now").label.startswith("Place ")
