"""Which line of the caller everything else belongs to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.measure._timeline import Line, Mark, Piece, Sound, Speech, Timeline
from harness.nouns import ToolCall

__all__ = ["PAUSE_S", "ROUSED_S", "Exchange", "Reply", "exchanges_of"]

REACTION_S = 0.2
"""Speech resumed this soon after the caller's onset cannot be a reaction to it ..."""
PAUSE_S = 1.0
"""... and goes on with what was said before, if that ended no longer ago."""
SPURIOUS_S = 3.0
"""Speech after this much silence, with no new line and no tool at work, is a reply to nothing."""

ROUSED_S = 2.0
"""So is speech this soon after a sound of the caller that was no line, if nobody spoke before."""

_NEARLY_S = 0.1  # text this close before a line's end already answers it
_TEXT_LEAD_S = 0.8  # text comes before its sound
_SPURIOUS_LEAD_S = 1.5
_LATE_HEARD_S = 0.3  # a transcription this soon after a line's onset is of the line before


@dataclass(slots=True)
class Reply:
    """What the agent said at one go, pauses and parts included."""

    speech: list[Speech] = field(default_factory=list)
    texts: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Exchange:
    """A line (None: before the first) with all that belongs to it."""

    line: Line | None
    speech: list[Speech] = field(default_factory=list)
    texts: list[Piece] = field(default_factory=list)
    heard: list[Piece] = field(default_factory=list)
    tools: list[tuple[ToolCall, int]] = field(default_factory=list)
    user_stopped: list[Mark] = field(default_factory=list)
    bot_started: list[Mark] = field(default_factory=list)
    taken_back: list[Mark] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    echoes: list[Sound] = field(default_factory=list)

    def replies(self, apart: int = 0) -> list[Reply]:
        """The reply to the line (empty if there was none) and the spurious ones after it.

        The first `apart` stretches are left out: they are backchannels.
        """
        replies = [Reply()]
        for speech in self.speech[apart:]:
            before = replies[-1].speech
            if (
                before
                and before[-1].end is not None
                and self._is_of_nothing(before[-1].end, speech.start)
                and not self._tool_at_work(before[0].start, speech.start)
            ):
                replies.append(Reply())
            replies[-1].speech.append(speech)
        for piece in self.texts:
            lead = 0.0 if piece.source == "stt" else _SPURIOUS_LEAD_S
            place = len(replies) - 1
            while place and piece.t < replies[place].speech[0].start - lead:
                place -= 1
            replies[place].texts.append(piece)
        return replies

    def _is_of_nothing(self, silent_since: float, onset: float) -> bool:
        """Whether speech after a silence no longer belongs to what was said before."""
        line = self.line
        if line is not None and (line.end is None or silent_since < line.end):
            return False  # what came before was said into the line: this is the answer to it
        return onset - silent_since >= SPURIOUS_S or any(
            sound.start - silent_since >= PAUSE_S and sound.start < onset <= sound.end + ROUSED_S
            for sound in self.sounds
        )

    def _tool_at_work(self, since: float, until: float) -> bool:
        return any(
            tool.called_at <= until
            and (tool.called_at >= since or tool.returned_at is None or tool.returned_at >= since)
            for tool, _ in self.tools
        )


