"""WorkerHandle: the engine's side of one worker process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any, BinaryIO, Protocol

from harness.calls._lane_sound import LaneSound, VoiceSound
from harness.calls._wire import decode, encode_json, encode_voice, read_message
from harness.settings import ROOT, Settings

__all__ = ["Reports", "WorkerHandle"]

_STOP_S = 12.0
_WAITING = 64 * 1024


class Reports(Protocol):
    """Who hears what a worker says."""

    def on_message(self, worker: WorkerHandle, message: dict[str, Any]) -> None:
        """A JSON message came."""
        ...

    def on_sound(self, sound: LaneSound) -> None:
        """A piece of a call's lane came."""
        ...

    def on_worker_gone(self, worker: WorkerHandle) -> None:
        """The process has ended."""
        ...


class WorkerHandle:
    """A spawned worker process.

    Attributes:
        calls: Ids of the calls it carries.
        ready: Set when it has loaded everything.
    """

    def __init__(self, process: asyncio.subprocess.Process, log: BinaryIO) -> None:
        self._process = process
        self._log = log
        self.calls: set[str] = set()
        self.ready = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def spawn(cls, settings: Settings, reports: Reports) -> WorkerHandle:
        """Start one; it says ready when it is."""
        log = (settings.folder("logs") / "worker.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "harness.calls._worker",
            str(settings.data),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            # Ctrl-C in the terminal is for the engine, which ends the calls in order.
            start_new_session=True,
        )
        handle = cls(process, log)
        handle._reading = asyncio.create_task(handle._read(reports))
        return handle

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.returncode is None

    def tell(self, command: dict[str, Any]) -> None:
        """Send a command; one that is gone hears nothing."""
        if self.alive and self._process.stdin is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(encode_json(command))

    def speak(self, sound: VoiceSound) -> None:
        """Send a piece of a person's microphone; one that is behind hears none that is too late."""
        pipe = self._process.stdin
        if self.alive and pipe is not None and pipe.transport.get_write_buffer_size() < _WAITING:
            with contextlib.suppress(ConnectionError, RuntimeError):
                pipe.write(encode_voice(sound))

    async def stop(self) -> None:
        """Close its input, which ends its calls in order; kill it if that takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not self.ready.is_set():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, reports: Reports) -> None:
        assert self._process.stdout is not None
        try:
            while (message := await read_message(self._process.stdout)) is not None:
                decoded = decode(message)
                if isinstance(decoded, LaneSound):
                    reports.on_sound(decoded)
                elif isinstance(decoded, dict) and decoded["is"] == "ready":
                    self.ready.set()
                elif isinstance(decoded, dict):
                    reports.on_message(self, decoded)
        finally:
            await self._process.wait()
            self.ready.set()
            self._log.close()
            reports.on_worker_gone(self)
