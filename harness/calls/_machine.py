"""Machine: whether this computer has time to measure."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import psutil

__all__ = ["MachineLoad", "MachineWatch", "load_of"]

CPU_LIMIT = 0.85
LAG_LIMIT_MS = 30.0
_EVERY_S = 5.0
_FIRST_S = 1.0
_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class MachineLoad:
    """What this computer was doing in the last seconds.

    Attributes:
        cpu: Share of all processors at work, 0..1.
        load: Load average over a minute.
        cores: Processors there are.
        lag_ms: How late the engine's own loop ran at worst.
        sentence: For people, what a call must expect; empty if the machine is not busy.
    """

    cpu: float
    load: float
    cores: int
    lag_ms: float
    sentence: str = ""

    @property
    def busy(self) -> bool:
        """Whether timings of a call may suffer: one of the three is over its limit."""
        return bool(self.sentence)


def load_of(cpu: float, load: float, cores: int, lag_ms: float) -> MachineLoad:
    """Judge figures.

    Busy are more than 85 % of the processors, a load above their number, or a loop that is late by
    more than 30 ms.
    """
    reasons = []
    if cpu > CPU_LIMIT:
        reasons.append(f"its processors are {cpu:.0%} at work")
    if load > cores:
        reasons.append(f"its load is {load:.1f} on {cores} core{'' if cores == 1 else 's'}")
    if lag_ms > LAG_LIMIT_MS:
        reasons.append(f"Ringback itself runs {lag_ms:.0f} ms late")
    sentence = ""
    if reasons:
        sentence = (
            f"This computer is busy: {', '.join(reasons)}. Turns whose timing suffers are marked "
            "and left out of the figures."
        )
    return MachineLoad(cpu, load, cores, lag_ms, sentence)


class MachineWatch:
    """Samples the machine every five seconds, from a task of the engine's loop.

    Attributes:
        now: The latest sample; before the first, what the load average alone tells.
    """

    def __init__(self) -> None:
        self._cores = os.cpu_count() or 1
        self._times = psutil.cpu_times()
        self.now = load_of(0.0, psutil.getloadavg()[0], self._cores, 0.0)

    async def run(self) -> None:
        """Watch until cancelled."""
        loop = asyncio.get_running_loop()
        self._times = psutil.cpu_times()
        until, lag_s = loop.time() + _FIRST_S, 0.0
        while True:
            due = loop.time() + _TICK_S
            await asyncio.sleep(_TICK_S)
            lag_s = max(lag_s, loop.time() - due)
            if loop.time() >= until:
                self.now = load_of(
                    self._cpu(), psutil.getloadavg()[0], self._cores, round(lag_s * 1000, 1)
                )
                until, lag_s = loop.time() + _EVERY_S, 0.0

    def _cpu(self) -> float:
        """The share since this was last asked; waiting for a disk is no work."""
        before, self._times = self._times, psutil.cpu_times()
        spent = {
            name: max(0.0, now - then)
            for name, now, then in zip(self._times._fields, self._times, before, strict=True)
            if name not in ("guest", "guest_nice")  # counted in user and nice
        }
        total = sum(spent.values())
        idle = spent["idle"] + spent.get("iowait", 0.0)
        return (total - idle) / total if total > 0 else 0.0
