"""Rules by which a run fails, and what the command ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.calls import Archive, RunComparison, RunSummary, compare_runs
from harness.cli._run_gates import exit_code, judge, read_rules
from harness.errors import InputError
from harness.nouns import Goal, RunState
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_plan, seed_run


class Runs:
    """Seeded runs of a suite."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data=folder)
        self.store = Store.open(settings)
        self.archive = Archive(self.store, settings)

    def of(
        self, *rates: float | None, state: RunState = RunState.DONE, latency: float = 0.8,
        goal: Goal | None = None,
    ) -> RunSummary:  # fmt: skip
        names = [f"s{number}" for number in range(len(rates))]
        plan = seed_plan(names, 4, suite="nightly", goal=goal or Goal())
        head = seed_run(
            self.store, names, 4, list(rates), seed=3, plan=plan, state=state, latency=latency
        )
        return self.archive.summary(head.id)

    def compared(self, a: RunSummary, b: RunSummary) -> RunComparison:
        return compare_runs(self.archive, a.head.id, b.head.id)


@pytest.fixture
def made(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def ends(summary: RunSummary, *texts: str, against: RunComparison | None = None) -> int:
    return exit_code(summary, judge(read_rules(texts), summary, against))


def test_a_rule_holds_by_its_figure(made: Runs) -> None:
    half = made.of(1.0, 0.0)

    assert ends(half, "check") == 1
    assert ends(half, "pass-rate<0.5") == 0 and ends(half, "pass-rate<0.51") == 1
    assert half.p95.value is not None and half.p50.value is not None
    assert ends(half, f"p95>{half.p95.value + 0.01:.2f}") == 0
    assert ends(half, f"p95>{half.p95.value - 0.01:.2f}") == 1
    assert ends(half, f"p50>{half.p50.value - 0.01:.2f}") == 1
    assert ends(half, "no-answer>1000") == 0
    assert ends(half, "never") == 0
    assert ends(half, "pass-rate<0.4, check") == 1


def test_a_run_that_passes_ends_with_0_unless_its_goal_is_missed(made: Runs) -> None:
    assert ends(made.of(1.0), "check") == 0
    slow = made.of(1.0, latency=1.5, goal=Goal(p95_s=0.5))
    assert ends(slow, "check") == 1 and ends(slow, "never") == 0
    assert any(gate.rule == "goal" for gate in judge(read_rules(["check"]), slow, None))


def test_what_was_not_carried_through_is_no_verdict(made: Runs) -> None:
    assert ends(made.of(1.0, state=RunState.CANCELLED), "never") == 2
    assert ends(made.of(1.0, state=RunState.INTERRUPTED), "never") == 3
    stopped = made.of(1.0, 0.0, state=RunState.STOPPED)
    assert ends(stopped, "check") == 1 and ends(stopped, "pass-rate<0.1") == 2
    assert ends(made.of(None), "check") == 2


def test_rules_of_a_baseline_need_one(made: Runs) -> None:
    before, after = made.of(1.0, 1.0, 1.0), made.of(0.0, 0.0, 0.0)

    assert ends(after, "regression") == 2 and ends(after, "flip") == 2
    worse = made.compared(before, after)
    assert ends(after, "regression", against=worse) == 1
    assert ends(after, "flip", against=worse) == 1
    same = made.compared(before, made.of(1.0, 1.0, 1.0))
    assert ends(before, "regression", "flip", against=same) == 0
    silent = made.compared(made.of(None, None, None), after)
    assert ends(after, "regression", against=silent) == 2, "nothing can be compared"


@pytest.mark.parametrize(
    "text", ["", "checks", "pass-rate", "pass-rate>0.9", "pass-rate<90", "p95<1", "p95>", "check>1"]
)
def test_what_is_no_rule_is_said(text: str) -> None:
    with pytest.raises(InputError, match="no rule"):
        read_rules([text])
