"""Two runs, or two calls, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
_PASS = {"worse": "fewer pass", "better": "more pass"}
_SPEED = {"worse": "slower", "better": "faster"}
_SPOILED = 0.1
"""From this share of spoiled turns on the comparison says so."""


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """One agent with one scenario and one caller in two runs.

    Attributes:
        key: Names of the three, as :attr:`harness.calls.Cell.key`.
        rate: Of the calls with a verdict that passed.
        p50: Of heard latency, by resampling calls; without a value unless both have replies.
            Likewise `p95`.
    """

    key: tuple[str, str, str]
    scenario: str
    agent: str
    a: Cell
    b: Cell
    rate: Difference
    p50: Difference
    p95: Difference

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Those of its figures that both runs have."""
        each = (self.rate, self.p50, self.p95)
        return tuple(one for one in each if one.by.value is not None)

    @property
    def conclusion(self) -> str:
        """In words, by all figures: for instance ``fewer pass, slower``."""
        told = []
        if self.rate.conclusion in _PASS:
            told.append(_PASS[self.rate.conclusion])
        speeds = {one.conclusion for one in (self.p50, self.p95)} & set(_SPEED)
        told += [_SPEED[each] for each in sorted(speeds, reverse=True)]
        if told:
            return ", ".join(told)
        lacking = [name for name, cell in (("A", self.a), ("B", self.b)) if _empty(cell)]
        return f"not run in {' and '.join(lacking)}" if lacking else "cannot tell"


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
        rate: Over the scenarios of which both have calls with a verdict.
        p50: Over the scenarios of which both have timed replies, listed in `timed`; likewise `p95`.
        timed: Keys of those scenarios.
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
    timed: tuple[tuple[str, str, str], ...]
    scenarios: tuple[ScenarioComparison, ...]
    checks: tuple[CheckShare, ...]
    sentence: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def sides(self) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
        """Cells of A and of B whose replies are compared."""
        rows = [row for row in self.scenarios if row.key in self.timed]
        return tuple(row.a for row in rows), tuple(row.b for row in rows)


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


def compare_runs(archive: Archive, a: str, b: str) -> RunComparison:
    """Two runs over the scenarios both have. It is kept until one of the runs changes.

    Args:
        archive: Where they are.
        a: The run that was before, for instance the baseline.
        b: The run that is looked at.

    Raises:
        NotFound: One of them is not there.
    """
    one, two = archive.summary(a), archive.summary(b)
    return archive.kept(("compare", a, b), (one, two), lambda: _compared(archive, one, two))


def _compared(archive: Archive, one: RunSummary, two: RunSummary) -> RunComparison:
    cells_a, cells_b = ({cell.key: cell for cell in run.cells} for run in (one, two))
    common = [key for key in cells_b if key in cells_a]
    rows = tuple(_scenario(cells_a[key], cells_b[key]) for key in common)
    # What one run has no verdict or no reply of would weigh on the other side alone.
    judged = [
        row.key for row in rows if row.a.passed + row.a.failed and row.b.passed + row.b.failed
    ]
    timed = [row.key for row in rows if row.a.replies and row.b.replies]
    rate = share_difference(_passed(cells_a, judged), _passed(cells_b, judged), PASS_RATE)
    replies_a, replies_b = _replies(cells_a, cells_b, timed)
    p50 = figure_difference(replies_a, replies_b, 50, _P50)
    p95 = figure_difference(replies_a, replies_b, 95, _P95)
    figures = [difference for row in rows for difference in row.differences]
    changed = sum(difference.conclusion in {"better", "worse"} for difference in figures)
    return RunComparison(
        a=one,
        b=two,
        rate=rate,
        p50=p50,
        p95=p95,
        timed=tuple(timed),
        scenarios=rows,
        checks=_checks(archive, cells_a, cells_b, judged),
        sentence=conclude(rate, p50, p95, changed=changed, of=len(figures)),
        only_a=tuple(_name(cells_a[key]) for key in cells_a if key not in cells_b),
        only_b=tuple(_name(cells_b[key]) for key in cells_b if key not in cells_a),
        warnings=(*_warnings(archive, one, two, common), *_left_out(rows)),
    )


def _left_out(rows: Sequence[ScenarioComparison]) -> list[str]:
    """Which scenarios are in no figure over all of them, and why."""
    told = []
    for name, cells in (("A", [row.a for row in rows]), ("B", [row.b for row in rows])):
        for figures, what, lacking in (
            ("pass rates", "call with a verdict", [c for c in cells if not c.passed + c.failed]),
            ("latencies", "timed reply", [cell for cell in cells if not cell.replies]),
        ):
            if lacking:
                names = ", ".join(map(_name, lacking))
                told.append(f"Not in the {figures}, for {name} has no {what}: {names}.")
    return told


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


def _scenario(a: Cell, b: Cell) -> ScenarioComparison:
    return ScenarioComparison(
        key=b.key,
        scenario=b.scenario,
        agent=b.agent,
        a=a,
        b=b,
        rate=share_difference(
            (a.passed, a.passed + a.failed), (b.passed, b.passed + b.failed), PASS_RATE
        ),
        # Turns of one call are not independent: calls are what is drawn.
        p50=figure_difference(a.replies_s, b.replies_s, 50, _P50),
        p95=figure_difference(a.replies_s, b.replies_s, 95, _P95),
    )


def _empty(cell: Cell) -> bool:
    return not cell.passed + cell.failed and not cell.replies


def _passed(
    cells: Mapping[tuple[str, str, str], Cell], keys: Sequence[tuple[str, str, str]]
) -> tuple[int, int]:
    passed = sum(cells[key].passed for key in keys)
    return passed, passed + sum(cells[key].failed for key in keys)


def _replies(
    a: Mapping[tuple[str, str, str], Cell],
    b: Mapping[tuple[str, str, str], Cell],
    keys: Sequence[tuple[str, str, str]],
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Latencies by call, since those of one call are not independent.

    Calls of a scenario have the same names in both runs, so that they are drawn in pairs: what is
    slow by nature is so on either side. Where one run has more of them, the last pair has them all.
    Of a single scenario there is nothing to pair, and each side is drawn for itself.
    """
    if len(keys) == 1:
        one, two = a[keys[0]].replies_s, b[keys[0]].replies_s
        return (
            {f"a {call_id}": list(values) for call_id, values in one.items()},
            {f"b {call_id}": list(values) for call_id, values in two.items()},
        )
    found: tuple[dict[str, list[float]], dict[str, list[float]]] = {}, {}
    for key in keys:
        calls = [list(cells[key].replies_s.values()) for cells in (a, b)]
        pairs = min(map(len, calls))
        for into, side in zip(found, calls, strict=True):
            for place, values in enumerate(side):
                name = f"{'|'.join(key)} {min(place, pairs - 1):05}"
                into.setdefault(name, []).extend(values)
    return found


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
