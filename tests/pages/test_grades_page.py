"""Grading by hand on the Inspect page: what is kept, what a blind grader is sent, the queue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from urllib.parse import quote

import pytest
import streamlit as st
from on_page import press
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.console import service
from harness.nouns import AgentNeverSaid, Call, CallState, CheckVerdict, Criterion, JudgedAs
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_judgements, seed_scenario
from tests.seeded_service import SeededService

SECRET = "Zebra"
"""Stands in all that judges said, and nowhere else."""
POLITE, BRIEF = "Is polite throughout", "Keeps it brief"
TABS = ("checks", "grades", "latency", "events", "tools", "audio", "metadata", "logs")
MET, NOT_MET = CheckVerdict.MET, CheckVerdict.NOT_MET
NASTY = "<img src=x onerror=alert(1)> :red[**bold**] [a](javascript:alert(1)) $x$"


@pytest.fixture
def store(library: AgentLibrary, serve: Callable[..., object]) -> Store:
    settings = get_settings()
    kept = Store.open(settings)
    serve(SeededService(kept, settings))
    return kept


def judged_call(store: Store, polite=(NOT_MET, NOT_MET, MET), brief=(MET,), **of) -> Call:
    """A call whose judges said no to one criterion and yes to another; all rules are met."""
    scenario = replace(
        seed_scenario("Book a follow-up"),
        checks=(
            AgentNeverSaid(rule="agent_never_said", name="Names no bank", text="bank"),
            Criterion(rule="criterion", name=POLITE, text="Every reply is polite."),
            Criterion(rule="criterion", name=BRIEF, text="No reply is long.", required=False),
        ),
    )
    call = seed_call(store, scenario=scenario, **of)
    return seed_judgements(store, call, {POLITE: polite, BRIEF: brief}, reason=f"{SECRET} said so.")


@pytest.fixture
def call(store: Store) -> Call:
    return judged_call(store)


@pytest.fixture
def inspect(page, monkeypatch):
    """Open the Inspect page as a browser with these cookies does."""

    def opened(call: Call | None = None, *, by: str = "Ann", blind: bool = False, **query: str):
        cookies = {"ringback_grader": quote(by), "ringback_blind": "1" if blind else ""}
        monkeypatch.setattr(type(st.context), "cookies", cookies)
        address = {"call": call.id} if call else {}
        app = page("inspect_call", **address, **{"tab": "grades", **query})
        assert not app.exception
        return app

    return opened


def sent(app: AppTest) -> str:
    """All that the browser was sent."""
    found = chain(app.main, app.sidebar, app.get("bidi_component"))
    return " ".join(str(element.proto) for element in found)


def shown(app: AppTest) -> str:
    found = (*app.markdown, *app.caption, *app.title, *app.error)
    return " ".join(e.value for e in found).replace("\\", "").replace("\u2060", "")


def marks(app: AppTest) -> set[str]:
    """Names of the checks that the waveform marks."""
    (wave,) = [e.proto.json for e in app.get("bidi_component") if "inspect_wave_" in e.proto.id]
    return {mark["name"] for mark in json.loads(wave)["marks"] if mark["kind"] == "check"}


def choose(app: AppTest, label: str, value: str | None) -> AppTest:
    """Grade a criterion, or take its grade back."""
    group = next(g for g in app.get("button_group") if g.proto.label == label)
    app = group.set_value(value).run()
    assert not app.exception
    return app


def note(app: AppTest, label: str):
    return next(field for field in app.text_input if field.label == f"Note: {label}")


def test_the_name_is_asked_once_and_what_is_given_is_kept(inspect, store, call):
    app = inspect(call, by="")
    assert not app.get("button_group") and "Who grades?" in shown(app)
    next(f for f in app.text_input if f.label == "Your name").set_value("  Ann \u202e Lee ")
    press(app, "Start grading")
    assert '"ringback_grader": "Ann Lee"' in sent(app).replace("\\", "")
    choose(app, POLITE, "not_met")
    note(app, POLITE).set_value(NASTY).run()
    (kept,) = store.grades_of(call.id)
    assert (kept.grader, kept.check, kept.value, kept.note) == ("Ann Lee", POLITE, "not_met", NASTY)
    assert kept.judged == JudgedAs(
        NOT_MET, "judge1 + judge2 + judge3", "gpt-4.1", "criterion-1a2b3c"
    )
    assert not kept.blind
    choose(app, POLITE, None)
    assert not store.grades_of(call.id) and note(app, POLITE).disabled


def test_the_call_a_turn_and_a_second_have_thumbs(inspect, store, call):
    app = inspect(call, turn="2", t="20.5")
    assert [field.label for field in app.text_input if field.label.startswith("Note")][:3] == [
        "Note: This call",
        "Note: Turn 2",
        "Note: Second 0:20.5",
    ]
    for thumbs, value in zip(app.get("feedback"), (1, 0, 0), strict=True):
        thumbs.set_value(value)
    app.run()
    assert not app.exception
    given = {each.target: each.value for each in store.grades_of(call.id)}
    assert given == {"call": "up", "turn:2": "down", "second:20.500": "down"}
    assert "Grades `3`" in [tab.label for tab in app.tabs]
    assert "Second 0:20" in sent(app)
    assert inspect(call, turn="2", t="20.5").get("feedback")[1].value == 0


def test_a_blind_grader_is_sent_nothing_of_the_judge_until_they_graded(inspect, store, call):
    assert store.get_call(call.id).verdict == "failed"
    for tab in TABS:
        open_one, blind_one = inspect(call, tab=tab), inspect(call, blind=True, tab=tab)
        if tab in ("checks", "grades"):
            assert SECRET in sent(open_one)
        assert POLITE in marks(open_one) and "Failed" in shown(open_one) and open_one.error
        assert SECRET not in sent(blind_one)
        assert not {POLITE, BRIEF} & marks(blind_one)
        assert "Failed" not in shown(blind_one) and "Verdict hidden" in shown(blind_one)
        assert not blind_one.error and "red-badge" not in sent(blind_one)
        components = [element.proto.id for element in blind_one.get("bidi_component")]
        assert not any("event_list" in name or "inspect_versions" in name for name in components)
        assert not blind_one.get("download_button")
        assert (POLITE in sent(blind_one)) == (tab == "grades")


def test_grading_uncovers_one_by_one_and_says_that_it_was_blind(inspect, store, call):
    app = inspect(call, blind=True, turn="2", t="20.5")
    choose(app, BRIEF, "met")
    assert sum(SECRET in caption.value for caption in app.caption) == 1
    assert marks(app) == {BRIEF}
    assert "Verdict hidden" in shown(app)
    choose(app, POLITE, "met")
    assert "Verdict hidden" not in shown(app) and "red-badge[:material/cancel: Failed" in shown(app)
    assert app.query_params["t"] == "20.5"
    note(app, POLITE).set_value("Kind enough.").run()
    kept = {each.check: each for each in store.grades_of(call.id)}
    assert all(each.blind for each in kept.values()) and kept[POLITE].note == "Kind enough."
    choose(app, POLITE, "unsure")
    (changed,) = [each for each in store.grades_of(call.id) if each.check == POLITE]
    assert not changed.blind


def test_other_pages_tell_a_blind_grader_no_result_of_a_call_they_have_not_graded(
    inspect, page, store, call
):
    passed = seed_call(store, scenario="Book a follow-up")
    places = (
        ("call", {"call": call.id}),
        ("compare", {"a": passed.id, "b": call.id}),
        ("compare", {"a": call.id, "b": passed.id}),
        ("runs", {"view": "calls"}),
        ("runs", {"run": call.run_id}),
        ("runs", {"run": call.run_id, "tab": "calls"}),
    )
    for blind in (True, False):
        inspect(call, blind=blind)  # as this browser's cookies say from now on
        for name, query in places:
            app = page(name, **query)
            assert not app.exception
            tables = " ".join(str(each.value.to_dict()) for each in app.dataframe)
            told = sent(app) + shown(app) + tables
            assert not (blind and SECRET in told), name
            if name != "runs":
                assert (POLITE in told) == (not blind), name
            assert ("you grade blind" in shown(app).lower()) == blind, name
            assert "◌ Hidden" not in tables or blind
            listed = name == "runs" and query != {"run": call.run_id}
            assert ("◆ Failed" in tables) == (listed and not blind)
    for check in (POLITE, BRIEF):
        choose(inspect(call, blind=True), check, "met")
    for name, query in places:
        app = page(name, **query)
        assert not app.exception and "grade blind" not in shown(app)


def test_who_has_seen_the_verdict_does_not_grade_blind(inspect, store, call):
    app = inspect(call)
    next(t for t in app.toggle if t.label == "Blind").set_value(True).run()
    assert SECRET not in sent(app) and "Verdict hidden" in shown(app)
    choose(app, POLITE, "met")
    assert [each.blind for each in store.grades_of(call.id)] == [False]


def test_each_sees_their_own_grades_and_blind_ones_others_after_theirs(inspect, store, call):
    app = inspect(call, by="Ben")
    choose(app, POLITE, "not_met")
    note(app, POLITE).set_value(NASTY).run()
    for app, sees in ((inspect(call), True), (inspect(call, blind=True), False)):
        assert ("Ben · not met" in shown(app)) == sees
        assert next(g for g in app.get("button_group") if g.proto.label == POLITE).value is None
    choose(app, POLITE, "met")
    # Letter by letter: no markup of it is left.
    (line,) = [each.value for each in app.caption if "Ben" in each.value]
    assert "not met" in line and r"\<img src\=x onerror\=alert\(1\)\>" in line
    assert all(mark not in line for mark in (":red[", "**bold", "[a](", " $x$"))
    assert not any(element.proto.allow_html for element in app.caption)
    assert {(each.grader, each.value) for each in store.grades_of(call.id)} == {
        ("Ben", "not_met"),
        ("Ann", "met"),
    }


def test_a_queue_leads_from_one_to_the_next_and_counts(inspect, store, call):
    other = judged_call(store, polite=(MET,), brief=(MET, NOT_MET), seed=2)
    app = inspect(queue="uncertain")
    assert (app.query_params["call"], app.query_params["check"]) == (other.id, BRIEF)
    assert "Uncertain judge · 1 of 2 · 0 of 2 graded by you" in shown(app).replace("**", "")
    keys = {b.label: b.proto.shortcut for b in app.button if b.proto.shortcut}
    assert keys == {"Met": "1", "Not met": "2", "Unsure": "3", "Previous": "p", "Next": "n"}
    press(app, "Met")
    press(app, "Met")
    assert not store.grades_of(other.id), "the same again takes it back"
    press(app, "Not met")
    assert [each.value for each in store.grades_of(other.id)] == ["not_met"]
    assert "1 of 2 · 1 of 2 graded by you" in shown(app)
    press(app, "Next")
    assert (app.query_params["call"], app.query_params["check"]) == (call.id, POLITE)
    assert "2 of 2 · 1 of 2 graded by you" in shown(app)
    assert next(b for b in app.button if b.label == "Next").disabled
    assert (inspect(queue="uncertain").query_params["call"]) == call.id
    # Nobody but Ann has said otherwise than the judge.
    app = inspect(queue="disagreements")
    assert (app.query_params["call"], app.query_params["check"]) == (other.id, BRIEF)
    press(app, "Close")
    assert "queue" not in app.query_params and "graded by you" not in shown(app)
    app.number_input(key="review_seed").set_value(7)
    press(app, "Random sample")
    assert app.query_params["seed"] == "7"
    # The one that is graded may be the first of the sample: ids are new each time.
    told = shown(app).replace("**", "")
    assert re.search("Random sample 7 · [12] of 4 · 1 of 4 graded by you", told)


@pytest.mark.parametrize("seed", ["nonsense", "9" * 5000, "-1"])
def test_an_empty_queue_and_a_wrong_address_say_so(inspect, store, seed):
    seed_call(store)
    app = inspect(queue="sample", seed=seed)
    assert "Random sample 0** · nothing to review" in shown(app)
    assert "graded by you" not in shown(inspect(queue="nonsense"))


def test_a_moment_of_a_live_call_is_graded_where_it_is_watched(page, store):
    live = seed_call(store, state=CallState.LIVE)
    app = page("call", call=live.id)
    assert not app.exception
    next(f for f in app.text_input if f.label == "Your name").set_value("Ann")
    press(app, "Start grading")
    press(app, "Bad")
    note(app, "Second 1:12").set_value("Cut off.").run()
    (thumbs,) = app.get("feedback")[1:]
    thumbs.set_value(1).run()
    assert not app.exception
    now = round(service().view(live.id).t, 1)
    assert {(each.target, each.value, each.note) for each in store.grades_of(live.id)} == {
        (f"second:{now:.3f}", "down", "Cut off."),
        ("call", "up", ""),
    }


def test_what_cannot_be_kept_is_told(inspect, store, call):
    app = inspect(call)
    store.delete_call(call.id)
    store.purge_calls([call.id])
    group = next(g for g in app.get("button_group") if g.proto.label == POLITE)
    group.set_value("met").run()
    assert not app.exception and "There is no call" in shown(app)
