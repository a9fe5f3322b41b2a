"""A caller who waits in the room hears at once that the agent's process has ended."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.caller import Ending
from harness.calls import Limits, _carry
from harness.calls._carry import Carriage
from harness.calls._log_tap import LogTap
from harness.calls._order import Fate, Order
from harness.calls._worker import _Worker
from harness.errors import AgentNeverJoined, BotDied, LiveKitStopped
from harness.nouns import Agent, Caller, EventKind, Failure, Scenario, ScriptStep, Session
from harness.settings import Settings
from harness.store import Artifacts, read_events

FOREVER = 3600.0
DIED = BotDied("bot.py line 3: no calendar.", cause="Its last lines:\nOSError", remedy="Mend it.")


class Waiting:
    """Waits for an agent; what it does is said by the test."""

    script_done = False
    heard_agent = True
    awaits_answer = False
    silent_since = 0.0
    held = False
    ending = Ending("caller", "script")
    joined: asyncio.Event
    refused: Exception | None
    left: bool

    async def join(self, timeout_s: float) -> None:
        await self.joined.wait()
        if self.refused is not None:
            raise self.refused

    async def talk(self) -> Ending:
        return self.ending

    async def leave(self) -> None:
        type(self).left = True


class Outlet:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


class Provider:
    """A session that starts and stops."""

    def check(self) -> None:
        pass

    async def start(self, body: object, tell: object) -> Session:
        return Session(url="ws://localhost:1", token="", room="r")

    async def stop(self, session: Session) -> str:
        return "left"


class Calls:
    """Carries calls with an agent process whose end the test decides."""

    def __init__(self, folder: Path, caller: type[Waiting]) -> None:
        self._settings = Settings(data=folder)
        self.caller = caller
        self.fate: asyncio.Future[Fate | None] = asyncio.get_running_loop().create_future()
        self.asked: list[float] = []

    async def ask_fate(self, within_s: float) -> Fate | None:
        self.asked.append(within_s)
        return await asyncio.shield(self.fate)

    async def carry(
        self, *, hosted: bool = True, scenario: Scenario | None = None
    ) -> dict[str, Any]:
        """Gives the data of the final state."""
        order = Order(
            call_id="call_1",
            agent=Agent(name="a", provider="dev_runner", config={"url": "http://localhost:1"}),
            caller=Caller(by="text"),
            limits=Limits(join_s=FOREVER, session_s=FOREVER),
            hosted=hosted,
            scenario=scenario,
        )
        files = Artifacts.of(self._settings, "call_1")
        files.folder.mkdir(parents=True, exist_ok=True)
        tap = LogTap("call_1", files, Outlet())  # type: ignore[arg-type]
        await asyncio.wait_for(Carriage(order, tap, self.ask_fate).run(), 30)
        tap.close()
        began = datetime.fromisoformat(read_events(files.events)[0].data["clock_started_at"])
        assert abs(datetime.now().astimezone() - began) < timedelta(minutes=5)
        states = [e.data for e in read_events(files.events) if e.kind == EventKind.STATE]
        return states[-1] | {"was_live": "live" in json.dumps(states)}


@pytest.fixture
async def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    class Fresh(Waiting):
        joined = asyncio.Event()
        refused = None
        left = False

    monkeypatch.setattr(_carry, "SimulatedCaller", lambda *_: Fresh())
    monkeypatch.setattr("harness.calls._session_keeper.provider_for", lambda _: Provider())
    return Calls(tmp_path, Fresh)


async def test_a_process_that_ends_while_the_caller_waits_ends_the_call(calls: Calls) -> None:
    calls.fate.set_result(Fate(own=Failure.of(DIED), exit_code=1))
    end = await calls.carry()
    assert end["state"] == "failed" and not end["was_live"]
    failure = end["failure"]
    assert (failure["kind"], failure["message"]) == ("bot_died", DIED.message)
    assert failure["cause"] == DIED.cause and failure["remedy"] == DIED.remedy
    assert calls.asked == [FOREVER], "asked once, for as long as it may take to join"
    assert calls.caller.left


async def test_one_that_ends_well_and_too_early_is_told_by_its_last_words(calls: Calls) -> None:
    calls.fate.set_result(Fate(exit_code=0, lines=("Bye for today.", " ")))
    failure = (await calls.carry())["failure"]
    assert failure["kind"] == "bot_died" and "code 0" in failure["message"]
    assert "Bye for today." in failure["cause"] and failure["remedy"]


async def test_a_server_that_failed_is_not_the_bots_fault(calls: Calls) -> None:
    stopped = LiveKitStopped("LiveKit ended.", cause="Memory.", remedy="Call again.")
    calls.fate.set_result(Fate(trouble=Failure.of(stopped), own=Failure.of(DIED), exit_code=1))
    failure = (await calls.carry())["failure"]
    assert (failure["kind"], failure["message"]) == ("livekit_stopped", "LiveKit ended.")


@pytest.mark.parametrize("fate", [None, Fate(), Fate(own=Failure.of(DIED))])
async def test_a_process_that_still_runs_is_waited_for(calls: Calls, fate: Fate | None) -> None:
    """Also one that wrote of a failure: it may have caught it."""
    calls.fate.set_result(fate)
    asyncio.get_running_loop().call_later(0.05, calls.caller.joined.set)
    end = await calls.carry()
    assert end["was_live"] and end["state"] == "done" and "failure" not in end


async def test_who_joins_first_wins(calls: Calls) -> None:
    calls.caller.joined.set()
    end = await calls.carry()  # its fate is never told
    assert end["was_live"] and end["state"] == "done"


async def test_a_refused_join_stays_what_it_is(calls: Calls) -> None:
    calls.caller.refused = AgentNeverJoined("Nobody came.")
    calls.caller.joined.set()
    calls.fate.set_result(Fate())
    failure = (await calls.carry())["failure"]
    assert failure["kind"] == "agent_never_joined"


async def test_an_agent_elsewhere_has_no_process_to_ask_for(calls: Calls) -> None:
    calls.caller.joined.set()
    assert (await calls.carry(hosted=False))["state"] == "done"
    assert calls.asked == []


async def test_two_questions_about_one_call_get_their_own_answers(tmp_path: Path) -> None:
    outlet = Outlet()
    worker = _Worker(Settings(data=tmp_path), outlet)  # type: ignore[arg-type]
    long = asyncio.create_task(worker._ask_fate("call_1", FOREVER))
    short = asyncio.create_task(worker._ask_fate("call_1", 0.3))
    await asyncio.sleep(0)
    first, second = (question["ask"] for question in outlet.sent)
    answer = {"do": "fate", "call_id": "call_1"}
    worker._obey({**answer, "ask": second, "fate": {"exit_code": 2}})
    assert (await short) == Fate(exit_code=2) and not long.done()
    long.cancel()
    await asyncio.gather(long, return_exceptions=True)
    worker._obey({**answer, "ask": first, "fate": {"exit_code": 1}})  # too late: nobody asks
    assert worker._fates == {}


@pytest.mark.parametrize(("held", "state"), [(False, "cancelled"), (True, "done")])
async def test_who_speaks_for_the_caller_ends_the_call_as_a_caller_does(
    calls: Calls, held: bool, state: str
) -> None:
    calls.caller.ending, calls.caller.held = Ending("person", "hung_up"), held
    calls.caller.joined.set()
    script = Scenario(name="s", title="", path="s", steps=(ScriptStep("One"),))
    assert (await calls.carry(hosted=False, scenario=script))["state"] == state
