"""The kept calls of the matrix, judged again: every fault fails what it must, and no more."""

from __future__ import annotations

import sys

import pytest

from harness.nouns import CallState, CheckResult, CheckVerdict, Failure
from harness.settings import ROOT

sys.path.append(str(ROOT / "tests" / "matrix"))

from matrix_pairs import (
    FAULTS,
    HEALTHY,
    Pair,
    expected,
    failed,
    judge_again,
    pairs,
    scenarios,
    stored,
)
from matrix_spoiled import spoiled

KEPT = [pair for pair in pairs() if stored(pair) is not None]


@pytest.mark.parametrize("pair", KEPT, ids=str)
def test_a_kept_call_fails_what_it_must_and_nothing_else(pair: Pair) -> None:
    events = stored(pair)
    assert events is not None
    assert failed(judge_again(pair, events)) == expected()[pair]


def test_what_must_fail_are_checks_that_there_are() -> None:
    for pair, names in expected().items():
        assert pair.fault in FAULTS
        assert names <= {check.name for check in scenarios()[pair.scenario].checks}, str(pair)


def test_a_healthy_agent_must_fail_nothing() -> None:
    assert {pair.scenario for pair in expected() if pair.fault == HEALTHY} == set(scenarios())
    assert not any(names for pair, names in expected().items() if pair.fault == HEALTHY)


def test_every_fault_was_called_and_is_noticed() -> None:
    assert {pair.fault for pair in KEPT} == set(FAULTS)
    noticed = {pair.fault for pair, names in expected().items() if names}
    assert set(FAULTS) - noticed == {HEALTHY}


def _result(verdict: CheckVerdict) -> CheckResult:
    return CheckResult(name="Says goodbye", rule="said_goodbye", verdict=verdict, message="Why.")


MET, NOT_MET, ERROR = (
    _result(each) for each in (CheckVerdict.MET, CheckVerdict.NOT_MET, CheckVerdict.ERROR)
)


def test_a_call_with_spoiled_turns_is_kept_if_it_tells_what_it_must() -> None:
    must = {"Says goodbye"}
    assert spoiled(CallState.DONE, None, [NOT_MET], ["loop lag 50 ms"], must) is None
    assert spoiled(CallState.DONE, None, [MET], [], must) is None
    assert "loop lag 50 ms" in (
        spoiled(CallState.DONE, None, [MET], ["loop lag 50 ms"], must) or ""
    )


def test_a_call_that_could_not_be_judged_or_was_lost_is_not_kept() -> None:
    assert "Says goodbye" in (spoiled(CallState.DONE, None, [ERROR], [], set()) or "")
    assert spoiled(CallState.LOST, None, [MET], [], set()) == "it was lost"


@pytest.mark.parametrize(("code", "kept"), [(1, True), (2, False), (3, False)])
def test_a_call_that_failed_is_kept_only_if_the_agent_let_it_down(code: int, kept: bool) -> None:
    failure = Failure("kind", "What happened.", exit_code=code)
    assert (spoiled(CallState.FAILED, failure, [MET], [], set()) is None) is kept
