"""RunSummary: what became of a run, from its calls' figures alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.calls._runs import PassRate, pass_rate
from harness.grade import SPOILED_SHARE
from harness.measure import (
    GREY_BELOW,
    Interval,
    pass_hat_k,
    percentile,
    percentile_of,
    wilson,
)
from harness.nouns import (
    DIGEST_VERSION,
    AgentVersion,
    Band,
    Call,
    CallFigures,
    CellDigest,
    Goal,
    RunDigest,
    RunHead,
    RunPlan,
    RunState,
    Share,
    Verdict,
)

__all__ = ["Cell", "RunSummary", "digest_of", "in_a_row", "summarise", "versions_of"]

_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One agent with one scenario and one caller.

    Attributes:
        key: Names of the three in the run's plan; of a run without one those of its calls.
        agent: Title for people; likewise `scenario` and `caller`.
        planned: How many calls its plan has; of a run without one as many as there are.
        calls: By attempt; of a place that was called again the newest one.
        not_run: Calls that ended without a verdict of passed or failed; they count for neither.
        rate: Share of the calls with such a verdict that passed, with Wilson's interval.
        pass_hat: How likely k calls in a row pass, for k from 1 to the calls with a verdict.
        p50_s: Of all its replies, seconds; None without any. Likewise `p95_s`.
        replies_s: Latencies of each call that has any, by its id.
        turns: Lines that the caller said; likewise `no_answer`, `talked_over` and `spoiled`.
        budget_s: The least latency budget of its calls, seconds; None while none has ended.
        failures: In how many calls each check failed, most first; see :attr:`CallFigures.failed`.
    """

    key: tuple[str, str, str]
    agent: str
    scenario: str
    caller: str
    planned: int
    calls: tuple[Call, ...]
    passed: int
    failed: int
    not_run: int
    rate: Interval
    pass_hat: dict[int, float]
    p50_s: float | None
    p95_s: float | None
    replies_s: dict[str, tuple[float, ...]]
    turns: int
    no_answer: int
    talked_over: int
    spoiled: int
    budget_s: float | None
    failures: dict[str, int]

    @property
    def over_budget(self) -> bool:
        """Whether more than 5 of 100 replies took longer than the budget."""
        return self.p95_s is not None and self.budget_s is not None and self.p95_s > self.budget_s

    @property
    def replies(self) -> int:
        """How many replies were timed."""
        return sum(map(len, self.replies_s.values()))


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as it stands.

    Attributes:
        cells: In the order of the plan.
        p50: Over all replies, seconds; its interval is that of the same calls placed again, see
            :func:`percentile_of`. Likewise `p95`.
        replies_s: Latencies by the scenario's title, in the order of calls.
        no_answer: Turns; likewise `turns` and `spoiled`.
        failures: In how many calls each check failed, most first.
        took_s: From the first call to the end of the run, or of its last call; None while none has
            ended.
        exit_code: What ``ringback run`` ends with if any failed call fails the run.
        goal_missed: A sentence for each part of the goal that is not reached.
    """

    head: RunHead
    cells: tuple[Cell, ...]
    rate: PassRate
    p50: Interval
    p95: Interval
    replies_s: dict[str, tuple[float, ...]]
    no_answer: int
    turns: int
    spoiled: int
    failures: dict[str, int]
    took_s: float | None
    exit_code: int
    goal_missed: tuple[str, ...]


def summarise(
    head: RunHead,
    plan: RunPlan | None,
    calls: Sequence[Call],
    figures: Mapping[str, CallFigures],
) -> RunSummary:
    """What became of a run.

    Args:
        head: The run.
        plan: Its plan, if it has one.
        calls: In the order in which they were placed.
        figures: Of those that have ended, by id.
    """
    calls = _newest(calls)
    cells = tuple(_cell(*each, figures) for each in _arranged(plan, calls))
    replies: dict[str, tuple[float, ...]] = {}
    for cell in cells:
        every = tuple(value for values in cell.replies_s.values() for value in values)
        if every:
            replies[cell.scenario] = replies.get(cell.scenario, ()) + every
    known = [figures[call.id] for call in calls if call.id in figures]
    rate = pass_rate(calls)
    timed = {"|".join(cell.key): cell.replies_s for cell in cells}
    p50, p95 = (percentile_of(timed, q) for q in (50, 95))
    return RunSummary(
        head=head,
        cells=cells,
        rate=rate,
        p50=p50,
        p95=p95,
        replies_s=replies,
        no_answer=sum(each.no_answer for each in known),
        turns=sum(each.turns for each in known),
        spoiled=sum(each.spoiled for each in known),
        failures=_counted(known),
        took_s=_took_s(head, calls),
        exit_code=_exit_code(head, rate, known),
        goal_missed=_missed(plan.goal if plan is not None else Goal(), rate, p95),
    )


def digest_of(summary: RunSummary) -> RunDigest:
    """What is kept of a summary; the intervals of its cells are made here."""
    low, high = summary.rate.interval
    return RunDigest(
        version=DIGEST_VERSION,
        rate=Share(
            summary.rate.passed, summary.rate.failed, summary.rate.undecided, low=low, high=high
        ),
        p50=_band(summary.p50),
        p95=_band(summary.p95),
        no_answer=summary.no_answer,
        turns=summary.turns,
        spoiled=summary.spoiled,
        took_s=summary.took_s,
        failures=summary.failures,
        cells=tuple(_cell_digest(cell) for cell in summary.cells),
        agents=versions_of(summary),
    )


def versions_of(summary: RunSummary) -> dict[str, AgentVersion]:
    """The version of each agent, by its title, as far as it is known; of several the newest."""
    versions: dict[str, AgentVersion] = {}
    for cell in summary.cells:
        told = [call.version for call in cell.calls if call.version is not None]
        if told:
            versions.setdefault(cell.agent, told[-1])
    return versions


def _newest(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Calls without those whose place was called again."""
    last = {call.slot: call.id for call in calls if call.slot}
    return tuple(call for call in calls if not call.slot or last[call.slot] == call.id)


