"""The LiveKit server built by Go from its published module (Go checks it by its own sums)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from harness.local._obtain import LIVEKIT_VERSION, NotObtained, put_in_place

__all__ = ["build_livekit", "find_go"]

_MODULE = f"github.com/livekit/livekit-server/cmd/server@v{LIVEKIT_VERSION}"
_ALTOGETHER_S = 1800.0
_TELL_EVERY_S = 10.0
_PACKAGES = 800
"""How many Go compiles for this version; told, so that the wait has an end."""
_USUAL_PLACES = ("/usr/local/go/bin/go", "/opt/homebrew/bin/go", "/usr/local/bin/go")


def find_go() -> str | None:
    """The `go` command, on PATH or where its installers put it."""
    places = (shutil.which("go"), *_USUAL_PLACES)
    return next((place for place in places if place and os.access(place, os.X_OK)), None)


async def build_livekit(target: Path, progress: Callable[[str], None]) -> None:
    """Build the server with Go and put it at `target`.

    Args:
        target: Where the program goes. It appears whole or not at all.
        progress: Called with one sentence now and then; the first build takes minutes.

    Raises:
        NotObtained: There is no Go, or it cannot build the server; says why.
        OSError: The folder cannot be written.
    """
    go = find_go()
    if go is None:
        raise NotObtained("Go is not installed, so the LiveKit server cannot be built.")
    progress("Building the LiveKit server with Go, once: two minutes, or more on a busy machine.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as folder:
        process = await asyncio.create_subprocess_exec(
            go,
            "install",
            "-v",
            _MODULE,
            env=os.environ | {"GOBIN": folder, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_ALTOGETHER_S):
                last = await _follow(process, progress)
                code = await process.wait()
        except TimeoutError as error:
            raise NotObtained("Building the LiveKit server took over half an hour.") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if code != 0:
            raise NotObtained(f"Go could not build the LiveKit server ({last}).")
        await asyncio.to_thread(put_in_place, Path(folder) / "server", target)


async def _follow(process: asyncio.subprocess.Process, progress: Callable[[str], None]) -> str:
    """Tell how far the build is, which writes a line for each part; return its last words."""
    assert process.stderr is not None
    fetched = compiled = 0
    last: deque[str] = deque(maxlen=3)
    told = time.monotonic()
    async for raw in process.stderr:
        line = raw.decode(errors="replace").strip()
        if line.startswith("go: downloading"):
            fetched += 1
        elif line.startswith("go: ") or " " in line:
            last.append(line)
        else:
            compiled += 1
        if time.monotonic() - told >= _TELL_EVERY_S:
            told = time.monotonic()
            done = f"{min(99, 100 * compiled // _PACKAGES)} % of about {_PACKAGES} packages built"
            progress(f"Building the LiveKit server: {fetched} modules fetched, {done}.")
    return " ".join(last)[-400:]
