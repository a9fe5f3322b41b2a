"""Conversation: the turns of a call while its events come in, and of a call that is over."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from harness.measure._exchanges import Exchange, exchanges_of
from harness.measure._stages import StageNotes
from harness.measure._timeline import Timeline
from harness.measure._turns import settled_after, turns_of
from harness.nouns import Event, EventKind, Turn

__all__ = ["Conversation", "derive_turns"]

_LATEST = 3
"""So many cuts before the last line are tried, one after the other."""


def derive_turns(events: Iterable[Event]) -> tuple[Turn, ...]:
    """The turns of a call, as far as `events` tell.

    Args:
        events: In the order of `seq`, from the beginning of the call.

    Returns:
        The greeting (index 0) if the agent said or did anything before the caller's first line,
        then one turn a line, each followed by the spurious replies that came after it.
    """
    conversation = Conversation()
    for event in events:
        conversation.add(event)
    return conversation.turns()


class Conversation:
    """Turns that can be asked for after every event, however long the call is.

    After each event :meth:`turns` gives what :func:`derive_turns` gives of all events so far. What
    nothing later can change is kept: once two more lines have begun, everything of an exchange lies
    before the next, and no speech goes on. If news of that time comes after all, for instance a
    tool that returns a minute late, everything is done anew.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._now = 0.0
        self._transport_at: float | None = None
        self._told: tuple[Turn, ...] | None = ()
        self._begin()

    def add(self, event: Event) -> None:
        """Take the next event."""
        self._events.append(event)
        self._now = max(self._now, event.t)
        if event.kind == EventKind.TRANSPORT:
            self._transport_at = event.t
        self._timeline.add(event)
        self._stages.add(event)
        self._told = None

    def turns(self) -> tuple[Turn, ...]:
        """The turns as the events so far tell them."""
        if self._told is None:
            late = self._timeline.touched <= self._settled_until
            turns = None if late else self._derive()
            if turns is None:
                self._begin()
                for event in self._events:
                    self._timeline.add(event)
                    self._stages.add(event)
                turns = self._derive()
            assert turns is not None
            self._told = turns
            self._timeline.touched = math.inf
        return self._told

    def _begin(self) -> None:
        self._timeline = Timeline()
        self._stages = StageNotes()
        self._done: list[Exchange] = []
        self._kept: list[Turn] = []
        self._settled_until = -math.inf

    def _derive(self) -> tuple[Turn, ...] | None:
        """The turns; None if news belongs to an exchange that was done."""
        timeline = self._timeline.ordered()
        exchanges = exchanges_of(timeline, self._done)
        if exchanges is None:
            return None
        # The last one that is done depends on the next.
        first = max(0, len(self._done) - 1)
        fresh = [
            [self._explained(turn) for turn in turns_of(timeline, exchanges, index)]
            for index in range(first, len(exchanges))
        ]
        turns = (*self._kept, *(turn for group in fresh for turn in group))
        for cut in range(len(exchanges) - 2, max(1, len(exchanges) - 2 - _LATEST), -1):
            if cut > len(self._done) and self._is_clean(exchanges, cut):
                self._kept += [turn for group in fresh[: cut - 1 - first] for turn in group]
                self._retire(exchanges, cut)
                break
        return turns

    def _explained(self, turn: Turn) -> Turn:
        """A turn with what the agent tells of its latency."""
        if turn.response_latency_s is None:
            return turn
        own = self._stages.agent_latency_s(turn)
        stages = self._stages.stages(turn)
        if own is None:
            told = turn.bot_reported_s is not None
            return replace(turn, latency_source="rtvi" if told else None, stages=stages)
        return replace(
            turn,
            bot_reported_s=own,
            gap_s=turn.response_latency_s - own,
            agent_latency_s=own,
            latency_source="observer",
            stages=stages,
        )

    def _is_clean(self, exchanges: list[Exchange], cut: int) -> bool:
        """Whether exchanges before `cut` lie before its line, and nothing of them can change."""
        line = exchanges[cut].line
        assert line is not None
        until = line.start
        for exchange in exchanges[len(self._done) : cut]:
            after = settled_after(exchange)
            if after is None or any(t >= line.start for t in _times(exchange)):
                return False
            until = max(until, after)
        # The transport's next record completes what it tells of a turn, whenever it comes.
        if self._now <= until or (self._transport_at is not None and self._transport_at < until):
            return False
        self._settled_until = until
        return True

    def _retire(self, exchanges: list[Exchange], cut: int) -> None:
        """Keep the exchanges before `cut` as they are."""
        line = exchanges[cut].line
        assert line is not None
        start, timeline = line.start, self._timeline
        self._done = exchanges[:cut]
        timeline.speech = [speech for speech in timeline.speech if speech.start >= start]
        timeline.texts = [piece for piece in timeline.texts if piece.t >= start]
        timeline.heard = [piece for piece in timeline.heard if piece.t >= start]
        timeline.sounds = [sound for sound in timeline.sounds if sound.start >= start]
        timeline.echoes = [echo for echo in timeline.echoes if echo.start >= start]
        timeline.taken_back = [mark for mark in timeline.taken_back if mark.t >= start]
        timeline.user_stopped = [mark for mark in timeline.user_stopped if mark.t >= start]
        timeline.bot_started = [mark for mark in timeline.bot_started if mark.t >= start]
        over = [key for key, (tool, _) in timeline.tools.items() if tool.called_at < start]
        for key in over:
            del timeline.tools[key]
        timeline.retired.update(over)


def _times(exchange: Exchange) -> list[float]:
    """When what belongs to an exchange happened."""
    return [
        *(speech.start for speech in exchange.speech),
        *(piece.t for piece in exchange.texts),
        *(piece.t for piece in exchange.heard),
        *(sound.start for sound in exchange.sounds),
        *(echo.start for echo in exchange.echoes),
        *(tool.called_at for tool, _ in exchange.tools),
        *(mark.t for mark in exchange.taken_back),
        *(mark.t for mark in exchange.user_stopped),
        *(mark.t for mark in exchange.bot_started),
    ]
