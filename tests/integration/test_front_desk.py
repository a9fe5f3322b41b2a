"""The demo agent by voice: its bot file, Pipecat's runner, rooms of a real LiveKit server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from _front_desk_caller import PlainCaller

from harness.local import BotPool, LiveKitServer, RunningBot
from harness.settings import ROOT, Settings

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

BOT = ROOT / "data" / "agents" / "front_desk" / "bot.py"
GREETING = "Northgate Clinic, this is Ava. How can I help you?"
PARKING = "Where can I park?"
HOURS = "What are your opening hours?"

Session = Callable[..., AbstractAsyncContextManager[tuple[PlainCaller, RunningBot]]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bot(
    livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningBot]:
    """One process for all sessions, one after the other; the last of them ends it."""
    pool = BotPool(livekit, Settings(data=tmp_path_factory.mktemp("data")), warm=0)
    yield await pool.lease(BOT, timeout_s=120)
    await pool.close()


@pytest.fixture
def session(bot: RunningBot) -> Session:
    """A session of the bot with a caller in its room."""

    @asynccontextmanager
    async def open_(**body: Any) -> AsyncIterator[tuple[PlainCaller, RunningBot]]:
        caller = PlainCaller()
        try:
            await caller.join(bot.url, {"today": "2026-11-23", **body})
            yield caller, bot
        finally:
            await caller.leave()

    return open_


async def _greeted(caller: PlainCaller) -> None:
    await caller.ready()
    await caller.message(lambda message: message.get("type") == "bot-stopped-speaking")
    await caller.quiet()


async def _exchange(caller: PlainCaller, line: str) -> str:
    """Say a line; what the agent answered."""
    since = len(caller.messages)
    await caller.say(line)
    await caller.message(lambda m: m.get("type") == "bot-stopped-speaking", since=since)
    await caller.quiet()
    return "".join(caller.texts("bot-llm-text", since=since))


async def test_books_by_voice_and_leaves_after_goodbye(session: Session) -> None:
    async with session() as (caller, bot):
        await _greeted(caller)
        await caller.ready()  # a second one must not make it greet again
        line = "I would like to book an appointment with Doctor Osei on Friday at ten."
        assert "full name" in await _exchange(caller, line)
        assert "date of birth" in await _exchange(caller, "Maria Lopez.")
        booked = await _exchange(caller, "March fourth, nineteen eighty five.")
        assert "You are booked with Doctor Osei on Friday" in booked
        since = len(caller.messages)
        await caller.say("That is all, goodbye.")
        await asyncio.wait_for(caller.left.wait(), 30)
        log = "\n".join(bot.last_lines(500))
    slot = {"doctor": "Osei", "day": "2026-11-27", "time": "10:00"}
    person = {"name": "Maria Lopez", "date_of_birth": "1985-03-04"}
    assert caller.calls() == [("hold_slot", slot), ("book_appointment", slot | person)]
    results = [m["data"] for m in caller.messages if m.get("type") == "llm-function-call-stopped"]
    assert results[-1]["result"]["booked"] is True
    assert "".join(caller.texts("bot-llm-text")).count(GREETING) == 1
    # All of the farewell was played before it left.
    spoken = [m for m in caller.messages[since:] if m.get("type") == "bot-stopped-speaking"]
    assert "Goodbye, and take care." in "".join(caller.texts("bot-llm-text", since=since))
    assert spoken
    assert "Caller: maria lopez" in log
    assert "eyJ" not in log


@pytest.mark.parametrize(("fault", "yields"), [(None, True), ("stubborn", False)])
async def test_barge_in(fault: str | None, yields: bool, session: Session) -> None:
    async with session(fault=fault) as (caller, _):
        await _greeted(caller)
        answered = await caller.say(HOURS)
        # The answer lasts some nine seconds; the caller breaks in at its beginning, for four.
        broke_in = await caller.sound(answered)
        ended = await caller.say("Sorry, one moment please, could you repeat that for me, please?")
        assert ended > broke_in + 2.5
        talked_on = [at for at in caller.sounds if broke_in + 2.0 < at < ended]
    assert not talked_on if yields else talked_on


async def test_typed_lines_are_answered(session: Session) -> None:
    async with session() as (caller, _):
        await _greeted(caller)
        since = len(caller.messages)
        typed = "Could Dr. Lindqvist see me at 14:15 on the 26th?"
        await caller.send("send-text", {"content": typed, "options": {"run_immediately": True}})
        await caller.message(lambda m: m.get("type") == "bot-stopped-speaking", since=since)
    slot = {"doctor": "Lindqvist", "day": "2026-11-26", "time": "14:15"}
    assert caller.calls() == [("hold_slot", slot)]


async def test_unknown_fault_is_refused_with_the_known_ones(session: Session) -> None:
    async with session(fault="grumpy") as (caller, bot):
        await caller.ready()
        error = await caller.message(lambda message: message.get("type") == "error")
        await asyncio.wait_for(caller.left.wait(), 30)
        log = "\n".join(bot.last_lines(100))
    assert "Unknown fault 'grumpy'. Known faults: slow, deaf" in error["data"]["error"]
    assert "Refused: Unknown fault 'grumpy'" in log


async def test_chatty_speaks_before_the_caller_has_ended(session: Session) -> None:
    async with session(fault="chatty") as (caller, _):
        await _greeted(caller)
        line = "I would like to book an appointment with Doctor Marsh, please."
        before = len(caller.sounds)
        ended = await caller.say(line)
        assert any(at < ended for at in caller.sounds[before:])


async def test_silent_start_waits_for_the_caller(session: Session) -> None:
    async with session(fault="silent_start") as (caller, _):
        await caller.ready()
        await caller.message(lambda message: message.get("type") == "bot-ready")
        assert "parking" in await _exchange(caller, PARKING)
    assert GREETING not in "".join(caller.texts("bot-llm-text"))


async def test_crash_ends_the_process_with_a_traceback(session: Session) -> None:
    # The last of them: it takes the process that they share with it.
    async with session(fault="crash") as (caller, bot):
        await _greeted(caller)
        assert "parking" in await _exchange(caller, PARKING)
        await caller.say(HOURS)
        await asyncio.wait_for(caller.left.wait(), 30)
        assert await asyncio.wait_for(bot.wait(), 30) == 1
        log = "\n".join(bot.last_lines(100))
    assert "Traceback (most recent call last)" in log
    assert log.rstrip().endswith("FrontDeskCrash: The front desk lost its appointment book.")
