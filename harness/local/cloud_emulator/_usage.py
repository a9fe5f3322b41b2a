"""Usage: what a bot's process and its children really use of processor and memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import psutil

__all__ = ["Usage"]

_EVERY_S = 1.0
_PERCENTILES = (50, 90, 95, 99)


class Usage:
    """Samples of one process tree, one a second.

    Attributes:
        timeseries: Per sample ``t`` (Unix seconds), ``c`` (thousandths of a core), ``m`` (bytes).
    """

    def __init__(self, pid: int) -> None:
        self.timeseries: list[dict[str, int]] = []
        self._pid = pid
        self._busy_s: dict[int, float] = {}
        self._at = 0.0

    async def watch(self) -> None:
        """Take samples until the process has ended or this is cancelled."""
        with contextlib.suppress(psutil.Error):
            await asyncio.to_thread(self.sample)
            while True:
                await asyncio.sleep(_EVERY_S)
                await asyncio.to_thread(self.sample)

    def sample(self) -> None:
        """Take one; the first only notes where the processor time stands.

        Raises:
            psutil.Error: The process has ended.
        """
        process = psutil.Process(self._pid)
        now, busy_s, memory = time.monotonic(), {}, 0
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess), each.oneshot():
                times = each.cpu_times()
                busy_s[each.pid] = times.user + times.system
                memory += each.memory_info().rss
        used_s = sum(max(0.0, busy - self._busy_s.get(pid, 0.0)) for pid, busy in busy_s.items())
        if self._busy_s and now > self._at:
            millicores = round(1000 * used_s / (now - self._at))
            self.timeseries.append({"t": int(time.time()), "c": millicores, "m": memory})
        self._busy_s, self._at = busy_s, now

    def metrics(self) -> dict[str, Any] | None:
        """As the platform tells them; None before there is a sample."""
        if not self.timeseries:
            return None
        processor = _percentiles("cpuMillicores", [each["c"] for each in self.timeseries])
        memory = _percentiles("memoryBytes", [each["m"] for each in self.timeseries])
        return {
            "sampleCount": len(self.timeseries),
            **processor,
            **memory,
            "timeseries": list(self.timeseries),
        }


def _percentiles(name: str, values: Sequence[int]) -> dict[str, int]:
    found = np.percentile(values, _PERCENTILES)
    return {f"{name}P{p}": round(value) for p, value in zip(_PERCENTILES, found, strict=True)}
