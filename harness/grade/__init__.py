"""Checks: what must hold in a call, decided by rule or by judges, with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.grade._calibration import Agreement, Case, measure_judge, read_cases
from harness.grade._conversation import conversation_of, events_of_conversation
from harness.grade._due import due
from harness.grade._evaluate import evaluate
from harness.grade._facts import CallFacts, ExpectationFact, facts_of
from harness.grade._http_judge import HttpJudge
from harness.grade._implied import implied_by
from harness.grade._judge import Asks, Question
from harness.grade._labelled import (
    HALVES,
    HalfMeasured,
    agreement_lines,
    labelled_cases,
    measure_halves,
    measure_sets,
)
from harness.grade._panel import Panel
from harness.grade._probe import JudgeProbe, probe_judge
from harness.grade._replies import SPOILED_SHARE
from harness.grade._rule_judge import RuleJudge, decides_by_rule
from harness.grade._verdict import exit_code_of, score_of, verdict_of
from harness.grade._verify import verify

if TYPE_CHECKING:
    from harness.grade._compat import eval_judge, judge_simulation

__all__ = [
    "HALVES",
    "SPOILED_SHARE",
    "HalfMeasured",
    "JudgeProbe",
    "agreement_lines",
    "labelled_cases",
    "measure_halves",
    "measure_sets",
    "probe_judge",
    "Agreement",
    "Asks",
    "CallFacts",
    "Case",
    "ExpectationFact",
    "HttpJudge",
    "Panel",
    "Question",
    "RuleJudge",
    "conversation_of",
    "decides_by_rule",
    "due",
    "eval_judge",
    "evaluate",
    "events_of_conversation",
    "exit_code_of",
    "facts_of",
    "implied_by",
    "judge_simulation",
    "measure_judge",
    "read_cases",
    "score_of",
    "verdict_of",
    "verify",
]


def __getattr__(name: str) -> Any:
    # Resolved on first use: they bring in Pipecat, which the console and the command line do not
    # load.
    if name in ("eval_judge", "judge_simulation"):
        from harness.grade import _compat

        return getattr(_compat, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
