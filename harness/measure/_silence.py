"""Dead air: stretches of a conversation in which nobody speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.measure._figure import figure
from harness.measure._timeline import Sound
from harness.nouns import Event, EventKind, Metric, Outcome, Span, Turn

__all__ = ["Silence", "scripted_pauses", "silence_metrics", "silence_of"]


@dataclass(frozen=True, slots=True)
class Silence:
    """What of a conversation is silence.

    Attributes:
        stretches: Seconds of each, scripted pauses taken off.
        seconds: Of the whole conversation, scripted pauses taken off.
        after: Index of the turn before each stretch.
    """

    stretches: tuple[float, ...]
    seconds: float
    after: tuple[int, ...]


def scripted_pauses(events: Iterable[Event], seconds: Sequence[float]) -> tuple[Span, ...]:
    """The silences a script asks for, each right before the line it belongs to.

    Args:
        events: Of the call.
        seconds: The silence before each step of the script, from the first on.
    """
    found: list[Span] = []
    if not any(seconds):
        return ()
    pause = 0.0
    for event in events:
        if event.kind == EventKind.CALLER_STEP and event.data.get("status") == "current":
            step = event.data.get("step")
            pause = seconds[step] if isinstance(step, int) and 0 <= step < len(seconds) else 0.0
        elif event.kind == EventKind.CALLER_STARTED and pause:
            at = event.data.get("at", event.t)
            found.append(Span(at - pause, at))
            pause = 0.0
    return tuple(found)


def silence_of(
    turns: Sequence[Turn], sounds: Sequence[Sound], pauses: Sequence[Span], end: float
) -> Silence | None:
    """The silences between the first sound and `end`, when the call was over (or is now).

    Returns:
        None if nobody was heard, or the agent answered without sound: then silence says nothing.
    """
    if any(turn.outcome is Outcome.ANSWERED and not turn.agent for turn in turns):
        return None
    spans = [(span, turn.index) for turn in turns for span in (*turn.agent, *turn.backchannels)]
    spans += [(turn.caller, turn.index) for turn in turns if turn.caller is not None]
    if not spans:
        return None
    spans.sort(key=lambda pair: pair[0].start)
    # A sound that is no line breaks a silence; it does not begin a conversation.
    first, last = spans[0][0].start, spans[0][1]
    spans += [(Span(sound.start, sound.end), -1) for sound in sounds if sound.start > first]
    spans.sort(key=lambda pair: pair[0].start)
    reached = first
    stretches: list[float] = []
    after: list[int] = []
    for span, index in (*spans, (Span(end, end), -1)):
        start = min(span.start, end)
        silent = start - reached - _paused(pauses, reached, start)
        if silent > 0:
            stretches.append(silent)
            after.append(last)
        reached = max(reached, end if span.end is None else span.end)
        last = max(last, index)
    return Silence(tuple(stretches), end - first - _paused(pauses, first, end), tuple(after))


def silence_metrics(silence: Silence | None) -> tuple[Metric, ...]:
    """The longest silence, what lies beyond 3 and 5 s of each, and the share of all."""
    keys = ("dead_air_max", "dead_air_over_3s", "dead_air_over_5s", "silence_share")
    if silence is None or silence.seconds <= 0:
        why = "There was no conversation to be heard."
        return tuple(figure(key, None, 0, why=why) for key in keys)
    lengths = silence.stretches
    pairs = sorted(zip(lengths, silence.after, strict=True), reverse=True)
    longest = [index for _, index in pairs]

    def beyond(limit: float) -> tuple[float, list[int]]:
        over = [(length, index) for length, index in pairs if length > limit]
        return sum(length - limit for length, _ in over), [index for _, index in over]

    n = len(lengths)
    values: tuple[tuple[float, list[int]], ...] = (
        (max(lengths, default=0.0), longest[:1]),
        beyond(3.0),
        beyond(5.0),
        (sum(lengths) / silence.seconds, []),
    )
    return tuple(
        figure(key, value, n, turns=list(dict.fromkeys(turns)))
        for key, (value, turns) in zip(keys, values, strict=True)
    )


def _paused(pauses: Sequence[Span], start: float, end: float) -> float:
    """Seconds of scripted pauses between `start` and `end`."""
    return sum(
        max(0.0, min(end, end if pause.end is None else pause.end) - max(start, pause.start))
        for pause in pauses
    )
