from __future__ import annotations

import pytest

from harness.measure import call_metrics
from harness.nouns import Event, Metric, Outcome, Span, Turn


def turn(index: int, outcome: Outcome | None, latency: float | None = None, **more: object) -> Turn:
    end = 10.0 * index + 2.0
    agent = () if latency is None else (Span(end + latency, end + latency + 3.0),)
    return Turn(
        index=index,
        outcome=outcome,
        caller=Span(10.0 * index, end),
        agent=agent,
        response_latency_s=latency,
        **more,  # type: ignore[arg-type]
    )


def by_key(metrics: tuple[Metric, ...]) -> dict[str, Metric]:
    found = {metric.key: metric for metric in metrics}
    assert len(found) == len(metrics)
    return found


GREETING = Turn(index=0, agent=(Span(1.5, 4.0),))
JOINED = [Event(1, 0.2, "call.state", {"state": "ringing"}), Event(2, 0.5, "room.joined", {})]


def test_latencies_are_of_answered_unflagged_turns_only() -> None:
    metrics = by_key(
        call_metrics(
            [
                GREETING,
                *(turn(n, Outcome.ANSWERED, n / 10) for n in range(1, 11)),
                turn(11, Outcome.ANSWERED, 9.0, flags=("loop lag 30 ms",)),
                turn(12, Outcome.TALKED_OVER, -0.5),
                turn(13, Outcome.INTERRUPTED, 8.0),
                turn(14, Outcome.NO_ANSWER),
            ]
        )
    )
    assert metrics["response_latency_p50"] == Metric(
        "response_latency_p50", pytest.approx(0.55), "s", 10
    )
    assert metrics["response_latency_p90"].value == pytest.approx(0.91)
    assert metrics["response_latency_p95"].value == pytest.approx(0.955)
    assert metrics["response_latency_max"] == Metric("response_latency_max", 1.0, "s", 10)
    assert metrics["missed_turns"] == Metric("missed_turns", 1, "count", 14)
    assert metrics["missed_share"] == Metric("missed_share", pytest.approx(1 / 14), "share", 14)
    assert metrics["talk_over_count"] == Metric("talk_over_count", 1, "count", 14)
    assert metrics["interrupted_count"].value == 1
    assert metrics["flagged_turns"] == Metric("flagged_turns", 1, "count", 13)


def test_what_the_agent_says_stands_beside_with_its_own_n() -> None:
    metrics = by_key(
        call_metrics(
            [
                turn(1, Outcome.ANSWERED, 1.0, bot_reported_s=0.4, gap_s=0.6),
                turn(2, Outcome.ANSWERED, 1.2, bot_reported_s=0.2, gap_s=1.0),
                turn(3, Outcome.ANSWERED, 1.4),
            ]
        )
    )
    assert metrics["response_latency_p50"].n == 3
    assert metrics["bot_reported_p50"] == Metric("bot_reported_p50", pytest.approx(0.3), "s", 2)
    assert metrics["gap_p50"] == Metric("gap_p50", pytest.approx(0.8), "s", 2)


def test_greeting_time_is_from_joining_the_room() -> None:
    later = turn(1, Outcome.ANSWERED, 1.0)
    assert by_key(call_metrics([GREETING, later], JOINED))["greeting_s"] == Metric(
        "greeting_s", 1.0, "s", 1
    )
    for turns, events in (([later], JOINED), ([GREETING], []), ([Turn(index=0)], JOINED)):
        assert by_key(call_metrics(turns, events))["greeting_s"] == Metric(
            "greeting_s", None, "s", 0
        )


def test_a_turn_not_judged_yet_is_in_no_count() -> None:
    metrics = by_key(call_metrics([turn(1, None), turn(2, Outcome.NO_ANSWER)]))
    assert metrics["missed_share"] == Metric("missed_share", 1.0, "share", 1)


def test_how_much_each_side_spoke() -> None:
    surplus = Turn(index=1, outcome=Outcome.SPURIOUS, agent=(Span(19.0, 20.0), Span(21.0, None)))
    metrics = by_key(call_metrics([GREETING, turn(1, Outcome.ANSWERED, 1.0), surplus]))
    assert metrics["caller_speech_s"] == Metric("caller_speech_s", 2.0, "s", 1)
    assert metrics["agent_speech_s"] == Metric("agent_speech_s", 6.5, "s", 4)
    assert metrics["agent_talk_share"].value == pytest.approx(6.5 / 8.5)
    assert metrics["spurious_count"].value == 1


def test_an_empty_call_has_every_key_and_no_figure() -> None:
    empty = by_key(call_metrics([]))
    assert list(empty) == list(by_key(call_metrics([GREETING], JOINED)))
    assert all(metric.n == 0 and not metric.value for metric in empty.values())
    assert empty["missed_share"].value is None
    assert empty["response_latency_p95"].value is None
