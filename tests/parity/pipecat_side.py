"""The one side: ``pipecat eval run``, as it is installed, against the demo agent by WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from parity_case import Key
from pipecat_output import read_verbose

from harness.local._host import DEMO_BOT, DEMO_TODAY
from harness.settings import ROOT

__all__ = ["bot_by_websocket", "run_pipecat"]

_START_S = 120.0
_RUN_S = 400.0


@asynccontextmanager
async def bot_by_websocket(folder: Path, fault: str | None) -> AsyncIterator[str]:
    """The demo agent in a process of its own; yields the URL that evals connect to."""
    body = {"today": DEMO_TODAY, **({"fault": fault} if fault else {})}
    told = folder / f"body-{fault}.yaml"
    told.write_text(yaml.safe_dump(body), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(DEMO_BOT), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / f"bot-{fault}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, "--runner-body", str(told), stdout=log, stderr=log, start_new_session=True
        )
        try:
            await asyncio.wait_for(_answers(process, port), _START_S)
            yield f"ws://127.0.0.1:{port}/ws"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _answers(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"the demo agent ended with exit code {process.returncode}")


async def run_pipecat(paths: Sequence[Path], bot_url: str, *, out: Path) -> dict[Key, str]:
    """Run files with ``pipecat eval run``, all of them by one command.

    Args:
        paths: The files.
        bot_url: The agent's WebSocket.
        out: Where its logs and its own cache of sounds go.

    Returns:
        For each expectation that was reached ``passed`` or ``failed`` and its failure kind; those
        it never came to are left out. For the end of a simulation what ended it.
    """
    name = "-".join(path.stem for path in paths)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipecat.evals", "run", *map(str, paths), "--bot-url", bot_url),
        *("-v", "--logs-dir", str(out / name), "--cache-dir", str(out / "sounds")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1", "OPENAI_API_KEY": "none"},
    )
    try:
        written, _ = await asyncio.wait_for(process.communicate(), _RUN_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    text = written.decode()
    (out / f"{name}.txt").write_text(text, encoding="utf-8")
    return read_verbose(text)
