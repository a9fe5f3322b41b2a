"""The Inspect page over stored calls: where it opens, what its tabs show, what the address says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.console.inspect_place import failures, opening_place
from harness.nouns import AgentNeverSaid, AgentSaid, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_scenario
from tests.seeded_service import SeededService


@pytest.fixture
def store(library: AgentLibrary, serve: Callable[..., object]) -> Store:
    settings = get_settings()
    kept = Store.open(settings)
    serve(SeededService(kept, settings))
    return kept


@pytest.fixture
def view(store: Store):
    """A failed call with a turn that got no answer; two of its failed checks have a second."""
    from harness.console import service

    scenario = replace(
        seed_scenario("Book a follow-up"),
        checks=(
            AgentNeverSaid(rule="agent_never_said", name="Names no price", text="quarter"),
            AgentSaid(rule="agent_said", name="Tells the price", text="dollars"),
            AgentNeverSaid(rule="agent_never_said", name="Asks no birthday", text="birth"),
        ),
    )
    call = seed_call(store, scenario=scenario, verdict=Verdict.FAILED, no_answer=(6,), seed=4)
    return service().view(call.id)


def given(app: AppTest, name: str) -> list[dict[str, object]]:
    """What our components with this in their id were given."""
    return [
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if name in element.proto.id
    ]


def opened(app: AppTest, view) -> float:
    (data,) = given(app, f"call_view_{view.call_id}")
    return float(data["open"])  # type: ignore[arg-type]


def text(app: AppTest) -> str:
    found = (*app.markdown, *app.caption, *app.title)
    return " ".join(e.value for e in found).replace("\\", "").replace("\u2060", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def test_it_opens_on_the_first_failed_check_and_next_failure_goes_on(page, view):
    first, second = failures(view)
    app = page("inspect_call", call=view.call_id)
    assert not app.exception
    assert opened(app, view) == pytest.approx(first.t, abs=0.051)
    assert f"{first.check}** · 1 of 2 failed checks" in text(app)
    press(app, "Next failure")
    assert not app.exception
    assert opened(app, view) == pytest.approx(second.t, abs=0.051)
    assert app.query_params["t"] == f"{second.t:.1f}"
    assert app.query_params["turn"] == str(second.turn)


def test_without_a_failed_check_it_opens_on_the_worst_turn(page, store):
    from harness.console import service

    passed = seed_call(store, latency=1.0, seed=9)
    view = service().view(passed.id)
    worst = max(view.turns[1:], key=lambda turn: turn.response_latency_s)
    app = page("inspect_call", call=view.call_id)
    assert not app.exception
    assert opened(app, view) == pytest.approx(worst.caller.start, abs=0.051)
    assert app.selectbox[0].value == worst.index
    assert "Next failure" not in [button.label for button in app.button]


def test_another_turn_is_in_the_address_and_moves_the_call(page, view):
    app = page("inspect_call", call=view.call_id)
    app.selectbox[0].set_value(2).run()
    assert not app.exception
    assert app.query_params["turn"] == "2"
    assert opened(app, view) == pytest.approx(opening_place(view, turn="2").t, abs=0.051)
    press(app, "Turn after")
    assert app.query_params["turn"] == "3"
    assert app.selectbox[0].value == 3


def test_a_link_at_a_second_opens_there(page, view):
    app = page("inspect_call", call=view.call_id, t="33.5")
    assert opened(app, view) == 33.5


def test_only_the_tab_of_the_address_is_drawn(page, view):
    tools = sum(len(turn.tools) for turn in view.turns)
    app = page("inspect_call", call=view.call_id, tab="tools")
    assert not app.exception
    assert [tab.label for tab in app.tabs] == [
        "Checks `3`", "Latency", f"Events `{view.seq}`", f"Tools `{tools}`", "Audio", "Metadata",
        "Logs",
    ]  # fmt: skip
    (listed,) = given(app, "inspect_tools")
    assert len(listed["rows"]) == tools > 0
    assert "find_slot(day=Fri)" in listed["rows"][0]["text"]
    assert not given(app, "inspect_checks") and not app.dataframe


def test_latency_shows_the_stages_of_the_chosen_turn(page, view):
    app = page("inspect_call", call=view.call_id, tab="latency", turn="2")
    assert not app.exception
    charts = app.get("plotly_chart")
    assert len(charts) == 2
    bars = json.loads(charts[1].proto.spec)
    turn = next(turn for turn in view.turns if turn.index == 2)
    assert len(bars["data"][0]["x"]) == len(turn.stages) + 1 + (turn.bot_reported_s is not None)
    assert "Turn 2, heard by the caller" in text(app)


def test_a_turn_without_an_answer_has_no_stages(page, view):
    app = page("inspect_call", call=view.call_id, tab="latency", turn="6")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert "No answer. The caller waited" in text(app)
    assert ":red[no answer]" in text(app)


def test_events_are_all_there_and_can_be_looked_through(page, view):
    app = page("inspect_call", call=view.call_id, tab="events")
    assert not app.exception
    assert len(app.dataframe[0].value) == view.seq
    next(i for i in app.text_input if i.label == "Find").set_value("tool.called").run()
    found = app.dataframe[0].value
    assert set(found["Kind"]) == {"tool.called"}
    assert f"{len(found)} of {view.seq} events" in text(app)


def test_audio_shows_what_the_agent_heard_wrong(page, view):
    app = page("inspect_call", call=view.call_id, tab="audio")
    assert not app.exception
    lines = [turn for turn in view.turns if turn.heard_text]
    assert f"1 of {len(lines)} lines differ" in text(app)
    assert ":red[~~Osei.~~]" in text(app)


@pytest.mark.parametrize("tab", ["checks", "metadata", "logs", "nonsense"])
def test_each_other_tab_is_drawn(page, view, tab):
    app = page("inspect_call", call=view.call_id, tab=tab)
    assert not app.exception
    if tab == "metadata":
        assert view.call_id in json.dumps(given(app, "inspect_pairs"))
    if tab == "checks":
        assert {"Names no price", "Tells the price"} <= {
            row["text"] for row in given(app, "inspect_checks_list")[0]["rows"]
        }


def test_a_call_that_never_got_through_says_why(page, store):
    call = seed_call(store, verdict=Verdict.NOT_RUN)
    app = page("inspect_call", call=call.id)
    assert not app.exception
    assert "did not join" in app.error[0].value
    assert not app.selectbox


def test_half_an_hour_opens_too(page, store):
    call = seed_call(store, minutes=30, turns=200, recording=False)
    app = page("inspect_call", call=call.id, turn="150", tab="latency")
    assert not app.exception
    numbers = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][1]["x"]
    assert 150 in numbers and len(numbers) < 20
