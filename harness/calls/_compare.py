"""Two runs, or two calls, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.calls._archive import Archive
from harness.calls._run_summary import Cell, RunSummary
from harness.calls._view import CallView
from harness.measure import (
    PASS_RATE,
    Difference,
    Flip,
    TurnPair,
    align_turns,
    conclude,
    figure_difference,
    flips,
    info_of,
    share_difference,
)
from harness.nouns import Call, CallQuery, CheckVerdict, Outcome, RunHead, RunState, Turn, Verdict

__all__ = [
    "CallComparison",
    "CheckShare",
    "RunComparison",
    "ScenarioComparison",
    "baseline_of",
    "call_before",
    "compare_calls",
    "compare_runs",
]

_P50, _P95 = info_of("response_latency_p50"), info_of("response_latency_p95")
_BEFORE = 20
_SPOILED = 0.1
"""From this share of spoiled turns on the comparison says so."""


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """One agent with one scenario and one caller in two runs.

    Attributes:
        key: Names of the three, as :attr:`harness.calls.Cell.key`.
        rate: Of the calls with a verdict that passed.
        p50_by_s: Heard latency in B minus that in A, seconds, without interval; None unless both
            have replies. Likewise `p95_by_s`.
        p50: With the interval, by resampling calls; only where it was asked for. Likewise `p95`.
    """

    key: tuple[str, str, str]
    scenario: str
    agent: str
    a: Cell
    b: Cell
    rate: Difference
    p50_by_s: float | None
    p95_by_s: float | None
    p50: Difference | None = None
    p95: Difference | None = None


@dataclass(frozen=True, slots=True)
class CheckShare:
    """A check over the calls of two runs in which it came to a verdict.

    Attributes:
        a: How often it was met in A, and of how many; likewise `b`.
    """

    name: str
    a: tuple[int, int]
    b: tuple[int, int]
    by: Difference


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Run B compared with run A.

    Attributes:
        rate: Over the scenarios that both have; likewise `p50` and `p95`.
        checks: Those that are worse first, then better, then those the data cannot tell of.
        sentence: The conclusion.
        only_a: Scenarios that only A has; likewise `only_b`.
        warnings: Why the comparison may be of something else than the agent.
    """

    a: RunSummary
    b: RunSummary
    rate: Difference
    p50: Difference
    p95: Difference
    scenarios: tuple[ScenarioComparison, ...]
    checks: tuple[CheckShare, ...]
    sentence: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallComparison:
    """Call B compared with call A."""

    a: CallView
    b: CallView
    pairs: tuple[TurnPair, ...]
    flips: tuple[Flip, ...]
    sentence: str


def compare_calls(archive: Archive, a: str, b: str) -> CallComparison:
    """Two calls, turn by turn and check by check.

    Raises:
        NotFound: One of them is not there.
    """
    one, two = archive.view(a), archive.view(b)
    pairs = align_turns(one.turns, two.turns)
    changed = flips(one.checks, two.checks)
    return CallComparison(one, two, pairs, changed, _call_sentence(one, two, pairs, changed))


def compare_runs(
    archive: Archive, a: str, b: str, *, details: Sequence[tuple[str, str, str]] = ()
) -> RunComparison:
    """Two runs over the scenarios both have.

    Args:
        archive: Where they are.
        a: The run that was before, for instance the baseline.
        b: The run that is looked at.
        details: Cells whose latencies get an interval each, by key. The rest is kept until one
            of the runs changes.

    Raises:
        NotFound: One of them is not there.
    """
    one, two = archive.summary(a), archive.summary(b)
    found = archive.kept(("compare", a, b), (one, two), lambda: _compared(archive, one, two))
    rows = tuple(
        _scenario(row.a, row.b, True) if row.key in details else row for row in found.scenarios
    )
    return replace(found, scenarios=rows)


