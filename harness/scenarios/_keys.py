"""The keys of a scenario file, and warnings for those that Pipecat would silently ignore."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from harness.scenarios._document import Document, KeyPath

__all__ = ["CALL", "EVAL", "EVENTS", "EXPECT", "FILE", "JUDGE", "LLM", "METRIC", "SCENARIO"]
__all__ += ["SCRIPT_ONLY", "SEND_AFTER", "SIMULATION_ONLY", "SPEECH", "TRANSCRIPTION", "TURN"]
__all__ += ["USER", "Warned", "did_you_mean", "unknown_keys"]

Warned = tuple[KeyPath, str]
"""A place in a file, and what may be wrong there."""

SCRIPT_ONLY = ("turns", "context", "stop_on_failure")
SIMULATION_ONLY = (
    "persona",
    "goal",
    "success",
    "simulator",
    "metrics",
    "max_turns",
    "max_duration_s",
    "max_silence_s",
    "runs",
)
SCENARIO = (
    "name",
    *SCRIPT_ONLY,
    *SIMULATION_ONLY,
    "user",
    "judge",
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
METRIC = ("name", "criterion", "min_score", "measure", "min_value", "max_value", "calls")

_JUDGED = ("name", "criterion", "min_score")
LLM = ("service", "factory", "model", "endpoint", "extra")
EVAL = (*LLM, "explainer", "explain_below", "allow_continue")
SPEECH = ("service", "factory", "voice", "model", "language", "speed", "sample_rate", "api_key")
TRANSCRIPTION = (
    "service",
    "factory",
    "model",
    "language",
    "padding_secs",
    "device",
    "compute_type",
)

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
    """`` Did you mean `voice`?`` or nothing; small and large letters are the same."""
    names = {name.casefold(): name for name in known}
    word = word.casefold()
    close = get_close_matches(word, list(names), n=1, cutoff=0.6)
    if not close and len(word) > 2:
        close = [name for name in names if name.startswith(f"{word}_")][:1]
    return f" Did you mean `{names[close[0]]}`?" if close else ""


def unknown_keys(document: Document) -> Iterator[Warned]:
    """A warning for each key of Pipecat's part that Pipecat does not know.

    Keys that start with a dot, an underscore or ``x-`` are left alone: people keep anchors there.
    """
    data = document.data
    yield from _check((), data, FILE)
    yield from _scenario(document, (), data)
    entries = data.get("scenarios")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from _check(("scenarios", index), entry, SCENARIO)
        yield from _scenario(document, ("scenarios", index), entry)


def _check(where: KeyPath, data: Any, known: Iterable[str]) -> Iterator[Warned]:
    if not isinstance(data, dict):
        return
    for key in data:
        name = str(key)
        if key not in known and not name.startswith((".", "_", "x-")):
            yield (*where, name), f"unknown key, it is ignored.{did_you_mean(name, known)}"


def _scenario(document: Document, where: KeyPath, data: Any) -> Iterator[Warned]:
    if not isinstance(data, dict):
        return
    yield from _check((*where, "user"), data.get("user"), USER)
    yield from _service((*where, "user", "speech"), _in(data, "user", "speech"), SPEECH)
    yield from _check((*where, "judge"), data.get("judge"), JUDGE)
    for path, known in (
        (("judge", "eval"), EVAL),
        (("judge", "eval", "explainer"), LLM),
        (("judge", "transcription"), TRANSCRIPTION),
        (("simulator",), LLM),
    ):
        yield from _service((*where, *path), _in(data, *path), known)
    if where:
        yield from _other_kind(document, where, data)
    metrics = data.get("metrics")
    for index, metric in enumerate(metrics if isinstance(metrics, list) else ()):
        yield from _metric((*where, "metrics", index), metric)
    turns = data.get("turns")
    for index, turn in enumerate(turns if isinstance(turns, list) else ()):
        inside = (*where, "turns", index)
        yield from _check(inside, turn, TURN)
        if isinstance(turn, dict):
            yield from _turn(inside, turn)


def _in(data: Any, *path: str) -> Any:
    """A value inside of others, None if it is not there."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _service(where: KeyPath, data: Any, known: Iterable[str]) -> Iterator[Warned]:
    """A service's block; a factory is given the whole of it and may know more keys."""
    if isinstance(data, dict) and "factory" not in data:
        yield from _check(where, data, known)


def _other_kind(document: Document, where: KeyPath, data: dict[str, Any]) -> Iterator[Warned]:
    """Keys of a simulation in a script, and the other way round.

    At the top of a file they may be the default for scenarios of that kind.
    """
    merged = {**document.data, **data}
    if ("turns" in merged) == ("persona" in merged):
        return
    kind, keys = ("script", SIMULATION_ONLY) if "turns" in merged else ("simulation", SCRIPT_ONLY)
    for key in keys:
        if key in data:
            yield (*where, key), f"it is ignored in a {kind}."


def _metric(where: KeyPath, metric: Any) -> Iterator[Warned]:
    yield from _check(where, metric, METRIC)
    if not isinstance(metric, dict):
        return
    if "criterion" in metric:
        for key in METRIC:
            if key in metric and key not in _JUDGED and key != "measure":
                yield (*where, key), "it is ignored in a metric that is judged."
    calls = metric.get("calls")
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        yield from _check((*where, "calls", number), call, CALL)


def _turn(where: KeyPath, turn: dict[str, Any]) -> Iterator[Warned]:
    send_after = turn.get("send_after")
    yield from _check((*where, "send_after"), send_after, SEND_AFTER)
    if isinstance(send_after, dict):
        yield from _event((*where, "send_after", "event"), send_after.get("event"))
    expect = turn.get("expect")
    for index, expectation in enumerate(expect if isinstance(expect, list) else ()):
        inside = (*where, "expect", index)
        yield from _check(inside, expectation, EXPECT)
        if not isinstance(expectation, dict):
            continue
        yield from _event((*inside, "event"), expectation.get("event"))
        calls = expectation.get("calls")
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            yield from _check((*inside, "calls", number), call, CALL)


def _event(where: KeyPath, event: Any) -> Iterator[Warned]:
    if isinstance(event, str) and event not in EVENTS:
        yield where, f"unknown event `{event}`.{did_you_mean(event, EVENTS)}"
