"""Events of a call sorted by what they tell: lines, speech, texts, tools, reports, health."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from harness.errors import AgentCrashed, AgentFailed
from harness.measure._echo import ECHO_SHARE
from harness.nouns import Event, EventKind, ToolCall

__all__ = ["Ending", "Line", "Mark", "Piece", "Sound", "Speech", "Timeline", "read_timeline"]


@dataclass(slots=True)
class Line:
    """A line of the caller; `end` is None while it is spoken, `goodbye` if it needs no answer.

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
    goodbye: bool = False
    text_source: Literal["stt", "hand"] | None = None
    text_by: str | None = None
    by: str | None = None

    @property
    def by_text(self) -> bool:
        """Whether it was sent as text."""
        return self.sent_as not in (None, "voice")


@dataclass(slots=True)
class Speech:
    """A stretch of agent speech; `started_seq` and `seq` as in :class:`Line`.

    `cut_off` if it did not end but the call did; `echo` is how much of it is the caller's voice.
    """

    start: float
    end: float | None
    started_seq: int
    seq: int
    cut_off: bool = False
    echo: float = 0.0


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


class Sound(NamedTuple):
    """A sound of the caller that is no line, or one of its lines that comes back as an echo."""

    sound: str
    start: float
    end: float
    seq: int


class Ending(NamedTuple):
    """The call was over at `t`; `by_agent` if it was the agent who ended it, or its crash."""

    t: float
    seq: int
    by_agent: bool
    crashed: bool = False


