"""Calibration: how accurate the caller is on a machine and a LiveKit server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

__all__ = ["Calibration", "DelayResult", "server_of"]


def server_of(url: str) -> str:
    """A LiveKit server's address as calibrations are kept by: what reaches the same is the same.

    Scheme (http is ws, https is wss) and host in small letters, no slash at the end.
    """
    parts = urlsplit(url.strip())
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True)
class DelayResult:
    """Measured against a known truth, over turns that were not flagged; seconds.

    Attributes:
        delay_s: The truth.
        n: Turns.
        flagged: Turns that the harness spoiled, left out.
        bias_s: Median of the errors after the floor.
        sd_s: Their standard deviation.
        worst_s: The largest, by amount.
        floor_s: Median time that the way through the server takes, both directions.
        plain_floor_s: The same as an independent plain caller found it; None if it was not asked.
        missed: Turns that were not flagged and of which Ringback said nothing; not among `n`.
    """

    delay_s: float
    n: int
    flagged: int
    bias_s: float
    sd_s: float
    worst_s: float
    floor_s: float
    plain_floor_s: float | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of `ringback calibrate`; seconds.

    Attributes:
        url: The LiveKit server's address; `local` for the one that comes with Ringback.
        host: The machine.
        turns: How many were asked, `flagged` of them were spoiled by the harness and left out.
        floor_s: See :class:`DelayResult`; these five are over all delays together.
        p95_abs_s: 95th percentile of the errors' amounts.
        delays: For each known delay.
        stop: How well the time until an interrupted agent stops is measured.
        overlap: How well an agent is measured that starts before the caller has ended.
        load: Of the machine, its mean over a minute, when it began.
        versions: Of Ringback, livekit and pipecat.
        missed: See :class:`DelayResult`.
        floor_sd_s: How much the way itself differed from turn to turn: a standard deviation.
    """

    id: str
    created_at: datetime
    url: str
    host: str
    cores: int
    turns: int
    flagged: int
    floor_s: float
    bias_s: float
    sd_s: float
    worst_s: float
    p95_abs_s: float
    delays: tuple[DelayResult, ...]
    stop: DelayResult | None
    overlap: DelayResult | None
    load: float
    loop_lag_p99_ms: float
    versions: dict[str, str]
    missed: int = 0
    floor_sd_s: float = 0.0

    @property
    def error_s(self) -> float:
        """Half the width of the bar shown beside a latency: |bias| + 1.96 sd."""
        return abs(self.bias_s) + 1.96 * self.sd_s
