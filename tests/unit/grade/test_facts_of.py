from __future__ import annotations

from typing import Any

import pytest
from grade_turns import greeting, tool, turn

from harness import errors
from harness.grade import facts_of
from harness.nouns import Event, EventKind, ToolCall


def events(*pairs: tuple[EventKind, dict[str, Any]]) -> list[Event]:
    return [Event(seq, float(seq), kind, data) for seq, (kind, data) in enumerate(pairs, 1)]


def state(name: str, **data: Any) -> tuple[EventKind, dict[str, Any]]:
    return EventKind.STATE, {"state": name, **data}


READY = (EventKind.AGENT_READY, {"version": "1.2.0"})


def test_before_and_after_the_call_is_taken_up() -> None:
    assert not facts_of((), events(state("starting"), state("ringing"))).live
    facts = facts_of((), events(state("ringing"), state("live")))
    assert facts.live
    assert not facts.ended


def test_who_hung_up_first() -> None:
    facts = facts_of(
        (),
        events(
            state("live"),
            (EventKind.HANGUP, {"by": "agent", "reason": "left"}),
            (EventKind.HANGUP, {"by": "caller", "reason": "left"}),
            state("ending"),
            state("done"),
        ),
    )

    assert facts.ended
    assert facts.ended_by == "agent"


def test_a_cancelled_call_was_ended_by_a_person() -> None:
    assert facts_of((), events(state("live"), state("cancelled"))).ended_by == "person"


def test_it_can_be_told_that_the_call_is_over() -> None:
    assert facts_of((), events(state("live"), state("ending")), ended=True).ended


def test_names_of_functions() -> None:
    ready = events(READY)
    unnamed = ToolCall("1", None, None, called_at=12.0)

    assert facts_of((greeting(),), ready).names_reported is None
    assert facts_of((greeting(),), []).names_reported is False
    assert facts_of((greeting(), turn(1, tools=(unnamed,))), ready).names_reported is False
    assert facts_of((greeting(), turn(1, tools=(tool(),))), ready).names_reported is True


def test_the_end_of_the_script() -> None:
    def step(number: int, status: str) -> tuple[EventKind, dict[str, Any]]:
        return EventKind.CALLER_STEP, {"step": number, "of": 2, "status": status}

    assert not facts_of((), events(step(0, "done"), step(1, "current"))).script_done
    assert facts_of((), events(step(0, "done"), step(1, "done"))).script_done


def test_lines_of_the_script_are_told_from_typed_ones_and_repeats() -> None:
    def step(number: int) -> tuple[EventKind, dict[str, Any]]:
        return EventKind.CALLER_STEP, {"step": number, "of": 3, "status": "current"}

    def started(at: float, source: str = "script") -> tuple[EventKind, dict[str, Any]]:
        return EventKind.CALLER_STARTED, {"at": at, "text": "...", "source": source}

    turns = (greeting(), *(turn(index) for index in (1, 2, 3, 4)))
    log = events(
        step(0),
        step(1), started(10.0, "typed"), started(20.0),
        started(30.0),  # "Hello? Are you still there?"
        step(2), started(40.0),
    )  # fmt: skip

    facts = facts_of(turns, log)

    assert facts.lines == (2, 4)
    assert [found.index for found in facts.line(2)] == [4]
    assert facts.line(3) == ()
    assert facts_of(turns, []).lines is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.AgentCrashed("x"), 1),
        (errors.RunnerRefused("x"), 2),
        (errors.CallLost("x"), 3),
        (errors.InternalError("x"), 3),
    ],
)
def test_the_blame_of_a_failure_follows_from_its_kind(
    error: errors.RingbackError, code: int
) -> None:
    data = {"kind": error.kind, "message": "It broke.", "cause": "", "remedy": ""}

    failure = facts_of((), events(state("failed", failure=data))).failure

    assert failure is not None
    assert (failure.exit_code, failure.message) == (code, "It broke.")
