"""Turns and facts for the tests of the checks, written short."""

from __future__ import annotations

from typing import Any

from harness.errors import AgentCrashed, CallLost
from harness.grade import CallFacts
from harness.nouns import Failure, Outcome, Span, ToolCall, Turn

CRASH = Failure.of(AgentCrashed("The agent's process ended with code 1."))
LOST = Failure.of(CallLost("The process that carried the call died."))


def greeting(text: str = "Northgate Clinic, this is Ava. How can I help you?") -> Turn:
    return Turn(0, agent=(Span(1.0, 4.0),), agent_text=text, agent_text_source="rtvi")


def turn(
    index: int,
    agent_text: str = "Of course.",
    latency: float | None = 1.0,
    *,
    caller_text: str = "I would like an appointment.",
    outcome: Outcome | None = Outcome.ANSWERED,
    tools: tuple[ToolCall, ...] = (),
    flags: tuple[str, ...] = (),
    source: str = "script",
    is_open: bool = False,
) -> Turn:
    """Turn `index` takes ten seconds: two of the caller, then `latency`, then three of reply."""
    start = 10.0 * index
    answered = latency is not None
    agent = (Span(start + 2 + (latency or 0), start + 5 + (latency or 0)),) if answered else ()
    return Turn(
        index,
        outcome=outcome,
        caller_text=caller_text,
        caller_source=source,
        caller=Span(start, start + 2),
        agent=agent,
        agent_text=agent_text if answered else "",
        agent_text_source="rtvi" if answered else None,
        tools=tools,
        response_latency_s=latency,
        waited_s=6.0 if outcome is Outcome.NO_ANSWER else None,
        flags=flags,
        open=is_open,
    )


def missed(index: int, caller_text: str = "Is there parking?") -> Turn:
    return turn(index, latency=None, outcome=Outcome.NO_ANSWER, caller_text=caller_text)


def tool(function: str = "book_appointment", /, **arguments: Any) -> ToolCall:
    return ToolCall("call-1", function, arguments or None, called_at=12.5, returned_at=12.6)


def live(*turns: Turn, **facts: Any) -> CallFacts:
    return CallFacts(turns=turns, **facts)


def ended(*turns: Turn, by: str = "caller", **facts: Any) -> CallFacts:
    return CallFacts(
        turns=turns, ended=True, ended_by=by, script_done=facts.pop("script_done", True), **facts
    )