def _compared(archive: Archive, one: RunSummary, two: RunSummary) -> RunComparison:
    cells_a, cells_b = ({cell.key: cell for cell in run.cells} for run in (one, two))
    common = [key for key in cells_b if key in cells_a]
    rows = tuple(_scenario(cells_a[key], cells_b[key], False) for key in common)
    rate = share_difference(_passed(cells_a, common), _passed(cells_b, common), PASS_RATE)
    replies_a, replies_b = (_replies(cells, common) for cells in (cells_a, cells_b))
    p50 = figure_difference(replies_a, replies_b, 50, _P50)
    p95 = figure_difference(replies_a, replies_b, 95, _P95)
    changed = sum(row.rate.conclusion in {"better", "worse"} for row in rows)
    return RunComparison(
        a=one,
        b=two,
        rate=rate,
        p50=p50,
        p95=p95,
        scenarios=rows,
        checks=_checks(archive, cells_a, cells_b, common),
        sentence=conclude(rate, p50, p95, changed=changed, of=len(rows)),
        only_a=tuple(_name(cells_a[key]) for key in cells_a if key not in cells_b),
        only_b=tuple(_name(cells_b[key]) for key in cells_b if key not in cells_a),
        warnings=_warnings(archive, one, two, common),
    )


def baseline_of(archive: Archive, run: RunHead) -> RunHead | None:
    """What a run is compared with: the pinned run of its suite, else the finished one before it."""
    if not run.suite:
        return None
    pinned = archive.store.baseline(run.suite)
    if pinned is not None and pinned != run.id:
        return archive.run(pinned)
    before = (
        head
        for head in archive.runs(suite=run.suite)
        if head.state is RunState.DONE and head.created_at < run.created_at
    )
    return next(before, None)


def call_before(archive: Archive, view: CallView) -> Call | None:
    """The newest call of the same agent by the same scenario that ended before this one began."""
    if not view.scenario_title:
        return None
    query = CallQuery(
        agent=view.agent_title, scenario=view.scenario_title, until=view.created_at, limit=_BEFORE
    )
    return next((call for call in archive.search(query).calls if call.state.is_final), None)


def _scenario(a: Cell, b: Cell, detail: bool) -> ScenarioComparison:
    return ScenarioComparison(
        key=b.key,
        scenario=b.scenario,
        agent=b.agent,
        a=a,
        b=b,
        rate=share_difference(
            (a.passed, a.passed + a.failed), (b.passed, b.passed + b.failed), PASS_RATE
        ),
        p50_by_s=_minus(b.p50_s, a.p50_s),
        p95_by_s=_minus(b.p95_s, a.p95_s),
        # Turns of one call are not independent: calls are what is drawn.
        p50=figure_difference(a.replies_s, b.replies_s, 50, _P50) if detail else None,
        p95=figure_difference(a.replies_s, b.replies_s, 95, _P95) if detail else None,
    )


def _minus(b: float | None, a: float | None) -> float | None:
    return None if a is None or b is None else b - a


def _passed(
    cells: Mapping[tuple[str, str, str], Cell], keys: Sequence[tuple[str, str, str]]
) -> tuple[int, int]:
    passed = sum(cells[key].passed for key in keys)
    return passed, passed + sum(cells[key].failed for key in keys)


def _replies(
    cells: Mapping[tuple[str, str, str], Cell], keys: Sequence[tuple[str, str, str]]
) -> dict[str, list[float]]:
    """Latencies by scenario: the same names in both runs, so that they are drawn in pairs."""
    found = {
        "|".join(key): [value for each in cells[key].replies_s.values() for value in each]
        for key in keys
    }
    return {key: values for key, values in found.items() if values}


