"""A view is a function of the events: the same live and afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.calls import CallRequest, ObserverInfo, build_view
from harness.calls._build_view import summary_of
from harness.calls._live_call import view_update
from harness.nouns import (
    Agent,
    AgentSaid,
    Call,
    CallState,
    CheckVerdict,
    Event,
    EventKind,
    Expectation,
    Expected,
    NoMissedTurn,
    Scenario,
    ScriptStep,
    Verdict,
    from_json,
    to_json,
)

SCENARIO = Scenario(
    "s",
    "A scenario",
    "s.yaml",
    steps=(ScriptStep(None, label="Listen"), ScriptStep("Hello")),
    checks=(AgentSaid(rule="agent_said", name="Greets", text="welcome"),),
)
REQUEST = CallRequest(
    agent=Agent(name="a", title="An agent", provider="dev_runner", config={"url": "http://h:1"}),
    scenario=SCENARIO,
)
CALL = Call(
    "call_1",
    "run_1",
    "An agent",
    "dev_runner",
    "A scenario",
    "heart",
    CallState.QUEUED,
    None,
    None,
    datetime.now(UTC),
)
STORY = [
    (0.0, EventKind.STATE, {"state": "starting"}),
    (0.4, EventKind.SESSION_STARTED, {"provider": "dev_runner", "session_id": None, "room": "r"}),
    (0.4, EventKind.STATE, {"state": "ringing"}),
    (0.9, EventKind.AGENT_JOINED, {"identity": "Bot", "kind": "standard"}),
    (1.0, EventKind.AGENT_AUDIO, {"identity": "Bot"}),
    (1.0, EventKind.STATE, {"state": "live"}),
    (1.1, EventKind.AGENT_READY, {"version": "2.2.0", "about": None}),
    (1.1, EventKind.CALLER_STEP, {"step": 0, "of": 2, "status": "current"}),
    (1.2, EventKind.AGENT_TEXT, {"text": "Welcome.", "source": "rtvi"}),
    (1.4, EventKind.AGENT_STARTED, {"at": 1.3}),
    (2.0, EventKind.AGENT_STOPPED, {"at": 1.7}),
    (2.1, EventKind.CALLER_STEP, {"step": 0, "of": 2, "status": "done"}),
    (2.1, EventKind.CALLER_STEP, {"step": 1, "of": 2, "status": "current"}),
    (2.2, EventKind.CALLER_STARTED, {"line": 1, "text": "Hello", "source": "script", "at": 2.2}),
    (2.9, EventKind.CALLER_STOPPED, {"line": 1, "at": 2.8, "cut": False}),
    (
        3.0,
        EventKind.HEALTH,
        {
            "loop_lag_ms": 2.0,
            "skipped_ms": 0.0,
            "concealed_ms": 0.0,
            "clock_shift_ms": 0.0,
            "jitter_buffer_ms": 30.0,
            "packet_loss": 0.0,
        },
    ),
    (3.0, EventKind.AGENT_REPORTED, {"what": "user_stopped_speaking"}),
    (3.1, EventKind.AGENT_REPORTED, {"what": "bot_started_speaking"}),
    (3.2, EventKind.AGENT_TEXT, {"text": "What can I do?", "source": "rtvi"}),
    (3.9, EventKind.AGENT_STARTED, {"at": 3.8}),
    (4.7, EventKind.AGENT_STOPPED, {"at": 4.4}),
    (4.8, EventKind.CALLER_STEP, {"step": 1, "of": 2, "status": "done"}),
    (5.0, EventKind.HANGUP, {"by": "caller", "reason": "script_done"}),
    (5.0, EventKind.STATE, {"state": "ending"}),
    (5.1, EventKind.SESSION_STOPPED, {"how": "left"}),
    (5.1, EventKind.STATE, {"state": "done"}),
]
EVENTS = [Event(n, t, str(kind), data) for n, (t, kind, data) in enumerate(STORY, 1)]


def test_a_whole_call():
    view = build_view(CALL, REQUEST, EVENTS, has_recording=True)
    assert (view.state, view.verdict, view.exit_code) == (CallState.DONE, Verdict.PASSED, 0)
    assert view.milestones.session_started == 0.4 and view.milestones.first_words == 1.3
    assert [(step.label, step.status) for step in view.plan] == [
        ("Listen", "done"),
        ("Hello", "done"),
    ]
    assert view.turns[1].response_latency_s == pytest.approx(1.0)
    assert view.turns[1].bot_reported_s == pytest.approx(0.1)
    assert view.ended_by == "caller" and view.speaking == ()
    assert view.agent_where == "Dev runner · h:1"
    summary = summary_of(view)
    assert (summary["turns"], summary["checks_met"], summary["no_answer"]) == (1, 1, 0)
    assert summary["p50_s"] == pytest.approx(1.0)
    assert summary["spoiled"] == 0


def test_a_list_tells_how_many_turns_the_computer_spoiled():
    late = [
        replace(e, data=e.data | {"loop_lag_ms": 200.0}) if "loop_lag_ms" in e.data else e
        for e in EVENTS
    ]
    view = build_view(CALL, REQUEST, late)
    p50 = next(metric for metric in view.metrics if metric.key == "response_latency_p50")
    flagged = next(metric for metric in view.metrics if metric.key == "flagged_turns")
    assert summary_of(view)["spoiled"] == p50.left_out == flagged.value == 1
    late_turn = next(turn for turn in view.turns if turn.flags)
    unanswered = replace(late_turn, response_latency_s=None)
    assert replace(view, turns=(*view.turns, unanswered)).spoiled == 1


def test_figures_know_the_budget_and_the_pauses_of_the_script():
    def figures(scenario: Scenario, events: list[Event] = EVENTS) -> dict[str, float | None]:
        view = build_view(CALL, REQUEST.model_copy(update={"scenario": scenario}), events)
        return {metric.key: metric.value for metric in view.metrics}

    plain = figures(SCENARIO)
    assert (plain["late_count"], plain["dead_air_max"]) == (0, pytest.approx(1.0))
    strict = figures(replace(SCENARIO, budget_s=0.9))
    assert (strict["late_count"], strict["turn_taking_score"]) == (1, 0.0)
    # 0.5 s between greeting and line, 1.0 s to the answer, 0.6 s to the end.
    slow = replace(SCENARIO, steps=(SCENARIO.steps[0], replace(SCENARIO.steps[1], pause_s=0.3)))
    assert plain["silence_share"] == pytest.approx(2.1 / 3.7)
    assert figures(slow)["silence_share"] == pytest.approx(1.8 / 3.4)


def test_what_the_agent_heard_is_compared_with_what_was_said():
    heard = Event(0, 2.95, str(EventKind.AGENT_HEARD), {"text": "Hallo"})
    first = [event for event in EVENTS if event.t < 2.95]
    events = [*first, heard, *EVENTS[len(first) :]]
    view = build_view(CALL, REQUEST, [replace(e, seq=n) for n, e in enumerate(events, 1)])
    assert view.turns[1].heard_errors is not None
    assert view.turns[1].heard_errors.pairs == (("hello", "hallo"),)
    [rate] = [metric for metric in view.metrics if metric.key == "heard_word_error_rate"]
    assert (rate.value, rate.n, rate.turns) == (1.0, 1, (1,))


def test_counts_leave_a_check_to_the_one_that_says_it_too():
    comes = Expected(
        rule="expected", name="Reply 1 comes", step=1, index=0, event="response", line=1
    )
    asked = Scenario(
        "s",
        "A scenario",
        "s.yaml",
        steps=(ScriptStep(None, label="Listen"), ScriptStep("Hello", expect=(Expectation(),))),
        checks=(
            *SCENARIO.checks,
            NoMissedTurn(rule="no_missed_turn", name="No missed turn"),
            comes,
        ),
    )
    view = build_view(CALL, CallRequest(agent=REQUEST.agent, scenario=asked), EVENTS[:9])
    assert view.implied == {"Reply 1 comes": "No missed turn"}
    assert len(view.checks) == 3
    assert summary_of(view)["checks"] == 2
    # What is worse than the check that would say it too stands for itself.
    ended = build_view(CALL, CallRequest(agent=REQUEST.agent, scenario=asked), EVENTS)
    verdicts = [check.verdict for check in ended.checks]
    assert verdicts == [CheckVerdict.MET, CheckVerdict.MET, CheckVerdict.NOT_RUN]
    assert ended.implied == {} and summary_of(ended)["checks"] == 3


@pytest.mark.parametrize("count", range(len(EVENTS) + 1))
def test_every_moment_of_it_can_be_shown(count: int):
    view = build_view(CALL, REQUEST, EVENTS[:count])
    assert from_json(type(view), to_json(view)) == view
    if not view.state.is_final:
        assert view.verdict is None and view.exit_code is None
        assert view.checks[0].verdict in (CheckVerdict.PENDING, CheckVerdict.MET)


def test_who_speaks_right_now():
    speaking = [build_view(CALL, REQUEST, EVENTS[:n]).speaking for n in (10, 11, 14, 15)]
    assert speaking == [("agent",), (), ("caller",), ()]


def test_an_update_brings_only_the_turns_that_changed():
    half, whole = build_view(CALL, REQUEST, EVENTS[:14]), build_view(CALL, REQUEST, EVENTS)
    first = view_update(half, 0)
    assert [turn["index"] for turn in first["turns"]] == [0, 1]
    later = view_update(whole, half.seq)
    assert 1 in [turn["index"] for turn in later["turns"]]
    assert all(turn["seq"] > half.seq for turn in later["turns"])
    assert view_update(whole, whole.seq)["turns"] == []
    assert "turns" not in later["view"] and later["seq"] == len(EVENTS)


def test_the_observer_in_a_bot_is_known_by_what_it_told():
    told = [{"kind": "hello", "pipecat": "1.14.0"}, {"kind": "turn", "state": "started"}]
    insights = [Event(0, 1.1, "agent.insight", data) for data in (*told, told[1])]
    view = build_view(CALL, REQUEST, [*EVENTS, *insights])
    assert view.observer == ObserverInfo("1.14.0", ("hello", "turn")) and view.observed
    assert not build_view(CALL, REQUEST, EVENTS).observed
