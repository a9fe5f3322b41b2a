"""A summary of a call or a run in Markdown, for where a build tells its outcome."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from harness.nouns import CheckVerdict, Verdict
from harness.report._call_json import CallReport
from harness.report._content import Content, RunPart
from harness.report._words import (
    graded,
    graded_what,
    interval,
    marked,
    percent,
    ruled,
    seconds,
    share,
)

__all__ = ["markdown"]

_MOST = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")


def markdown(content: Content) -> str:
    """The figures, a table of scenarios, and the calls that failed with why (at most 20)."""
    lines = [f"# {_text(content.title)}", ""]
    if content.run is not None:
        lines += _of_run(content.run, content.compared)
    failed = [call for call in content.calls if call.report.verdict is not Verdict.PASSED]
    if content.run is None:
        told = content.calls[0].report
        lines += [f"{marked(told.verdict)}, {seconds(told.duration_s)} long.", ""]
        lines += [_text(content.compared), ""] if content.compared else []
    elif failed:
        lines += ["## Calls that did not pass", ""]
    for part in failed[:_MOST]:
        call = part.report
        lines.append(
            f"- {marked(call.verdict)} `{call.call_id}` {_text(call.scenario_title or '')}"
        )
        if call.error is not None:
            lines.append(f"  - {_text(call.error.message)} {_text(call.error.remedy)}")
        lines += [
            f"  - {_text(check.name)}: {_text(check.message)}{f' {_text(doubt)}' if doubt else ''}"
            for check, doubt in zip(call.checks, part.doubts, strict=True)
            if check.required and check.verdict is CheckVerdict.NOT_MET and not check.implied_by
        ]
    if len(failed) > _MOST:
        lines.append(f"- and {len(failed) - _MOST} more")
    lines += _grades([call.report for call in content.calls])
    return "\n".join(lines).rstrip() + "\n"


def _grades(calls: Sequence[CallReport]) -> list[str]:
    grades = [(call, grade) for call in calls for grade in call.grades]
    if not grades:
        return []
    people = len({grade.grader for _, grade in grades})
    count = Counter(graded(grade) for _, grade in grades)
    told = ", ".join(f"{n} {words}" for words, n in count.most_common())
    lines = [
        "",
        "## Grades by people",
        "",
        f"By {people} {'people' if people > 1 else 'person'}: {told}.",
        "",
    ]
    for call, grade in grades[:_MOST]:
        note = f": {_text(grade.note)}" if grade.note else ""
        lines.append(
            f"- {graded(grade)} `{call.call_id}` {_text(graded_what(grade))}, "
            f"{_text(grade.grader)}{note}"
        )
    if len(grades) > _MOST:
        lines.append(f"- and {len(grades) - _MOST} more")
    return lines


def _of_run(run: RunPart, compared: str) -> list[str]:
    lines = [
        f"**{run.passed} of {run.passed + run.failed} calls passed** "
        f"({share(run.pass_rate)}), {run.not_run} without a verdict.",
        "",
        f"Heard latency p50 {interval(run.p50_s)}, p95 {interval(run.p95_s)}; "
        f"{run.no_answer} of {run.turns} turns got no answer; {run.spoiled} left out.",
        "",
    ]
    lines += [_text(run.resting_on), ""] if run.resting_on else []
    lines += [_text(compared), ""] if compared else []
    rules = [
        f"- {ruled(gate.holds)} {_text(f'{gate.rule}: {gate.sentence}')}" for gate in run.gates
    ]
    rules = rules or [f"- {_text(sentence)}" for sentence in run.goal_missed]
    lines += [*rules, ""] if rules else []
    lines += [
        "## Scenarios",
        "",
        "| Scenario | Agent | Caller | Passed | 95 % interval | p50 | p95 | No answer |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell in run.cells:
        rate = cell.pass_rate
        bounds = f"{percent(rate.low)} to {percent(rate.high)}" if rate.low is not None else "-"
        lines.append(
            f"| {_text(cell.scenario)} | {_text(cell.agent)} | {_text(cell.caller)} "
            f"| {cell.passed} of {cell.passed + cell.failed} | {bounds} "
            f"| {seconds(cell.p50_s)} | {seconds(cell.p95_s)} | {cell.no_answer} |"
        )
    return [*lines, ""]


def _text(text: str) -> str:
    """Nothing in it means anything to Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
