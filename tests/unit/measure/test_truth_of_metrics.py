"""Every metric against truth that is known by construction: one case a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conversations import FIRST, LAST, MIDDLE, Style, scripted
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import METRICS, call_metrics, derive_turns, scripted_pauses, word_errors
from harness.nouns import (
    AudioReport,
    Dropout,
    Event,
    Metric,
    Outcome,
    Span,
    Stage,
    ToolCall,
    Turn,
)

# -- a call of 125 lines whose latencies are known ----------------------------------------------

REPLIES = [number / 100 for number in range(1, 121)]
ANSWERS = [latency + (0.5 if number % 2 else 0.0) for number, latency in enumerate(REPLIES)]
STAGES = ("transport", "endpointing", "stt", "turn_detection", "llm")
MORE_STAGES = ("tools", "text_aggregation", "tts", "output", "unexplained")


def _answered(number: int, latency: float, **more: Any) -> Turn:
    end = 10.0 * number + 2.0
    return Turn(
        index=number,
        outcome=Outcome.ANSWERED,
        caller=Span(end - 2.0, end),
        agent=(Span(end + latency, end + latency + 1.0),),
        response_latency_s=latency,
        **more,
    )


def timed_call() -> dict[str, Metric]:
    turns = []
    for number, latency in enumerate(REPLIES):
        tools = (ToolCall("t", None, None, 0.0),) if number < 11 else ()
        # Each stage takes ten times as long as the one before.
        stages = [Stage(name, latency * 10**-place, "rtvi") for place, name in enumerate(STAGES, 1)]
        if tools:
            stages += [Stage(name, -latency, "remainder") for name in MORE_STAGES]
        turns.append(
            _answered(
                number + 1,
                latency,
                first_answer_s=ANSWERS[number],
                tools=tools,
                adjusted_latency_s=latency - 0.08,
                bot_reported_s=latency / 2,
                gap_s=latency / 2,
                stages=tuple(stages),
            )
        )
    turns.append(_answered(121, 9.0, first_answer_s=9.0, flags=("loop lag 90 ms",)))
    turns.append(replace(_answered(122, 8.0, first_answer_s=8.0), outcome=Outcome.INTERRUPTED))
    turns.append(
        replace(_answered(123, -0.5), outcome=Outcome.TALKED_OVER, flags=("clock moved 20 ms",))
    )
    turns.append(
        Turn(index=124, outcome=Outcome.NO_ANSWER, caller=Span(1240.0, 1242.0), waited_s=9.0)
    )
    turns.append(Turn(index=125, caller=Span(1250.0, None), open=True))
    return {metric.key: metric for metric in call_metrics(turns, budget_s=1.0)}


# -- a call in which everything happens that can -------------------------------------------------


class Play:
    """Events of a call, in the order of audio time."""

    def __init__(self) -> None:
        self._events: list[tuple[float, str, dict[str, Any]]] = []
        self._line = 0

    def add(self, t: float, kind: str, **data: Any) -> None:
        self._events.append((t, kind, data))

    def agent(self, start: float, end: float, text: str = "") -> None:
        self.add(start, "agent.started", at=start)
        self.add(end, "agent.stopped", at=end)
        if text:
            self.add(start - 0.05, "agent.text", text=text, source="rtvi")

    def line(self, start: float, end: float, heard: str = "", cut: bool = False) -> None:
        self._line += 1
        named = {"line": self._line, "text": "one two, three-four!"}
        self.add(start, "caller.step", step=self._line - 1, of=10, status="current")
        self.add(start, "caller.started", at=start, source="script", **named)
        self.add(end, "caller.stopped", line=self._line, at=end, cut=cut)
        if heard:
            self.add(end + 0.3, "agent.heard", text=heard)

    def events(self) -> list[Event]:
        ordered = sorted(self._events, key=lambda event: event[0])
        return [Event(seq, *event) for seq, event in enumerate(ordered, 1)]


def _busy_events() -> list[Event]:
    play = Play()
    play.add(0.0, "call.state", state="live")
    play.add(0.5, "room.joined", identity="caller")
    play.agent(1.0, 3.0, "This is the front desk.")
    play.line(4.0, 6.0, "one two three four")
    play.agent(7.0, 9.6)
    play.line(9.0, 10.5, "one too three")  # cuts in; the agent stops after 0.6 s
    play.agent(11.5, 13.0, "You are welcome.")
    play.line(14.0, 16.0)
    play.agent(15.0, 18.0)  # talks over it
    play.line(19.0, 20.0)
    play.agent(20.5, 30.0, "A reply that is never over and does not count.")
    play.line(24.0, 25.0)  # cuts in; the agent talks on for 6 s, and answers at 6 s
    play.agent(31.0, 32.0)
    play.line(34.0, 36.0)
    play.agent(35.0, 35.4)  # mm-hm
    play.agent(37.0, 38.0)
    play.line(40.0, 41.0)
    play.agent(42.0, 44.9)
    play.add(44.5, "caller.sound", sound="backchannel", at=44.0, until=44.4)  # it stops for that
    play.agent(46.5, 48.0)
    play.line(50.0, 51.0)
    play.agent(52.0, 54.0)
    play.add(56.4, "caller.sound", sound="cough", at=56.0, until=56.3)  # it answers that
    play.agent(57.0, 58.0)
    play.line(60.0, 61.0)
    play.add(60.4, "agent.started", at=60.3)  # the line itself comes back
    play.add(61.5, "agent.stopped", at=61.2, echo=0.9)
    play.add(71.0, "caller.gave_up_waiting", line=9, waited_s=10.0)
    play.line(72.0, 73.0, "one", cut=True)
    play.agent(73.5, 75.0, "Good bye.")
    play.add(80.0, "hangup", by="caller", reason="script_done")
    play.add(80.0, "call.state", state="ending")
    play.add(95.0, "call.state", state="done")
    return play.events()


def _hears(turn: Turn) -> Turn:
    if turn.heard_text is None:
        return turn
    said = ("one", "two", "three", "four")
    return replace(turn, heard_errors=word_errors(said, turn.heard_text.split()))


def busy_call() -> dict[str, Metric]:
    events = _busy_events()
    turns = [_hears(turn) for turn in derive_turns(events)]
    pauses = scripted_pauses(events, [0.0] * 5 + [1.5] + [0.0] * 4)
    ear = word_errors(["word"] * 100, ["word"] * 100)
    said = word_errors(["word"] * 9 + ["two"], ["word"] * 9 + ["too"])
    found = call_metrics(turns, events, SOUND, pauses=pauses, said=[said], ear=[ear])
    return {metric.key: metric for metric in found}


SOUND = AudioReport(
    version=1,
    lane="agent",
    seconds=80.0,
    speech_s=29.5,
    loudness_lufs=-20.5,
    peak_dbfs=-1.5,
    true_peak_dbfs=-1.2,
    clipped_share=0.01,
    clipped_runs=4,
    dropouts=(Dropout(8.0, 20.0, "zeros"), Dropout(9.0, 30.0, "gap")),
    noise_floor_dbfs=-70.0,
    snr_db=45.0,
    dc_share=-0.02,
    bandwidth_hz=7943.0,
    concealed_ms=120.0,
    packet_loss=0.002,
)

SILENCES = [
    *(1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0, 2.0, 1.0, 1.6, 2.0, 1.0, 2.0, 0.7, 2.0),
    *(11.0, 0.5, 5.0),
]

TIMED, BUSY = timed_call(), busy_call()


def at(values: Sequence[float], q: float) -> float:
    return float(np.percentile(values, q))


TRUTH: dict[str, tuple[dict[str, Metric], float, int]] = {
    "response_latency_p50": (TIMED, at(REPLIES, 50), 120),
    "response_latency_p90": (TIMED, at(REPLIES, 90), 120),
    "response_latency_p95": (TIMED, at(REPLIES, 95), 120),
    "response_latency_p99": (TIMED, at(REPLIES, 99), 120),
    "response_latency_max": (TIMED, 1.2, 120),
    "late_count": (TIMED, 20, 120),
    "first_answer_p50": (TIMED, at(ANSWERS, 50), 120),
    "first_answer_p95": (TIMED, at(ANSWERS, 95), 120),
    "tool_answer_p50": (TIMED, at(ANSWERS[:11], 50), 11),
    "adjusted_latency_p50": (TIMED, at(REPLIES, 50) - 0.08, 120),
    "greeting_s": (BUSY, 0.5, 1),
    "bot_reported_p50": (TIMED, at(REPLIES, 50) / 2, 120),
    "gap_p50": (TIMED, at(REPLIES, 50) / 2, 120),
    **{
        f"stage_{name}_p50": (TIMED, at(REPLIES, 50) * 10**-place, 120)
        for place, name in enumerate(STAGES, 1)
    },
    **{f"stage_{name}_p50": (TIMED, -0.06, 11) for name in MORE_STAGES},
    "turn_taking_score": (BUSY, 0.5, 10),  # lines 3, 5, 7, 8 and 9 went wrong
    "missed_turns": (BUSY, 1, 10),
    "missed_share": (BUSY, 0.1, 10),
    "talk_over_count": (BUSY, 1, 10),
    "overlap_s": (BUSY, 0.6 + 1.0 + 1.0 + 0.4, 10),
    "backchannel_count": (BUSY, 1, 10),
    "interrupted_count": (BUSY, 2, 10),
    "stop_time_p50": (BUSY, 3.3, 2),
    "stop_time_max": (BUSY, 6.0, 2),
    "yield_share": (BUSY, 0.5, 2),
    "false_stop_count": (BUSY, 1, 1),
    "noise_reply_count": (BUSY, 1, 1),
    "spurious_count": (BUSY, 1, 12),
    "dead_air_max": (BUSY, 11.0, 20),
    "dead_air_over_3s": (BUSY, 8.0 + 2.0, 20),
    "dead_air_over_5s": (BUSY, 6.0, 20),
    "caller_speech_s": (BUSY, 13.5, 10),
    "agent_speech_s": (BUSY, 29.5, 12),
    "agent_talk_share": (BUSY, 29.5 / 43.0, 22),
    "silence_share": (BUSY, sum(SILENCES) / (79.0 - 1.5), 20),
    "caller_words_per_minute": (BUSY, 60 * 36 / 12.5, 36),
    "agent_words_per_minute": (BUSY, 60 * 10 / 5.0, 10),
    "heard_word_error_rate": (BUSY, 2 / 8, 8),
    "unheard_count": (BUSY, 7, 9),
    "said_word_error_rate": (BUSY, 0.1, 10),
    "agent_loudness": (BUSY, -20.5, 30),
    "agent_peak": (BUSY, -1.5, 30),
    "agent_clipped_share": (BUSY, 0.01, 30),
    "agent_dropouts": (BUSY, 2, 30),
    "agent_noise_floor": (BUSY, -70.0, 30),
    "agent_snr": (BUSY, 45.0, 30),
    "agent_dc": (BUSY, 0.02, 30),
    "agent_bandwidth": (BUSY, 7943.0, 30),
    "agent_concealed_s": (BUSY, 0.12, 30),
    "agent_packet_loss": (BUSY, 0.002, 30),
    "agent_echo_s": (BUSY, 0.9, 14),
    "flagged_turns": (TIMED, 2, 123),
}


def test_every_metric_has_a_case() -> None:
    assert list(TIMED) == list(BUSY) == list(METRICS)
    assert set(TRUTH) == set(METRICS)


@pytest.mark.parametrize("key", METRICS)
def test_a_metric_comes_out_as_it_was_made(key: str) -> None:
    call, value, n = TRUTH[key]
    metric = call[key]
    assert metric.value == pytest.approx(value)
    assert (metric.n, metric.unit, metric.why) == (n, METRICS[key].unit, "")


def test_what_a_figure_rests_on_is_named() -> None:
    def turns(key: str, call: dict[str, Metric] = BUSY) -> tuple[int, ...]:
        return call[key].turns

    assert turns("turn_taking_score") == (3, 5, 7, 8, 9)
    assert turns("missed_turns") == turns("missed_share") == (9,)
    assert turns("talk_over_count") == (3,)
    assert turns("interrupted_count") == (1, 4)
    assert turns("stop_time_p50") == (5, 2) and turns("stop_time_max") == (5,)
    assert turns("yield_share") == (5,)
    assert turns("false_stop_count") == (7,)
    assert turns("noise_reply_count") == turns("spurious_count") == (8,)
    assert turns("dead_air_max") == (9,) and turns("dead_air_over_3s") == (9, 10)
    assert turns("overlap_s") == (2, 3, 5, 6) and turns("backchannel_count") == (6,)
    assert turns("agent_echo_s") == (9,)
    assert turns("heard_word_error_rate") == (2,)
    assert turns("late_count", TIMED) == tuple(range(101, 121))
    assert turns("response_latency_p95", TIMED) == tuple(range(120, 70, -1))
    assert turns("flagged_turns", TIMED) == (121, 123)
    assert TIMED["response_latency_p50"].left_out == 1


def test_a_rate_has_the_interval_of_its_trials() -> None:
    missed = BUSY["missed_share"]
    assert (missed.of, missed.low, missed.high) == (
        10,
        pytest.approx(0.0179, abs=1e-4),
        pytest.approx(0.4042, abs=1e-4),
    )
    assert (BUSY["yield_share"].of, BUSY["false_stop_count"].of) == (2, 1)


# -- whatever the call ---------------------------------------------------------------------------

calls = st.tuples(
    st.integers(0, 100_000),
    st.sampled_from(FIRST),
    st.lists(st.sampled_from(MIDDLE), max_size=8),
    st.sampled_from(LAST),
    st.builds(Style, source=st.sampled_from(["rtvi", "stt"])),
)


def moved(event: Event, by: float) -> Event:
    data = {k: v + by if k in ("at", "until") else v for k, v in event.data.items()}
    return Event(event.seq, event.t + by, event.kind, data)


@settings(max_examples=60, deadline=None)
@given(calls, st.floats(-100, 1000))
def test_when_a_call_was_makes_no_difference(
    script: tuple[int, str, list[str], str, Style], by: float
) -> None:
    events = scripted(*script).events()
    later = [moved(event, by) for event in events]
    one = call_metrics(derive_turns(events), events)
    two = call_metrics(derive_turns(later), later)
    for a, b in zip(one, two, strict=True):
        assert b.value == (None if a.value is None else pytest.approx(a.value, abs=1e-6))
        assert (a.key, a.n, a.of, a.left_out, a.why) == (b.key, b.n, b.of, b.left_out, b.why)


@settings(max_examples=60, deadline=None)
@given(calls)
def test_figures_are_consistent(script: tuple[int, str, list[str], str, Style]) -> None:
    events = scripted(*script).events()
    metrics = {m.key: m for m in call_metrics(derive_turns(events), events)}
    assert list(metrics) == list(METRICS)
    for metric in metrics.values():
        assert (metric.value is None) == bool(metric.why)
        assert metric.value is not None or metric.n == 0 or metric.key == "response_latency_p99"
        assert (metric.low is None) == (metric.high is None)
        if metric.low is not None and metric.high is not None and metric.value is not None:
            assert metric.low <= metric.value <= metric.high
        if metric.unit in ("share", "score") and metric.value is not None:
            assert 0 <= metric.value <= 1
        if metric.of is not None and metric.unit == "count" and metric.value is not None:
            assert 0 <= metric.value <= metric.of
    judged = metrics["missed_turns"].n
    for key in ("talk_over_count", "interrupted_count", "missed_share", "turn_taking_score"):
        assert metrics[key].n == judged
    assert metrics["silence_share"].n == metrics["dead_air_max"].n
    assert (metrics["dead_air_over_5s"].value or 0) <= (metrics["dead_air_over_3s"].value or 0)
