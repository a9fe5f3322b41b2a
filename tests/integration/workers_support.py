"""Agents in environments of their own: made on first use, run under a guard, proven gone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from harness.local import GuardedProcess, LiveKitServer
from harness.settings import ROOT, Settings
from tests.integration.processes import lives

BOTS = ROOT / "tests" / "integration" / "bots"


def environment(name: str) -> Path:
    """The Python of an environment of `tests/environments`; made if it is not there yet."""
    made = subprocess.run(
        ["sh", "tools/environment.sh", name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    return ROOT / ".cache" / "environments" / name / "bin" / "python"


@asynccontextmanager
async def running(
    settings: Settings,
    server: LiveKitServer,
    name: str,
    command: list[str],
    *,
    env: Mapping[str, str] | None = None,
    ready: str,
    within_s: float = 150.0,
) -> AsyncIterator[GuardedProcess]:
    """A process that is ready once `ready` stands in its log; nothing of it is left afterwards."""
    process = await GuardedProcess.start(
        settings,
        name,
        command,
        log_path=settings.folder("logs") / f"{name.replace(' ', '-')}.log",
        env=os.environ
        | {
            "LIVEKIT_URL": server.url,
            "LIVEKIT_API_KEY": server.api_key,
            "LIVEKIT_API_SECRET": server.api_secret,
            "PYTHONUNBUFFERED": "1",
        }
        | dict(env or {}),
        cwd=BOTS,
        hide=(server.api_secret, server.api_key),
    )
    left: list[psutil.Process] = []
    try:
        await until(
            lambda: process.exit_code is not None or ready in process.log_path.read_text(),
            within_s,
            lambda: "\n".join(process.last_lines(20)),
        )
        assert process.exit_code is None, "\n".join(process.last_lines(20))
        yield process
        left = [] if process.exit_code is not None else family(process)
    finally:
        await process.stop()
    await until(lambda: not any(map(lives, left)), 30.0, lambda: str(left))


def family(process: GuardedProcess) -> list[psutil.Process]:
    """A running process and everything it started."""
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


async def until(
    that: Callable[[], bool], within_s: float, otherwise: Callable[[], str] = lambda: "not in time"
) -> None:
    """Wait for what has no event of its own: another program's log, or its end."""
    deadline = time.monotonic() + within_s
    while not that():
        assert time.monotonic() < deadline, otherwise()
        await asyncio.sleep(0.1)
