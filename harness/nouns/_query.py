"""CallQuery and what it finds; filters that are kept; what is on disk and what is to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from harness.nouns._call import Call

__all__ = [
    "CallChoices",
    "CallCounts",
    "CallPage",
    "CallQuery",
    "Retention",
    "RetentionPlan",
    "SavedFilter",
    "StorageUse",
]


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which stored calls are wanted. What is empty or None asks for nothing.

    Attributes:
        text: Words, or their beginnings, all of which are in what was said by either side, or in
            agent, scenario, ids and note together.
        agent: Its title or its name; `scenario` its title.
        suite: Name of the suite of its run.
        failure: A name in :attr:`CallFigures.failed`.
        outcome: not_run ended without a verdict of passed or failed.
        p95_over_s: The call's own 95th percentile of heard latency is above, seconds.
        since: It was placed at that time or later; `until` before it.
        deleted: Deleted calls instead of those that are not.
        sort: slowest by the call's 95th percentile, longest by its duration.
        limit: Most calls of the page.
    """

    text: str = ""
    agent: str = ""
    scenario: str = ""
    run_id: str = ""
    suite: str = ""
    tag: str = ""
    failure: str = ""
    outcome: Literal["", "passed", "failed", "not_run", "running"] = ""
    p95_over_s: float | None = None
    starred: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    deleted: bool = False
    sort: Literal["newest", "oldest", "slowest", "longest"] = "newest"
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of what was found.

    Attributes:
        total: Calls on all pages.
        tags: Of the calls that have any, by id.
    """

    calls: tuple[Call, ...]
    total: int
    tags: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How many calls a query finds by each outcome, whichever outcome it asks for."""

    all: int
    passed: int
    failed: int
    not_run: int
    running: int


@dataclass(frozen=True, slots=True)
class CallChoices:
    """What a query can be narrowed by, each with how many calls it would then find.

    The query's own choice of the same thing is left out of it, so that it can be changed. Most
    calls first.

    Attributes:
        agents: Titles.
        scenarios: Titles; "" is a call without one.
        failures: Names as in :attr:`CallFigures.failed`.
        tags: As they are kept.
    """

    agents: dict[str, int]
    scenarios: dict[str, int]
    failures: dict[str, int]
    tags: dict[str, int]


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A query that is kept under a name."""

    name: str
    query: CallQuery


@dataclass(frozen=True, slots=True)
class StorageUse:
    """What calls take on disk.

    Attributes:
        calls: All of them, deleted ones too: their files are there until they are purged.
        bytes: Of their files.
        recordings: How many have a recording.
        oldest: When the oldest was placed.
    """

    calls: int
    bytes: int
    recordings: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long calls are kept; None sets no limit.

    Starred calls, those of a baseline and those that have not ended are always kept.
    """

    keep_days: int | None = None
    keep_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """What a retention would remove.

    Attributes:
        calls: Oldest first.
        bytes: What they take.
        kept_anyway: Calls beyond the limits that stay: starred, of a baseline, not ended.
    """

    calls: tuple[Call, ...]
    bytes: int
    kept_anyway: int
