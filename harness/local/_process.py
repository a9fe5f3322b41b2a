"""A child process that ends when we end, whatever ends us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from harness.errors import InternalError
from harness.local._log import last_lines
from harness.local._registry import Birth, register
from harness.settings import Settings

__all__ = ["GuardedProcess"]

_GUARD = Path(__file__).with_name("_guard.py")
_BEYOND_GRACE_S = 2.0


class GuardedProcess:
    """A command under a guard (see `_guard.py`), with its output in a log file.

    Make one with :meth:`start`, on a running event loop. The process group of the command ends by
    :meth:`stop`, or by itself when this process dies.

    Attributes:
        name: What it is, for people.
        log_path: Its standard output and error, readable by this user only.
        pid: Process id of the command, also of its process group.
    """

    def __init__(
        self,
        name: str,
        guard: subprocess.Popen[bytes],
        log_path: Path,
        grace_s: float,
        hide: Sequence[str],
    ) -> None:
        self.name = name
        self.log_path = log_path
        self.pid = 0
        self._guard = guard
        self._grace_s = grace_s
        self._hide = tuple(hide)
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[int] = self._loop.create_future()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._birth: Birth | None = None
        self._record: Path | None = None
        self._heard = b""

    @classmethod
    async def start(
        cls,
        settings: Settings,
        name: str,
        command: Sequence[str],
        *,
        log_path: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        grace_s: float = 3.0,
        hide: Sequence[str] = (),
    ) -> GuardedProcess:
        """Start `command` and return as soon as it runs.

        Args:
            settings: For the record that lets a later start find leftovers.
            name: What it is, for people.
            command: Program and arguments. They are visible to every user of the machine: hand
                over secrets in `env`.
            log_path: Where its output is appended.
            env: Its whole environment; None takes ours.
            cwd: Its folder.
            grace_s: Seconds between SIGTERM and SIGKILL when it is stopped.
            hide: Secrets that must not show in :meth:`last_lines`.

        Raises:
            OSError: The command cannot be started.
            DataFolderError: The data folder cannot be written.
        """
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # Not asyncio's subprocess: it would kill the guard when the loop is closed early, and
            # the child would live on. Here the pipe closes instead, and the guard does its work.
            guard = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-I", "-S", str(_GUARD), str(grace_s), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self = cls(name, guard, log_path, grace_s, hide)
        assert guard.stdout is not None
        os.set_blocking(guard.stdout.fileno(), False)
        self._loop.add_reader(guard.stdout.fileno(), self._hear)
        try:
            self.pid = await asyncio.shield(self._started)
            with contextlib.suppress(psutil.Error):  # it may have ended already
                self._birth = Birth.of(self.pid)
                self._record = register(settings, name, self._birth)
        except BaseException:
            self._let_go()
            raise
        if self._ended.done():
            self._forget()
        return self

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        return await asyncio.shield(self._ended)

    async def stop(self) -> int:
        """End it: SIGTERM, the grace, SIGKILL, for its whole process group.

        Returns:
            Its exit code. May be called again.
        """
        self._let_go()
        try:
            return await asyncio.wait_for(self.wait(), self._grace_s + _BEYOND_GRACE_S)
        except TimeoutError:
            self._guard.kill()  # it hangs: its pipe closes, and `_hear` ends the child
            return await self.wait()

    def last_lines(self, count: int) -> list[str]:
        """The last lines it wrote, without colours, tokens and keys."""
        return last_lines(self.log_path, count, hide=self._hide)

    def _let_go(self) -> None:
        assert self._guard.stdin is not None
        with contextlib.suppress(OSError):
            self._guard.stdin.close()

    def _hear(self) -> None:
        """The guard wrote a line, or is gone."""
        assert self._guard.stdout is not None
        try:
            data = os.read(self._guard.stdout.fileno(), 4096)
        except BlockingIOError:
            return
        if data:
            self._heard += data
            *lines, self._heard = self._heard.split(b"\n")
            for line in lines:
                self._understand(line.decode(errors="replace"))
            return
        self._loop.remove_reader(self._guard.stdout.fileno())
        self._guard.stdout.close()
        self._let_go()
        self._guard.wait()  # it has closed its output: only its exit is left
        if not self._started.done():
            self._started.set_exception(InternalError(f"The guard of {self.name} did not start."))
            self._started.exception()
        if not self._ended.done():
            if self._birth is not None and self._birth.lives:
                with contextlib.suppress(OSError):
                    os.killpg(self._birth.pid, signal.SIGKILL)
            self._end(-signal.SIGKILL)

    def _understand(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "started":
            self._started.set_result(int(rest))
        elif word == "failed":
            self._started.set_exception(OSError(f"{self.name} cannot be started: {rest}"))
            self._end(127)
        elif word == "exited":
            self._end(int(rest))

    def _end(self, code: int) -> None:
        self._ended.set_result(code)
        self._forget()

    def _forget(self) -> None:
        if self._record is not None:
            self._record.unlink(missing_ok=True)
            self._record = None
