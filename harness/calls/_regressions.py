"""What became worse: the newest run of each suite against its baseline."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.calls._archive import Archive
from harness.calls._compare import baseline_of
from harness.calls._compare_runs import compare_runs
from harness.measure import Difference
from harness.nouns import RunHead, RunState, from_json, to_json

__all__ = ["Regression", "regressions_of"]

Figure = Literal["pass_rate", "p95", "p50"]

_Named: TypeAlias = tuple[str, Figure, Difference]

_LOOKED_AT = 100
_VERSION = 1
"""Of what is kept; what an older one made of the same figures is made anew."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Something that is worse in a run than in its baseline, and hardly by chance.

    Attributes:
        baseline: The run it is compared with.
        what: The scenario; empty for the run as a whole.
        figure: Which one is worse.
        by: The difference.
    """

    run: RunHead
    baseline: RunHead
    what: str
    figure: Figure
    by: Difference


def regressions_of(archive: Archive, most: int = 3) -> tuple[tuple[Regression, ...], int]:
    """The worst regressions, and how many suites were compared.

    A suite is compared by its newest finished run that called all of its plan. Whatever is named is
    worse firmly (:attr:`Difference.firm`): of so many figures some differ by chance. Where fewer
    calls pass in a run as a whole, scenarios are named that are worse by their 95 % interval alone.
    Falls of the pass rate come first, the largest first. What is worse is kept with the data, since
    it takes a while to find, until one of the two runs has other figures.
    """
    newest: dict[str, RunHead] = {}
    for head in archive.runs(kind="suite", limit=_LOOKED_AT):
        if head.suite and head.state is RunState.DONE and head.parent_id is None:
            newest.setdefault(head.suite, head)
    found: list[Regression] = []
    compared = 0
    for run in newest.values():
        baseline = baseline_of(archive, run)
        if baseline is not None:
            compared += 1
            found += [Regression(run, baseline, *each) for each in _kept(archive, run, baseline)]
    found.sort(key=_weight, reverse=True)
    return tuple(found[:most]), compared


def _kept(archive: Archive, run: RunHead, baseline: RunHead) -> list[_Named]:
    """What is worse, found once for as long as both runs have the same figures."""
    digests = [to_json(archive.digest(each.id)) for each in (baseline, run)]
    told = json.dumps([_VERSION, baseline.id, run.id, digests], sort_keys=True)
    stamp = hashlib.sha256(told.encode()).hexdigest()
    key = f"regressions of {run.suite}"
    kept = archive.store.option(key)
    if kept is None or kept["stamp"] != stamp:
        kept = {"stamp": stamp, "worse": to_json(_worse(archive, run, baseline))}
        archive.store.set_option(key, kept)
    return from_json(list[_Named], kept["worse"])


def _worse(archive: Archive, run: RunHead, baseline: RunHead) -> list[_Named]:
    by = compare_runs(archive, baseline.id, run.id)
    named: list[_Named] = [
        ("", "pass_rate", by.rate),
        ("", "p95", by.p95),
        ("", "p50", by.p50),
    ]
    named += [(row.scenario, "pass_rate", row.rate) for row in by.scenarios]
    fell = by.rate.conclusion == "worse" and by.rate.firm
    return [
        (what, figure, difference)
        for what, figure, difference in named
        if difference.conclusion == "worse" and (difference.firm or (fell and what))
    ]


def _weight(found: Regression) -> tuple[bool, float]:
    return found.figure == "pass_rate", abs(found.by.by.value or 0.0)
