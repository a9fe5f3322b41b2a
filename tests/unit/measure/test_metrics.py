from __future__ import annotations

import numpy as np
import pytest

from harness.measure import call_metrics, scripted_pauses
from harness.measure._figure import order_interval
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


def told(metric: Metric) -> tuple[float | None, str, int]:
    return metric.value, metric.unit, metric.n


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
    assert told(metrics["response_latency_p50"]) == (pytest.approx(0.55), "s", 10)
    assert metrics["response_latency_p50"].left_out == 1
    assert metrics["response_latency_p90"].value == pytest.approx(0.91)
    assert metrics["response_latency_p95"].value == pytest.approx(0.955)
    assert told(metrics["response_latency_max"]) == (1.0, "s", 10)
    assert told(metrics["missed_turns"]) == (1, "count", 14)
    assert told(metrics["missed_share"]) == (pytest.approx(1 / 14), "share", 14)
    assert told(metrics["talk_over_count"]) == (1, "count", 14)
    assert metrics["interrupted_count"].value == 1
    assert told(metrics["flagged_turns"]) == (1, "count", 13)


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
    assert told(metrics["bot_reported_p50"]) == (pytest.approx(0.3), "s", 2)
    assert told(metrics["gap_p50"]) == (pytest.approx(0.8), "s", 2)


def test_greeting_time_is_from_joining_the_room() -> None:
    later = turn(1, Outcome.ANSWERED, 1.0)
    assert told(by_key(call_metrics([GREETING, later], JOINED))["greeting_s"]) == (1.0, "s", 1)
    for turns, events in (([later], JOINED), ([GREETING], []), ([Turn(index=0)], JOINED)):
        assert told(by_key(call_metrics(turns, events))["greeting_s"]) == (None, "s", 0)


def test_a_turn_not_judged_yet_is_in_no_count() -> None:
    metrics = by_key(call_metrics([turn(1, None), turn(2, Outcome.NO_ANSWER)]))
    assert told(metrics["missed_share"]) == (1.0, "share", 1)


def test_how_much_each_side_spoke() -> None:
    surplus = Turn(index=1, outcome=Outcome.SPURIOUS, agent=(Span(19.0, 20.0), Span(21.0, None)))
    metrics = by_key(call_metrics([GREETING, turn(1, Outcome.ANSWERED, 1.0), surplus]))
    assert told(metrics["caller_speech_s"]) == (2.0, "s", 1)
    assert told(metrics["agent_speech_s"]) == (6.5, "s", 4)
    assert metrics["agent_talk_share"].value == pytest.approx(6.5 / 8.5)
    assert metrics["spurious_count"].value == 1


def test_an_empty_call_has_every_key_and_no_figure() -> None:
    empty = by_key(call_metrics([]))
    assert list(empty) == list(by_key(call_metrics([GREETING], JOINED)))
    assert all(metric.n == 0 and not metric.value for metric in empty.values())
    assert empty["missed_share"].value is None
    assert empty["response_latency_p95"].value is None


def test_what_could_not_be_measured_says_why() -> None:
    spoiled = by_key(call_metrics([turn(1, Outcome.ANSWERED, 1.0, flags=("loop lag 90 ms",))]))
    why = "This computer spoiled the timing of every reply."
    assert (spoiled["response_latency_p50"].why, spoiled["response_latency_p50"].left_out) == (
        why,
        1,
    )
    few = by_key(call_metrics([turn(1, Outcome.ANSWERED, 1.0)]))
    assert few["response_latency_p99"].value is None
    assert few["response_latency_p99"].why == "It takes 100 replies to tell; there are 1."
    assert few["said_word_error_rate"].why.startswith("Not measured: nobody knows")
    assert few["unheard_count"].why == "The agent does not tell what it hears."


