"""A person takes the caller's side of a call and gives it back, on a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from played import PlayedCall
from test_mouth import Played
from test_script_runner import expects, says, script
from virtual import run

from harness.caller._hangup import Hangup
from harness.caller._line import NoLine, SpokenLine
from harness.caller._person_side import PersonSide
from harness.caller._sender import FRAME
from harness.measure import GatedDetector
from harness.nouns import LANE_RATE, EventKind, GivenBack


class Stream:
    held = False


class Taken(Played):
    """A call whose caller's side can be taken."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = Stream()
        self.side = PersonSide(
            self.tap,
            self.mouth,
            self.stream,  # type: ignore[arg-type]
            lambda: GatedDetector(LANE_RATE, None),
        )
        self.at = 0

    async def talk(self, seconds: float, loud: int = 8000) -> None:
        """The person speaks, piece by piece as a microphone gives it."""
        for _ in range(round(seconds * LANE_RATE / FRAME)):
            place = self.at + np.arange(FRAME)
            syllables = 0.55 + 0.45 * np.cos(2 * np.pi * 5 * place / LANE_RATE)
            wave = loud * syllables * np.sin(2 * np.pi * 200 * place / LANE_RATE)
            self.side.voice(self.at, np.rint(wave).astype(np.int16))
            self.at += FRAME
            await asyncio.sleep(FRAME / LANE_RATE)


def called(whole: Callable[[Taken], Coroutine[Any, Any, None]]) -> None:
    async def call() -> None:
        await whole(Taken())

    run(call())


def test_the_caller_falls_silent_and_waits_and_the_person_is_measured() -> None:
    async def whole(call: Taken) -> None:
        said = await call.mouth.open_line(SpokenLine("One.", "script"))
        await asyncio.sleep(0.3)
        call.side.take("Ann")
        asked = call.tap.now()
        assert said.over.done() and call.stream.held and call.side.taken.is_set()
        waiting = asyncio.create_task(call.mouth.open_line(SpokenLine("Two.", "script")))
        await call.talk(1.5)
        await call.talk(1.5, loud=0)
        assert not waiting.done() and not call.side.speaking
        call.side.give_back("handed_back", GivenBack("ask for Friday", 3))
        assert not call.stream.held and call.side.last.step == 3
        line = await waiting
        assert await line.over == pytest.approx(line.started_at + 1.0, abs=1e-3)

        (took,) = call.tap.of(EventKind.PERSON_TOOK)
        assert (took["who"], took["cut"]) == ("Ann", 1)
        assert took["at"] == pytest.approx(asked, abs=0.1)
        (back,) = call.tap.of(EventKind.PERSON_GAVE_BACK)
        assert {**back, "at": 0} == {
            **{"who": "Ann", "why": "handed_back", "instruction": "ask for Friday"},
            **{"step": 3, "at": 0},
        }
        lines = call.tap.of(EventKind.CALLER_STARTED)
        assert [(one["line"], one["source"]) for one in lines] == [
            (1, "script"),
            (2, "person"),
            (3, "script"),
        ]
        # 60 ms are kept back of a microphone, and the sender is 60 ms ahead.
        assert lines[1]["at"] - asked < 0.3
        ends = {one["line"]: one["at"] for one in call.tap.of(EventKind.CALLER_STOPPED)}
        assert ends[2] - lines[1]["at"] == pytest.approx(1.5, abs=0.05)
        assert lines[2]["at"] > back["at"] > ends[2]

    called(whole)


def test_who_has_it_may_type_and_nobody_makes_sounds() -> None:
    async def whole(call: Taken) -> None:
        call.side.take("Ann")
        typed = await call.mouth.open_line(SpokenLine("Typed.", "typed"))
        assert await typed.over > typed.started_at
        # What the caller's voice says for them is no line of their own voice as well.
        await call.talk(1.5, loud=0)
        (line,) = call.tap.of(EventKind.CALLER_STARTED)
        assert line["source"] == "typed"
        assert await call.mouth.make_sound(NoLine("cough")) is None
        pressing = asyncio.create_task(call.mouth.press("12"))
        await asyncio.sleep(1.0)
        assert not pressing.done()
        call.side.give_back("gone", GivenBack())
        await pressing
        assert call.room.tones == "12"

    called(whole)


