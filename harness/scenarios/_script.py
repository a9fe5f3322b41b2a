"""From a Pipecat Evals script to the steps of the caller, and a check for each expectation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.nouns import SOUNDS, CheckSpec, Expectation, Expected, ScriptStep, SendAfter
from harness.scenarios._block import TurnBlock, parse_block
from harness.scenarios._compat import EvalsExpectation, EvalsScenario, EvalsTurn
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean
from harness.scenarios._media import check_audio, check_image
from harness.scenarios._values import expected_call, shorten, signature, text_or_none

__all__ = ["CALLS", "REPLIES", "Script", "script_of"]

LABEL_LENGTH = 44

REPLIES = frozenset({"response", "llm_response", "tts_response"})
CALLS = frozenset({"function_call", "function_call_stopped"})

_HEARD = REPLIES | {"bot_started_speaking", "bot_stopped_speaking"}
"""Events whose time is taken from what is heard."""

_FILES = (".wav", ".flac")

_LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
"""What a text over several lines of the file has between its words."""


@dataclass(slots=True)
class Script:
    """What a script comes to. `lines` counts what the caller says or presses."""

    steps: list[ScriptStep] = field(default_factory=list)
    checks: list[CheckSpec] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lines: int = 0


def script_of(
    document: Document, where: KeyPath, scenario: EvalsScenario, written: list[dict[str, Any]]
) -> Script:
    """The steps of a script in the order of the file, each expectation in its place.

    Args:
        document: The file, for errors by line.
        where: Where the scenario's list of turns stands in it.
        scenario: What Pipecat's loader made of it.
        written: The turns as they stand there.

    Raises:
        ScenarioError: A value that Pipecat does not look at is wrong.
    """
    script = Script()
    turns = scenario.turns or ()
    if not turns:
        raise document.error(
            where,
            "a script needs at least one turn.",
            remedy="Write each turn as `- user: ...` below `turns:`.",
        )
    for index, turn in enumerate(turns):
        _Step(document, (*where, index), index, written[index], script).read(turn)
    return script


class _Step:
    """Reads one turn."""

    def __init__(
        self,
        document: Document,
        where: KeyPath,
        number: int,
        written: dict[str, Any],
        script: Script,
    ) -> None:
        self._document = document
        self._where = where
        self._number = number
        self._written = written
        self._script = script

    def read(self, turn: EvalsTurn) -> None:
        block = TurnBlock()
        if self._written.get("ringback") is not None:
            where: KeyPath = (*self._where, "ringback")
            block = parse_block(self._document, where, self._written["ringback"], TurnBlock)
        say = None
        if turn.user is not None:
            say = _LINE_BREAKS.sub(" ", turn.user.strip("\r\n"))
            if not say.strip():
                raise self._document.error(
                    (*self._where, "user"),
                    "the caller's line is empty.",
                    remedy="Write what the caller says, or leave out `user` for a turn that waits.",
                )
        if say is not None or turn.dtmf is not None:
            self._script.lines += 1
        expect = tuple(
            self._expect(index, expectation) for index, expectation in enumerate(turn.expect)
        )
        self._script.steps.append(
            ScriptStep(
                say=say,
                pause_s=block.pause_s,
                expect=expect,
                label=block.label
                or _label(say, turn.dtmf, block.sound, first=self._script.lines == 0),
                parts=turn.parts,
                audio=self._media(turn.audio, "audio"),
                dtmf=turn.dtmf,
                image=self._media(turn.image, "image"),
                send_after=_send_after(turn),
                wait="written",
                sound=self._sound(block, turn),
                into_reply_s=block.into_reply_s,
            )
        )

    def _sound(self, block: TurnBlock, turn: EvalsTurn) -> str | None:
        """A named sound, or the path of a recording."""
        own: KeyPath = (*self._where, "ringback")
        sound, where = block.sound, (*own, "sound")
        if not sound:
            if block.into_reply_s is not None:
                raise self._document.error(
                    (*own, "into_reply_s"),
                    "says when a sound is made, and there is none.",
                    remedy="Add `sound`.",
                )
            return None
        if block.into_reply_s is None and (turn.user is not None or turn.dtmf is not None):
            raise self._document.error(
                where,
                "a turn with a line of the caller must say when its sound is made.",
                remedy="Add `into_reply_s`, or make the sound a turn of its own.",
            )
        if sound in SOUNDS:
            return sound
        if Path(sound).suffix.casefold() not in _FILES:
            raise self._document.error(
                where,
                f"there is no sound {sound!r}.{did_you_mean(sound, SOUNDS)}",
                remedy=f"Sounds are: {', '.join(SOUNDS)}; or name a WAV or FLAC file.",
            )
        return check_audio(self._document, where, str(self._document.path.parent / sound))

    def _media(self, path: str | None, key: str) -> str | None:
        if path is None:
            return None
        check = check_audio if key == "audio" else check_image
        return check(self._document, (*self._where, key), path)

    def _expect(self, index: int, read: EvalsExpectation) -> Expectation:
        where: KeyPath = (*self._where, "expect", index)
        contains = text_or_none(self._document, (*where, "text_contains"), read.text_contains)
        excludes = text_or_none(self._document, (*where, "text_excludes"), read.text_excludes)
        criterion = text_or_none(self._document, (*where, "eval"), read.eval)
        written = self._written["expect"][index]
        several = written.get("calls")
        expectation = Expectation(
            contains=() if contains is None else (contains,),
            excludes=() if excludes is None else (excludes,),
            within_s=self._within(where, read.within_ms),
            event=read.event,
            calls=tuple(
                expected_call(
                    self._document,
                    where if several is None else (*where, "calls", number),
                    call,
                    written if several is None else several[number],
                )
                for number, call in enumerate(read.calls)
            ),
            eval=criterion,
            marker=read.marker,
            marker_first=read.marker_first,
            markers=read.markers,
            text_after=read.text_after,
            check_from=read.check_from,
            absent=read.absent,
        )
        self._warn_of_eval(where, expectation)
        heard = read.event in _HEARD and not read.absent
        self._script.checks.append(
            Expected(
                rule="expected",
                name=_name(expectation, self._script.lines),
                step=self._number,
                index=index,
                event=read.event,
                line=self._script.lines,
                within_s=expectation.within_s if heard else None,
                eval=criterion,
                absent=read.absent,
            )
        )
        return expectation

    def _within(self, where: KeyPath, value: Any) -> float | None:
        if value is None:
            return None
        where = (*where, "within_ms")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number:
            raise self._document.error(
                where,
                f"must be a number of milliseconds, not {value!r}.",
                remedy="Write it without quotes: 2500 is two and a half seconds.",
            )
        if value == 0:
            text = "0 is no limit, as in Pipecat Evals."
            self._script.warnings.append(f"{self._document.at(where)}: {text}")
            return None
        return float(value) / 1000

    def _warn_of_eval(self, where: KeyPath, expectation: Expectation) -> None:
        if expectation.eval is not None and expectation.event not in REPLIES | {"function_call"}:
            place = self._document.at((*where, "eval"))
            text = f"a criterion says little about `{expectation.event}`; give it to a reply."
            self._script.warnings.append(f"{place}: {text}")


def _send_after(turn: EvalsTurn) -> SendAfter | None:
    if turn.send_delay_ms is None:
        return None
    return SendAfter(turn.send_event, turn.send_delay_ms)


def _label(say: str | None, dtmf: str | None, sound: str, *, first: bool) -> str:
    if sound and say is None and dtmf is None:
        return f"Sound: {shorten(sound.replace('_', '-'), LABEL_LENGTH)}"
    if dtmf is not None:
        return f"Press {shorten(' '.join(dtmf), LABEL_LENGTH)}"
    if say is None:
        return "Wait for the greeting" if first else "Wait for the reply"
    if len(say) <= LABEL_LENGTH:
        return say
    cut = say[:LABEL_LENGTH]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,.;:") + "…"


def _name(expectation: Expectation, line: int) -> str:
    """The wish for people: *Reply 2 says “Friday” within 5 s*."""
    event = expectation.event
    about = "Greeting" if line == 0 else f"Reply {line}"
    spoken = "Greeting" if line == 0 else f"Line {line}"
    limit = "" if expectation.within_s is None else f" within {expectation.within_s:g} s"
    if expectation.absent:
        return f"{about}: no {event}{limit}"
    wish = _wish(expectation)
    if event in CALLS:
        verb = "calls" if event == "function_call" else "stops"
        calls = " and ".join(signature(call) for call in expectation.calls)
        return f"{spoken} {verb} {shorten(calls)}{wish}{limit}"
    if event == "user_transcription":
        return f"{spoken} is understood{wish}{limit}"
    if event in REPLIES:
        way = "" if event == "response" else f" ({event})"
        return f"{about}{way}{wish or ' comes'}{limit}"
    marker = f" {expectation.marker}" if expectation.marker else ""
    return f"{about}: {event}{marker}{wish}{limit}"


def _wish(expectation: Expectation) -> str:
    verb = " as" if expectation.event == "user_transcription" else " says"
    wish = "".join(f"{verb} “{shorten(text)}”" for text in expectation.contains)
    for text in expectation.excludes:
        wish += f", not “{shorten(text)}”" if wish else f" does not say “{shorten(text)}”"
    return f"{wish}: {shorten(expectation.eval)}" if expectation.eval else wish
