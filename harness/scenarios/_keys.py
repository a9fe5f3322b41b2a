"""The keys of a scenario file, and warnings for those that Pipecat would silently ignore."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from harness.scenarios._document import Document, KeyPath

__all__ = ["CALL", "EVENTS", "EXPECT", "FILE", "JUDGE", "SCENARIO", "SEND_AFTER", "TURN", "USER"]
__all__ += ["did_you_mean", "unknown_keys"]

SCENARIO = (
    "name",
    "turns",
    "persona",
    "user",
    "judge",
    "context",
    "stop_on_failure",
    "trigger_disconnect",
    "ringback",
)
FILE = (*SCENARIO, "scenarios")
TURN = ("user", "expect", "dtmf", "audio", "image", "send_after", "ringback")
EXPECT = (
    "event",
    "within_ms",
    "text_contains",
    "text_excludes",
    "calls",
    "name",
    "args",
    "eval",
    "marker",
    "marker_first",
    "markers",
    "text_after",
    "check_from",
    "absent",
)
CALL = ("name", "args")
SEND_AFTER = ("event", "delay_ms")
USER = ("modality", "speech")
JUDGE = ("modality", "eval", "transcription")

EVENTS = (
    "response",
    "llm_response",
    "tts_response",
    "llm_started",
    "llm_marker",
    "bot_started_speaking",
    "bot_stopped_speaking",
    "bot_interrupted",
    "bot_backchannel",
    "user_started_speaking",
    "user_stopped_speaking",
    "vad_user_started_speaking",
    "vad_user_stopped_speaking",
    "user_transcription",
    "user_backchannel",
    "function_call",
    "function_call_stopped",
    "image",
)
"""The events of Pipecat Evals 1.14."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean `voice`?`` or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""


def unknown_keys(document: Document) -> Iterator[str]:
    """A warning for each key of Pipecat's part that Pipecat does not know.

    Keys that start with a dot, an underscore or ``x-`` are left alone: people keep anchors there.
    """
    data = document.data
    yield from _check(document, (), data, FILE)
    yield from _scenario(document, (), data)
    entries = data.get("scenarios")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from _check(document, ("scenarios", index), entry, SCENARIO)
        yield from _scenario(document, ("scenarios", index), entry)


def _check(document: Document, where: KeyPath, data: Any, known: Iterable[str]) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    for key in data:
        name = str(key)
        if key not in known and not name.startswith((".", "_", "x-")):
            start = document.at((*where, name))
            yield f"{start}: unknown key, it is ignored.{did_you_mean(name, known)}"


def _scenario(document: Document, where: KeyPath, data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    yield from _check(document, (*where, "user"), data.get("user"), USER)
    yield from _check(document, (*where, "judge"), data.get("judge"), JUDGE)
    turns = data.get("turns")
    for index, turn in enumerate(turns if isinstance(turns, list) else ()):
        inside = (*where, "turns", index)
        yield from _check(document, inside, turn, TURN)
        if isinstance(turn, dict):
            yield from _turn(document, inside, turn)


def _turn(document: Document, where: KeyPath, turn: dict[str, Any]) -> Iterator[str]:
    send_after = turn.get("send_after")
    yield from _check(document, (*where, "send_after"), send_after, SEND_AFTER)
    expect = turn.get("expect")
    for index, expectation in enumerate(expect if isinstance(expect, list) else ()):
        inside = (*where, "expect", index)
        yield from _check(document, inside, expectation, EXPECT)
        if not isinstance(expectation, dict):
            continue
        event = expectation.get("event")
        if isinstance(event, str) and event not in EVENTS:
            start = document.at((*inside, "event"))
            yield f"{start}: unknown event `{event}`.{did_you_mean(event, EVENTS)}"
        calls = expectation.get("calls")
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            yield from _check(document, (*inside, "calls", number), call, CALL)
