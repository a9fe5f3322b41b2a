"""Stages: what the latency of a reply was spent on, as far as the agent tells.

The method and its limits are told in docs/measurement.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.nouns import Event, EventKind, Stage, StageName, ToolCall, Turn

__all__ = ["StageNotes"]

_LATE_S = 0.5
"""News of a reply may arrive this long after it was first heard."""

_SERVICES: tuple[tuple[StageName, str], ...] = (("llm", "LLM"), ("tts", "TTS"))
"""Stages told by a service's time to first byte, and what the names of such processors hold."""

_OF_CONTRIBUTION: Mapping[str, StageName] = {
    "endpointing_wait": "endpointing",
    "transcription": "stt",
    "turn_detection": "turn_detection",
    "turn_completion": "turn_detection",
    "waiting_for_user": "turn_detection",
    "llm_inference": "llm",
    "llm_tool_call": "llm",
    "awaiting_speakable_text": "llm",
    "function_handler": "tools",
    "sentence_aggregation": "text_aggregation",
    "speech_synthesis": "tts",
    "output_transport": "output",
}
"""Pipecat's names of the parts of a latency (LatencyContribution.key); what is not here, such as
the time frames need from one processor to the next, stays unexplained."""


@dataclass(frozen=True, slots=True)
class _Note:
    t: float
    data: dict[str, Any]