def _checks(
    archive: Archive,
    a: Mapping[tuple[str, str, str], Cell],
    b: Mapping[tuple[str, str, str], Cell],
    common: Sequence[tuple[str, str, str]],
) -> tuple[CheckShare, ...]:
    met_a, met_b = (_met(archive, [cells[key] for key in common]) for cells in (a, b))
    found = [
        CheckShare(
            name, met_a[name], met_b[name], share_difference(met_a[name], met_b[name], PASS_RATE)
        )
        for name in met_b
        if name in met_a
    ]
    order = {"worse": 0, "better": 1}
    return tuple(sorted(found, key=lambda check: order.get(check.by.conclusion, 2)))


def _met(archive: Archive, cells: Sequence[Cell]) -> dict[str, tuple[int, int]]:
    calls = [call for cell in cells for call in cell.calls]
    found: dict[str, tuple[int, int]] = {}
    for figures in archive.figures(calls).values():
        for name, verdict in figures.checks.items():
            if verdict in {CheckVerdict.MET.value, CheckVerdict.NOT_MET.value}:
                met, of = found.get(name, (0, 0))
                found[name] = met + (verdict == CheckVerdict.MET.value), of + 1
    return found


def _name(cell: Cell) -> str:
    return " · ".join(part for part in (cell.scenario, cell.agent, cell.caller) if part)


def _warnings(
    archive: Archive, a: RunSummary, b: RunSummary, common: Sequence[tuple[str, str, str]]
) -> tuple[str, ...]:
    told = []
    if not common:
        told.append("The two runs have no scenario in common: nothing can be compared.")
    plan_a, plan_b = archive.plan(a.head.id), archive.plan(b.head.id)
    if plan_a is not None and plan_b is not None:
        names = {key[1] for key in common}
        written = [name for name in names if plan_a.scenarios[name] != plan_b.scenarios[name]]
        if written:
            titles = ", ".join(sorted(plan_b.scenarios[name].title for name in written))
            told.append(f"Written otherwise in A and B: {titles}.")
    for name, run in (("A", a), ("B", b)):
        replies = sum(cell.replies for cell in run.cells) + run.spoiled
        if run.spoiled > _SPOILED * replies:
            told.append(
                f"In {name} the timing of {run.spoiled} of {replies} turns was spoiled by the "
                "machine that placed the calls."
            )
        if run.rate.running:
            told.append(f"{name} is not over yet.")
    return tuple(told)


def _call_sentence(
    a: CallView, b: CallView, pairs: Sequence[TurnPair], changed: Sequence[Flip]
) -> str:
    """What is different, in the order of what weighs."""
    told = []
    if a.verdict is not b.verdict and {a.verdict, b.verdict} <= {Verdict.PASSED, Verdict.FAILED}:
        told.append("B failed, A passed" if b.verdict is Verdict.FAILED else "B passed, A failed")
    for change, words in (("worse", "worse"), ("better", "better")):
        n = sum(flip.change == change for flip in changed)
        if n:
            told.append(f"{n} {'check is' if n == 1 else 'checks are'} {words}")
    silent = sum(pair.kind == "no_answer" and _silent(pair.b) for pair in pairs)
    if silent:
        told.append(f"{silent} {'turn' if silent == 1 else 'turns'} got no answer in B only")
    timed = [pair.by_s for pair in pairs if pair.by_s is not None and not pair.spoiled]
    slower = sum(pair.kind == "slower" and not pair.spoiled for pair in pairs)
    faster = sum(pair.kind == "faster" and not pair.spoiled for pair in pairs)
    if slower or faster:
        told.append(
            f"of {len(timed)} replies in both {slower} came later and {faster} sooner, "
            f"median difference {_signed(float(np.median(timed)))}"
        )
    if not told:
        return "The two calls came out alike. One call of each cannot tell more."
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}. One call of each tells of these two only."


def _silent(turn: Turn | None) -> bool:
    return turn is not None and turn.outcome is Outcome.NO_ANSWER


def _signed(seconds: float) -> str:
    return f"{'+' if seconds >= 0 else chr(0x2212)}{abs(seconds):.2f} s"
