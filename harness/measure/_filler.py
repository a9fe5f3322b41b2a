"""Fillers: what an agent says to bridge the time until its answer ("one moment, please")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from harness.measure._exchanges import Reply
from harness.measure._timeline import Piece, Speech
from harness.nouns import ToolCall

__all__ = ["fillers"]

FILLER_WORDS = 8
"""What is announced in more words is no filler."""
BEFORE_RETURN_S = 0.3
"""Speech that begins this long before a tool's result is told may rest on it already."""
TOOL_GAP_S = 0.5
"""A pause this long during a tool whose end is not told, and its result is there."""
PHRASE_S = 2.0
"""Without a tool: a filler is known by its words, is no longer than this ..."""
PHRASE_GAP_S = 0.6
"""... and this much silence follows."""

_TEXT_LEAD_S = 0.8  # text comes before its sound
_HOLD = re.compile(
    r"\b(one|a|just a) (moment|second|sec|minute)\b"
    r"|\b(hold|hang) on\b|\bplease (hold|wait)\b|\bbear with me\b|\bstay on the line\b"
    r"|\b(let me|i'll|i will|i'm going to) (just |quickly )*"
    r"(check|see|look|find|pull|get|search)\b"
    r"|\b(checking|looking (that|this|it) up|looking into)\b"
)


def fillers(reply: Reply, tools: Sequence[ToolCall]) -> int:
    """How many of a reply's first stretches are filler.

    Those that were over when a tool returned, if speech follows that; or, known by their words,
    such as "let me check", with a tool or a pause before what follows. A filler that runs into the
    answer without a pause cannot be told from it.

    Args:
        reply: What the agent said at one go.
        tools: Its tool calls in the exchange.
    """
    speech = reply.speech
    if len(speech) < 2:
        return 0
    words = _words(reply)
    return max(_by_tool(speech, words, tools), _by_phrase(speech, words, bool(tools)))


def _by_tool(speech: Sequence[Speech], words: Sequence[str], tools: Sequence[ToolCall]) -> int:
    last = speech[-1].start
    done = [
        at
        for tool in tools
        if tool.called_at < last and (at := _returned(tool, speech)) - BEFORE_RETURN_S <= last
    ]
    return max((_over_by(known, speech, words) for known in done), default=0)


def _over_by(known: float, speech: Sequence[Speech], words: Sequence[str]) -> int:
    """How many stretches were over when a result was there, if all of them are short."""
    count = next(n for n, stretch in enumerate(speech) if stretch.start >= known - BEFORE_RETURN_S)
    short = all(len(text.split()) <= FILLER_WORDS for text in words[:count])
    over = all(stretch.end is not None and stretch.end <= known for stretch in speech[:count])
    return count if short and over else 0


def _returned(tool: ToolCall, speech: Sequence[Speech]) -> float:
    """When a tool's result was there: as told, else the end of a pause after its call."""
    if tool.returned_at is not None:
        return tool.returned_at
    for before, after in pairwise(speech):
        if (
            after.start > tool.called_at
            and before.end is not None
            and after.start - before.end >= TOOL_GAP_S
        ):
            return after.start
    return float("inf")


def _by_phrase(speech: Sequence[Speech], words: Sequence[str], has_tool: bool) -> int:
    count = 0
    for stretch, text, following in zip(speech[:-1], words, speech[1:], strict=False):
        if stretch.end is None or not 0 < len(text.split()) <= FILLER_WORDS:
            break
        if not _HOLD.search(text.casefold().replace("\u2019", "'")):
            break
        if not has_tool and (
            stretch.end - stretch.start > PHRASE_S or following.start - stretch.end < PHRASE_GAP_S
        ):
            break
        count += 1
    return count


def _words(reply: Reply) -> list[str]:
    """What was said in each stretch of a reply, as far as it is told."""
    said: list[list[str]] = [[] for _ in reply.speech]
    for piece in reply.texts:
        said[_place(piece, reply.speech)].append(piece.text)
    return [" ".join(texts) for texts in said]


def _place(piece: Piece, speech: Sequence[Speech]) -> int:
    lead = 0.0 if piece.source == "stt" else _TEXT_LEAD_S
    place = 0
    for number, stretch in enumerate(speech):
        if stretch.start <= piece.t + lead:
            place = number
    return place
