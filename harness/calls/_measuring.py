"""Measuring: recordings of ended calls are measured one after the other, in the background."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

from loguru import logger

from harness.calls._measured import LIMIT_S, keep_failure, read_measured
from harness.settings import ROOT
from harness.store import Artifacts

__all__ = ["Measuring"]

_SPARE_S = 2.0
_LAST_WORDS = 300


class Measuring:
    """Has recordings measured, each in a process of its own. Lives on the engine's loop.

    What goes wrong is told beside the recording and never harms a call. What is not done when the
    engine ends is left to its next start.

    Attributes:
        on_measured: Called with a call's id when something new is known of it.
    """

    def __init__(self) -> None:
        self.on_measured: Callable[[str], None] = lambda call_id: None
        self._open: dict[str, asyncio.Task[None]] = {}
        self._one = asyncio.Lock()

    def queue(self, call_id: str, files: Artifacts, provider: str) -> None:
        """Have a call measured, unless it has been or there is nothing to measure.

        Args:
            call_id: The call.
            files: Where its recording is.
            provider: How its agent was reached: of our own demo agent the voice is known.
        """
        if call_id in self._open:
            return
        task = asyncio.get_running_loop().create_task(self._measure(call_id, files, provider))
        self._open[call_id] = task
        task.add_done_callback(lambda _: self._open.pop(call_id, None))

    async def wait(self, call_id: str, within_s: float) -> None:
        """Return when a call that was queued is measured, or that time is over."""
        task = self._open.get(call_id)
        if task is not None:
            await asyncio.wait({task}, timeout=within_s)

    async def stop(self) -> None:
        """Give up what is not done."""
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _measure(self, call_id: str, files: Artifacts, provider: str) -> None:
        async with self._one:
            wanted = await asyncio.to_thread(_is_wanted, files)
            if not wanted:
                return
            try:
                trouble = await _run(files, provider)
            except OSError as error:
                logger.warning("call {} cannot be measured: {}", call_id, error)
                return
            if trouble:
                logger.warning("call {} could not be measured: {}", call_id, trouble)
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(keep_failure, files.measured, trouble)
        self.on_measured(call_id)


def _is_wanted(files: Artifacts) -> bool:
    known = read_measured(files.measured)
    return files.recording.exists() and (known is None or known.pending)


async def _run(files: Artifacts, provider: str) -> str:
    """Run the process to its end; returns why it failed, empty if it did not."""
    process = await asyncio.create_subprocess_exec(
        "nice",
        "-n",
        "19",
        sys.executable,
        "-m",
        "harness.calls._after_call",
        str(files.folder),
        provider,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), LIMIT_S + _SPARE_S)
    except TimeoutError:
        return f"It took longer than {LIMIT_S} s."
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0:
        return ""
    if process.returncode == -signal.SIGALRM:  # its own time limit
        return f"It took longer than {LIMIT_S} s."
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1][:_LAST_WORDS] if lines else f"It ended with code {process.returncode}."
