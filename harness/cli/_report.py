"""What ``ringback call --json`` prints: one object, the same for every end a call can come to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.calls import CallView
from harness.errors import RingbackError
from harness.nouns import CallState, CheckResult, CheckVerdict, Failure, Outcome, Turn, Verdict
from harness.store import Artifacts

__all__ = ["CallReport", "ErrorReport", "call_report", "call_schema", "error_report", "problem"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorReport(_Part):
    """What went wrong: what happened, the likely cause, what to do."""

    kind: str = Field(description="Machine key, for instance runner_refused or bad_scenario.")
    message: str
    cause: str
    remedy: str


class TurnReport(_Part):
    """One exchange; times in seconds."""

    index: int = Field(description="0 is the greeting; the caller's lines count from 1.")
    outcome: Outcome | None = Field(description="null for the greeting.")
    caller_text: str | None
    agent_text: str
    agent_text_source: str | None = Field(description="rtvi, lk.transcription or stt.")
    response_latency_s: float | None = Field(
        description="Heard: agent's first sound minus caller's last; negative if talked over."
    )
    bot_reported_s: float | None = Field(description="What the agent says its reply time was.")
    gap_s: float | None = Field(description="Heard minus bot-reported.")
    flagged: bool = Field(
        description="The harness spoiled this turn's timing; it is left out of percentiles."
    )


class EvidenceReport(_Part):
    """What shows a verdict."""

    quote: str = Field(description="Word for word from the cited turn, or empty.")
    turn: int
    at: float | None = Field(description="Second on the call's clock to listen at.")


class CheckReport(_Part):
    """One thing that must hold."""

    name: str
    verdict: CheckVerdict
    required: bool = Field(description="An advisory check cannot fail the call.")
    message: str = Field(description="What happened and where, or why it was not run.")
    evidence: EvidenceReport | None


class MetricReport(_Part):
    """One figure."""

    value: float | None = Field(description="null if it could not be measured.")
    unit: Literal["s", "count", "share"]
    n: int = Field(description="How many observations it rests on.")


class CallReport(_Part):
    """A call placed from the command line, or why none could be placed. Times in seconds."""

    call_id: str | None = Field(description="null if no call was placed.")
    state: CallState | None
    verdict: Verdict
    failure: str | None = Field(description="Machine key of why the call ended early; see error.")
    exit_code: int = Field(description="The command's exit code, 0 to 3.", ge=0, le=3)
    agent: str | None
    scenario: str | None
    duration_s: float | None
    ended_by: str | None = Field(description="caller, agent, person or limit.")
    turns: list[TurnReport]
    checks: list[CheckReport]
    metrics: dict[str, MetricReport]
    warnings: list[str]
    recording: str | None = Field(description="Stereo FLAC, left caller, right agent.")
    events: str | None = Field(description="The event log, one JSON object a line.")
    error: ErrorReport | None


def call_report(view: CallView, paths: Artifacts) -> dict[str, Any]:
    """The report of a call that has ended, as JSON values.

    Args:
        view: The call.
        paths: Where its files are.
    """
    return CallReport(
        call_id=view.call_id,
        state=view.state,
        verdict=view.verdict or Verdict.NOT_RUN,
        failure=view.failure.kind if view.failure else None,
        exit_code=3 if view.exit_code is None else view.exit_code,
        agent=view.agent_title,
        scenario=view.scenario,
        duration_s=_rounded(view.t),
        ended_by=view.ended_by,
        turns=[_turn(turn) for turn in view.turns],
        checks=[_check(check) for check in view.checks],
        metrics={
            metric.key: MetricReport(value=_rounded(metric.value), unit=metric.unit, n=metric.n)
            for metric in view.metrics
        },
        warnings=list(view.warnings),
        recording=str(paths.recording) if view.has_recording else None,
        events=str(paths.events),
        error=problem(view.failure) if view.failure else None,
    ).model_dump(mode="json")


def error_report(error: RingbackError) -> dict[str, Any]:
    """The report when no call was placed, or none could be carried to its end."""
    return CallReport(
        call_id=None,
        state=None,
        verdict=Verdict.NOT_RUN,
        failure=error.kind,
        exit_code=error.exit_code,
        agent=None,
        scenario=None,
        duration_s=None,
        ended_by=None,
        turns=[],
        checks=[],
        metrics={},
        warnings=[],
        recording=None,
        events=None,
        error=problem(error),
    ).model_dump(mode="json")


def problem(error: RingbackError | Failure) -> ErrorReport:
    """An error or a failure in its four parts."""
    return ErrorReport(
        kind=error.kind, message=error.message, cause=error.cause, remedy=error.remedy
    )


def call_schema() -> dict[str, Any]:
    """The JSON schema of the report; `docs/schemas/call.schema.json` is a copy."""
    schema = CallReport.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _turn(turn: Turn) -> TurnReport:
    return TurnReport(
        index=turn.index,
        outcome=turn.outcome,
        caller_text=turn.caller_text,
        agent_text=turn.agent_text,
        agent_text_source=turn.agent_text_source,
        response_latency_s=_rounded(turn.response_latency_s),
        bot_reported_s=_rounded(turn.bot_reported_s),
        gap_s=_rounded(turn.gap_s),
        flagged=bool(turn.flags),
    )


def _check(check: CheckResult) -> CheckReport:
    evidence = check.evidence
    return CheckReport(
        name=check.name,
        verdict=check.verdict,
        required=check.required,
        message=check.message,
        evidence=evidence
        and EvidenceReport(quote=evidence.quote, turn=evidence.turn, at=_rounded(evidence.at)),
    )


def _rounded(value: float | None) -> float | None:
    """A tenth of a millisecond: finer than anything measured here."""
    return None if value is None else round(value, 4)