_Arranged = tuple[tuple[str, str, str], tuple[str, str, str], int, list[Call]]


def _arranged(plan: RunPlan | None, calls: Sequence[Call]) -> list[_Arranged]:
    """Key, titles, planned calls and calls of each cell."""
    if plan is None:
        found: dict[tuple[str, str, str], list[Call]] = {}
        for call in calls:
            key = (call.agent_name or call.agent, call.scenario or "", "")
            found.setdefault(key, []).append(call)
        return [
            (key, (of[0].agent, of[0].scenario or "", ""), len(of), of) for key, of in found.items()
        ]
    by_slot = {call.slot: call for call in calls}
    slots: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for item in plan.items:
        key = (item.agent, item.scenario, item.caller)
        slots.setdefault(key, []).append((item.attempt, item.slot))
    arranged = []
    for key, places in slots.items():
        agent, scenario, caller = key
        titles = (
            plan.agents[agent].title or plan.agents[agent].name,
            plan.scenarios[scenario].title,
            caller,
        )
        of = [by_slot[slot] for _, slot in sorted(places) if slot in by_slot]
        arranged.append((key, titles, len(places), of))
    return arranged


def _cell(
    key: tuple[str, str, str],
    titles: tuple[str, str, str],
    planned: int,
    calls: Sequence[Call],
    figures: Mapping[str, CallFigures],
) -> Cell:
    ended = [call for call in calls if call.state.is_final]
    passed = sum(call.verdict is Verdict.PASSED for call in ended)
    failed = sum(call.verdict is Verdict.FAILED for call in ended)
    decided = passed + failed
    known = {call.id: figures[call.id] for call in calls if call.id in figures}
    every = [value for each in known.values() for value in each.replies_s]
    low, high = wilson(passed, decided) if decided else (None, None)
    agent, scenario, caller = titles
    return Cell(
        key=key,
        agent=agent,
        scenario=scenario,
        caller=caller,
        planned=planned,
        calls=tuple(calls),
        passed=passed,
        failed=failed,
        not_run=len(ended) - decided,
        rate=Interval(
            passed / decided if decided else None, low, high, decided, 1, decided < GREY_BELOW
        ),
        pass_hat={k: pass_hat_k(decided, passed, k) for k in range(1, decided + 1)},
        p50_s=percentile(every, 50),
        p95_s=percentile(every, 95),
        replies_s={call_id: each.replies_s for call_id, each in known.items() if each.replies_s},
        turns=sum(each.turns for each in known.values()),
        no_answer=sum(each.no_answer for each in known.values()),
        talked_over=sum(each.talked_over for each in known.values()),
        spoiled=sum(each.spoiled for each in known.values()),
        budget_s=min((each.budget_s for each in known.values()), default=None),
        failures=_counted(known.values()),
    )


