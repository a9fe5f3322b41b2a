"""Runs as pages ask for them: repeats, a second run of what failed, resuming, how far it is."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.agents import version_of
from harness.calls import CallRequest, Engine
from harness.calls._dispatch import Dispatch
from harness.calls._live_call import LiveCall
from harness.calls._run_keeper import RunKeeper
from harness.errors import AgentConfigError, InputError, NotFound, RunNotOpen
from harness.nouns import Agent, Caller, CallState, EventKind, RunHead, RunPlan, RunState, Scenario
from harness.scenarios import scenario_plan
from harness.settings import Settings
from harness.store import Store

AGENT = Agent(name="far", provider="dev_runner", config={"url": "http://localhost:1"})
SCENARIO = Scenario("hours/ask", "Ask", "hours.yaml", caller=Caller(by="text"))


class Line:
    """Calls of an engine: each ends at once, unless the line is held.

    Attributes:
        held: Calls wait to be hung up.
        live: Set when one does.
    """

    def __init__(self) -> None:
        self.held = False
        self.live = threading.Event()

    async def run(self, dispatch: Dispatch, call_id: str, live: LiveCall) -> None:
        if self.held:
            self.live.set()
            await asyncio.Event().wait()
        dispatch._append(call_id, live, EventKind.STATE, {"state": "done"})


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()

    async def no_worker(self: Dispatch) -> None:
        pass

    async def run(self: Dispatch, call_id: str, live: LiveCall) -> None:
        await line.run(self, call_id, live)

    monkeypatch.setattr(Dispatch, "warm_up", no_worker)
    monkeypatch.setattr(Dispatch, "_run", run)
    return line


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set each time a run has come to its end."""
    event, end = threading.Event(), RunKeeper._end

    def told(self: RunKeeper, run_id: str, state: RunState, reason: str) -> None:
        end(self, run_id, state, reason)
        event.set()

    monkeypatch.setattr(RunKeeper, "_end", told)
    return event


@pytest.fixture
def engine(tmp_path: Path, line: Line) -> Iterator[Engine]:
    engine = Engine(Settings(data=tmp_path, concurrency=2))
    engine.start()
    yield engine
    engine.stop()


def plan(repeat: int = 2, agent: Agent = AGENT) -> RunPlan:
    return scenario_plan([agent], [SCENARIO], repeat=repeat)


def finished(engine: Engine, head: RunHead, ended: threading.Event) -> RunHead:
    assert ended.wait(60)
    ended.clear()
    return engine.archive.run(head.id)


def test_repeats_are_added_to_the_same_run(engine: Engine, ended: threading.Event) -> None:
    head = finished(engine, engine.start_run(plan()), ended)
    assert (head.state, head.planned, head.name) == (RunState.DONE, 2, "Ask")
    more = finished(engine, engine.add_repeats(head.id, 3, ["hours/ask"]), ended)

    assert (more.id, more.state, more.planned) == (head.id, RunState.DONE, 5)
    attempts = sorted(call.attempt for call in engine.archive.calls_of(head.id))
    assert attempts == [1, 2, 3, 4, 5]
    progress = engine.run_progress(head.id)
    assert (progress.queued, progress.live, progress.done) == (0, (), 5)


def test_what_did_not_pass_is_called_in_a_run_of_its_own(
    engine: Engine, ended: threading.Event
) -> None:
    head = finished(engine, engine.start_run(plan()), ended)
    again = finished(engine, engine.rerun_failed(head.id), ended)

    assert again.parent_id == head.id and again.planned == 2
    with pytest.raises(RunNotOpen, match="cannot be resumed"):
        engine.resume_run(head.id)


def test_a_cancelled_run_is_resumed_where_it_was(
    engine: Engine, line: Line, ended: threading.Event
) -> None:
    line.held = True
    head = engine.start_run(plan(3))
    assert line.live.wait(60)
    with pytest.raises(RunNotOpen, match="goes on"):
        engine.rerun_failed(head.id)
    engine.cancel_run(head.id)
    cancelled = finished(engine, head, ended)
    assert cancelled.state is RunState.CANCELLED and cancelled.stop_reason
    with pytest.raises(RunNotOpen, match="No repeats"):
        engine.add_repeats(head.id, 1)
    engine.cancel_run(head.id)  # it is over: left alone

    line.held = False
    resumed = finished(engine, engine.resume_run(head.id), ended)
    assert (resumed.state, resumed.stop_reason) == (RunState.DONE, "")
    calls = engine.archive.calls_of(head.id)
    assert sorted(call.attempt for call in calls if call.state is CallState.DONE) == [1, 2, 3]


def test_an_engine_that_ends_interrupts_its_runs(
    engine: Engine, line: Line, tmp_path: Path
) -> None:
    line.held = True
    head = engine.start_run(plan(3))
    assert line.live.wait(60)
    engine.stop()
    store = Store.open(Settings(data=tmp_path))
    assert store.run(head.id).state is RunState.INTERRUPTED
    store.close()


def test_what_cannot_work_is_said_before_anything_is_stored(engine: Engine) -> None:
    with pytest.raises(AgentConfigError):
        engine.start_run(plan(agent=AGENT.model_copy(update={"config": {}})))
    call = engine.place(CallRequest(agent=AGENT, scenario=SCENARIO))
    for ask in (engine.rerun_failed, engine.resume_run):
        with pytest.raises(RunNotOpen, match="no plan"):
            ask(call.run_id)
    with pytest.raises(InputError):
        engine.add_repeats(call.run_id, 101)
    with pytest.raises(NotFound):
        engine.run_progress("run_none")
    assert engine.archive.runs(kind="suite") == []


def test_secrets_are_kept_apart_from_the_plan(engine: Engine, ended: threading.Event) -> None:
    url = "http://me:hunter2-hunter2@localhost:1"
    agent = Agent(name="far", provider="dev_runner", config={"url": url})
    head = finished(engine, engine.start_run(plan(1, agent)), ended)

    assert "hunter2" not in str(engine.store.run_plan(head.id))
    (call,) = engine.archive.calls_of(head.id)
    kept = CallRequest.model_validate(engine.store.plan(call.id))
    assert engine.resolved(kept.agent).config["url"] == url


def test_the_commit_of_a_bot_is_found_out(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("")
    agent = Agent(name="own", provider="bot_file", config={"file": str(bot)})
    assert version_of(agent) is None and version_of(AGENT) is None

    def git(*arguments: str) -> str:
        given = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b")
        return subprocess.run(
            (*given, *arguments), check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    git("add", "bot.py")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD").strip()
    version = version_of(agent)
    assert version is not None and (version.git_commit, version.dirty) == (commit, False)
    bot.write_text("print()")
    changed = version_of(agent, "prompt v2")
    assert changed is not None and changed.dirty and changed.text == "prompt v2"
