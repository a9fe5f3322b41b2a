"""Sounds of the caller that are no line, in real calls of the demo agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.calls import Engine
from harness.calls._measured import read_measured
from harness.local import LocalHost
from harness.nouns import LANE_RATE, Caller, CallState, EventKind, ScriptStep, Verdict
from harness.scenarios import load_scenarios
from harness.settings import ROOT, get_settings
from harness.store import read_events
from tests.integration.calls_support import HOURS, demo_call, wait_for_end

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

(NOISES,) = load_scenarios(ROOT / "data" / "scenarios" / "front_desk" / "noises.yaml")
MURMUR = replace(
    HOURS,
    name="test/murmur",
    steps=(
        HOURS.steps[0],
        ScriptStep("What are your opening hours?", sound="mm_hm", into_reply_s=1.5),
        HOURS.steps[-1],
    ),
    checks=(),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    settings = get_settings().model_copy(update={"concurrency": 1})
    engine = Engine(settings, LocalHost(settings))
    engine.start()
    yield engine
    engine.stop()


async def test_the_demo_agent_minds_neither_cough_nor_keys(engine: Engine) -> None:
    call = engine.place(demo_call(NOISES))
    view = await wait_for_end(engine, call.id)
    late = {"Every reply within 2.0 s"}  # the machine may be too busy for it
    failed = {check.name for check in view.checks if check.verdict != "met"}
    assert view.state is CallState.DONE and failed <= late, view.checks
    assert view.verdict is Verdict.PASSED or failed == late
    files = engine.store.artifacts(call.id)
    events = list(read_events(files.events))
    told = [event.data for event in events if event.kind == EventKind.CALLER_SOUND]
    assert [(each["sound"], each["name"]) for each in told] == [
        ("cough", "cough"),
        ("noise", "keyboard"),
    ]
    (reply,) = (turn.agent for turn in view.turns if turn.index == 1)
    assert told[0]["at"] - reply[0].start == pytest.approx(1.5, abs=2 / LANE_RATE)
    assert all(turn.echo == () for turn in view.turns)
    figures = {metric.key: metric for metric in view.metrics}
    assert (figures["false_stop_count"].value, figures["false_stop_count"].n) == (0, 1)
    assert (figures["noise_reply_count"].value, figures["noise_reply_count"].n) == (0, 1)
    # What it says is what it announced, by a recogniser of its own after the call.
    await asyncio.to_thread(engine.wait_measured, call.id, 60.0)
    measured = read_measured(files.measured)
    assert measured is not None and measured.report is not None and not measured.pending
    said = next(m for m in engine.view(call.id).metrics if m.key == "said_word_error_rate")
    assert said.value is not None and said.value < 0.2 and said.n > 30, measured.said


async def test_it_falls_silent_for_a_loud_murmur(engine: Engine) -> None:
    """Its voice detector takes the hum for speech: that is a false stop, and counted.

    Not every time: how sure its detector is differs with how the packets fall.
    """
    for seed in range(4):
        caller = Caller(answer_timeout_s=5.0, volume_db=12.0, seed=seed)
        call = engine.place(demo_call(MURMUR).model_copy(update={"caller": caller}))
        view = await wait_for_end(engine, call.id)
        assert view.state is CallState.DONE
        (figure,) = (metric for metric in view.metrics if metric.key == "false_stop_count")
        if figure.value:
            break
    assert (figure.value, figure.n, figure.turns) == (1, 1, (1,))
