"""Real calls that are judged while they go on: by an emulated language model, told in events."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from harness.calls import Engine
from harness.local import LocalHost
from harness.local.openai_emulator import Faults
from harness.nouns import (
    CallState,
    CheckVerdict,
    Criterion,
    EventKind,
    Expectation,
    Expected,
    JudgePlan,
    LlmEndpoint,
    Scenario,
    ScriptStep,
    Verdict,
)
from harness.settings import Settings, get_settings
from harness.store import EndpointLibrary, read_events
from tests.emulated_judge import KEY, EmulatedJudge, Says, emulated_judge
from tests.integration.calls_support import demo_call, wait_for, wait_for_end
from tests.integration.processes import command_of

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

HOURS_TOLD = "It tells the opening hours."
SCENARIO = Scenario(
    name="test/judged",
    title="Judged",
    path="test",
    steps=(
        ScriptStep(None, expect=(Expectation(),), wait="written"),
        ScriptStep(
            "What are your opening hours?", expect=(Expectation(eval=HOURS_TOLD),), wait="written"
        ),
        ScriptStep("That is all, goodbye.", expect=(Expectation(),), wait="written"),
    ),
    checks=(
        Expected(
            rule="expected", name="Hours", step=1, index=0, event="response", line=1,
            eval=HOURS_TOLD,
        ),
        Criterion(rule="criterion", name="Polite", text="It is polite.", scope="turn"),
        Criterion(rule="criterion", name="Helps", text="The caller learns what was asked."),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("judged")
    return get_settings().model_copy(update={"data": folder, "concurrency": 1})


@pytest.fixture(scope="module")
def judge(settings: Settings) -> Iterator[EmulatedJudge]:
    with emulated_judge() as judge:
        judge.says["opening hours"] = Says("yes", "eight", 1)
        judge.says["It is polite"] = Says("yes", "not the words of that turn", None)
        judge.says["learns what was asked"] = Says("yes", "eight", 1)
        put(settings, "judge", judge)
        yield judge


@pytest.fixture(scope="module")
def engine(settings: Settings, judge: EmulatedJudge) -> Iterator[Engine]:
    engine = Engine(settings, LocalHost(settings))
    engine.start()
    yield engine
    engine.stop()


def put(settings: Settings, name: str, judge: EmulatedJudge) -> None:
    EndpointLibrary(settings).put(LlmEndpoint(name=name, url=judge.url, model="m-1", key=KEY))


def worker_pid() -> int:
    """The process that carries the calls."""
    for process in psutil.Process().children():
        if "harness.calls._worker" in command_of(process):
            return process.pid
    raise AssertionError("no worker runs")


async def test_judges_are_heard_while_the_call_goes_on(
    engine: Engine, settings: Settings, judge: EmulatedJudge
) -> None:
    call = engine.place(demo_call(SCENARIO))
    view = await wait_for_end(engine, call.id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    events = read_events(engine.store.artifacts(call.id).events)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    over = next(event.seq for event in events if event.kind == EventKind.HANGUP)
    verdicts = [event for event in events if event.kind == EventKind.JUDGE_VERDICT]
    assert any(event.data["check"] == "Polite" and event.seq < over for event in verdicts)
    gradings = [event.data for event in events if event.kind == EventKind.GRADING]
    assert [data["status"] for data in gradings] == ["started", "done"]
    assert gradings[1]["tokens_in"] > 0 and gradings[1]["failed"] == 0

    checks = {check.name: check for check in view.checks}
    assert checks["Hours"].verdict is CheckVerdict.MET, checks["Hours"]
    assert checks["Helps"].verdict is CheckVerdict.MET
    assert checks["Helps"].evidence is not None and checks["Helps"].evidence.at is not None
    assert checks["Polite"].verdict is CheckVerdict.NOT_PROVEN, "its quote was never said"
    assert view.verdict is Verdict.NOT_RUN and view.exit_code == 2
    assert engine.store.get_call(call.id).verdict is view.verdict

    holding = {
        path.name
        for path in settings.data.rglob("*")
        if path.is_file() and KEY.encode() in path.read_bytes()
    }
    assert holding == {"secrets.json"}, "no key in events, plans, database or logs"


async def test_a_worker_that_is_killed_while_judges_think(
    engine: Engine, settings: Settings
) -> None:
    with emulated_judge(Faults(delay_s=2.0)) as slow:
        put(settings, "slow", slow)
        plan = JudgePlan(endpoints=("slow",))
        checks = tuple(check for check in SCENARIO.checks if isinstance(check, Criterion))
        call = engine.place(demo_call(replace(SCENARIO, judge=plan, checks=checks)))
        await wait_for(engine, call.id, lambda view: len(view.turns) > 1)
        os.kill(worker_pid(), signal.SIGKILL)
        view = await wait_for_end(engine, call.id, timeout_s=60.0)
    assert view.state is CallState.LOST and view.exit_code == 3
    events = read_events(engine.store.artifacts(call.id).events)
    gradings = [event.data["status"] for event in events if event.kind == EventKind.GRADING]
    assert gradings[-1:] in ([], ["done"]), "nothing waits for judges for ever"
    assert view.verdict is not None


async def test_a_judge_that_is_slower_than_the_call_does_not_keep_it(
    engine: Engine, settings: Settings
) -> None:
    with emulated_judge(Faults(silent=True)) as silent:
        endpoint = LlmEndpoint(name="mute", url=silent.url, model="m-1", timeout_s=3.0)
        EndpointLibrary(settings).put(endpoint)
        helps = next(check for check in SCENARIO.checks if check.name == "Helps")
        steps = (ScriptStep(None, expect=(Expectation(),), wait="written"),)
        scenario = replace(
            SCENARIO, steps=steps, checks=(helps,), judge=JudgePlan(endpoints=("mute",))
        )
        call = engine.place(demo_call(scenario))
        view = await wait_for_end(engine, call.id)
    assert view.state is CallState.DONE
    assert view.checks[0].verdict is CheckVerdict.ERROR and view.exit_code == 3