def exchanges_of(timeline: Timeline, done: Sequence[Exchange] = ()) -> list[Exchange] | None:
    """What came before the first line, then one exchange a line.

    Args:
        timeline: In the order of audio time.
        done: The first exchanges, if they are known; what `timeline` holds (but for its lines) is
            not among them.

    Returns:
        None if something belongs to one of `done` after all.
    """
    starts = [line.start for line in timeline.lines]
    new = [Exchange(line) for line in timeline.lines[max(0, len(done) - 1) :]]
    exchanges = [*done, *new] if done else [Exchange(None), *new]
    thinking = timeline.llm_started
    places: list[int] = []

    def place(number: int) -> Exchange:
        places.append(number)
        # What is done may be looked at but not added to.
        return exchanges[number] if number >= len(done) else Exchange(None)

    for speech in timeline.speech:
        place(_place_of_speech(speech, exchanges, starts)).speech.append(speech)
    for piece in timeline.texts:
        if piece.source == "stt" and any(e.start <= piece.t < e.end for e in timeline.echoes):
            continue  # our recogniser heard the caller
        place(_place_of_text(piece, exchanges, starts, thinking)).texts.append(piece)
    for tool in timeline.tools.values():
        place(_place_of_tool(tool[0], exchanges, starts, thinking)).tools.append(tool)
    for piece in timeline.heard:
        place(_place_of_heard(piece, exchanges, starts)).heard.append(piece)
    for mark in timeline.user_stopped:
        place(bisect_right(starts, mark.t)).user_stopped.append(mark)
    for mark in timeline.bot_started:
        place(bisect_right(starts, mark.t)).bot_started.append(mark)
    for sound in timeline.sounds:
        place(bisect_right(starts, sound.start)).sounds.append(sound)
    for echo in timeline.echoes:
        place(bisect_right(starts, echo.start)).echoes.append(echo)
    for mark in timeline.taken_back:
        place(bisect_right(starts, mark.t)).taken_back.append(mark)
    return exchanges if min(places, default=len(done)) >= len(done) else None


def _place_of_tool(
    tool: ToolCall, exchanges: list[Exchange], starts: Sequence[float], thinking: Sequence[float]
) -> int:
    place = bisect_right(starts, tool.called_at)
    line = exchanges[place].line
    undecided = line and not _is_over(line, tool.called_at)
    if line and undecided and not _has_thought(line, tool.called_at, thinking):
        return place - 1
    return place


def _place_of_speech(speech: Speech, exchanges: list[Exchange], starts: Sequence[float]) -> int:
    place = bisect_right(starts, speech.start)
    if place and speech.start - starts[place - 1] < REACTION_S:
        before = exchanges[place - 1].speech
        if before and before[-1].end is not None and speech.start - before[-1].end < PAUSE_S:
            return place - 1
    return place


def _place_of_heard(piece: Piece, exchanges: list[Exchange], starts: Sequence[float]) -> int:
    """A transcription comes late; a text that was sent is read at once."""
    place = bisect_right(starts, piece.t)
    line = exchanges[place].line
    if line is not None and line.by_text:
        return place
    return bisect_right(starts, piece.t - _LATE_HEARD_S)


def _place_of_text(
    piece: Piece, exchanges: list[Exchange], starts: Sequence[float], thinking: Sequence[float]
) -> int:
    place = bisect_right(starts, piece.t)
    if piece.source == "stt":  # known only after it was heard
        for earlier in range(place, -1, -1):
            if any(speech.start <= piece.t for speech in exchanges[earlier].speech):
                return earlier
        return place
    if place == 0:
        return 0
    line = exchanges[place].line
    assert line is not None
    if _has_thought(line, piece.t, thinking):
        return place
    for earlier in range(place - 1, max(-1, place - 3), -1):
        if _speaks_at(exchanges[earlier], piece.t):
            return earlier
    if _is_over(line, piece.t):
        return place
    own = exchanges[place].speech
    return place if own and own[0].start <= piece.t + _TEXT_LEAD_S else place - 1


def _speaks_at(exchange: Exchange, t: float) -> bool:
    return any(
        speech.start <= t and (speech.end is None or speech.end > t) for speech in exchange.speech
    )


def _has_thought(line: Line, t: float, thinking: Sequence[float]) -> bool:
    """Whether the agent's model began a reply between the line's onset and `t`."""
    since = line.start if line.by_text else line.start + _NEARLY_S
    return bisect_right(thinking, t) > bisect_left(thinking, since)


def _is_over(line: Line, t: float) -> bool:
    """Whether the line had (nearly) ended at `t`."""
    return line.end is not None and t >= line.end - _NEARLY_S
