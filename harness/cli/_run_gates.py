"""Rules by which a run fails: what they say, whether they hold, and the exit code. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.calls import RunComparison, RunSummary
from harness.errors import InputError
from harness.nouns import RunState

__all__ = ["Gate", "Rule", "exit_code", "judge", "read_rules"]

_PLAIN = ("check", "regression", "flip", "never")
_BELOW = ("pass-rate",)
_ABOVE = ("p50", "p95", "no-answer")
_RULE = re.compile(r"\s*([a-z0-9-]+)\s*(?:([<>])\s*(\d+(?:\.\d+)?|\.\d+)\s*)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that fails a run when it holds.

    Attributes:
        name: check, pass-rate, p50, p95, no-answer, regression, flip or never.
        limit: Of a rule with a number: a share, seconds, or turns.
        text: As it was written.
    """

    name: str
    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What became of a rule.

    Attributes:
        rule: Its text; ``goal`` for a part of the suite's goal.
        holds: Whether the run fails by it; None if that cannot be told.
        sentence: For people.
    """

    rule: str
    holds: bool | None
    sentence: str


def read_rules(texts: Sequence[str]) -> tuple[Rule, ...]:
    """Rules as they are written: ``NAME`` or ``NAME<NUMBER`` or ``NAME>NUMBER``.

    Raises:
        InputError: One is none.
    """
    return tuple(_rule(text) for each in texts for text in each.split(","))


def _rule(text: str) -> Rule:
    found = _RULE.fullmatch(text)
    if found is not None:
        name, sign, number = found.groups()
        if sign is None and name in _PLAIN:
            return Rule(name, 0.0, name)
        if (name in _BELOW and sign == "<") or (name in _ABOVE and sign == ">"):
            limit = float(number)
            if name != "pass-rate" or limit <= 1:
                return Rule(name, limit, f"{name}{sign}{number}")
    raise InputError(
        f"`{text.strip()}` is no rule a run could fail by.",
        cause="A rule is one of check, regression, flip, never, pass-rate<0.9, p50>1.5, p95>2.0, "
        "no-answer>0; the share that passes is between 0 and 1.",
        remedy="Write it so, in quotes: the shell reads < and > itself.",
    )


def judge(
    rules: Sequence[Rule], summary: RunSummary, comparison: RunComparison | None
) -> tuple[Gate, ...]:
    """What each rule says of a run, and each part of its goal that is missed.

    Args:
        rules: What was asked for.
        summary: The run.
        comparison: With the baseline, if there is one.
    """
    if any(rule.name == "never" for rule in rules):
        return ()
    gates = [_gate(rule, summary, comparison) for rule in rules]
    return (*gates, *(Gate("goal", True, sentence) for sentence in summary.goal_missed))


def _gate(rule: Rule, summary: RunSummary, comparison: RunComparison | None) -> Gate:
    rate = summary.rate
    decided = rate.passed + rate.failed
    match rule.name:
        case "check":
            return Gate(rule.text, summary.exit_code == 1, f"{rate.failed} of {decided} failed.")
        case "pass-rate":
            if not decided:
                return Gate(rule.text, None, "No call came to a verdict.")
            share = rate.passed / decided
            told = f"{rate.passed} of {decided} passed, {share:.0%}."
            return Gate(rule.text, share < rule.limit, told)
        case "p50" | "p95":
            value = (summary.p50 if rule.name == "p50" else summary.p95).value
            if value is None:
                return Gate(rule.text, None, "No reply was timed.")
            return Gate(rule.text, value > rule.limit, f"{rule.name} is {value:.2f} s.")
        case "no-answer":
            told = f"{summary.no_answer} of {summary.turns} turns got no answer."
            return Gate(rule.text, summary.no_answer > rule.limit, told)
    if comparison is None:
        return Gate(rule.text, None, "There is no baseline to compare with.")
    if rule.name == "flip":
        lost = [
            f"{check.name} ({check.b[0]} of {check.b[1]})"
            for check in comparison.checks
            if check.a[0] == check.a[1] > 0 and check.b[0] < check.b[1]
        ]
        told = ", ".join(lost)
        return Gate(rule.text, bool(lost), f"No longer always met: {told}." if lost else _ALL_MET)
    figures = (comparison.rate, comparison.p95)
    if all(figure.by.value is None for figure in figures):
        return Gate(rule.text, None, comparison.sentence)
    worse = [figure.sentence for figure in figures if figure.conclusion == "worse"]
    return Gate(rule.text, bool(worse), " ".join(worse) or comparison.sentence)


_ALL_MET = "Every check that always held in the baseline still does."


def exit_code(summary: RunSummary, gates: Sequence[Gate]) -> int:
    """What ``ringback run`` ends with: of what holds the first of 3, 2, 1, 0.

    3 trouble of Ringback's own; 2 no verdict possible: the plan was not carried through, or a rule
    cannot be told; 1 a rule holds; 0.
    """
    if summary.exit_code > 1:
        return summary.exit_code
    if any(gate.holds is None for gate in gates):
        return 2
    if any(gate.holds for gate in gates):
        return 1
    return 2 if summary.head.state is RunState.STOPPED else 0
