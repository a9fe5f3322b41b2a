"""Turns in which the caller's own voice comes back."""

from __future__ import annotations

from typing import Any

from harness.measure import call_metrics, derive_turns
from harness.nouns import Event, Outcome, Span, Turn


def events(*told: tuple[float, str, dict[str, Any]]) -> list[Event]:
    return [Event(seq, t, kind, data) for seq, (t, kind, data) in enumerate(told, start=1)]


def line(number: int, start: float, end: float) -> list[tuple[float, str, dict[str, Any]]]:
    return [
        (start, "caller.started", {"line": number, "text": "Hi.", "at": start}),
        (end, "caller.stopped", {"line": number, "at": end, "cut": False}),
    ]


def heard(
    start: float, end: float, echo: float | None = None
) -> list[tuple[float, str, dict[str, Any]]]:
    share = {} if echo is None else {"echo": echo}
    return [
        (start + 0.1, "agent.started", {"at": start}),
        (end + 0.3, "agent.stopped", {"at": end, **share}),
    ]


def turns(*told: tuple[float, str, dict[str, Any]]) -> tuple[Turn, ...]:
    ordered = sorted(told, key=lambda each: each[0])
    return derive_turns(events(*ordered, (60.0, "hangup", {"by": "caller"})))


def test_an_echo_is_no_answer() -> None:
    (turn,) = turns(*line(1, 2, 4), *heard(2.2, 4.2, 0.95))
    assert (turn.outcome, turn.response_latency_s, turn.agent) == (Outcome.NO_ANSWER, None, ())
    assert (turn.flags, turn.echo) == (("echo of the caller",), (Span(2.2, 4.2),))


def test_the_answer_after_an_echo_is_measured() -> None:
    (turn,) = turns(*line(1, 2, 4), *heard(2.2, 4.2, 0.95), *heard(5.0, 6.0, 0.1))
    assert (turn.outcome, turn.response_latency_s) == (Outcome.ANSWERED, 1.0)
    assert (turn.flags, turn.agent, turn.overlap_s) == ((), (Span(5.0, 6.0),), 0.0)


def test_an_answer_that_begins_with_an_echo_is_flagged_and_kept_out() -> None:
    found = turns(*line(1, 2, 4), *heard(4.1, 6.0, 0.4), *line(2, 8, 9), *heard(10, 11, 0.0))
    assert [turn.flags for turn in found] == [("echo of the caller",), ()]
    latency = next(m for m in call_metrics(found) if m.key == "response_latency_p50")
    assert (latency.value, latency.n, latency.left_out) == (1.0, 1, 1)


def test_an_echo_is_no_spurious_reply_and_stops_nothing() -> None:
    """A sound of the caller comes back while nobody speaks, and while the agent does."""
    sound = (14.0, "caller.sound", {"sound": "cough", "at": 14.0, "until": 14.5})
    told = [*line(1, 2, 4), *heard(5, 6), sound, *heard(14.2, 14.7, 0.9)]
    (turn,) = turns(*told)
    assert turn.outcome is Outcome.ANSWERED and turn.echo == (Span(14.2, 14.7),)
    (_, spurious) = turns(*told[:-2], *heard(14.2, 14.7, 0.5))
    assert spurious.outcome is Outcome.SPURIOUS


def test_what_our_recogniser_heard_of_it_is_not_the_agents_text() -> None:
    words = (5.0, "agent.text", {"text": "hi", "source": "stt", "at": 2.2})
    (turn,) = turns(*line(1, 2, 4), *heard(2.2, 4.2, 0.95), words)
    assert turn.agent_text == ""
