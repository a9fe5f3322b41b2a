"""The script and the typing person, against an agent that is played by events."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from taps import KeptTap

from harness.caller._drivers import Hangup, Script
from harness.nouns import Caller, EventKind, ScriptStep


class PlayedFloor:
    """A floor whose agent answers as told: True answers at once, False stays silent."""

    def __init__(self, answers: list[bool]) -> None:
        self.answers = answers
        self.quiet = 0
        self.or_text: list[bool] = []

    def wake(self) -> None:
        pass

    async def wait_for_speech(
        self, since: float, timeout_s: float, *, or_text: bool = False
    ) -> bool:
        self.or_text.append(or_text)
        await asyncio.sleep(0)
        return self.answers.pop(0) if self.answers else False

    async def wait_for_quiet(self, patience_s: float) -> None:
        self.quiet += 1
        await asyncio.sleep(0)


class Voice:
    """Notes what is said."""

    def __init__(self, tap: KeptTap) -> None:
        self.tap = tap
        self.said: list[tuple[str, str]] = []
        self.by_text: list[bool] = []

    async def say(
        self, text: str, source: Literal["script", "typed"], *, as_text: bool = False
    ) -> float:
        await asyncio.sleep(0)
        self.said.append((source, text))
        self.by_text.append(as_text)
        return self.tap.now()


def steps(*lines: str | None) -> tuple[ScriptStep, ...]:
    return tuple(ScriptStep(line) for line in lines)


async def play(
    script_steps: tuple[ScriptStep, ...], answers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> tuple[Voice, KeptTap, str]:
    monkeypatch.setattr("harness.caller._drivers._GOODBYE_S", 0.0)
    tap = KeptTap()
    voice = Voice(tap)
    script = Script(script_steps, Caller(), voice, PlayedFloor(answers), tap)  # type: ignore[arg-type]
    with pytest.raises(Hangup) as end:
        await asyncio.wait_for(script.run(), 5)
    return voice, tap, end.value.reason


async def test_a_script_is_said_line_by_line(monkeypatch: pytest.MonkeyPatch):
    voice, tap, reason = await play(steps(None, "One.", "Two."), [True] * 3, monkeypatch)
    assert voice.said == [("script", "One."), ("script", "Two.")]
    assert reason == "script_done"
    told = [(data["step"], data["status"]) for data in tap.of(EventKind.CALLER_STEP)]
    assert told == [(n, status) for n in range(3) for status in ("current", "done")]


async def test_an_agent_that_greets_first_is_heard_out(monkeypatch: pytest.MonkeyPatch):
    voice, _, reason = await play(steps("One."), [True, True], monkeypatch)
    assert voice.said == [("script", "One.")] and reason == "script_done"


async def test_no_answer_is_asked_about_once_then_given_up(monkeypatch: pytest.MonkeyPatch):
    voice, tap, reason = await play(steps(None, "One.", "Two."), [True, False, False], monkeypatch)
    assert [text for _, text in voice.said] == ["One.", "Hello? Are you still there?"]
    assert reason == "no_answer"
    assert len(tap.of(EventKind.CALLER_GAVE_UP)) == 2


async def test_an_answer_after_asking_goes_on(monkeypatch: pytest.MonkeyPatch):
    answers = [True, False, True, True]
    voice, _, reason = await play(steps(None, "One.", "Two."), answers, monkeypatch)
    assert [text for _, text in voice.said] == ["One.", "Hello? Are you still there?", "Two."]
    assert reason == "script_done"


async def test_a_typed_line_is_said_between_and_its_answer_heard(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.caller._drivers._GOODBYE_S", 0.0)
    tap = KeptTap()
    voice = Voice(tap)
    floor = PlayedFloor([True] * 10)
    script = Script(steps(None, "One."), Caller(), voice, floor, tap)  # type: ignore[arg-type]
    script.type_line("Typed.")
    with pytest.raises(Hangup):
        await asyncio.wait_for(script.run(), 5)
    assert ("typed", "Typed.") in voice.said and ("script", "One.") in voice.said
    assert script.done


async def test_without_a_script_only_the_person_talks():
    tap = KeptTap()
    voice = Voice(tap)
    script = Script((), Caller(), voice, PlayedFloor([]), tap)  # type: ignore[arg-type]
    running = asyncio.create_task(script.run())
    script.type_line("One.")
    script.type_line("Two.")
    for _ in range(50):
        await asyncio.sleep(0)
    assert voice.said == [("typed", "One."), ("typed", "Two.")]
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_typed_lines_go_as_text_where_asked_and_their_answers_may_be_text():
    tap = KeptTap()
    voice, floor = Voice(tap), PlayedFloor([])
    script = Script((), Caller(), voice, floor, tap)  # type: ignore[arg-type]
    running = asyncio.create_task(script.run())
    script.type_line("Spoken.")
    script.type_line("Sent.", as_text=True)
    for _ in range(50):
        await asyncio.sleep(0)
    assert voice.by_text == [False, True]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_caller_who_types_sends_every_line_as_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.caller._drivers._GOODBYE_S", 0.0)
    tap = KeptTap()
    voice, floor = Voice(tap), PlayedFloor([True] * 5)
    script = Script(steps(None, "One."), Caller(by="text"), voice, floor, tap)  # type: ignore[arg-type]
    script.type_line("Typed.")
    with pytest.raises(Hangup):
        await asyncio.wait_for(script.run(), 5)
    assert voice.by_text == [True, True] and all(floor.or_text)
