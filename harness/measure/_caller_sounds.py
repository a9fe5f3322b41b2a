"""What sounds of the caller that are no line ("mm-hm", a cough, noise) did to the agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measure._exchanges import PAUSE_S, ROUSED_S
from harness.measure._timeline import Sound, read_timeline
from harness.nouns import Event, Outcome, Span, Turn

__all__ = ["STOPPED_BY_S", "SoundEffect", "sound_effects"]

STOPPED_BY_S = 1.0
"""An agent that falls silent this soon after a sound of the caller has stopped for it."""
GOES_ON_S = 0.8
"""... unless it goes on this soon: a pause between sentences is shorter, and what a quick agent
says to the sound itself comes later."""


@dataclass(frozen=True, slots=True)
class SoundEffect:
    """A sound of the caller and what came of it.

    Attributes:
        sound: backchannel, cough or noise.
        span: When it was sent.
        turn: Index of the line before it, 0 if there was none.
        spoke: Whether the agent was speaking when it began.
        stopped_at: A false stop: the offset of the agent, who fell silent for at least 0.8 s.
        answered_at: A reply to nothing: the onset of the agent, who had been silent.
        known: Whether that is all that can come of it; false while a call goes on.
    """

    sound: str
    span: Span
    turn: int
    spoke: bool
    stopped_at: float | None = None
    answered_at: float | None = None
    known: bool = True


def sound_effects(turns: Sequence[Turn], events: Sequence[Event]) -> tuple[SoundEffect, ...]:
    """What each sound of the caller that is no line did to the agent.

    Whether the agent would have ended at that very moment anyway cannot be heard: play such sounds
    into the middle of long replies.

    Args:
        turns: From :func:`derive_turns`.
        events: The events they are from.
    """
    timeline = read_timeline(events)
    spans = sorted(
        (span for turn in turns for span in (*turn.agent, *turn.backchannels)),
        key=lambda span: span.start,
    )
    starts = [line.start for line in timeline.lines]
    over = timeline.ending is not None
    now = max((event.t for event in events), default=0.0)
    replies = [turn.agent[0].start for turn in turns if turn.outcome is Outcome.SPURIOUS]
    return tuple(_effect(sound, spans, starts, replies, now, over) for sound in timeline.sounds)


def _effect(
    sound: Sound,
    spans: Sequence[Span],
    starts: Sequence[float],
    replies: Sequence[float],
    now: float,
    over: bool,
) -> SoundEffect:
    turn = sum(start <= sound.start for start in starts)
    own = Span(sound.start, sound.end)
    speaking = [s for s in spans if s.start < sound.start and _ends(s) > sound.start]
    if not speaking:
        answer = next((at for at in replies if sound.start < at <= sound.end + ROUSED_S), None)
        known = over or answer is not None or now > sound.end + ROUSED_S + PAUSE_S
        return SoundEffect(sound.sound, own, turn, False, answered_at=answer, known=known)
    end = _ends(speaking[-1])
    cut = any(sound.start < start < end for start in starts)
    resumed = any(end <= span.start < end + GOES_ON_S for span in spans)
    known = over or resumed or now > min(end, sound.end + STOPPED_BY_S) + 2 * PAUSE_S
    stopped = end <= sound.end + STOPPED_BY_S and not cut and not resumed and known
    return SoundEffect(sound.sound, own, turn, True, end if stopped else None, known=known)


def _ends(span: Span) -> float:
    return float("inf") if span.end is None else span.end
