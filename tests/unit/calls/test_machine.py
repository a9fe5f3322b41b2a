"""Whether the machine has time to measure is told before a call."""

from __future__ import annotations

import asyncio
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from harness.calls import _machine, load_of
from harness.calls._machine import MachineWatch

sys.path.append(str(Path(__file__).parents[1] / "caller"))
import virtual

Times = namedtuple("Times", "user nice system idle iowait guest")


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ((0.86, 1.0, 2, 5.0), "its processors are 86% at work"),
        ((0.5, 2.1, 2, 5.0), "its load is 2.1 on 2 cores"),
        ((0.5, 1.5, 1, 5.0), "its load is 1.5 on 1 core."),
        ((0.5, 1.0, 2, 31.0), "Ringback itself runs 31 ms late"),
    ],
)
def test_a_busy_machine_is_one_that_is_over_a_limit(
    figures: tuple[float, float, int, float], reason: str
) -> None:
    load = load_of(*figures)
    assert load.busy and reason in load.sentence


def test_at_the_limits_nothing_is_said() -> None:
    load = load_of(0.85, 2.0, 2, 30.0)
    assert (load.busy, load.sentence) == (False, "")


def watched(
    monkeypatch: pytest.MonkeyPatch, seconds: float, busy: float, stall_s: float = 0.0
) -> MachineWatch:
    """Watch for some virtual seconds a machine of which a share is at work."""

    async def work() -> MachineWatch:
        loop = asyncio.get_running_loop()
        begun = loop.time()

        def times() -> Times:
            spent = 2 * (loop.time() - begun)
            return Times(spent * busy, 0.0, 0.0, spent * (1 - busy) / 2, spent * (1 - busy) / 2, 9)

        monkeypatch.setattr(_machine.psutil, "cpu_times", times)
        monkeypatch.setattr(_machine.psutil, "getloadavg", lambda: (0.7, 0.0, 0.0))
        monkeypatch.setattr(_machine.os, "cpu_count", lambda: 2)
        watch = MachineWatch()
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(seconds - 0.5)
        loop.skipping.now += stall_s  # type: ignore[attr-defined]
        await asyncio.sleep(0.5)
        running.cancel()
        return watch

    return virtual.run(work())


def test_before_the_first_sample_the_load_average_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_machine.psutil, "getloadavg", lambda: (9.0, 0.0, 0.0))
    monkeypatch.setattr(_machine.os, "cpu_count", lambda: 2)
    assert "its load is 9.0 on 2 cores" in MachineWatch().now.sentence


@pytest.mark.parametrize("seconds", [1.5, 6.5, 30.0])
@pytest.mark.parametrize("busy", [0.2, 0.95])
def test_the_processors_are_watched(
    monkeypatch: pytest.MonkeyPatch, seconds: float, busy: float
) -> None:
    now = watched(monkeypatch, seconds, busy).now
    assert now.cpu == pytest.approx(busy)
    assert (now.load, now.cores, now.lag_ms, now.busy) == (0.7, 2, 0.0, busy > 0.85)


def test_a_loop_that_is_late_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = watched(monkeypatch, 6.0, 0.1, stall_s=0.25).now
    assert now.busy
    assert 150 <= now.lag_ms <= 250
