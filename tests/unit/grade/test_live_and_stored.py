"""What is decided while a call goes on stays decided: whatever of its events is known."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.grade import evaluate, facts_of
from harness.measure import derive_turns
from harness.nouns import CheckSpec, CheckVerdict, Event, EventKind, Judgement, to_json

V = CheckVerdict
OPEN = frozenset({V.PENDING})

CHECKS: tuple[CheckSpec, ...] = tuple(
    TypeAdapter(tuple[CheckSpec, ...]).validate_python(
        [
            {"rule": "says_number", "name": "number", "value": 20, "unit": "dollars"},
            {"rule": "says_date", "name": "date", "date": "2026-05-20"},
            {
                "rule": "in_order",
                "name": "order",
                "steps": [{"said": "name"}, {"function": "book"}, {"said": "booked"}],
            },
            {"rule": "policy", "name": "policy", "always": ["name"], "never": ["diagnosis"]},
            {"rule": "criterion", "name": "call", "text": "x", "vetoes": ["policy"]},
            {"rule": "criterion", "name": "each", "text": "x", "scope": "turn"},
            {"rule": "success", "name": "goal", "text": "x"},
            {"rule": "metric", "name": "words", "metric": {"name": "words", "measure": "words"}},
            {"rule": "metric", "name": "short", "metric": {"name": "s", "criterion": "x"}},
            *(
                {
                    "rule": "expected",
                    "name": f"reply {line}",
                    "step": line,
                    "index": 0,
                    "event": "response",
                    "line": line,
                    "within_s": 1.2,
                    "eval": "x",
                }
                for line in (0, 1, 2)
            ),
        ]
    )
)

PIECES = (
    "May I have your name?",
    "On May twenty",
    "first it is.",
    "You are booked.",
    "That is twenty",
    "dollars.",
    "My diagnosis is flu.",
    "One moment.",
)
exchange = st.fixed_dictionaries(
    {
        "texts": st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
        "wait": st.sampled_from([0.5, 1.0, 2.0]),
        "books": st.booleans(),
        "judged": st.sampled_from([V.MET, V.NOT_MET, V.NOT_PROVEN, V.ERROR, V.NOT_RUN]),
        "matched": st.sampled_from(["matched", "failed"]),
        "lag": st.sampled_from([0.0, 90.0]),
    }
)


def log(exchanges: list[dict[str, Any]], called: CheckVerdict) -> list[Event]:
    """The events of a call with a greeting and one line an exchange after it."""
    made: list[tuple[float, str, dict[str, Any]]] = [
        (0.0, EventKind.STATE, {"state": "live"}),
        (0.1, EventKind.AGENT_READY, {"version": "1"}),
    ]
    t = 0.2
    for line, each in enumerate(exchanges):
        made.append((t, EventKind.CALLER_STEP, {"step": line, "of": 9, "status": "current"}))
        if line:
            said = {"line": line, "text": "Yes.", "source": "script", "sent_as": "voice"}
            made.append((t, EventKind.CALLER_STARTED, {**said, "at": t}))
            t += 1.0
            made.append((t, EventKind.CALLER_STOPPED, {"line": line, "at": t, "cut": False}))
        told = {"step": line, "index": 0, "event": "response", "status": each["matched"]}
        told |= {"kind": "" if each["matched"] == "matched" else "timeout", "reason": "nothing"}
        t += each["wait"]
        if each["books"]:
            made.append((t, EventKind.TOOL_CALLED, {"id": f"{line}", "name": "book"}))
        made.append((t, EventKind.AGENT_STARTED, {"at": t}))
        for text in each["texts"]:
            t += 0.4
            made.append((t, EventKind.AGENT_TEXT, {"text": text, "source": "rtvi"}))
        told |= {"matched": each["texts"][0], "own_s": 0.3}
        made.append((t, EventKind.EXPECTATION, told))
        t += 0.5
        made.append((t, EventKind.AGENT_STOPPED, {"at": t}))
        made.append((t + 0.1, EventKind.HEALTH, {"loop_lag_ms": each["lag"]}))
        t += 1.5
    made.append((t, EventKind.GRADING, {"status": "started"}))
    for check in ("each", "short"):
        for line, each in enumerate(exchanges):
            said_of = Judgement(check, line, each["judged"])
            made.append((t, EventKind.JUDGE_VERDICT, to_json(said_of)))
    made.append((t, EventKind.HANGUP, {"by": "caller", "reason": "script_done"}))
    made.append((t, EventKind.STATE, {"state": "ending"}))
    for check in ("call", "goal"):
        made.append((t, EventKind.JUDGE_VERDICT, to_json(Judgement(check, None, called))))
    made.append((t, EventKind.GRADING, {"status": "done"}))
    made.append((t, EventKind.STATE, {"state": "done"}))
    return [Event(seq, at, kind, data) for seq, (at, kind, data) in enumerate(made, 1)]


GOES_ON = {
    "texts": ["On May twenty", "first it is."],
    "wait": 1.0,
    "books": False,
    "judged": V.MET,
    "matched": "matched",
    "lag": 0.0,
}


@settings(deadline=None, max_examples=40)
@example([GOES_ON, GOES_ON], V.MET)
@given(
    st.lists(exchange, min_size=2, max_size=4),
    st.sampled_from([V.MET, V.NOT_MET, V.NOT_PROVEN, V.ERROR]),
)
def test_no_prefix_of_a_call_decides_what_the_whole_call_changes(
    exchanges: list[dict[str, Any]], called: CheckVerdict
) -> None:
    events = log(exchanges, called)
    final = {result.name: result for result in _evaluated(events)}

    for cut in range(1, len(events)):
        for result in _evaluated(events[:cut]):
            if result.verdict not in OPEN:
                assert result.verdict is final[result.name].verdict, (result, cut)
    assert all(result.verdict not in OPEN for result in final.values())


def _evaluated(events: list[Event]) -> Any:
    return evaluate(CHECKS, facts_of(derive_turns(events), events))


@settings(deadline=None, max_examples=20)
@given(st.lists(exchange, min_size=2, max_size=3))
def test_verdicts_by_turn_end_in_the_verdict(exchanges: list[dict[str, Any]]) -> None:
    for result in _evaluated(log(exchanges, V.MET)):
        assert result.by_turn[-1][1] is result.verdict
