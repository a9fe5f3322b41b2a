"""Content: what a report of a call or a run tells, gathered and hidden once, for any format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import Field

from harness import __version__
from harness.calls import (
    Archive,
    CallRequest,
    CallView,
    Cell,
    RunSummary,
    doubt_of_check,
    doubts_of_runs,
    in_a_row,
    resting_on,
    trust_of,
)
from harness.measure import Interval
from harness.nouns import Redaction, RulesBrain, Scenario, Span, Turn
from harness.report._call_json import CallReport, call_report
from harness.report._check_json import ReportPart, rounded, schema_of
from harness.report._hider import Hider
from harness.report._options import ReportOptions
from harness.report._suite_json import GateReport

__all__ = [
    "CallPart",
    "CellPart",
    "Content",
    "FigurePart",
    "RunPart",
    "content_of",
    "content_schema",
    "rule_of",
    "silent_in",
]

VERSION: Final = 1
_EDGE_S: Final = 0.3
"""Speech is heard a little before and after it is found."""
_AGAIN: Final = "Its interval: where it would lie if the same calls were placed again."


class FigurePart(ReportPart):
    """A figure with its 95 % interval, if there is one."""

    value: float | None
    low: float | None
    high: float | None
    n: int = Field(description="How many observations it rests on.")


class CellPart(ReportPart):
    """One agent with one scenario and one caller."""

    agent: str
    scenario: str
    caller: str
    planned: int
    passed: int
    failed: int
    not_run: int
    pass_rate: FigurePart = Field(description="Share of those that passed or failed, by Wilson.")
    pass_hat: float | None = Field(
        description="How likely `in_a_row` calls in a row all pass (pass^k); null with fewer calls "
        "that passed or failed, or where no scenario is repeated."
    )
    p50_s: float | None
    p95_s: float | None
    replies: int = Field(description="Replies that were timed.")
    no_answer: int
    spoiled: int
    call_ids: list[str] = Field(description="By attempt.")


class RunPart(ReportPart):
    """A run."""

    run_id: str
    state: str | None = Field(description="null: calls that were placed one by one.")
    suite: str
    label: str
    created_at: str
    planned: int
    passed: int
    failed: int
    not_run: int
    running: int
    pass_rate: FigurePart
    p50_s: FigurePart = Field(description=_AGAIN)
    p95_s: FigurePart = Field(description=_AGAIN)
    no_answer: int
    turns: int
    spoiled: int
    took_s: float | None
    stop_reason: str
    goal_missed: list[str]
    gates: list[GateReport] = Field(
        description="Rules by which the run could fail; empty unless `ringback run` wrote this."
    )
    failures: list[tuple[str, int]] = Field(
        description="In how many calls each check failed, most first; a name with ! before it is "
        "why calls never got through."
    )
    resting_on: str = Field(
        description="Criteria that verdicts of the run rest on and whose judges are not proven, in "
        "a sentence; or empty."
    )
    exit_code: int
    in_a_row: int = Field(
        description="For how many calls in a row `pass_hat` tells how likely all pass; 0 if no "
        "scenario is repeated."
    )
    cells: list[CellPart]


class SpokenPart(ReportPart):
    """When a turn was heard, seconds on the call's clock."""

    caller: tuple[float, float] | None
    agent: list[tuple[float, float]]


class CallPart(ReportPart):
    """A call, with when each of its turns was heard."""

    created_at: str
    budget_s: float
    spoken: list[SpokenPart] = Field(description="One a turn, as in `report`.")
    silenced: list[tuple[float, float]] = Field(
        description="Stretches whose words are hidden; the sound in a page is silent there."
    )
    doubts: list[str] = Field(
        description="One a check, as in `report`: why the verdict of its judge is to be read with "
        "care; empty if nothing speaks for that."
    )
    report: CallReport


