"""How long replies take: as heard, as the agent says, and what the time is spent on."""

from __future__ import annotations

from collections.abc import Sequence

from harness.measure._definitions import STAGE_KEYS
from harness.measure._figure import count, figure, quantile
from harness.nouns import Metric, Outcome, StageName, Turn

__all__ = ["latency_metrics"]

_P99_FROM = 100
"""Below, a 99th percentile is the slowest reply under another name."""


def latency_metrics(
    turns: Sequence[Turn], joined: float | None, budget_s: float
) -> tuple[Metric, ...]:
    """Latencies over lines that were answered and not flagged; greeting and health beside.

    Args:
        turns: Of the call.
        joined: When the room was joined.
        budget_s: A reply that comes later is late.
    """
    timed = [t for t in turns if t.caller is not None and t.response_latency_s is not None]
    answered = [turn for turn in timed if turn.outcome is Outcome.ANSWERED]
    sound = [turn for turn in answered if not turn.flags]
    left_out = len(answered) - len(sound)
    nothing = (
        "This computer spoiled the timing of every reply." if left_out else "No reply was heard."
    )
    silent = "The agent reports no latency of these replies."
    late = [turn for turn in sound if (turn.response_latency_s or 0.0) > budget_s]
    flagged = [turn for turn in timed if turn.flags]

    def heard(key: str, q: float) -> Metric:
        return quantile(
            key, q, sound, lambda turn: turn.response_latency_s, left_out=left_out, why=nothing
        )

    def first(key: str, q: float, among: Sequence[Turn], why: str) -> Metric:
        return quantile(key, q, among, lambda turn: turn.first_answer_s, left_out=left_out, why=why)

    p99 = heard("response_latency_p99", 99)
    if len(sound) < _P99_FROM:
        why = f"It takes {_P99_FROM} replies to tell; there are {len(sound)}."
        p99 = figure(p99.key, None, p99.n, left_out=left_out, why=why)
    return (
        heard("response_latency_p50", 50),
        heard("response_latency_p90", 90),
        heard("response_latency_p95", 95),
        p99,
        heard("response_latency_max", 100),
        count("late_count", late, len(sound)),
        first("first_answer_p50", 50, sound, nothing),
        first("first_answer_p95", 95, sound, nothing),
        first(
            "tool_answer_p50",
            50,
            [turn for turn in sound if turn.tools],
            "No function was called for a reply that was heard.",
        ),
        quantile(
            "adjusted_latency_p50",
            50,
            sound,
            lambda turn: turn.adjusted_latency_s,
            left_out=left_out,
            why="The transport's statistics do not tell enough.",
        ),
        _greeting(turns, joined),
        quantile(
            "bot_reported_p50",
            50,
            sound,
            lambda turn: turn.bot_reported_s,
            left_out=left_out,
            why=silent,
        ),
        quantile("gap_p50", 50, sound, lambda turn: turn.gap_s, left_out=left_out, why=silent),
        *(_stage(name, sound, left_out) for name in STAGE_KEYS),
        count("flagged_turns", flagged, len(timed)),
    )


def _stage(name: StageName, sound: Sequence[Turn], left_out: int) -> Metric:
    def seconds(turn: Turn) -> float | None:
        parts = [stage.seconds for stage in turn.stages if stage.name == name]
        return sum(parts) if parts else None

    return quantile(
        STAGE_KEYS[name],
        50,
        sound,
        seconds,
        left_out=left_out,
        why="Nobody tells how long this takes in these replies.",
    )


def _greeting(turns: Sequence[Turn], joined: float | None) -> Metric:
    """Seconds from joining the room to the first agent audio, if it came before any line."""
    if joined is None or not turns or turns[0].caller is not None or not turns[0].agent:
        why = "Nobody had joined." if joined is None else "The agent did not speak first."
        return figure("greeting_s", None, 0, why=why)
    return figure("greeting_s", turns[0].agent[0].start - joined, 1, turns=(turns[0].index,))
