"""Finding a LiveKit server on this machine, or getting one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from harness.errors import DataFolderError, LiveKitMissing
from harness.local._build import build_livekit
from harness.local._fetch import fetch_livekit
from harness.local._obtain import LIVEKIT_VERSION, NotObtained
from harness.settings import Settings

__all__ = ["LIVEKIT_VERSION", "find_livekit", "livekit_on_this_machine"]

_REMEDY = (
    "Install one and start again: `brew install livekit` on macOS, or take livekit-server from "
    "https://github.com/livekit/livekit/releases (or out of the Docker image "
    "livekit/livekit-server) and set RINGBACK_LIVEKIT_SERVER to it; or install Go 1.21 or newer, "
    "and Ringback builds the server itself."
)


def livekit_on_this_machine(settings: Settings) -> Path | None:
    """The LiveKit server that is here already: named in the settings, on PATH, or in our cache.

    Raises:
        LiveKitMissing: The one named in the settings cannot be run.
    """
    named = settings.livekit_server
    if named is not None:
        if named.is_file() and os.access(named, os.X_OK):
            return named.absolute()
        raise LiveKitMissing(
            f"RINGBACK_LIVEKIT_SERVER names {named}, which is not a program that can be run.",
            cause="The file is missing, or this user may not run it.",
            remedy="Correct the path, or remove the setting: Ringback then looks for one itself.",
        )
    if found := shutil.which("livekit-server"):
        return Path(found).absolute()
    cached = _cached(settings)
    return cached if os.access(cached, os.X_OK) else None


async def find_livekit(settings: Settings, *, progress: Callable[[str], None]) -> Path:
    """Find a LiveKit server, or get one into our cache.

    The order: RINGBACK_LIVEKIT_SERVER, `livekit-server` on PATH, our cache, the release archive
    for this platform checked against the release's own checksums, a build with Go.

    Args:
        settings: Names the server, the cache and where releases are.
        progress: Called with one sentence for each thing that takes time.

    Raises:
        LiveKitMissing: None was found and none could be had; says why each way failed.
        DataFolderError: The cache folder cannot be written.
    """
    if found := livekit_on_this_machine(settings):
        return found
    target = _cached(settings)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        async with _alone(target.parent / ".lock", progress):
            if found := livekit_on_this_machine(settings):
                return found
            return await _obtain(settings, target, progress)
    except OSError as error:
        raise DataFolderError(
            f"The cache folder {target.parent} cannot be written.",
            cause=f"The system says: {error.strerror or error}.",
            remedy="Give it to this user, or set RINGBACK_CACHE to a folder you can write.",
        ) from error


def _cached(settings: Settings) -> Path:
    return settings.cache.absolute() / "livekit" / LIVEKIT_VERSION / "livekit-server"


async def _obtain(settings: Settings, target: Path, progress: Callable[[str], None]) -> Path:
    reasons: list[str] = []
    ways: tuple[Callable[[], Awaitable[None]], ...] = (
        lambda: fetch_livekit(settings.livekit_releases, target, progress),
        lambda: build_livekit(target, progress),
    )
    for get in ways:
        try:
            await get()
            return target
        except NotObtained as reason:
            reasons.append(str(reason))
            progress(str(reason))
    raise LiveKitMissing(
        "No LiveKit server was found on this machine, and none could be had.",
        cause=" ".join(reasons),
        remedy=_REMEDY,
    )


@asynccontextmanager
async def _alone(lock: Path, progress: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold a lock file, so that two processes do not get the server at the same time."""
    with lock.open("w") as handle:
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    progress("Another Ringback is getting the LiveKit server; waiting for it.")
                    told = True
                await asyncio.sleep(0.2)
        yield
