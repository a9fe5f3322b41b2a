"""Who gives way to whom: interruptions, stops, false stops, and the score of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measure._caller_sounds import SoundEffect
from harness.measure._figure import count, evidence, figure, quantile, share
from harness.measure._overlap import CUT_IN_S, TALK_OVER_S
from harness.nouns import Metric, Outcome, Turn

__all__ = ["interplay_metrics"]

KEPT_TALKING_S = 2.0
"""An agent that goes on longer than this after the caller's onset has not given way."""


@dataclass(frozen=True, slots=True)
class _BargeIn:
    """A line that began while the agent spoke; `gave_way` is None while that cannot be told."""

    turn: Turn
    gave_way: bool | None


def interplay_metrics(
    turns: Sequence[Turn], effects: Sequence[SoundEffect], budget_s: float
) -> tuple[Metric, ...]:
    """How turns were taken.

    Args:
        turns: Of the call.
        effects: What sounds of the caller that are no line did to the agent.
        budget_s: A reply that comes later is late.
    """
    lines = [turn for turn in turns if turn.caller is not None]
    judged = [turn for turn in lines if turn.outcome is not None]
    by_outcome = {o: [turn for turn in judged if turn.outcome is o] for o in Outcome}
    spurious = [turn for turn in turns if turn.outcome is Outcome.SPURIOUS]
    missed = by_outcome[Outcome.NO_ANSWER]
    backchannels = sum(len(turn.backchannels) for turn in lines)
    both = [turn for turn in lines if turn.overlap_s is not None]
    barge_ins = _barge_ins(turns)
    stops = [effect for effect in effects if effect.stopped_at is not None]
    roused = [effect for effect in effects if effect.answered_at is not None]
    into_speech = sum(effect.spoke and effect.known for effect in effects)
    into_silence = sum(not effect.spoke and effect.known for effect in effects)
    return (
        _score(judged, spurious, stops, barge_ins, budget_s),
        count("missed_turns", missed, len(judged)),
        share(
            "missed_share",
            len(missed),
            len(judged),
            why="No line has an outcome.",
            turns=evidence(missed),
        ),
        count("talk_over_count", by_outcome[Outcome.TALKED_OVER], len(judged)),
        figure(
            "overlap_s",
            sum(turn.overlap_s or 0.0 for turn in both) if both else None,
            len(both),
            why="No line was spoken.",
            turns=evidence([turn for turn in both if turn.overlap_s]),
        ),
        figure(
            "backchannel_count",
            backchannels,
            len(lines),
            turns=evidence([turn for turn in lines if turn.backchannels]),
        ),
        count("interrupted_count", by_outcome[Outcome.INTERRUPTED], len(judged)),
        *_stop_metrics(barge_ins),
        figure(
            "false_stop_count",
            len(stops),
            into_speech,
            of=into_speech,
            turns=[effect.turn for effect in stops],
        ),
        figure(
            "noise_reply_count",
            len(roused),
            into_silence,
            of=into_silence,
            turns=[effect.turn for effect in roused],
        ),
        count("spurious_count", spurious, len(turns)),
    )


def _barge_ins(turns: Sequence[Turn]) -> list[_BargeIn]:
    """The lines that began while the agent spoke, and whether it gave way."""
    found: list[_BargeIn] = []
    reach = float("-inf")  # until when the agent was heard so far
    for turn in turns:
        line = turn.caller
        if line is not None:
            if turn.stop_s is not None:
                found.append(_BargeIn(turn, turn.stop_s <= KEPT_TALKING_S))
            elif reach > line.start + CUT_IN_S:  # it still speaks, or did until the call ended
                went_on = reach < float("inf") and reach - line.start > KEPT_TALKING_S
                found.append(_BargeIn(turn, False if went_on else None))
        ends = [float("inf") if span.end is None else span.end for span in turn.agent]
        reach = max(reach, *ends) if ends else reach
    return found


def _stop_metrics(barge_ins: Sequence[_BargeIn]) -> tuple[Metric, ...]:
    sound = [each for each in barge_ins if not each.turn.flags]
    left_out = len(barge_ins) - len(sound)
    known = [each for each in sound if each.gave_way is not None]
    turns = [each.turn for each in sound]
    why = "The caller did not cut in." if not barge_ins else "No stop of the agent could be timed."

    def stop_time(key: str, q: float) -> Metric:
        return quantile(key, q, turns, lambda turn: turn.stop_s, left_out=left_out, why=why)

    kept = [each.turn for each in known if not each.gave_way]
    return (
        stop_time("stop_time_p50", 50),
        stop_time("stop_time_max", 100),
        share(
            "yield_share",
            len(known) - len(kept),
            len(known),
            why=why,
            turns=evidence(kept),
            left_out=left_out,
        ),
    )


def _score(
    judged: Sequence[Turn],
    spurious: Sequence[Turn],
    stops: Sequence[SoundEffect],
    barge_ins: Sequence[_BargeIn],
    budget_s: float,
) -> Metric:
    """The share of lines with which everything went right; evidence: those where it did not."""
    spoiled = {turn.index for turn in spurious} | {effect.turn for effect in stops}
    spoiled |= {each.turn.index for each in barge_ins if each.gave_way is False}
    failed = [turn for turn in judged if turn.index in spoiled or not _well(turn, budget_s)]
    return share(
        "turn_taking_score",
        len(judged) - len(failed),
        len(judged),
        why="No line has an outcome.",
        turns=evidence(failed),
    )


def _well(turn: Turn, budget_s: float) -> bool:
    """Whether a line was answered, neither too early nor too late."""
    if turn.outcome not in (Outcome.ANSWERED, Outcome.INTERRUPTED):
        return False
    latency = turn.response_latency_s
    # An answer by text alone has no latency, and that of a flagged line says nothing.
    return latency is None or bool(turn.flags) or -TALK_OVER_S <= latency <= budget_s