def test_a_few_replies_have_no_interval_and_more_have_one() -> None:
    def p(q: int, n: int) -> Metric:
        turns = [turn(k, Outcome.ANSWERED, k / 10) for k in range(1, n + 1)]
        return by_key(call_metrics(turns))[f"response_latency_p{q}"]

    # Of the median: 1 - 2 * 0.5^n must be 95 %. Of p95: 1 - 0.95^n must be 97.5 %.
    assert p(50, 5).low is None
    assert (p(50, 6).low, p(50, 6).high) == (0.1, pytest.approx(0.6))
    assert p(95, 71).high is None
    assert p(95, 72).high == pytest.approx(7.2)


def test_order_statistics_hold_a_percentile_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    for q, n in ((50, 9), (50, 40), (90, 60), (95, 90)):
        truth = -np.log1p(-q / 100)  # of the exponential distribution
        draws = np.sort(rng.exponential(size=(2000, n)))
        hits = 0
        for drawn in draws:
            low, high = order_interval(list(drawn), q)
            assert low is not None and high is not None
            hits += low <= truth <= high
        assert 0.94 <= hits / 2000 <= 1.0
    assert order_interval([], 50) == (None, None)


def cut_into(end: float | None, **more: object) -> list[Turn]:
    """A reply that goes on until `end` while the caller's line begins at 10."""
    first = Turn(1, Outcome.INTERRUPTED, caller=Span(1.0, 2.0), agent=(Span(5.0, end),))
    return [first, Turn(2, caller=Span(10.0, 11.0), **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "stop_s", "expected"),
    [
        (10.4, 0.4, (1.0, 1)),
        (12.0, 2.0, (1.0, 1)),
        (12.01, 2.01, (0.0, 1)),
        (13.0, None, (0.0, 1)),  # the call ended, and it was still talking
        (11.5, None, (None, 0)),  # it ended before anybody could tell
        (None, None, (None, 0)),  # it goes on
        (10.05, None, (None, 0)),  # as good as over
    ],
)
def test_whether_the_agent_gives_way(
    end: float | None, stop_s: float | None, expected: tuple[float | None, int]
) -> None:
    yielded = by_key(call_metrics(cut_into(end, stop_s=stop_s)))["yield_share"]
    assert (yielded.value, yielded.n) == expected
    assert (yielded.why != "") is (yielded.value is None)


def test_a_spoiled_stop_is_left_out() -> None:
    found = by_key(call_metrics(cut_into(10.4, stop_s=0.4, flags=("loop lag 90 ms",))))
    for key in ("yield_share", "stop_time_p50", "stop_time_max"):
        assert (found[key].value, found[key].n, found[key].left_out) == (None, 0, 1)


def test_silence_is_not_measured_where_the_agent_writes() -> None:
    written = turn(2, Outcome.ANSWERED, sent_as="data")
    found = by_key(call_metrics([turn(1, Outcome.ANSWERED, 1.0), written]))
    assert found["dead_air_max"].value is None and found["dead_air_max"].why


def test_silence_of_a_live_call_lasts_until_now() -> None:
    events = [*JOINED, Event(3, 30.0, "health", {})]
    found = by_key(call_metrics([turn(1, None)], events))
    assert found["dead_air_max"].value == pytest.approx(18.0)
    speaking = Turn(index=1, caller=Span(10.0, 12.0), agent=(Span(13.0, None),), open=True)
    assert by_key(call_metrics([speaking], events))["dead_air_max"].value == pytest.approx(1.0)


def test_a_pause_counts_for_the_step_it_was_written_for() -> None:
    def step(t: float, number: object) -> Event:
        return Event(0, t, "caller.step", {"step": number, "of": 3, "status": "current"})

    def line(at: float) -> Event:
        return Event(0, at, "caller.started", {"line": 1, "at": at})

    steps = [step(1.0, 0), line(4.0), step(6.0, 1), step(8.0, 2), line(12.0), line(14.0)]
    assert scripted_pauses(steps, (2.5, 9.0, 3.0)) == (Span(1.5, 4.0), Span(9.0, 12.0))
    assert scripted_pauses([step(1.0, 5), line(2.0), step(3.0, None), line(4.0)], (1.0,)) == ()
