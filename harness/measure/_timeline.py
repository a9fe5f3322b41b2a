"""Events of a call sorted by what they tell: lines, speech, texts, tools, reports, health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.errors import AgentFailed
from harness.nouns import Event, EventKind, ToolCall

__all__ = ["Ending", "Line", "Mark", "Piece", "Speech", "Timeline", "read_timeline"]


@dataclass(slots=True)
class Line:
    """A line of the caller; `end` is None while it is spoken.

    `started_seq` is the event of its onset, `seq` the last one that changed it.
    """

    id: Any
    text: str | None
    source: str | None
    start: float
    end: float | None
    started_seq: int
    seq: int
    gave_up_at: float | None = None
    waited: float | None = None
    sent_as: str | None = None

    @property
    def by_text(self) -> bool:
        """Whether it was sent as text."""
        return self.sent_as not in (None, "voice")


@dataclass(slots=True)
class Speech:
    """A stretch of agent speech; `started_seq` and `seq` as in :class:`Line`.

    `cut_off` if it did not end but the call did.
    """

    start: float
    end: float | None
    started_seq: int
    seq: int
    cut_off: bool = False


class Piece(NamedTuple):
    """A piece of text that became known at `t`; from our recogniser: of the speech begun at `t`."""

    t: float
    text: str
    source: str | None
    seq: int


class Mark(NamedTuple):
    """Something that happened at `t`."""

    t: float
    seq: int


class Ending(NamedTuple):
    """The call was over at `t`; `by_agent` if it was the agent who ended it."""

    t: float
    seq: int
    by_agent: bool


@dataclass(slots=True)
class Timeline:
    """What :func:`read_timeline` found, each list in the order of time."""

    joined: float | None = None
    lines: list[Line] = field(default_factory=list)
    speech: list[Speech] = field(default_factory=list)
    taken_back: list[Mark] = field(default_factory=list)
    texts: list[Piece] = field(default_factory=list)
    heard: list[Piece] = field(default_factory=list)
    tools: list[tuple[ToolCall, int]] = field(default_factory=list)
    user_stopped: list[Mark] = field(default_factory=list)
    bot_started: list[Mark] = field(default_factory=list)
    llm_started: list[Mark] = field(default_factory=list)
    health: list[Event] = field(default_factory=list)
    ending: Ending | None = None


_OVER = frozenset({"ending", "done", "failed", "cancelled", "lost"})
_AGENT_FAILED = {AgentFailed.kind} | {error.kind for error in AgentFailed.__subclasses__()}
_REPORTS = {
    "user_stopped_speaking": "user_stopped",
    "bot_started_speaking": "bot_started",
    "llm_started": "llm_started",
}


def read_timeline(events: Sequence[Event]) -> Timeline:
    """Sort events by what they tell; unknown kinds and events that lack a key are passed over."""
    timeline = Timeline()
    places: dict[Any, int] = {}
    for event in events:
        reader = _READERS.get(event.kind)
        if reader is not None:
            reader(timeline, event, event.data)
        elif event.kind in _TOOL_KINDS:
            _tool(timeline, event, places)
    _close(timeline)
    return timeline


def _caller_started(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    at = data.get("at", event.t)
    timeline.lines.append(
        Line(
            data.get("line"),
            data.get("text"),
            data.get("source"),
            at,
            None,
            event.seq,
            event.seq,
            sent_as=data.get("sent_as"),
        )
    )


def _caller_stopped(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    line = _line(timeline, data)
    if line is not None and line.end is None:
        line.end = max(line.start, data.get("at", event.t))
        line.seq = event.seq


def _gave_up(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    line = _line(timeline, data)
    if line is not None and line.gave_up_at is None:
        line.gave_up_at, line.waited, line.seq = event.t, data.get("waited_s"), event.seq


def _line(timeline: Timeline, data: dict[str, Any]) -> Line | None:
    """The latest line of that id, or simply the latest if the event names none."""
    wanted = data.get("line")
    for line in reversed(timeline.lines):
        if wanted is None or line.id == wanted:
            return line
    return None


def _agent_started(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    at = data.get("at", event.t)
    if timeline.speech and timeline.speech[-1].end is None:
        timeline.speech[-1].end = at
    timeline.speech.append(Speech(at, None, event.seq, event.seq))


def _agent_stopped(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if not timeline.speech or timeline.speech[-1].end is not None:
        return
    speech = timeline.speech[-1]
    speech.end = data.get("at", event.t)
    speech.seq = event.seq
    if speech.end <= speech.start:  # the detector took it back: a louder background
        timeline.speech.pop()
        timeline.taken_back.append(Mark(speech.start, event.seq))


def _agent_text(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    text = str(data.get("text") or "").strip()
    if text:
        t = data.get("at", event.t) if data.get("source") == "stt" else event.t
        timeline.texts.append(Piece(t, text, data.get("source"), event.seq))


def _agent_heard(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    text = str(data.get("text") or "").strip()
    if text:
        timeline.heard.append(Piece(event.t, text, None, event.seq))


def _reported(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    name = _REPORTS.get(data.get("what", ""))
    if name is not None:
        getattr(timeline, name).append(Mark(event.t, event.seq))


def _health(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    timeline.health.append(event)


def _joined(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if timeline.joined is None:
        timeline.joined = event.t


def _state(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if timeline.ending is None and data.get("state") in _OVER:
        failure = data.get("failure") or {}
        by_agent = failure.get("kind") in _AGENT_FAILED
        timeline.ending = Ending(event.t, event.seq, by_agent)


def _agent_left(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if timeline.ending is None:
        timeline.ending = Ending(event.t, event.seq, by_agent=True)


def _hangup(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    # Who hung up is told here even if the state changed a moment before.
    before = timeline.ending
    by_agent = data.get("by") == "agent" or (before is not None and before.by_agent)
    timeline.ending = Ending(before.t if before else event.t, event.seq, by_agent)


_READERS: dict[str, Callable[[Timeline, Event, dict[str, Any]], None]] = {
    EventKind.CALLER_STARTED: _caller_started,
    EventKind.CALLER_STOPPED: _caller_stopped,
    EventKind.CALLER_GAVE_UP: _gave_up,
    EventKind.AGENT_STARTED: _agent_started,
    EventKind.AGENT_STOPPED: _agent_stopped,
    EventKind.AGENT_TEXT: _agent_text,
    EventKind.AGENT_HEARD: _agent_heard,
    EventKind.AGENT_REPORTED: _reported,
    EventKind.HEALTH: _health,
    EventKind.ROOM_JOINED: _joined,
    EventKind.STATE: _state,
    EventKind.AGENT_LEFT: _agent_left,
    EventKind.HANGUP: _hangup,
}
_TOOL_KINDS: frozenset[str] = frozenset({EventKind.TOOL_CALLED, EventKind.TOOL_RETURNED})


def _tool(timeline: Timeline, event: Event, places: dict[Any, int]) -> None:
    """A tool call's start or end. A second start of one id fills in what the first left out."""
    data = event.data
    key = data.get("id")
    place = places.get(key)
    name, arguments = data.get("name"), data.get("arguments")
    called = event.kind == EventKind.TOOL_CALLED
    if place is None:
        if called:
            places[key] = len(timeline.tools)
            timeline.tools.append((ToolCall(str(key), name, arguments, event.t), event.seq))
        return
    call, _ = timeline.tools[place]
    call = ToolCall(
        id=call.id,
        name=name if call.name is None else call.name,
        arguments=arguments if called and call.arguments is None else call.arguments,
        called_at=call.called_at,
        returned_at=call.returned_at if called else event.t,
        result=call.result if called else data.get("result"),
        cancelled=call.cancelled if called else bool(data.get("cancelled")),
    )
    timeline.tools[place] = (call, event.seq)


def _close(timeline: Timeline) -> None:
    """Order by audio time and end what was still going on when the call ended."""
    timeline.lines.sort(key=lambda line: line.start)
    timeline.speech.sort(key=lambda speech: speech.start)
    ending = timeline.ending
    if ending is None:
        return
    for line in timeline.lines:
        if line.end is None:
            line.end, line.seq = max(line.start, ending.t), ending.seq
    for speech in timeline.speech:
        if speech.end is None:
            speech.end, speech.seq = max(speech.start, ending.t), ending.seq
            speech.cut_off = True
