"""Two runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.calls._archive import Archive
from harness.calls._fair import (
    Pair,
    judged,
    latency,
    latency_within,
    rate,
    replies,
    talked,
    timed,
)
from harness.calls._run_summary import Cell, RunSummary
from harness.measure import PASS_RATE, Difference, conclude, info_of, share_difference
from harness.nouns import CheckVerdict

__all__ = ["CheckShare", "RunComparison", "ScenarioComparison", "compare_runs"]

_P50, _P95 = info_of("response_latency_p50"), info_of("response_latency_p95")
_PASS = {"worse": "fewer pass", "better": "more pass"}
_SPEED = {"worse": "slower", "better": "faster"}
_SPOILED = 0.1
"""From this share of spoiled turns on the comparison says so."""


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """One agent with one scenario and one caller in two runs.

    Attributes:
        key: Names of the three, as :attr:`harness.calls.Cell.key`.
        lacking: Why the pass rates cannot be compared, such as ``not run in B``; else empty.
        rate: Of the calls with a verdict that passed.
        p50: Of heard latency, by resampling calls; without a value unless both have replies.
            Likewise `p95`.
    """

    key: tuple[str, str, str]
    scenario: str
    agent: str
    a: Cell
    b: Cell
    lacking: str
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
        """What surely differs, in few words: ``fewer pass, slower``; else ``cannot tell``."""
        told = [self.lacking or _PASS.get(self.rate.conclusion, ""), self._pace()]
        return ", ".join(filter(None, told)) or "cannot tell"

    def _pace(self) -> str:
        p50, p95 = (_SPEED.get(each.conclusion, "") for each in (self.p50, self.p95))
        if p50 and p95 and p50 != p95:
            return f"p50 {p50}, p95 {p95}"
        return p50 or (p95 and f"p95 {p95}")


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
    """Run B compared with run A, over the same scenarios.

    Attributes:
        rate: Over the cells with a verdict in both.
        p50: Over the cells with a reply in both; likewise `p95`.
        replies_s: Heard latencies of A and of B that these are of, seconds.
        no_answer: Turns of A without an answer, and of how many, over the cells in which the caller
            spoke in both; then the same of B.
        scenarios: All that both planned.
        checks: Those that are worse first, then better, then those the data cannot tell of; over
            the cells with a verdict in both.
        sentence: The conclusion.
        only_a: Scenarios that only A has; likewise `only_b`.
        left_out: A sentence that names what is not compared, and why; empty if all is.
        warnings: Why the comparison may be of something else than the agent.
    """

    a: RunSummary
    b: RunSummary
    rate: Difference
    p50: Difference
    p95: Difference
    replies_s: tuple[tuple[float, ...], tuple[float, ...]]
    no_answer: tuple[tuple[int, int], tuple[int, int]]
    scenarios: tuple[ScenarioComparison, ...]
    checks: tuple[CheckShare, ...]
    sentence: str
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    left_out: str
    warnings: tuple[str, ...]


def compare_runs(archive: Archive, a: str, b: str) -> RunComparison:
    """Two runs over what was called in both. It is kept until one of the runs changes.

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
    pairs = [Pair(cells_a[key], cell) for key, cell in cells_b.items() if key in cells_a]
    rows = tuple(map(_scenario, pairs))
    by = rate(pairs)
    p50, p95 = latency(pairs, 50, _P50), latency(pairs, 95, _P95)
    only_a = tuple(_name(cell) for key, cell in cells_a.items() if key not in cells_b)
    only_b = tuple(_name(cell) for key, cell in cells_b.items() if key not in cells_a)
    figures = [difference for row in rows for difference in row.differences]
    changed = sum(difference.conclusion in {"better", "worse"} for difference in figures)
    sentence = conclude(by, p50, p95, changed=changed, of=len(figures))
    every, used = len(pairs) + len(only_a) + len(only_b), len(judged(pairs))
    if 0 < used < every:
        sentence += f" Compared over {used} of {every} scenarios."
    return RunComparison(
        a=one,
        b=two,
        rate=by,
        p50=p50,
        p95=p95,
        replies_s=replies(pairs),
        no_answer=(
            _silent(pair.a for pair in talked(pairs)),
            _silent(pair.b for pair in talked(pairs)),
        ),
        scenarios=rows,
        checks=_checks(archive, judged(pairs)),
        sentence=sentence,
        only_a=only_a,
        only_b=only_b,
        left_out=_left_out(pairs, only_a, only_b),
        warnings=_warnings(archive, one, two, pairs),
    )


