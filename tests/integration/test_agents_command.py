"""`ringback agents test` as a user runs it: a real process, a real engine, one object, exit code.

Both run at the same time: each starts an engine and a worker of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.local import free_port

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(180)]

RINGBACK = [sys.executable, "-c", "from harness.cli import main; main()"]
NOT_NEEDED = {"resolve", "tls", "authorise", "ready"}


def ringback(data: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Runs a command with `--json`; gives exit code, object and standard error."""
    done = subprocess.run(
        [*RINGBACK, *arguments, "--json"],
        env={**os.environ, "RINGBACK_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    (line,) = done.stdout.splitlines()
    return done.returncode, json.loads(line), done.stderr


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The demo agent, and one from a file whose runner does not run."""
    data = tmp_path_factory.mktemp("data")
    file = data / "nobody.yaml"
    url = f"http://127.0.0.1:{free_port()}"
    file.write_text(f"title: Nobody\nprovider: dev_runner\nconfig: {{url: '{url}'}}\n")
    with ThreadPoolExecutor() as pool:
        demo = pool.submit(ringback, data / "a", "agents", "test", "demo")
        nobody = pool.submit(ringback, data / "b", "agents", "test", str(file))
        yield {"demo": demo.result(), "nobody": nobody.result()}


def test_the_demo_agent_is_all_green(tested: dict[str, Any]) -> None:
    code, report, told = tested["demo"]
    statuses = {step["name"]: step["status"] for step in report["steps"]}
    skipped = {name for name, status in statuses.items() if status == "skipped"}
    assert skipped == NOT_NEEDED, report
    assert {status for name, status in statuses.items() if name not in NOT_NEEDED} == {"done"}
    assert (code, report["ok"], report["state"], report["error"]) == (0, True, "done", None)
    took = {step["name"]: step["took_s"] for step in report["steps"]}
    assert took["start"] > 0 and took["join"] > 0
    assert report["took_s"] == pytest.approx(sum(filter(None, took.values())), abs=0.01)
    assert "✓ Works" in told and "Traceback" not in told


def test_a_runner_that_does_not_run_fails_at_its_address(tested: dict[str, Any]) -> None:
    code, report, told = tested["nobody"]
    assert (code, report["exit_code"], report["ok"]) == (2, 2, False)
    failed = [step["name"] for step in report["steps"] if step["status"] == "failed"]
    assert failed == ["resolve"]
    assert report["error"]["kind"] == "runner_refused"
    assert report["error"]["cause"] and report["error"]["remedy"]
    assert report["agent"] == "nobody"
    assert report["error"]["message"] in told and "Testing the way to Nobody" in told
