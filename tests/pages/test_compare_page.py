from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from on_page import press, words
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.measure import METRICS
from harness.nouns import AgentVersion, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run
from tests.seeded_service import SeededService

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCENARIOS = ("Book a follow-up", "Ask for the opening hours")


@pytest.fixture
def store(library: AgentLibrary, serve: Callable[..., object]) -> Iterator[Store]:
    """The store of the console that the pages see."""
    settings = get_settings()
    kept = Store.open(settings)
    serve(SeededService(kept, settings))
    return kept


def call(store: Store, minutes_ago: int, **more: object) -> str:
    at = NOW - timedelta(minutes=minutes_ago)
    return seed_call(store, recording=False, created_at=at, **more).id  # type: ignore[arg-type]


def links(app: AppTest) -> list[str]:
    """Where the links to A and to B lead, in order."""
    return [link.proto.query_string for link in app.get("page_link")][:2]


def drawn(app: AppTest) -> str:
    return " ".join(str(element.proto) for element in app.get("bidi_component"))


@pytest.mark.parametrize("calls", [0, 1])
def test_two_calls_are_needed(store, page, calls):
    for _ in range(calls):
        call(store, 1)
    app = page("compare")
    assert not app.exception
    assert app.title[0].value == "Fewer than two calls"
    assert [button.label for button in app.button] == ["Place a call"]


def test_without_ids_the_two_latest_of_one_scenario_stand_side_by_side_the_older_first(store, page):
    before = call(store, 30)
    call(store, 20, scenario="Something else")
    newest = call(store, 10)
    app = page("compare")
    assert not app.exception
    assert links(app) == [f"call={before}", f"call={newest}"]


def test_one_id_is_compared_with_the_newest_of_its_scenario(store, page):
    one = call(store, 60, scenario="Something else")
    other = call(store, 50, scenario="Something else")
    call(store, 10)
    app = page("compare", b=one)
    assert not app.exception
    assert links(app) == [f"call={other}", f"call={one}"]


def test_two_calls_tell_what_is_different(store, page):
    a = call(store, 20, latency=0.8, seed=3)
    b = call(store, 10, latency=1.8, verdict=Verdict.FAILED, no_answer=(3,), seed=3)
    app = page("compare", a=a, b=b)
    assert not app.exception
    told = words(app)
    assert METRICS["response_latency_p50"].title in told
    assert ":red-badge[worse]" in told
    assert "B failed, A passed" in told
    assert "No answer" in told and ":red-badge[+1]" in told
    assert "no_answer" in drawn(app) and "Worse" in drawn(app)


def test_a_call_beside_itself_is_no_accident(store, page):
    one = call(store, 1)
    app = page("compare", a=one, b=one)
    assert not app.exception and not app.error
    assert "came out alike" in words(app)


def test_a_and_b_change_places(store, page):
    a, b = call(store, 20), call(store, 10)
    app = page("compare", a=a, b=b)
    next(button for button in app.button if button.label == "Swap").click().run()
    assert not app.exception
    assert links(app) == [f"call={b}", f"call={a}"]


def test_what_is_compared_is_chosen_on_the_page(store, page):
    a, b, third = call(store, 40), call(store, 30), call(store, 20)
    other = call(store, 10, scenario="Something else")
    app = page("compare", a=a, b=b)
    assert [box.label for box in app.selectbox[:2]] == ["A is", "B is"]
    assert [box.value for box in app.selectbox[:2]] == [a, b]
    # Those of the same scenario first, newest first, each with a name of its own.
    assert len(set(app.selectbox[0].options)) == 4
    assert "Something else" in app.selectbox[0].options[3]
    app.selectbox[0].select_index(0).run()
    assert not app.exception
    assert links(app) == [f"call={third}", f"call={b}"]
    app.selectbox[1].select_index(3).run()
    assert not app.exception
    assert links(app) == [f"call={third}", f"call={other}"]

    runs = [
        seed_run(store, SCENARIOS[:1], 2, [1.0], label=label, created_at=NOW - timedelta(days=day))
        for label, day in (("prompt v1", 3), ("prompt v2", 2), ("prompt v3", 1))
    ]
    app = page("compare", a=runs[0].id, b=runs[1].id)
    assert [option.split(" · ")[1] for option in app.selectbox[1].options] == [
        "prompt v3",
        "prompt v2",
        "prompt v1",
    ]
    assert all("2 of 2 passed" in option for option in app.selectbox[1].options)
    app.selectbox[1].select_index(0).run()
    assert not app.exception
    assert links(app) == [f"run={runs[0].id}", f"run={runs[2].id}"]


def test_an_unknown_call_says_so(store, page):
    app = page("compare", a=call(store, 1), b="call_nobody")
    assert not app.exception
    assert "There is no call" in app.error[0].value


def test_two_runs_tell_where_they_differ_and_that_a_run_alone_is_met_by_its_baseline(store, page):
    a = seed_run(store, SCENARIOS, 4, [1.0, 1.0], latency=0.8, created_at=NOW - timedelta(days=1))
    made = AgentVersion(git_commit="0123456789abcdef")
    b = seed_run(store, SCENARIOS[:1], 4, [0.0], latency=1.7, created_at=NOW, version=made)
    for query in ({"a": a.id, "b": b.id}, {"b": b.id}, {}):
        app = page("compare", **query)
        assert not app.exception
        assert links(app) == [f"run={a.id}", f"run={b.id}"]
        assert app.get("page_link")[1].proto.label.startswith("B · 0123456, ")
        assert "B is worse: fewer calls pass" in words(app)
        assert f"Not compared: only in A: {SCENARIOS[1]} · " in words(app)
    (table,) = app.dataframe
    assert list(table.value["Scenario"]) == [SCENARIOS[0]]
    assert list(table.value["Passed, A"]) == ["4 of 4"]
    assert list(table.value["Passed, B"]) == ["0 of 4"]


def test_either_run_becomes_the_baseline_of_its_suite(store, page):
    a, b = (
        seed_run(store, SCENARIOS[:1], 2, [1.0], created_at=NOW - timedelta(days=day))
        for day in (1, 0)
    )
    app = page("compare", a=a.id, b=b.id)
    for label, baseline in (("Pin B", b.id), ("Pin A", a.id), ("Unpin A", None)):
        press(app, label)
        assert not app.exception
        assert store.baseline(a.suite) == baseline


def test_a_run_that_runs_without_a_common_scenario_says_so(store, page):
    a = seed_run(store, SCENARIOS[:1], 1, [1.0])
    b = seed_run(store, SCENARIOS[1:], 1, [1.0])
    app = page("compare", a=a.id, b=b.id)
    assert not app.exception
    assert "no scenario in common" in words(app)
    assert not app.dataframe
