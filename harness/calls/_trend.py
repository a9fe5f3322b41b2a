"""Trends: how an agent did over its runs of suites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from harness.calls._archive import Archive
from harness.nouns import AgentVersion, Band, RunDigest, RunHead, RunState, Share

__all__ = ["Trend", "TrendPoint", "trends_of", "version_told"]

_MOST_RUNS = 200


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run, or the single calls of one day.

    Attributes:
        run_id: Empty of single calls; `name` is their day then.
        version: Of the agent: what a person called it, its deployment or commit; empty if unknown.
        rate: Of the calls with a verdict.
        p50: Of heard latency, with its interval; likewise `p95`.
        scenario: Its title, without a caller; empty for all of the suite's together.
    """

    run_id: str
    name: str
    at: datetime
    version: str
    rate: Share
    p50: Band
    p95: Band
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """An agent with a scenario of a suite over time.

    Attributes:
        suite: Name of its suite; empty of single calls.
        scenario: Empty for all of the suite's together.
        points: Oldest first.
    """

    suite: str
    agent: str
    scenario: str
    points: tuple[TrendPoint, ...]


def trends_of(archive: Archive, suite: str = "") -> tuple[Trend, ...]:
    """The trends of the newest 200 finished runs: of a suite together first, then one a scenario.

    Runs that repeat failed calls of others are left out: what they call was picked. Where a run has
    several callers of a scenario each is a scenario of its own.

    Args:
        archive: Where runs are.
        suite: Only its runs, or, where no suite is called so, the runs of that name that are of
            none; all if empty.
    """
    runs = archive.runs(suite=suite, kind="suite", limit=_MOST_RUNS)
    if not runs:
        named = archive.runs(kind="suite", limit=_MOST_RUNS)
        runs = [head for head in named if not head.suite and head.name == suite]
    heads = [head for head in runs if head.state is RunState.DONE and head.parent_id is None]
    digests = archive.digests(head.id for head in heads)
    found: dict[tuple[str, str, str], list[TrendPoint]] = {}
    for head in reversed(heads):
        digest = digests.get(head.id) or archive.digest(head.id)
        for key, point in _points(head, digest):
            found.setdefault(key, []).append(point)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][1], item[0][2]))
    return tuple(Trend(*key, tuple(points)) for key, points in ordered)


def version_told(version: AgentVersion | None, label: str = "") -> str:
    """What a person called it, and what is known of it beside that; empty if nothing is.

    Args:
        version: Of the agent.
        label: Of the run, in place of the version's.
    """
    label = label or (version.label if version is not None else "")
    exact = replace(version, label="").text if version is not None else ""
    return " · ".join(part for part in (label, exact) if part)


def _points(head: RunHead, digest: RunDigest) -> Iterable[tuple[tuple[str, str, str], TrendPoint]]:
    agents = list(dict.fromkeys(cell.agent for cell in digest.cells))
    callers = len({cell.caller for cell in digest.cells}) > 1
    suite = head.suite or head.name

    def version(agent: str) -> str:
        return version_told(digest.agents.get(agent), head.label)

    if len(agents) == 1:
        yield (
            (suite, agents[0], ""),
            TrendPoint(
                head.id, head.name, head.created_at, version(agents[0]),
                digest.rate, digest.p50, digest.p95,
            ),
        )  # fmt: skip
    for cell in digest.cells:
        scenario = f"{cell.scenario} · {cell.caller}" if callers else cell.scenario
        yield (
            (suite, cell.agent, scenario),
            TrendPoint(
                head.id, head.name, head.created_at, version(cell.agent),
                cell.rate, cell.p50, cell.p95, cell.scenario,
            ),
        )  # fmt: skip
