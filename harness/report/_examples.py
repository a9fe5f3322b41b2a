"""Labelled examples: what people say of criteria, for whoever makes or measures judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from harness.calls import Archive, CallRequest, CallView, Example, Label, criterion_texts, trust_of
from harness.nouns import CheckVerdict, Grade, Redaction, Scenario, Turn
from harness.report._check_json import ReportPart
from harness.report._content import rule_of
from harness.report._hider import Hider
from harness.report._options import ReportOptions

__all__ = ["ExampleReport", "SaidReport", "examples"]

VERSION: Final = 1


class FunctionReport(ReportPart):
    """A function the agent called."""

    name: str | None
    arguments: dict[str, Any] | None
    result: Any = None
    cancelled: bool = False


class SaidReport(ReportPart):
    """A turn of the transcript."""

    turn: int
    caller: str | None = Field(description="null where the caller said nothing, or no words known.")
    agent: str
    functions: list[FunctionReport]


class GradeReport(ReportPart):
    """What one person says."""

    grader: str
    value: Literal["met", "not_met", "unsure"]
    blind: bool = Field(description="Graded before the judge's verdict was shown.")
    note: str


class SaidByJudge(ReportPart):
    """What one judge says of the same."""

    judge: str = Field(description="Names of the language models; rules needs none.")
    model: str = Field(description="The models that answered.")
    prompt: str = Field(description="Name and version of the prompt.")
    verdict: CheckVerdict


class ExampleReport(ReportPart):
    """A line of the file: a criterion, a call, and what most people say."""

    version: Literal[1] = Field(VERSION, description="Of this form.")
    call_id: str
    agent: str
    scenario: str | None
    check: str = Field(description="Name of the criterion.")
    criterion: str = Field(description="Its words; empty if they are not known any more.")
    turn: int | None = Field(description="The reply it is asked of; null: the whole call.")
    label: Literal["met", "not_met"] = Field(description="What most people say.")
    grades: list[GradeReport]
    judged: list[SaidByJudge]
    transcript: list[SaidReport]


def examples(archive: Archive, options: ReportOptions) -> list[str]:
    """The lines, newest first; what people are unsure or divided of is no example.

    Secrets are hidden in any case. Where personal data is, so are the names of the graders.

    Raises:
        InputError: A pattern to hide is no regular expression.
    """
    book = trust_of(archive)
    said: dict[tuple[str, str, int | None], list[Example]] = {}
    for row in book.rows:
        for one in row.examples:
            label = one.label
            said.setdefault((label.call_id, label.check, label.turn), []).append(one)
    labels = [label for label in book.labels if label.met is not None]
    plans = {each: _Plan(archive, each) for each in {label.call_id for label in labels}}
    hider = Hider(_rule(archive, options, labels, plans))
    lines = []
    for label in labels:
        judged = said.get((label.call_id, label.check, label.turn), ())
        view, plan = archive.view(label.call_id), plans[label.call_id]
        lines.append(_example(label, judged, view, plan, hider).model_dump_json())
    return lines


class _Plan:
    """What was asked in a call: its scenario, and the words of its criteria."""

    def __init__(self, archive: Archive, call_id: str) -> None:
        store = archive.store
        self.scenario: Scenario | None = CallRequest.model_validate(store.plan(call_id)).scenario
        asked = list(self.scenario.checks) if self.scenario is not None else []
        for grading in store.gradings_of(call_id):
            asked += grading.checks
        self.texts = criterion_texts(asked)


def _rule(
    archive: Archive,
    options: ReportOptions,
    labels: Sequence[Label],
    plans: Mapping[str, _Plan],
) -> Redaction | None:
    """What is hidden in any of the calls is hidden in all, and so are the graders' names."""
    if not options.personal:
        return None
    runs = {archive.view(call_id).run_id for call_id in plans}
    suites = [plan.redact for run in sorted(runs) if (plan := archive.plan(run)) is not None]
    scenarios = [plan.scenario for plan in plans.values() if plan.scenario is not None]
    rules = [rule_of(options, suite, scenarios) for suite in (*suites, None)]
    known = [rule for rule in rules if rule is not None]
    names = [name for rule in known for name in rule.names]
    graders = [grade.grader for label in labels for grade in label.grades]
    return Redaction(
        names=tuple(dict.fromkeys((*names, *graders))),
        numbers=any(rule.numbers for rule in known),
        emails=any(rule.emails for rule in known),
        addresses=any(rule.addresses for rule in known),
        patterns=tuple(dict.fromkeys(each for rule in known for each in rule.patterns)),
    )


def _example(
    label: Label, judged: Sequence[Example], view: CallView, plan: _Plan, hider: Hider
) -> ExampleReport:
    return ExampleReport(
        call_id=label.call_id,
        agent=hider.text(view.agent),
        scenario=None if view.scenario is None else hider.text(view.scenario),
        check=hider.text(label.check),
        criterion=hider.text(plan.texts.get(label.check, "")),
        turn=label.turn,
        label="met" if label.met else "not_met",
        grades=[_grade(grade, hider) for grade in label.grades],
        judged=[
            SaidByJudge(
                judge=one.judged.judge,
                model=one.judged.model,
                prompt=one.judged.prompt,
                verdict=one.judged.verdict,
            )
            for one in judged
        ],
        transcript=[_said(turn, hider) for turn in view.turns],
    )


def _grade(grade: Grade, hider: Hider) -> GradeReport:
    assert grade.value in ("met", "not_met", "unsure")
    return GradeReport(
        grader=hider.text(grade.grader),
        value=grade.value,
        blind=grade.blind,
        note=hider.text(grade.note),
    )


def _said(turn: Turn, hider: Hider) -> SaidReport:
    called = [
        {
            "name": tool.name,
            "arguments": tool.arguments,
            "result": tool.result,
            "cancelled": tool.cancelled,
        }
        for tool in turn.tools
    ]
    return SaidReport(
        turn=turn.index,
        caller=None if turn.caller_text is None else hider.text(turn.caller_text),
        agent=hider.text(turn.agent_text),
        functions=[FunctionReport.model_validate(each) for each in hider.value(called)],
    )
