"""One real call for each fault of the demo agent, and what its stored events come to afterwards.

The other pairs of fault and scenario are judged again from kept calls, in tests/unit/matrix.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
import pytest_asyncio

from harness.calls import CallView, Engine
from harness.local import LocalHost
from harness.nouns import CallState, Event, Outcome, Verdict
from harness.settings import ROOT, get_settings

sys.path.append(str(ROOT / "tests" / "matrix"))

from fault_figures import SEEN, figures
from matrix_calls import place
from matrix_pairs import Pair, expected, failed, judge_again

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PAIRS = (
    *(Pair("mumbler", "hours"), Pair("stubborn", "barge_in"), Pair("unsafe", "advice")),
    *(Pair("silent_start", "hang_up"), Pair("liar", "in_the_middle"), Pair("chatty", "emergency")),
    *(Pair("deaf", "emergency"), Pair("slow", "emergency"), Pair("hangs_up", "pause")),
    Pair("crash", "barge_in"),
)
"""The shortest scenario that shows each fault, at least by one check that fails.

A figure wants a scenario of several replies: of a single one, a busy moment leaves nothing.
"""

AT_ONCE = 1
"""Calls side by side: another file places calls at the same time."""

TRIES = 3
"""As in the matrix, a call that this machine spoiled says nothing of the agent."""

Calls = Mapping[Pair, "asyncio.Task[tuple[CallView, tuple[Event, ...]]]"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    settings = get_settings().model_copy(update={"concurrency": AT_ONCE})
    engine = Engine(settings, LocalHost(settings))
    engine.start()
    yield engine
    engine.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(engine: Engine) -> AsyncIterator[Calls]:
    """All the calls, placed one after the other as those before them end."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(pair: Pair) -> tuple[CallView, tuple[Event, ...]]:
        async with slots:
            for _ in range(TRIES):
                placed = await place(engine, pair)
                if placed.spoiled is None:
                    break
        assert placed.spoiled is None and placed.view is not None, placed.spoiled
        return placed.view, placed.events

    placed = {pair: asyncio.create_task(one(pair)) for pair in PAIRS}
    yield placed
    for task in placed.values():
        task.cancel()
    await asyncio.gather(*placed.values(), return_exceptions=True)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
async def test_each_fault_fails_what_it_must(calls: Calls, pair: Pair) -> None:
    view, events = await calls[pair]

    assert failed(view.checks) == expected()[pair], (view.state, view.failure, view.checks)
    # The verdicts are a function of the events: judged again they are the same.
    assert judge_again(pair, events) == view.checks
    assert pair.fault not in SEEN or SEEN[pair.fault].seen(figures(events))


async def test_a_deaf_agent_fails_as_silent(calls: Calls) -> None:
    view, _ = await calls[Pair("deaf", "emergency")]
    assert view.state is CallState.DONE and view.verdict is Verdict.FAILED and view.exit_code == 1
    assert view.failure is not None and view.failure.kind == "timeout"
    assert Outcome.NO_ANSWER in [turn.outcome for turn in view.turns]


async def test_an_agent_that_crashes_is_told_by_its_last_words(
    engine: Engine, calls: Calls
) -> None:
    view, _ = await calls[Pair("crash", "barge_in")]
    assert view.state is CallState.FAILED and view.verdict is Verdict.FAILED
    assert view.exit_code == 1
    assert view.failure is not None and view.failure.kind == "agent_crashed", view.failure
    assert "lost its appointment book" in view.failure.cause
    assert any("Traceback" in line for line in engine.agent_log(view.call_id))


async def test_an_agent_that_hangs_up_is_told_apart_from_a_crash(calls: Calls) -> None:
    view, _ = await calls[Pair("hangs_up", "pause")]
    assert view.failure is not None and view.failure.kind == "agent_left", view
    assert view.exit_code == 1 and view.ended_by == "agent"
