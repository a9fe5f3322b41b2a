"""The kept calls of the matrix, judged again: every fault fails what it must, and no more."""

from __future__ import annotations

import sys

import pytest

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


def test_every_fault_was_called_and_all_but_one_are_noticed() -> None:
    assert {pair.fault for pair in KEPT} == set(FAULTS)
    noticed = {pair.fault for pair, names in expected().items() if names}
    # 0.4 s of silence before each answer still keep to a budget of two seconds.
    assert set(FAULTS) - noticed == {HEALTHY, "mumbler"}
