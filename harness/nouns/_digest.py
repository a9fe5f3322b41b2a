"""RunDigest: the figures of an ended run, computed once."""

from __future__ import annotations

from dataclasses import dataclass

from harness.nouns._version import AgentVersion

__all__ = ["DIGEST_VERSION", "Band", "CellDigest", "RunDigest", "Share"]

DIGEST_VERSION = 2
"""Digests of an older version are made anew."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many calls passed.

    Attributes:
        not_run: Calls that ended without a verdict; they count for neither.
        low: Lower bound of the 95 % interval of the share that passes, by Wilson, 0 to 1.
        high: Its upper bound.
    """

    passed: int
    failed: int
    not_run: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share of those with a verdict that passed, 0 to 1; None without any."""
        decided = self.passed + self.failed
        return self.passed / decided if decided else None


@dataclass(frozen=True, slots=True)
class Band:
    """A percentile of heard latencies with its 95 % interval, seconds.

    Attributes:
        value: None without any reply.
        low: None if there are too few groups to resample; likewise `high`.
        n: Replies.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CellDigest:
    """One agent with one scenario and one caller; names as people see them."""

    agent: str
    scenario: str
    caller: str
    rate: Share
    p50: Band
    p95: Band


@dataclass(frozen=True, slots=True)
class RunDigest:
    """Figures of a run.

    Attributes:
        version: :data:`DIGEST_VERSION` when it was made.
        p50: Over all replies, resampled by scenario; likewise `p95`.
        took_s: From the first call to the last one's end, None if none has ended.
        failures: In how many calls each check failed, most first; see :attr:`CallFigures.failed`.
        cells: In the order of the plan; their intervals resample calls.
        agents: Version of each agent, by its title.
    """

    version: int
    rate: Share
    p50: Band
    p95: Band
    no_answer: int
    turns: int
    spoiled: int
    took_s: float | None
    failures: dict[str, int]
    cells: tuple[CellDigest, ...]
    agents: dict[str, AgentVersion]
