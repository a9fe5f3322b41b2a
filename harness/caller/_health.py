"""Health: how well the caller's own process kept time, once a second, and the transport's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import psutil

from harness.caller._inbox import Inbox
from harness.caller._receiver import Received, Receiver
from harness.caller._sender import PacedSender
from harness.caller._statistics import Figures
from harness.caller._tap import CallTap
from harness.nouns import LANE_RATE, EventKind

__all__ = ["HealthMonitor"]

_TICK_S = 0.01
_ASKING_S = 0.5


class HealthMonitor:
    """Measures loop lag with a 10 ms tick; tells what the transport's statistics say.

    Args:
        tap: Where it is told.
        sender: None for a caller who does not speak.
        inbox: Whose dropped messages are counted.
        uplink: Gives the figures of the way to the server.
    """

    def __init__(
        self,
        tap: CallTap,
        sender: PacedSender | None,
        inbox: Inbox,
        uplink: Callable[[], Awaitable[Figures]],
    ) -> None:
        self._tap = tap
        self._sender = sender
        self._inbox = inbox
        self._uplink = uplink
        self._left_out = 0
        self._skipped = 0
        self._underrun_s = 0.0
        self._before: Figures = {}
        self.receiver: Receiver | None = None

    async def run(self) -> None:
        """Report once a second until cancelled."""
        loop = asyncio.get_running_loop()
        worst = 0.0
        report_at = loop.time() + 1.0
        psutil.cpu_percent()  # counts from here
        while True:
            before = loop.time()
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            worst = max(worst, now - before - _TICK_S)
            if now >= report_at:
                await self._report(worst)
                worst = 0.0
                report_at = loop.time() + 1.0

    async def _report(self, worst_lag_s: float) -> None:
        skipped, underrun_s = 0, 0.0
        if self._sender is not None:
            skipped = self._sender.skipped - self._skipped
            self._skipped = self._sender.skipped
            underrun_s = self._sender.underrun_s - self._underrun_s
            self._underrun_s = self._sender.underrun_s
        left_out = self._inbox.left_out - self._left_out
        self._left_out = self._inbox.left_out
        received = self.receiver.news() if self.receiver is not None else Received()
        figures = await self._figures()
        self._tap.emit(
            EventKind.HEALTH,
            loop_lag_ms=round(worst_lag_s * 1000, 2),
            skipped_ms=round(skipped * 1000 / LANE_RATE, 2),
            underrun_ms=round(underrun_s * 1000, 2),
            clock_shift_ms=round(received.shifted * 1000 / LANE_RATE, 2),
            refits=received.refits,
            frame_gap_ms=round(received.gap_s * 1000, 2),
            late_ms=round(received.late_s * 1000, 2),
            startup=received.settling,
            cpu=round(psutil.cpu_percent() / 100, 3),
            left_out=left_out,
            **self._difference(figures),
        )
        if figures:
            self._tap.emit(EventKind.TRANSPORT, **figures)

    async def _figures(self) -> Figures:
        """What the SDK tells, empty if the agent is not heard; never waits for long."""
        figures: Figures = {}
        if self.receiver is not None:
            with contextlib.suppress(Exception):
                figures |= await asyncio.wait_for(self.receiver.statistics(), _ASKING_S)
                figures |= await asyncio.wait_for(self._uplink(), _ASKING_S)
        return figures

    def _difference(self, now: Figures) -> dict[str, float | None]:
        """The agent's sound over the last second."""
        delta = {
            key: value - (self._before.get(key) or 0.0)
            for key, value in now.items()
            if value is not None
        }
        if not delta:
            return {"concealed_ms": 0.0, "jitter_buffer_ms": None, "packet_loss": None}
        self._before = now
        emitted, received = delta["jb_emitted"], delta["received"]
        lost = max(0.0, delta["lost"])
        return {
            # Concealment of silence is heard by nobody.
            "concealed_ms": round((delta["concealed"] - delta["silent"]) * 1000 / 48_000, 2),
            "jitter_buffer_ms": round(delta["jb_delay_s"] / emitted * 1000, 1)
            if emitted > 0
            else None,
            "packet_loss": round(lost / (lost + received), 4) if lost + received > 0 else None,
        }