def test_what_the_voice_still_makes_of_a_line_that_was_cut_is_not_of_the_next() -> None:
    async def whole(call: Taken) -> None:
        async def slow(text: str) -> None:
            assert call.mouth.sender is not None
            for _ in range(4):
                call.mouth.sender.feed(np.full(LANE_RATE // 4, 9000, np.int16))
                await asyncio.sleep(0.25)
            call.mouth.part_over()

        call.mouth.speak = slow
        await call.mouth.open_line(SpokenLine("One.", "script"))
        call.side.take("Ann")
        call.side.give_back("handed_back", GivenBack())
        line = await call.mouth.open_line(SpokenLine("Two.", "script"))
        assert await line.over - line.started_at == pytest.approx(1.0, abs=0.01)

    called(whole)


def test_it_passes_from_one_person_to_another() -> None:
    async def whole(call: Taken) -> None:
        call.side.take("Ann")
        await call.talk(0.5)
        call.side.take("Ben")
        assert call.stream.held
        await call.talk(0.2, loud=0)
        call.side.give_back("gone", GivenBack())
        call.side.give_back("gone", GivenBack())
        backs = call.tap.of(EventKind.PERSON_GAVE_BACK)
        assert [(one["who"], one["why"]) for one in backs] == [
            ("Ann", "passed_on"),
            ("Ben", "gone"),
        ]
        (started,), (stopped,) = (
            call.tap.of(EventKind.CALLER_STARTED),
            call.tap.of(EventKind.CALLER_STOPPED),
        )
        assert stopped["line"] == started["line"] and stopped["at"] <= backs[0]["at"]

    called(whole)


def test_a_caller_who_types_has_nothing_to_take() -> None:
    async def whole(call: Taken) -> None:
        call.mouth.sender = None
        call.side.take("Ann")
        call.side.give_back("gone", GivenBack())
        assert call.side.free.is_set() and not call.tap.of(EventKind.PERSON_TOOK)

    called(whole)


STORY = script(
    says(None, expects(contains="clinic")),
    says("One", expects(contains="a")),
    says("Two", expects(contains="b")),
    says("Three", expects(contains="c")),
)
ANSWERS = {"One": "a", "Two": "b", "Three": "c"}


def suspended(at: float, step: int | None) -> tuple[PlayedCall, str]:
    """A script that is suspended at a second for five others, and goes on at a step."""

    async def whole() -> tuple[PlayedCall, str]:
        call = PlayedCall(STORY, ANSWERS)
        call._do(call.feed.run())
        call._do(call.reply("Hello clinic."))
        playing = asyncio.ensure_future(call.runner.run())
        await asyncio.sleep(at)
        call.runner.suspend()
        playing.cancel()
        await asyncio.wait({playing})
        await asyncio.sleep(5.0)
        try:
            await call.runner.resumed(step).run()
        except Hangup as end:
            return call, end.reason
        raise AssertionError("nobody hung up")

    return run(whole())


def stands(call: PlayedCall) -> list[tuple[int, str]]:
    told = call.tap.of(EventKind.CALLER_STEP)
    assert {one["of"] for one in told} == {4}
    return [(one["step"], one["status"]) for one in told]


@pytest.mark.parametrize(
    ("step", "lines", "left"),
    [
        (None, ["One", "Two", "Three"], {}),
        (3, ["One", "Three"], {(2, 0): "not_run person_took_over"}),
        (1, ["One", "One", "Two", "Three"], {}),
    ],
)
def test_a_script_goes_on_where_it_is_told_to(
    step: int | None, lines: list[str], left: dict[tuple[int, int], str]
) -> None:
    # While the answer to "One" is awaited: its line was said, so "Two" is the next.
    call, reason = suspended(3.2, step)
    assert reason == "script_done"
    assert call.lines() == lines
    found = call.statuses()
    open_then = {} if step == 1 else {(1, 0): "not_run person_took_over"}
    assert {place: how for place, how in found.items() if how != "matched"} == {
        **(open_then if found[(1, 0)] != "matched" else {}),
        **left,
    }
    assert stands(call)[-1] == (3, "done")
    if step == 3:
        assert (2, "skipped") in stands(call)


def test_a_script_that_nobody_takes_up_again_says_what_was_not_asked() -> None:
    async def whole() -> PlayedCall:
        call = PlayedCall(STORY, ANSWERS)
        call._do(call.feed.run())
        call._do(call.reply("Hello clinic."))
        playing = asyncio.ensure_future(call.runner.run())
        await asyncio.sleep(2.2)
        call.runner.suspend()
        playing.cancel()
        await asyncio.wait({playing})
        assert "not_run not_reached" not in call.statuses().values()
        await call.runner.give_up()
        return call

    found = run(whole()).statuses()
    assert found[(3, 0)] == found[(2, 0)] == "not_run person_took_over"