def _cell_digest(cell: Cell) -> CellDigest:
    low, high = (cell.rate.low, cell.rate.high) if cell.rate.n else (0.0, 1.0)
    assert low is not None and high is not None
    bands = [_band(percentile_of({"": cell.replies_s}, q)) for q in (50, 95)]
    return CellDigest(
        cell.agent,
        cell.scenario,
        cell.caller,
        Share(cell.passed, cell.failed, cell.not_run, low, high),
        *bands,
    )


def _band(figure: Interval) -> Band:
    return Band(figure.value, figure.low, figure.high, figure.n)


def _counted(figures: Iterable[CallFigures]) -> dict[str, int]:
    """In how many calls each check failed, most first."""
    found = Counter(name for each in figures for name in dict.fromkeys(each.failed))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _took_s(head: RunHead, calls: Sequence[Call]) -> float | None:
    ends: list[datetime] = [call.ended_at for call in calls if call.ended_at is not None]
    if not ends:
        return None
    end = head.ended_at or max(ends)
    return (end - min(call.created_at for call in calls)).total_seconds()


def _exit_code(head: RunHead, rate: PassRate, figures: Sequence[CallFigures]) -> int:
    """Of what holds the first: 3 trouble of ours, 2 not carried through, 1 a failed call, 0."""
    codes = {each.exit_code for each in figures}
    replied = sum(len(each.replies_s) + each.spoiled for each in figures)
    spoiled = sum(each.spoiled for each in figures)
    if head.state is RunState.INTERRUPTED or 3 in codes or spoiled > SPOILED_SHARE * replied:
        return 3
    stopped = head.state is RunState.STOPPED and not rate.failed
    if head.state is RunState.CANCELLED or stopped or 2 in codes or not rate.passed + rate.failed:
        return 2
    return 1 if rate.failed or 1 in codes else 0


def _missed(goal: Goal, rate: PassRate, p95: Interval) -> tuple[str, ...]:
    missed = []
    decided = rate.passed + rate.failed
    if goal.pass_rate is not None and decided and rate.passed / decided < goal.pass_rate:
        share = 100 * rate.passed / decided
        missed.append(
            f"{share:.0f} % of the calls passed; the goal is {100 * goal.pass_rate:.0f} %."
        )
    if goal.p95_s is not None and p95.value is not None and p95.value > goal.p95_s:
        missed.append(
            f"95 % of the replies came within {p95.value:.2f} s; the goal is {goal.p95_s:.2f} s."
        )
    return tuple(missed)


def in_a_row(cells: Sequence[Cell]) -> int:
    """For how many calls in a row it is told how likely all pass; 0 if no scenario is repeated."""
    most = max((cell.planned for cell in cells), default=0)
    return min(_IN_A_ROW, most) if most > 1 else 0
