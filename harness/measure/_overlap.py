"""Both speaking at once: backchannels of the agent, overlap, and how fast it stops."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from harness.measure._exchanges import Exchange
from harness.measure._timeline import Line, Speech

__all__ = ["CUT_IN_S", "TALK_OVER_S", "backchannels", "overlap", "sounding", "stop"]

TALK_OVER_S = 0.05
"""An onset this long before the caller's offset is still an answer: the error of a boundary."""
CUT_IN_S = 0.1
"""The agent must go on this long after the caller's onset to have been cut into."""
GOES_ON_S = 0.5
"""An agent that falls silent for less has paused between two sentences, not stopped."""
BACKCHANNEL_S = 0.8
"""A backchannel ("mm-hm") is no longer than this ..."""
BACKCHANNEL_WORDS = 3
"""... has no more words, where they are known ..."""
BEFORE_END_S = 0.2
"""... ends this long before the caller's line does ..."""
APART_S = 0.5
"""... and lies this far from the next: pieces closer together are one remark."""

_TEXT_LEAD_S = 1.5  # text comes before its sound


def backchannels(exchange: Exchange, thinking: Sequence[float]) -> int | None:
    """How many of an exchange's first stretches are backchannels; None while it is not known.

    Either all that the agent says inside the line is of that kind, or nothing is: a short sound
    with more behind it begins a remark. What an agent's model thought of, or what is announced in
    more than three words, is a reply.

    Args:
        exchange: A line with the agent's speech.
        thinking: When the agent's model began a reply, in order.
    """
    line = exchange.line
    if line is None or line.by_text:
        return 0
    last = float("inf") if line.end is None else line.end - BEFORE_END_S
    latest = float("inf") if line.end is None else line.end - TALK_OVER_S
    inside = [speech for speech in exchange.speech if speech.start < latest]
    if not inside:
        return 0
    for speech in inside:
        end = speech.start if speech.end is None else speech.end
        if end > last or end - speech.start > BACKCHANNEL_S or _is_reply(speech, exchange):
            return 0
    if any(b.start - a.end < APART_S for a, b in pairwise(inside) if a.end is not None):
        return 0
    if bisect_right(thinking, inside[-1].start) > bisect_left(thinking, line.start):
        return 0
    if line.end is None or inside[-1].end is None:
        return None
    return len(inside)


def _is_reply(speech: Speech, exchange: Exchange) -> bool:
    """Whether more words were announced for a sound than a backchannel has."""
    words = 0
    for piece in exchange.texts:
        known = piece.source != "stt" and (speech.end is None or piece.seq < speech.seq)
        if known and piece.t >= speech.start - _TEXT_LEAD_S:
            words += len(piece.text.split())
    return words > BACKCHANNEL_WORDS


def sounding(exchanges: Sequence[Exchange], index: int) -> list[Speech]:
    """Stretches from before an exchange's line that reach into it."""
    line = exchanges[index].line
    if line is None:
        return []
    for before in reversed(exchanges[:index]):
        if before.speech:  # all earlier speech was over when this began
            return [s for s in before.speech if s.end is None or s.end > line.start]
    return []


def overlap(line: Line, until: float | None, speech: Sequence[Speech]) -> float | None:
    """Seconds of a line in which the agent spoke too; None while it is not known.

    Args:
        line: The caller's line.
        until: Onset of the next line, None if there is none yet.
        speech: The agent's stretches that may reach into it.
    """
    if line.end is None or line.by_text:
        return None
    end = line.end if until is None else min(line.end, until)
    total = 0.0
    for stretch in speech:
        if stretch.start < end:
            if stretch.end is None:
                return None
            total += max(0.0, min(stretch.end, end) - max(stretch.start, line.start))
    return total


def stop(line: Line, speech: Sequence[Speech]) -> float | None:
    """The agent's offset, if it was speaking when the line began and stopped after that.

    It is the end of the stretch that sounded at the onset, or of what followed after no more than
    the pause between two sentences. None too if the agent had as good as ended (within
    `CUT_IN_S`), still speaks, or spoke until the call was over.

    Args:
        line: The caller's line.
        speech: The agent's stretches that reach into it, and those after its onset, in order.
    """
    end: float | None = None
    for stretch in speech:
        if end is None and stretch.start >= line.start:
            return None
        if end is not None and stretch.start - end >= GOES_ON_S:
            return end
        if stretch.end is None or stretch.cut_off:
            return None
        if end is not None or stretch.end > line.start + CUT_IN_S:
            end = stretch.end
    return end