def _scenario(pair: Pair) -> ScenarioComparison:
    a, b = pair.a, pair.b
    return ScenarioComparison(
        key=b.key,
        scenario=b.scenario,
        agent=b.agent,
        a=a,
        b=b,
        lacking=pair.lacking,
        rate=share_difference(
            (a.passed, a.passed + a.failed), (b.passed, b.passed + b.failed), PASS_RATE
        ),
        p50=latency_within(pair, 50, _P50),
        p95=latency_within(pair, 95, _P95),
    )


def _silent(cells: Iterable[Cell]) -> tuple[int, int]:
    every = list(cells)
    return sum(cell.no_answer for cell in every), sum(cell.turns for cell in every)


def _checks(archive: Archive, pairs: Sequence[Pair]) -> tuple[CheckShare, ...]:
    met_a = _met(archive, [pair.a for pair in pairs])
    met_b = _met(archive, [pair.b for pair in pairs])
    found = [
        CheckShare(
            name, met_a[name], met_b[name], share_difference(met_a[name], met_b[name], PASS_RATE)
        )
        for name in met_b
        if name in met_a
    ]
    order = {"worse": 0, "better": 1}
    return tuple(sorted(found, key=lambda check: order.get(check.by.conclusion, 2)))


def _met(archive: Archive, cells: Sequence[Cell]) -> Mapping[str, tuple[int, int]]:
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


def _left_out(pairs: Sequence[Pair], only_a: Sequence[str], only_b: Sequence[str]) -> str:
    named: dict[str, list[str]] = {"only in A": [*only_a], "only in B": [*only_b]}
    for pair in pairs:
        if pair.lacking:
            named.setdefault(pair.lacking, []).append(_name(pair.b))
        elif not timed([pair]):
            without = [side for side, cell in (("A", pair.a), ("B", pair.b)) if not cell.replies]
            where = without[0] if len(without) == 1 else "either"
            named.setdefault(f"latency without a reply in {where}", []).append(_name(pair.b))
    told = [f"{why}: {', '.join(names)}" for why, names in named.items() if names]
    return f"Not compared: {'; '.join(told)}." if told else ""


def _warnings(
    archive: Archive, a: RunSummary, b: RunSummary, pairs: Sequence[Pair]
) -> tuple[str, ...]:
    told = []
    if not pairs:
        told.append("The two runs have no scenario in common: nothing can be compared.")
    plan_a, plan_b = archive.plan(a.head.id), archive.plan(b.head.id)
    if plan_a is not None and plan_b is not None:
        names = {pair.b.key[1] for pair in pairs}
        written = [name for name in names if plan_a.scenarios[name] != plan_b.scenarios[name]]
        if written:
            titles = ", ".join(sorted(plan_b.scenarios[name].title for name in written))
            told.append(f"Written otherwise in A and B: {titles}.")
    for name, run in (("A", a), ("B", b)):
        timed_or_not = sum(cell.replies for cell in run.cells) + run.spoiled
        if run.spoiled > _SPOILED * timed_or_not:
            told.append(
                f"In {name} the timing of {run.spoiled} of {timed_or_not} turns was spoiled by the "
                "machine that placed the calls."
            )
        if run.rate.running:
            told.append(f"{name} is not over yet.")
    return tuple(told)
