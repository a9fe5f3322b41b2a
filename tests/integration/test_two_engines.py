"""Console and command line on one data folder, and an engine that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from jsonschema import validate

from harness.calls import Engine, read_lane
from harness.local import LocalHost
from harness.nouns import CallState
from harness.settings import ROOT, Settings
from harness.store import Store
from tests.integration.calls_support import demo_call, wait_for, wait_for_end
from tests.integration.processes import command_of

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(240)]

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "call.schema.json").read_text())
SCENARIO = """
name: short
scenarios:
  - name: park
    ringback:
      checks:
        - {name: Tells where to park, rule: agent_said, text: parking}
    turns:
      - expect: [{event: response}]
      - user: Where can I park?
        expect: [{event: response}]
"""


async def ringback(data: Path, *arguments: str) -> asyncio.subprocess.Process:
    """The command line, in a process of its own."""
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("ringback")),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"RINGBACK_DATA": str(data)},
        cwd=ROOT,
    )


async def test_console_and_command_line_share_one_data_folder(tmp_path: Path):
    data = tmp_path / "data"
    scenario = tmp_path / "short.yaml"
    scenario.write_text(SCENARIO)
    settings = Settings(data=data)
    engine = Engine(settings, LocalHost(settings))
    engine.start()
    try:
        ours = engine.place(demo_call(None, silence_s=150.0, wall_clock_s=200.0))
        await wait_for(engine, ours.id, lambda view: view.state is CallState.LIVE)
        process = await ringback(
            data, "call", "--agent", "demo", "--scenario", str(scenario), "--json"
        )
        out, err = await process.communicate()
        report = json.loads(out)
        validate(report, SCHEMA)
        assert report["state"] == "done", err.decode()[-2000:]
        assert (report["verdict"], process.returncode) == ("passed", 0), report
        assert Path(report["recording"]).exists() and Path(report["events"]).exists()
        assert engine.view(ours.id).state is CallState.LIVE, "the other's call went on"
        engine.hang_up(ours.id)
        await wait_for_end(engine, ours.id)
        assert {call.id for call in engine.history()} == {ours.id, report["call_id"]}
        assert engine.view(report["call_id"]).turns[-1].agent_text
    finally:
        engine.stop()


async def test_a_killed_engine_leaves_nothing_running_and_loses_nothing(tmp_path: Path):
    data = tmp_path / "data"
    process = await ringback(data, "call", "--agent", "demo", "--scenario", "front_desk/book")
    assert process.stdout is not None
    seen = b""
    while b"Northgate" not in seen:
        line = await asyncio.wait_for(process.stdout.readline(), 90)
        assert line, "the call ended before the agent spoke"
        seen += line
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, 20)
    assert not alive, [command_of(child) for child in alive]

    engine = Engine(Settings(data=data))
    engine.start()
    try:
        (call,) = engine.history()
        assert await asyncio.to_thread(engine.recovered.wait, 30)
        view = engine.view(call.id)
        assert view.state is CallState.LOST and view.exit_code == 3
        assert view.turns[0].agent_text.startswith("Northgate")
        assert len(read_lane(engine.recording(call.id), "agent"))
    finally:
        engine.stop()
    store = Store.open(Settings(data=data))
    assert store.orphans() == [] and store.open_sessions_of_dead_engines() == []
    store.close()
