"""Metrics of a call, each a figure with its n."""

from __future__ import annotations

from collections.abc import Sequence

from harness.measure._statistics import percentile
from harness.nouns import Event, EventKind, Metric, Outcome, Span, Turn

__all__ = ["call_metrics"]


def call_metrics(turns: Sequence[Turn], events: Sequence[Event] = ()) -> tuple[Metric, ...]:
    """The metrics of a call (docs/measurement.md tells each one's definition).

    Args:
        turns: From :func:`derive_turns`.
        events: Only for `greeting_s`: when the room was joined.

    Returns:
        Always the same keys in the same order; a value is None where nothing was measured.
    """
    lines = [turn for turn in turns if turn.caller is not None]
    judged = [turn for turn in lines if turn.outcome is not None]
    timed = [turn for turn in lines if turn.response_latency_s is not None]
    sound = [turn for turn in timed if turn.outcome is Outcome.ANSWERED and not turn.flags]
    heard = [turn.response_latency_s for turn in sound if turn.response_latency_s is not None]
    reported = [turn.bot_reported_s for turn in sound if turn.bot_reported_s is not None]
    gaps = [turn.gap_s for turn in sound if turn.gap_s is not None]

    def count(key: str, outcome: Outcome, among: Sequence[Turn] = judged) -> Metric:
        number = sum(turn.outcome is outcome for turn in among)
        return Metric(key, number, "count", len(among))

    missed = count("missed_turns", Outcome.NO_ANSWER)
    return (
        Metric("response_latency_p50", percentile(heard, 50), "s", len(heard)),
        Metric("response_latency_p90", percentile(heard, 90), "s", len(heard)),
        Metric("response_latency_p95", percentile(heard, 95), "s", len(heard)),
        Metric("response_latency_max", max(heard, default=None), "s", len(heard)),
        _greeting(turns, events),
        Metric("bot_reported_p50", percentile(reported, 50), "s", len(reported)),
        Metric("gap_p50", percentile(gaps, 50), "s", len(gaps)),
        missed,
        Metric("missed_share", _share(missed.value, missed.n), "share", missed.n),
        count("talk_over_count", Outcome.TALKED_OVER),
        count("interrupted_count", Outcome.INTERRUPTED),
        count("spurious_count", Outcome.SPURIOUS, turns),
        Metric("flagged_turns", sum(bool(turn.flags) for turn in timed), "count", len(timed)),
        *_talk(turns),
    )


def _greeting(turns: Sequence[Turn], events: Sequence[Event]) -> Metric:
    """Seconds from joining the room to the first agent audio, if it came before any line."""
    joined = next((event.t for event in events if event.kind == EventKind.ROOM_JOINED), None)
    if joined is None or not turns or turns[0].caller is not None or not turns[0].agent:
        return Metric("greeting_s", None, "s", 0)
    return Metric("greeting_s", turns[0].agent[0].start - joined, "s", 1)


def _talk(turns: Sequence[Turn]) -> tuple[Metric, ...]:
    """How long each side spoke, closed stretches only, and the agent's share of the speech.

    A line sent as text is no speech.
    """
    spoken = [t.caller for t in turns if t.caller is not None and t.sent_as in (None, "voice")]
    caller = _seconds(spoken)
    agent = _seconds([span for turn in turns for span in turn.agent])
    heard = sum(len(turn.agent) for turn in turns)
    return (
        Metric("caller_speech_s", caller, "s", len(spoken)),
        Metric("agent_speech_s", agent, "s", heard),
        Metric("agent_talk_share", _share(agent, caller + agent), "share", len(spoken) + heard),
    )


def _seconds(spans: Sequence[Span]) -> float:
    return sum((span.end - span.start for span in spans if span.end is not None), 0.0)


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole
