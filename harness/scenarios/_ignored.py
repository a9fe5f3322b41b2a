"""Warnings of keys that are right in themselves and say nothing here.

Whoever writes a key wants something of it: none is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.nouns import Caller
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import (
    EVAL,
    LLM,
    SCRIPT_ONLY,
    SIMULATION_ONLY,
    SPEECH,
    TRANSCRIPTION,
    Warned,
)

__all__ = ["STAND_IN_EAR", "STAND_IN_VOICE", "ignored_keys"]

STAND_IN_VOICE = {"service": "kokoro", "voice": "af_heart"}
"""What the form puts into `user.speech` where Pipecat wants a voice to be named: no wish."""
STAND_IN_EAR = {"service": "moonshine"}
"""The same of `judge.transcription`."""

_CALLS = ("function_call", "function_call_stopped")
_OF_CALLS = ("name", "args", "calls")
_OF_TEXTS = ("text_contains", "text_excludes")
_OF_VOICES = ("stack", "voice", "speed", "volume_db")
_USUAL = Caller()


def ignored_keys(document: Document) -> Iterator[Warned]:
    """A warning for each key that has no effect in a call, and what to write instead."""
    for unit in _units(document):
        yield from unit.warnings()
    yield from _defaults_of_no_kind(document)


def _units(document: Document) -> Iterator[_Unit]:
    """The top of the file and each scenario: wherever keys of a scenario may stand."""
    data = document.data
    entries = data.get("scenarios")
    if not isinstance(entries, list):
        yield _Unit((), data, [data])
        return
    scenarios = [entry for entry in entries if isinstance(entry, dict)]
    yield _Unit((), data, [_merged(data, entry) for entry in scenarios])
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield _Unit(("scenarios", index), entry, [_merged(data, entry)])


def _merged(data: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """A scenario with the file's defaults; in `ringback:` each key by itself takes their place."""
    blocks = [part.get("ringback") for part in (data, entry)]
    block = {k: v for one in blocks if isinstance(one, dict) for k, v in one.items()}
    return {**data, **entry, "ringback": block}


class _Unit:
    """A mapping that holds keys of scenarios.

    Args:
        where: Where the mapping stands.
        data: What stands in it.
        scenarios: All it counts for, with the file's defaults.
    """

    def __init__(
        self, where: KeyPath, data: dict[str, Any], scenarios: list[dict[str, Any]]
    ) -> None:
        self._where = where
        self._data = data
        self._scenarios = scenarios

    def warnings(self) -> Iterator[Warned]:
        yield from self._user(self._mapping("user"))
        yield from self._judge(self._mapping("judge"))
        simulator = _known(self._mapping("simulator"), LLM)
        if simulator and not self._all_say("brain"):
            yield self._warn(
                ("simulator",),
                f"{_named(simulator)} no effect here: `ringback.brain` says what plays the person.",
            )
        if "trigger_disconnect" in self._data:
            yield self._warn(
                ("trigger_disconnect",),
                "it has no effect here: the caller leaves at the end of each call.",
            )
        going_on = self._data.get("stop_on_failure", True)
        if not isinstance(going_on, bool):
            counts = str(bool(going_on)).lower()
            yield self._warn(
                ("stop_on_failure",),
                f"{going_on!r} counts as {counts}; write `true` or `false` without quotes.",
            )
        turns = self._data.get("turns")
        for index, turn in enumerate(turns if isinstance(turns, list) else ()):
            if isinstance(turn, dict):
                yield from self._turn(("turns", index), turn)
        yield from self._block(self._mapping("ringback"))

    def _user(self, user: dict[str, Any]) -> Iterator[Warned]:
        if user.get("modality") == "text" and not self._all_say("caller", "by"):
            yield self._warn(
                ("user", "modality"),
                "it has no effect here: the caller speaks. `ringback.caller.by: text` has it type.",
            )
        speech = user.get("speech")
        if not isinstance(speech, dict):
            return
        for key, usual in (("language", _USUAL.language), ("speed", _USUAL.speed)):
            if speech.get(key) not in (None, usual) and not self._all_say("caller", key):
                yield self._warn(
                    ("user", "speech", key),
                    f"it has no effect here; say it as `ringback.caller.{key}`.",
                )
        others = _known(speech, SPEECH, but=("language", "speed"))
        said = any(self._all_say("caller", key) for key in ("stack", "voice", "persona"))
        own = others == STAND_IN_VOICE or speech.get("voice") == _USUAL.voice
        if others and not own and not said:
            yield self._warn(
                ("user", "speech"),
                f"{_named(others)} no effect here: `ringback.caller` says with `stack` and "
                "`voice` who speaks.",
            )

    def _judge(self, judge: dict[str, Any]) -> Iterator[Warned]:
        if judge.get("modality") == "text":
            yield self._warn(
                ("judge", "modality"),
                "it has no effect here: `response` is what is heard. Expect `llm_response` for "
                "the text of the agent's language model.",
            )
        ear = judge.get("transcription")
        if isinstance(ear, dict) and ear and ear != STAND_IN_EAR:
            heard = _known(ear, TRANSCRIPTION, but=("language",))
            if ear.get("language") not in (None, _USUAL.language) and not self._all_say(
                "caller", "language"
            ):
                yield self._warn(
                    ("judge", "transcription", "language"),
                    "it has no effect here; say it as `ringback.caller.language`.",
                )
            if heard and heard != STAND_IN_EAR and not self._all_say("caller", "stack"):
                yield self._warn(
                    ("judge", "transcription"),
                    f"{_named(heard)} no effect here: the `stack` of `ringback.caller` hears.",
                )
        model = judge.get("eval")
        if isinstance(model, dict) and not self._all_say("judge", "endpoints"):
            others = _known(model, EVAL, but=("allow_continue",))
            if others:
                yield self._warn(
                    ("judge", "eval"),
                    f"{_named(others)} no effect here: `ringback.judge.endpoints` names the "
                    "language models that judge.",
                )

    def _turn(self, where: KeyPath, turn: dict[str, Any]) -> Iterator[Warned]:
        block = turn.get("ringback")
        if isinstance(block, dict) and block.get("pause_s") and _only_waits(turn, block):
            yield self._warn(
                (*where, "ringback", "pause_s"),
                "it has no effect in a turn that only waits: nothing is said after it.",
            )
        expect = turn.get("expect")
        for index, expectation in enumerate(expect if isinstance(expect, list) else ()):
            if isinstance(expectation, dict) and not expectation.get("absent"):
                yield from self._expectation((*where, "expect", index), expectation)

    def _expectation(self, where: KeyPath, expectation: dict[str, Any]) -> Iterator[Warned]:
        event = expectation.get("event")
        keys: tuple[str, ...] = _OF_CALLS
        instead = "it is for `function_call` and `function_call_stopped`."
        if event in _CALLS:
            keys, instead = _OF_TEXTS, "a call has no text; `args` and `eval` look into it."
        for key in keys:
            if key in expectation:
                yield self._warn((*where, key), f"it is ignored for `{event}`: {instead}")
        if event in _CALLS and expectation.get("calls") is not None:
            for key in ("name", "args"):
                if key in expectation:
                    yield self._warn(
                        (*where, key), "it is ignored beside `calls`; put it into that list."
                    )

    def _block(self, block: dict[str, Any]) -> Iterator[Warned]:
        caller = block.get("caller")
        if isinstance(caller, dict) and caller.get("by") == "text":
            for key in _OF_VOICES:
                if key in caller:
                    yield self._warn(
                        ("ringback", "caller", key),
                        "it has no effect with `by: text`: the caller types.",
                    )
        checks = block.get("checks")
        for index, check in enumerate(checks if isinstance(checks, list) else ()):
            if isinstance(check, dict) and "pattern" in check and "whole_words" in check:
                yield self._warn(
                    ("ringback", "checks", index, "whole_words"),
                    "it has no effect with a `pattern`; write `\\b` into that.",
                )

    def _mapping(self, key: str) -> dict[str, Any]:
        value = self._data.get(key)
        return value if isinstance(value, dict) else {}

    def _all_say(self, *keys: str) -> bool:
        """Whether `ringback:` has a key in each scenario that this counts for."""
        return all(_in(scenario.get("ringback"), keys) for scenario in self._scenarios)

    def _warn(self, where: KeyPath, text: str) -> Warned:
        return (*self._where, *where), text


def _defaults_of_no_kind(document: Document) -> Iterator[Warned]:
    """Keys at the top of a file that no scenario in it is of the kind to use."""
    data = document.data
    entries = data.get("scenarios")
    units = entries if isinstance(entries, list) else [data]
    merged = [{**data, **entry} for entry in units if isinstance(entry, dict)]
    for kind, sign, keys in (
        ("simulation", "persona", SIMULATION_ONLY),
        ("script", "turns", SCRIPT_ONLY),
    ):
        if not any(sign in scenario for scenario in merged):
            for key in keys:
                if key in data:
                    yield (key,), f"it is ignored: there is no {kind} in this file."
    brain = _in(data.get("ringback"), ("brain",))
    if brain and not any("persona" in scenario for scenario in merged):
        yield ("ringback", "brain"), "it is ignored: there is no simulation in this file."


def _in(data: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _known(
    service: dict[Any, Any], keys: tuple[str, ...], but: tuple[str, ...] = ()
) -> dict[Any, Any]:
    """What of a service's block means something to Pipecat; a factory is given all of it."""
    return {
        key: value
        for key, value in service.items()
        if key not in but and (key in keys or "factory" in service)
    }


def _named(keys: dict[Any, Any]) -> str:
    """`` `service` and `voice` have``."""
    names = [f"`{key}`" for key in keys]
    if len(names) == 1:
        return f"{names[0]} has"
    return f"{', '.join(names[:-1])} and {names[-1]} have"


def _only_waits(turn: dict[str, Any], block: dict[str, Any]) -> bool:
    return turn.get("user") is None and turn.get("dtmf") is None and not block.get("sound")