class Content(ReportPart):
    """What `report.json` holds; the other formats tell parts of it."""

    version: Literal[1] = Field(VERSION, description="Of this schema.")
    kind: Literal["call", "run"]
    title: str
    made_at: str
    ringback: str = Field(description="Version of Ringback.")
    hidden: bool = Field(description="Whether personal data is hidden.")
    compared: str = Field(description="What a comparison with another call or run says, or empty.")
    run: RunPart | None
    calls: list[CallPart] = Field(
        description="Of a place of the plan that was called again, the newest call."
    )


def content_of(archive: Archive, id: str, options: ReportOptions) -> Content:
    """What a report of a call or a run tells, with secrets and personal data hidden.

    Args:
        archive: Where it is stored.
        id: Of a run (``run_...``) or of a call.
        options: What is hidden.

    Raises:
        NotFound: There is no such call or run.
        InputError: A pattern to hide is no regular expression.
    """
    summary = archive.summary(id) if id.startswith("run_") else None
    if summary is not None:
        ids = [call.id for cell in summary.cells for call in cell.calls]
        run_id = id
    else:
        ids = [id]
        run_id = archive.view(id).run_id
    scenarios: list[Scenario] = []
    calls = [_call(archive, call_id, scenarios) for call_id in ids]
    if summary is not None:
        title = summary.head.name or "Run"
    else:
        title = calls[0].report.scenario_title or calls[0].report.agent or "Call"
    content = Content(
        kind="run" if summary is not None else "call",
        title=options.title or title,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ringback=__version__,
        hidden=options.personal,
        compared=options.compared,
        run=_run(archive, summary, options) if summary is not None else None,
        calls=calls,
    )
    plan = archive.plan(run_id)
    rule = rule_of(options, plan.redact if plan is not None else None, scenarios)
    hidden = Content.model_validate(Hider(rule).value(content.model_dump(mode="json")))
    silenced = [
        here.model_copy(update={"silenced": silent_in(before, here, whole=rule is not None)})
        for before, here in zip(calls, hidden.calls, strict=True)
    ]
    return hidden.model_copy(update={"calls": silenced})


def content_schema() -> dict[str, Any]:
    """The JSON schema of `report.json`; `docs/schemas/report.schema.json` is a copy."""
    return schema_of(Content)


def rule_of(
    options: ReportOptions, suite: Redaction | None, scenarios: Iterable[Scenario]
) -> Redaction | None:
    """What is personal: as told, else as the suite says, and in any case the callers' own names."""
    if not options.personal:
        return None
    chosen = options.redact or suite or Redaction()
    suite = suite or Redaction()
    own = [
        value
        for scenario in scenarios
        if scenario.simulation is not None and isinstance(scenario.simulation.brain, RulesBrain)
        for key, value in scenario.simulation.brain.slots.items()
        if "name" in key.casefold()
    ]
    return chosen.model_copy(
        update={
            "names": tuple(dict.fromkeys((*chosen.names, *suite.names, *own))),
            "patterns": tuple(dict.fromkeys((*chosen.patterns, *suite.patterns))),
        }
    )


def _call(archive: Archive, call_id: str, scenarios: list[Scenario]) -> CallPart:
    view = archive.view(call_id)
    scenario = CallRequest.model_validate(archive.store.plan(call_id)).scenario
    if scenario is not None:
        scenarios.append(scenario)
    grades = archive.store.grades_of(call_id)
    told = call_report(view, archive.store.artifacts(call_id), scenario, grades)
    # Paths of this computer say nothing elsewhere, but may name a person.
    told |= {"recording": None, "events": None}
    return CallPart(
        created_at=view.created_at.isoformat(timespec="seconds"),
        budget_s=view.budget_s,
        spoken=[_spoken(turn, view.t) for turn in view.turns],
        silenced=[],
        doubts=_doubts(archive, view),
        report=CallReport.model_validate(told),
    )


