"""Placing the calls of a plan: how many at once, in which order, and what stops it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.calls import Archive, CallRequest
from harness.calls._host import NoHost
from harness.calls._intake import Intake
from harness.calls._planned import request_of
from harness.calls._run_keeper import RunKeeper
from harness.errors import MissingSecret
from harness.nouns import (
    FIGURES_VERSION,
    Agent,
    Call,
    Caller,
    CallFigures,
    CallState,
    PlannedCall,
    RunHead,
    RunPlan,
    RunState,
    Scenario,
    StopRules,
    Verdict,
    to_json,
)
from harness.scenarios import AS_WRITTEN
from harness.settings import Settings
from harness.store import Store, new_id

AGENT = Agent(name="agent", provider="dev_runner", config={"url": "http://x"})
PASSED, FAILED = Verdict.PASSED, Verdict.FAILED


def plan_with(calls: int, *, agents: int = 1, **more: object) -> RunPlan:
    names = [f"agent{number}" for number in range(agents)]
    plan = RunPlan(
        name="Nightly",
        agents={
            name: Agent(name=name, provider="dev_runner", config={"url": "x"}) for name in names
        },
        scenarios={"s": Scenario("s", "Ask", "s.yaml")},
        callers={AS_WRITTEN: Caller(by="text")},
        items=tuple(
            PlannedCall(name, "s", AS_WRITTEN, attempt)
            for attempt in range(1, calls + 1)
            for name in names
        ),
    )
    return plan.model_copy(update=more)


class Floor:
    """Calls that end when the test says so.

    Attributes:
        most: How many went on at once, in all and of each agent.
    """

    def __init__(self, settings: Settings, store: Store, slots: int) -> None:
        self.store = store
        self.intake = Intake(settings, store, NoHost(), lambda agent: agent)
        self.keeper = RunKeeper(
            Archive(store, settings), self.place, self.hang_up, lambda: self.lease, slots
        )
        self.lease = store.take_lease()
        self.live: dict[str, Call] = {}
        self.placed: list[str] = []
        self.most: Counter[str] = Counter()
        self.hung_up: list[str] = []
        self.refuse: Exception | None = None
        self.news = asyncio.Event()

    async def place(self, run_id: str, plan: RunPlan, item: PlannedCall) -> Call:
        if self.refuse is not None:
            raise self.refuse
        call, _ = await asyncio.to_thread(
            self.intake.stored, request_of(plan, item), run_id, item, None
        )
        self.live[call.id] = call
        self.placed.append(call.slot)
        busy = Counter(one.agent_name for one in self.live.values())
        for name, number in (*busy.items(), ("all", len(self.live))):
            self.most[name] = max(self.most[name], number)
        self.news.set()
        return call

    def hang_up(self, call_id: str) -> None:
        self.hung_up.append(call_id)

    async def some(self, number: int = 1) -> list[Call]:
        """Wait until so many calls go on; it fails if nothing is left that would place them."""
        while len(self.live) < number:
            self.news.clear()
            placed = asyncio.create_task(self.news.wait())
            runs = list(self.keeper._tasks)
            assert runs, [(head.state, head.stop_reason) for head in self.store.runs()]
            await asyncio.wait([placed, *runs], return_when=asyncio.FIRST_COMPLETED)
            placed.cancel()
        return list(self.live.values())

    async def end(
        self,
        call: Call,
        verdict: Verdict | None = PASSED,
        state: CallState = CallState.DONE,
        code: int = 0,
    ) -> None:
        del self.live[call.id]
        self.store.update_call(
            call.id, state=state, verdict=verdict, ended_at=datetime.now(UTC), duration_s=1.0
        )
        figures = CallFigures(FIGURES_VERSION, (), (), 0, 0, 0, 0, (), {}, 2.0, None, code)
        self.store.put_figures(call.id, figures, "", "", 0)
        await self.keeper.on_stored(call.id)

    def begin(self, plan: RunPlan) -> str:
        run_id, now = new_id("run"), datetime.now(UTC)
        head = RunHead(run_id, plan.name, now, "suite", RunState.RUNNING, planned=len(plan.items))
        self.store.add_run(run_id, plan.name, now, head=head, plan=to_json(plan))
        self.keeper.start(run_id, plan, plan.items)
        return run_id

    async def over(self) -> None:
        await asyncio.gather(*self.keeper._tasks)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Callable[[int], Floor]]:
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    floors: list[Floor] = []

    def make(slots: int = 4) -> Floor:
        floors.append(Floor(settings, store, slots))
        return floors[-1]

    yield make
    for each in floors:
        await each.keeper.stop()
    store.close()


async def test_every_place_is_called_once_and_no_cap_is_exceeded(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(5)
    plan = plan_with(6, agents=2, concurrency=3, caps={"agent0": 1})
    run_id = here.begin(plan)
    await here.some(3)
    for _ in plan.items:
        (call, *_) = await here.some()
        await here.end(call)
    await here.over()

    assert sorted(here.placed) == sorted(item.slot for item in plan.items)
    assert here.most == {"all": 3, "agent0": 1, "agent1": here.most["agent1"]}
    assert here.most["agent1"] in (2, 3)
    head = here.store.run(run_id)
    assert head.state is RunState.DONE and head.ended_at is not None
    digest = here.store.digests([run_id])[run_id]
    assert (digest.rate.passed, digest.rate.failed) == (12, 0)


async def test_no_more_go_on_than_the_engine_has_slots_for(floor: Callable[[int], Floor]) -> None:
    here = floor(2)
    here.begin(plan_with(5, concurrency=50))
    await here.some(2)
    for _ in range(5):
        (call, *_) = await here.some()
        await here.end(call)
    await here.over()

    assert here.most["all"] == 2


@pytest.mark.parametrize(
    ("rules", "verdicts", "code", "placed", "reason"),
    [
        (StopRules(failed_calls=2), [PASSED, FAILED, FAILED], 1, 3, "2 calls failed"),
        (StopRules(harness_failures=1), [None], 3, 1, "1 call met trouble"),
        (
            StopRules(pass_rate_below=0.5, after=3),
            [FAILED, FAILED, FAILED],
            1,
            3,
            "0 of 3 calls passed",
        ),
    ],
)
async def test_a_rule_stops_the_run(
    floor: Callable[[int], Floor],
    rules: StopRules,
    verdicts: list[Verdict | None],
    code: int,
    placed: int,
    reason: str,
) -> None:
    here = floor(1)
    run_id = here.begin(plan_with(8, stop=rules))
    for verdict in verdicts:
        (call, *_) = await here.some()
        await here.end(call, verdict, code=code)
    await here.over()

    head = here.store.run(run_id)
    assert head.state is RunState.STOPPED and reason in head.stop_reason
    assert len(here.placed) == placed


async def test_a_rule_that_holds_with_the_last_call_stops_nothing(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(1)
    run_id = here.begin(plan_with(1, stop=StopRules(failed_calls=1)))
    (call,) = await here.some()
    await here.end(call, FAILED)
    await here.over()

    assert here.store.run(run_id).state is RunState.DONE


async def test_after_the_time_limit_calls_under_way_end_and_no_other_begins(
    floor: Callable[[int], Floor], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = floor(1)
    stopping, loop, update = asyncio.Event(), asyncio.get_running_loop(), here.store.update_run

    def seen(run_id: str, **changes: Any) -> RunHead:
        if changes.get("state") is RunState.STOPPING:
            loop.call_soon_threadsafe(stopping.set)
        return update(run_id, **changes)

    monkeypatch.setattr(here.store, "update_run", seen)
    run_id = here.begin(plan_with(3, time_limit_s=0.01))
    (call,) = await here.some()
    await stopping.wait()
    assert not here.hung_up
    await here.end(call)
    await here.over()

    head = here.store.run(run_id)
    assert head.state is RunState.STOPPED and "time limit" in head.stop_reason
    assert len(here.placed) == 1


async def test_a_cancelled_run_hangs_up_what_goes_on(floor: Callable[[int], Floor]) -> None:
    here = floor(2)
    run_id = here.begin(plan_with(5))
    calls = await here.some(2)
    assert await here.keeper.cancel(run_id)
    for call in calls:
        await here.end(call, None, CallState.CANCELLED, 2)
    await here.over()

    assert sorted(here.hung_up) == sorted(call.id for call in calls)
    assert here.store.run(run_id).state is RunState.CANCELLED and len(here.placed) == 2
    assert not await here.keeper.cancel(run_id)


async def test_another_process_may_cancel_it_through_the_store(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(1)
    run_id = here.begin(plan_with(3))
    (call,) = await here.some()
    here.store.update_run(run_id, state=RunState.STOPPING)
    await here.keeper._look_after(here.keeper._kept[run_id])
    assert here.hung_up == [call.id]
    await here.end(call, None, CallState.CANCELLED, 2)
    await here.over()

    assert here.store.run(run_id).state is RunState.CANCELLED


async def test_a_run_taken_for_dead_is_claimed_with_the_new_lease(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(1)
    run_id = here.begin(plan_with(1))
    (call,) = await here.some()
    here.store.drop(here.lease)
    assert here.store.interrupt_dead_runs() == [run_id]
    here.lease = here.store.take_lease()
    await here.keeper._look_after(here.keeper._kept[run_id])

    assert here.store.run(run_id).state is RunState.RUNNING
    assert here.store.interrupt_dead_runs() == []
    await here.end(call)
    await here.over()
    assert here.store.run(run_id).state is RunState.DONE


async def test_what_cannot_be_placed_stops_the_run_and_says_why(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(1)
    here.refuse = MissingSecret("The secret `key` is not there.")
    run_id = here.begin(plan_with(2))
    await here.over()

    head = here.store.run(run_id)
    assert head.state is RunState.STOPPED and head.stop_reason == "The secret `key` is not there."


async def test_an_engine_that_ends_leaves_the_run_to_be_resumed(
    floor: Callable[[int], Floor],
) -> None:
    here = floor(1)
    run_id = here.begin(plan_with(2))
    await here.some()
    await here.keeper.stop()

    head = here.store.run(run_id)
    assert head.state is RunState.INTERRUPTED and head.stop_reason


async def test_a_run_that_goes_on_takes_further_calls(floor: Callable[[int], Floor]) -> None:
    here = floor(1)
    plan = plan_with(1)
    run_id = here.begin(plan)
    (call,) = await here.some()
    more = (PlannedCall("agent0", "s", AS_WRITTEN, 2),)
    assert here.keeper.extend(run_id, plan, more) and here.keeper.queued(run_id) == 1
    await here.end(call)
    (call,) = await here.some()
    await here.end(call)
    await here.over()

    assert [slot.rsplit("|", 1)[-1] for slot in here.placed] == ["1", "2"]
    assert not here.keeper.extend(run_id, plan, more)


def test_requests_differ_by_what_a_caller_sets_and_by_seed() -> None:
    scenario = Scenario("s", "Ask", "s.yaml", caller=Caller(voice="deep", patience_s=2.0))
    plan = plan_with(1).model_copy(
        update={
            "scenarios": {"s": scenario},
            "callers": {AS_WRITTEN: Caller(), "fast": Caller(speed=1.3)},
        }
    )
    plain, fast = (
        request_of(plan, PlannedCall("agent0", "s", caller, 1)) for caller in (AS_WRITTEN, "fast")
    )

    assert isinstance(plain, CallRequest) and plain.caller == scenario.caller
    assert fast.caller == scenario.caller.model_copy(update={"speed": 1.3})