@dataclass(slots=True)
class Timeline:
    """What events tell so far, by what it is, in the order it became known.

    Attributes:
        touched: Earliest second that events changed something of since this was last set to
            infinity; 0 for what cannot be told.
        retired: Ids of tools that are no longer among `tools`.
    """

    joined: float | None = None
    lines: list[Line] = field(default_factory=list)
    speech: list[Speech] = field(default_factory=list)
    taken_back: list[Mark] = field(default_factory=list)
    texts: list[Piece] = field(default_factory=list)
    heard: list[Piece] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    echoes: list[Sound] = field(default_factory=list)
    tools: dict[Any, tuple[ToolCall, int]] = field(default_factory=dict)
    user_stopped: list[Mark] = field(default_factory=list)
    bot_started: list[Mark] = field(default_factory=list)
    llm_started: list[float] = field(default_factory=list)
    health: list[Event] = field(default_factory=list)
    health_times: list[float] = field(default_factory=list)
    transport: list[Event] = field(default_factory=list)
    transport_times: list[float] = field(default_factory=list)
    ending: Ending | None = None
    person: str | None = None
    """Who took the call over last."""
    hangs_up: bool = False
    """Whether the simulated person's next line is its last."""
    touched: float = math.inf
    retired: set[Any] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Take the next event; unknown kinds and what lacks a key are passed over."""
        reader = _READERS.get(event.kind)
        if reader is not None:
            reader(self, event, event.data)

    def touch(self, t: float) -> None:
        """Something at second `t` changed."""
        self.touched = min(self.touched, t)

    def ordered(self) -> Timeline:
        """A copy in the order of audio time; what went on when the call ended ends with it."""
        lines = sorted(self.lines, key=lambda line: line.start)
        speech = sorted(self.speech, key=lambda stretch: stretch.start)
        if (ending := self.ending) is not None:
            lines = [
                replace(line, end=max(line.start, ending.t), seq=ending.seq)
                if line.end is None
                else line
                for line in lines
            ]
            speech = [
                replace(s, end=max(s.start, ending.t), seq=ending.seq, cut_off=True)
                if s.end is None
                else s
                for s in speech
            ]
        return replace(self, lines=lines, speech=speech)


_OVER = frozenset({"ending", "done", "failed", "cancelled", "lost"})
_AGENT_FAILED = {AgentFailed.kind} | {error.kind for error in AgentFailed.__subclasses__()}
_REPORTS = {
    "user_stopped_speaking": "user_stopped",
    "bot_started_speaking": "bot_started",
}


def read_timeline(events: Iterable[Event]) -> Timeline:
    """Sort events by what they tell."""
    timeline = Timeline()
    for event in events:
        timeline.add(event)
    return timeline.ordered()


def _persona_turn(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    # It tells what it thinks of its goal when it hangs up, and says goodbye after that.
    timeline.hangs_up = data.get("success") is not None


def _person_took(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    timeline.person = data.get("who")


def _caller_started(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    at = data.get("at", event.t)
    timeline.touch(at)
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
            goodbye=timeline.hangs_up and data.get("source") == "persona",
            by=timeline.person if data.get("source") == "person" else None,
        )
    )


def _caller_stopped(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    line = _line(timeline, data)
    if line is not None and line.end is None:
        timeline.touch(line.start)
        line.end = max(line.start, data.get("at", event.t))
        line.seq = event.seq


def _caller_text(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    line, source = _line(timeline, data), data.get("source")
    text = str(data.get("text") or "").strip()
    if line is None or not text or source not in ("stt", "hand"):
        return
    if source == "hand" or line.text_source != "hand":  # a recogniser may only mishear it
        timeline.touch(line.start)
        line.text, line.text_source, line.seq = text, source, event.seq
        line.text_by = data.get("by")


def _caller_sound(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    at = data.get("at", event.t)
    until = max(at, data.get("until", at))
    timeline.touch(at)
    timeline.sounds.append(Sound(str(data.get("sound") or "noise"), at, until, event.seq))


def _gave_up(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    line = _line(timeline, data)
    if line is not None and line.gave_up_at is None:
        timeline.touch(line.start)
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
    timeline.touch(at)
    if timeline.speech and timeline.speech[-1].end is None:
        timeline.touch(timeline.speech[-1].start)
        timeline.speech[-1].end = at
    timeline.speech.append(Speech(at, None, event.seq, event.seq))


def _agent_stopped(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if not timeline.speech or timeline.speech[-1].end is not None:
        return
    speech = timeline.speech[-1]
    timeline.touch(speech.start)
    speech.end = data.get("at", event.t)
    speech.seq = event.seq
    if speech.end <= speech.start:  # the detector took it back: a louder background
        timeline.speech.pop()
        timeline.taken_back.append(Mark(speech.start, event.seq))
        return
    speech.echo = float(data.get("echo") or 0.0)
    if speech.echo >= ECHO_SHARE:
        timeline.speech.pop()
        timeline.echoes.append(Sound("echo", speech.start, speech.end, event.seq))


def _agent_text(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    text = str(data.get("text") or "").strip()
    if text:
        t = data.get("at", event.t) if data.get("source") == "stt" else event.t
        timeline.touch(t)
        timeline.texts.append(Piece(t, text, data.get("source"), event.seq))


def _agent_heard(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    text = str(data.get("text") or "").strip()
    if text:
        timeline.touch(event.t)
        timeline.heard.append(Piece(event.t, text, None, event.seq))


def _reported(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    what = data.get("what", "")
    if what == "llm_started":
        timeline.llm_started.append(event.t)
    elif what in _REPORTS:
        getattr(timeline, _REPORTS[what]).append(Mark(event.t, event.seq))
    timeline.touch(event.t)


def _health(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    timeline.touch(event.t)
    timeline.health.append(event)
    timeline.health_times.append(event.t)


def _transport(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    timeline.touch(event.t)
    timeline.transport.append(event)
    timeline.transport_times.append(event.t)


def _joined(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if timeline.joined is None:
        timeline.joined = event.t


def _state(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if data.get("state") not in _OVER:
        return
    kind = (data.get("failure") or {}).get("kind")
    before, crashed = timeline.ending, kind == AgentCrashed.kind
    if before is None:
        timeline.ending = Ending(event.t, event.seq, kind in _AGENT_FAILED, crashed)
    elif crashed and before.by_agent:
        # Why it left is known last.
        timeline.ending = Ending(before.t, event.seq, True, True)


def _agent_left(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    if timeline.ending is None:
        timeline.ending = Ending(event.t, event.seq, by_agent=True)


def _hangup(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    # Who hung up is told here even if the state changed a moment before.
    before = timeline.ending
    by_agent = data.get("by") == "agent" or (before is not None and before.by_agent)
    timeline.ending = Ending(before.t if before else event.t, event.seq, by_agent)


def _tool(timeline: Timeline, event: Event, data: dict[str, Any]) -> None:
    """A tool call's start or end. A second start of one id fills in what the first left out."""
    key = data.get("id")
    name, arguments = data.get("name"), data.get("arguments")
    called = event.kind == EventKind.TOOL_CALLED
    if key in timeline.retired:
        timeline.touch(0.0)
    if key not in timeline.tools:
        if called:
            timeline.touch(event.t)
            timeline.tools[key] = (ToolCall(str(key), name, arguments, event.t), event.seq)
        return
    call, _ = timeline.tools[key]
    timeline.touch(call.called_at)
    call = ToolCall(
        id=call.id,
        name=name if call.name is None else call.name,
        arguments=arguments if called and call.arguments is None else call.arguments,
        called_at=call.called_at,
        returned_at=call.returned_at if called else event.t,
        result=call.result if called else data.get("result"),
        cancelled=call.cancelled if called else bool(data.get("cancelled")),
    )
    timeline.tools[key] = (call, event.seq)


_READERS: dict[str, Callable[[Timeline, Event, dict[str, Any]], None]] = {
    EventKind.PERSONA_TURN: _persona_turn,
    EventKind.PERSON_TOOK: _person_took,
    EventKind.CALLER_STARTED: _caller_started,
    EventKind.CALLER_STOPPED: _caller_stopped,
    EventKind.CALLER_GAVE_UP: _gave_up,
    EventKind.CALLER_TEXT: _caller_text,
    EventKind.CALLER_SOUND: _caller_sound,
    EventKind.AGENT_STARTED: _agent_started,
    EventKind.AGENT_STOPPED: _agent_stopped,
    EventKind.AGENT_TEXT: _agent_text,
    EventKind.AGENT_HEARD: _agent_heard,
    EventKind.AGENT_REPORTED: _reported,
    EventKind.TOOL_CALLED: _tool,
    EventKind.TOOL_RETURNED: _tool,
    EventKind.HEALTH: _health,
    EventKind.TRANSPORT: _transport,
    EventKind.ROOM_JOINED: _joined,
    EventKind.STATE: _state,
    EventKind.AGENT_LEFT: _agent_left,
    EventKind.HANGUP: _hangup,
}