def _doubts(archive: Archive, view: CallView) -> list[str]:
    book = trust_of(archive)
    doubts = (doubt_of_check(book, check) for check in view.checks)
    return ["" if doubt is None else f"{doubt.word}. {doubt.sentence}" for doubt in doubts]


def silent_in(before: CallPart, here: CallPart, *, whole: bool) -> list[tuple[float, float]]:
    """Where the sound must be silent, since what was said there is hidden.

    Nobody knows when each word was said, so the whole stretch of speech is.

    Args:
        before: The call as it is stored.
        here: As it is shown.
        whole: Whether speech that has no words is silenced, too: nobody knows what was said.
    """
    found: list[tuple[float, float]] = []
    for was, now, spoken in zip(before.report.turns, here.report.turns, here.spoken, strict=True):
        caller = [spoken.caller] if spoken.caller is not None else []
        for old, new, spans in (
            (was.caller_text or "", now.caller_text or "", caller),
            (was.agent_text, now.agent_text, spoken.agent),
        ):
            if old != new or "[hidden]" in old or (whole and not old.strip()):
                found += [(max(0.0, start - _EDGE_S), end + _EDGE_S) for start, end in spans]
    return sorted(found)


def _spoken(turn: Turn, end_s: float) -> SpokenPart:
    caller = turn.caller
    return SpokenPart(
        caller=None if caller is None else _seconds(caller, end_s),
        agent=[_seconds(span, end_s) for span in turn.agent],
    )


def _seconds(span: Span, end_s: float) -> tuple[float, float]:
    """Where it is heard; one that goes on ends with the call."""
    return round(span.start, 3), round(max(span.start, end_s) if span.end is None else span.end, 3)


def _run(archive: Archive, summary: RunSummary, options: ReportOptions) -> RunPart:
    head, rate = summary.head, summary.rate
    decided = rate.passed + rate.failed
    low, high = rate.interval
    share = FigurePart(
        value=round(rate.passed / decided, 4) if decided else None,
        low=rounded(low) if decided else None,
        high=rounded(high) if decided else None,
        n=decided,
    )
    k = in_a_row(summary.cells)
    return RunPart(
        run_id=head.id,
        state=head.state.value if head.state is not None else None,
        suite=head.suite,
        label=head.label,
        created_at=head.created_at.isoformat(timespec="seconds"),
        planned=max(head.planned, rate.calls),
        passed=rate.passed,
        failed=rate.failed,
        not_run=rate.undecided,
        running=rate.running,
        pass_rate=share,
        p50_s=_figure(summary.p50),
        p95_s=_figure(summary.p95),
        no_answer=summary.no_answer,
        turns=summary.turns,
        spoiled=summary.spoiled,
        took_s=rounded(summary.took_s),
        stop_reason=head.stop_reason,
        goal_missed=list(summary.goal_missed),
        gates=list(options.gates),
        failures=list(summary.failures.items()),
        resting_on=resting_on(doubts_of_runs(archive, [head.id])),
        exit_code=summary.exit_code,
        in_a_row=k,
        cells=[_cell(cell, k) for cell in summary.cells],
    )


def _cell(cell: Cell, k: int) -> CellPart:
    return CellPart(
        agent=cell.agent,
        scenario=cell.scenario,
        caller=cell.caller,
        planned=cell.planned,
        passed=cell.passed,
        failed=cell.failed,
        not_run=cell.not_run,
        pass_rate=_figure(cell.rate),
        pass_hat=rounded(cell.pass_hat.get(k)),
        p50_s=rounded(cell.p50_s),
        p95_s=rounded(cell.p95_s),
        replies=cell.replies,
        no_answer=cell.no_answer,
        spoiled=cell.spoiled,
        call_ids=[call.id for call in cell.calls],
    )


def _figure(figure: Interval) -> FigurePart:
    return FigurePart(
        value=rounded(figure.value), low=rounded(figure.low), high=rounded(figure.high), n=figure.n
    )
