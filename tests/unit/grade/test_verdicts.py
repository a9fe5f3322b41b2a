"""The tables of verdicts and exit codes, row by row."""

from __future__ import annotations

import pytest
from grade_turns import CRASH, LOST

from harness.errors import RunnerRefused
from harness.grade import exit_code_of, score_of, verdict_of
from harness.nouns import CallState, CheckResult, CheckVerdict, Failure, Verdict

REFUSED = Failure.of(RunnerRefused("Nothing listens there."))
V = CheckVerdict


def checks(*verdicts: CheckVerdict, advisory: tuple[CheckVerdict, ...] = ()) -> list[CheckResult]:
    required = [CheckResult(f"check {i}", "agent_said", v) for i, v in enumerate(verdicts)]
    return required + [
        CheckResult(f"advisory {i}", "agent_said", v, required=False)
        for i, v in enumerate(advisory)
    ]


@pytest.mark.parametrize(
    ("state", "results", "failure", "code", "verdict"),
    [
        (CallState.DONE, checks(V.MET, V.MET), None, 0, Verdict.PASSED),
        (CallState.DONE, [], None, 0, None),
        (CallState.DONE, checks(V.MET, advisory=(V.NOT_MET, V.ERROR)), None, 0, Verdict.PASSED),
        (CallState.DONE, checks(V.MET, V.NOT_MET), None, 1, Verdict.FAILED),
        (CallState.FAILED, checks(V.MET), CRASH, 1, Verdict.FAILED),
        (CallState.DONE, checks(V.MET), CRASH, 1, Verdict.FAILED),
        (CallState.FAILED, [], CRASH, 1, Verdict.FAILED),
        (CallState.DONE, checks(V.MET, V.NOT_RUN), None, 2, Verdict.NOT_RUN),
        (CallState.DONE, checks(V.MET, V.NOT_PROVEN), None, 2, Verdict.NOT_RUN),
        (CallState.FAILED, checks(V.NOT_RUN), REFUSED, 2, Verdict.NOT_RUN),
        (CallState.FAILED, [], None, 2, Verdict.NOT_RUN),
        (CallState.CANCELLED, checks(V.MET), None, 2, Verdict.NOT_RUN),
        (CallState.DONE, checks(V.ERROR), None, 3, Verdict.NOT_RUN),
        (CallState.LOST, checks(V.MET), LOST, 3, Verdict.NOT_RUN),
        (CallState.LOST, [], None, 3, Verdict.NOT_RUN),
        # From the bottom up: the first row that holds counts.
        (CallState.DONE, checks(V.NOT_MET, V.NOT_RUN), None, 2, Verdict.NOT_RUN),
        (CallState.DONE, checks(V.NOT_MET, V.NOT_RUN, V.ERROR), None, 3, Verdict.NOT_RUN),
        (CallState.LOST, checks(V.NOT_MET), CRASH, 3, Verdict.NOT_RUN),
    ],
)
def test_tables(
    state: CallState,
    results: list[CheckResult],
    failure: Failure | None,
    code: int,
    verdict: Verdict | None,
) -> None:
    assert verdict_of(results, state, failure) is verdict
    assert exit_code_of(state, verdict, results, failure) == code


def test_no_verdict_while_the_call_goes_on() -> None:
    assert verdict_of(checks(V.MET), CallState.LIVE) is None
    with pytest.raises(ValueError, match="live"):
        exit_code_of(CallState.LIVE, None, [])


def test_a_stored_verdict_can_only_make_it_worse() -> None:
    assert exit_code_of(CallState.DONE, Verdict.FAILED, []) == 1
    assert exit_code_of(CallState.DONE, Verdict.NOT_RUN, []) == 2
    assert exit_code_of(CallState.DONE, Verdict.PASSED, checks(V.NOT_MET)) == 1


def test_the_score_weighs_what_was_decided() -> None:
    def weighing(verdict: CheckVerdict, weight: float) -> CheckResult:
        return CheckResult("check", "agent_said", verdict, weight=weight)

    decided = [weighing(V.MET, 3.0), weighing(V.NOT_MET, 1.0), weighing(V.NOT_PROVEN, 1.0)]
    left_out = [weighing(V.NOT_RUN, 9.0), weighing(V.ERROR, 9.0), weighing(V.PENDING, 9.0)]

    assert score_of(decided + left_out) == 0.6
    assert score_of(left_out) is None
    assert score_of([weighing(V.MET, 0.0)]) is None