@dataclass(slots=True)
class StageNotes:
    """Keeps of a call's events what tells of stages; cheap to add to, asked once a turn."""

    _metrics: list[_Note] = field(default_factory=list)
    _breakdowns: list[_Note] = field(default_factory=list)
    _latencies: list[_Note] = field(default_factory=list)
    _stopped: list[_Note] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take an event, in the order of their times."""
        note = _Note(event.t, event.data)
        if event.kind == EventKind.AGENT_METRICS:
            self._metrics.append(note)
        elif event.kind == EventKind.AGENT_INSIGHT:
            match event.data.get("kind"):
                case "breakdown":
                    self._breakdowns.append(note)
                case "latency":
                    self._latencies.append(note)
        elif event.kind == EventKind.AGENT_REPORTED and (
            event.data.get("what") == "user_stopped_speaking"
        ):
            self._stopped.append(note)

    def agent_latency_s(self, turn: Turn) -> float | None:
        """What the observer in the bot says the latency of this turn was, in seconds."""
        window = _window(turn)
        notes = _within(self._latencies, *window) if window else []
        return _number(notes[-1].data.get("seconds")) if notes else None

    def stages(self, turn: Turn) -> tuple[Stage, ...]:
        """What the response latency of `turn` was spent on, in order.

        They sum up to `turn.response_latency_s`: the last one, `unexplained`, is what is left. It
        may be negative where stages overlap.

        Returns:
            Nothing where the turn has no latency, was talked over, or nobody tells of any stage.
        """
        window = _window(turn)
        latency = turn.response_latency_s
        if window is None or latency is None or latency < 0:
            return ()
        told = self._by_observer(window) or self._by_rtvi(turn, window)
        if not told:
            return ()
        one_way = turn.transport.one_way_s if turn.transport else None
        if one_way is not None:
            told = [Stage("transport", one_way, "statistics"), *told]
        rest = latency - sum(stage.seconds for stage in told)
        return (*told, Stage("unexplained", rest, "remainder"))

    def _by_observer(self, window: tuple[float, float]) -> list[Stage]:
        notes = _within(self._breakdowns, *window)
        parts = notes[-1].data.get("parts") if notes else None
        if not isinstance(parts, dict):
            return []
        contributions = _objects(parts.get("contributions"))
        if contributions and parts.get("measured_from") == "user_silence":
            return _merged(
                Stage(name, seconds, "observer", str(each.get("owner") or ""))
                for each in contributions
                if (name := _OF_CONTRIBUTION.get(str(each.get("key")))) is not None
                and (seconds := _number(each.get("duration_secs"))) is not None
            )
        return _before_pipecat_1_9(parts)

    def _by_rtvi(self, turn: Turn, window: tuple[float, float]) -> list[Stage]:
        start, end = window
        first_bytes = [
            (processor, seconds)
            for note in _within(self._metrics, start, end)
            for each in _objects(note.data.get("ttfb"))
            if (seconds := _number(each.get("value"))) is not None
            and (processor := str(each.get("processor") or ""))
        ]
        stages: list[Stage] = []
        stopped = _within(self._stopped, start, end - _LATE_S)
        if stopped:
            one_way = turn.transport.one_way_s if turn.transport else None
            waited = stopped[-1].t - start - (one_way or 0.0)
            stages.append(Stage("endpointing", max(0.0, waited), "rtvi"))
        found: dict[str, Stage] = {}
        for name, mark in _SERVICES:
            own = [(processor, s) for processor, s in first_bytes if mark in processor.upper()]
            if own:
                # A reply with a tool asks the model twice; its voice is waited for once.
                seconds = sum(s for _, s in own) if name == "llm" else own[0][1]
                found[name] = Stage(name, seconds, "rtvi", own[0][0])
        worked = _union(turn.tools, start, end - _LATE_S)
        if worked:
            found["tools"] = Stage("tools", worked, "rtvi")
        stages += [found[name] for name in ("llm", "tools", "tts") if name in found]
        return stages


def _before_pipecat_1_9(parts: dict[str, Any]) -> list[Stage]:
    """Of a breakdown that names figures of services and not parts of the whole."""
    stages: list[Stage] = []
    waited = _number(parts.get("user_turn_secs"))
    if waited is not None:
        stages.append(Stage("endpointing", waited, "observer"))
    of: dict[str, list[float]] = {name: [] for name, _ in _SERVICES}
    for each in _objects(parts.get("ttfb")):
        seconds = _number(each.get("duration_secs"))
        for name, mark in _SERVICES:
            if seconds is not None and mark in str(each.get("processor")).upper():
                of[name].append(seconds)
    if of["llm"]:
        stages.append(Stage("llm", sum(of["llm"]), "observer"))
    tools = [_number(each.get("duration_secs")) for each in _objects(parts.get("function_calls"))]
    if tools:
        stages.append(Stage("tools", sum(each or 0.0 for each in tools), "observer"))
    aggregated = parts.get("text_aggregation")
    seconds = _number(aggregated.get("duration_secs")) if isinstance(aggregated, dict) else None
    if seconds is not None:
        stages.append(Stage("text_aggregation", seconds, "observer"))
    if of["tts"]:
        stages.append(Stage("tts", of["tts"][0], "observer"))
    return stages


def _window(turn: Turn) -> tuple[float, float] | None:
    """When news of the turn's reply come: from the line's end to a little after its onset."""
    if turn.caller is None or turn.caller.end is None or not turn.agent:
        return None
    return turn.caller.end, turn.agent[0].start + _LATE_S


def _within(notes: Sequence[_Note], start: float, end: float) -> Sequence[_Note]:
    first = bisect_left(notes, start, key=lambda note: note.t)
    return notes[first : bisect_right(notes, end, key=lambda note: note.t)]


def _merged(stages: Iterable[Stage]) -> list[Stage]:
    """One stage a name, where its first part stands."""
    found: dict[StageName, Stage] = {}
    for stage in stages:
        before = found.get(stage.name)
        seconds = stage.seconds + (before.seconds if before else 0.0)
        detail = before.detail if before else stage.detail
        found[stage.name] = Stage(stage.name, seconds, stage.source, detail)
    return list(found.values())


def _union(tools: Sequence[ToolCall], start: float, end: float) -> float:
    """Seconds between `start` and `end` in which at least one function was at work."""
    spans = sorted(
        (max(tool.called_at, start), min(tool.returned_at, end))
        for tool in tools
        if tool.returned_at is not None
    )
    total, reached = 0.0, start
    for begin, over in spans:
        total += max(0.0, over - max(begin, reached))
        reached = max(reached, over)
    return total


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; what a stranger sends may be anything."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if real and value == value and abs(value) < 1e6 else None
