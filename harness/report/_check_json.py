"""A check of a call as JSON: its verdict, what the script expected, and what judges said of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.grade import implied_by
from harness.nouns import (
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Evidence,
    Expected,
    Judgement,
    Scenario,
    Vote,
)

__all__ = [
    "CheckReport",
    "JudgingReport",
    "ReportPart",
    "check_reports",
    "judging_report",
    "rounded",
    "schema_of",
]


Word = Literal["passed", "failed", "not_run", "not_proven", "pending", "error"]


class ReportPart(BaseModel):
    """A part of a report that is printed as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def schema_of(report: type[ReportPart]) -> dict[str, Any]:
    """The JSON schema of a report as it is printed, with the draft it is written in."""
    schema = report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


class EvidenceReport(ReportPart):
    """What shows a verdict."""

    quote: str = Field(description="Word for word from the cited turn, or empty.")
    turn: int
    at: float | None = Field(description="Second on the call's clock to listen at.")


class VoteReport(ReportPart):
    """One answer of one judge."""

    judge: str = Field(description="Name of the language model; rules needs none.")
    model: str = Field(description="The model that answered.")
    verdict: CheckVerdict
    quote: str = Field(description="As it stands in the cited turn, else as the judge gave it.")
    turn: int | None = Field(description="The turn it cited.")
    reason: str = Field(description="In the judge's words.")
    tokens_in: int
    tokens_out: int
    error: str = Field(description="What went wrong; empty if nothing.")


class JudgementReport(ReportPart):
    """What all judges together say of a check, for the whole call or for one turn."""

    turn: int | None = Field(description="The turn it was asked of; null for the whole call.")
    verdict: CheckVerdict = Field(description="Of the majority.")
    agreement: float = Field(description="Share of all votes that say so.", ge=0, le=1)
    score: float | None = Field(description="Of a metric that is a share of turns.")
    prompt: str = Field(description="Name and version of the prompt.")
    reason: str = Field(description="One of the majority's reasons.")
    evidence: EvidenceReport | None = Field(description="The majority's quote and its second.")
    tokens_in: int
    tokens_out: int
    votes: list[VoteReport]


class ExpectationReport(ReportPart):
    """Where the expectation of a script stands that a check is made from."""

    step: int = Field(description="Turn of the script, from 0.")
    index: int = Field(description="Place among the turn's expectations, from 0.")
    event: str = Field(description="The event of Pipecat Evals, as written.")
    line: int = Field(description="The caller's line it belongs to; 0 is the greeting.")
    verdict: Word = Field(
        description="In the words of Pipecat Evals: passed, failed, not_run. The others are ours."
    )


class CheckReport(ReportPart):
    """One thing that must hold."""

    name: str
    rule: str = Field(description="Which rule decides; expected: an expectation of the script.")
    verdict: CheckVerdict
    required: bool = Field(description="An advisory check cannot fail the call.")
    weight: float = Field(description="How much it counts in the call's score.")
    kind: str = Field(description="Machine key of why it is not met, not run or an error.")
    message: str = Field(description="What happened and where, or why it was not run.")
    evidence: EvidenceReport | None
    heard_s: float | None = Field(description="Latency in the heard audio that decided.")
    own_s: float | None = Field(description="When the agent's own event came, after the line.")
    implied_by: str | None = Field(
        description="Name of the check that says this too, so that a list may leave it out."
    )
    by_turn: list[tuple[int, CheckVerdict]] = Field(description="As it stood after each turn.")
    expectation: ExpectationReport | None = Field(description="null: not from the script.")
    judgements: list[JudgementReport] = Field(description="One for the call, or one a turn.")


class JudgingReport(ReportPart):
    """Who judged, and what it took."""

    models: list[str]
    prompts: list[str] = Field(description="Names with versions.")
    judgements: int
    tokens_in: int
    tokens_out: int


_WORDS: dict[CheckVerdict, Word] = {
    CheckVerdict.MET: "passed",
    CheckVerdict.NOT_MET: "failed",
    CheckVerdict.NOT_PROVEN: "not_proven",
    CheckVerdict.NOT_RUN: "not_run",
    CheckVerdict.PENDING: "pending",
    CheckVerdict.ERROR: "error",
}


def check_reports(
    results: Iterable[CheckResult], scenario: Scenario | None = None
) -> list[CheckReport]:
    """Each check with its verdict.

    Args:
        results: The checks of a call.
        scenario: What they were asked by; None: no script is known.
    """
    specs: dict[str, CheckSpec] = {spec.name: spec for spec in scenario.checks} if scenario else {}
    results = tuple(results)
    implied = implied_by(scenario, results) if scenario else {}
    return [_check(each, specs.get(each.name), implied.get(each.name)) for each in results]


def judging_report(results: Iterable[CheckResult]) -> JudgingReport | None:
    """Who judged the checks; None if nobody did."""
    judgements = [judgement for result in results for judgement in result.judgements]
    if not judgements:
        return None
    votes = [vote for judgement in judgements for vote in judgement.votes]
    return JudgingReport(
        models=list(dict.fromkeys(vote.model or vote.judge for vote in votes)),
        prompts=list(dict.fromkeys(one.prompt for one in judgements if one.prompt)),
        judgements=len(judgements),
        tokens_in=sum(vote.tokens_in for vote in votes),
        tokens_out=sum(vote.tokens_out for vote in votes),
    )


def _check(check: CheckResult, spec: CheckSpec | None, implied: str | None) -> CheckReport:
    return CheckReport(
        name=check.name,
        rule=check.rule,
        verdict=check.verdict,
        required=check.required,
        weight=check.weight,
        kind=check.kind,
        message=check.message,
        evidence=_evidence(check.evidence),
        heard_s=rounded(check.heard_s),
        own_s=rounded(check.own_s),
        implied_by=implied,
        by_turn=list(check.by_turn),
        expectation=_expectation(spec, check) if isinstance(spec, Expected) else None,
        judgements=[_judgement(judgement) for judgement in check.judgements],
    )


def _expectation(spec: Expected, check: CheckResult) -> ExpectationReport:
    return ExpectationReport(
        step=spec.step,
        index=spec.index,
        event=spec.event,
        line=spec.line,
        verdict=_WORDS[check.verdict],
    )


def _judgement(judgement: Judgement) -> JudgementReport:
    return JudgementReport(
        turn=judgement.turn,
        verdict=judgement.verdict,
        agreement=round(judgement.agreement, 4),
        score=rounded(judgement.score),
        prompt=judgement.prompt,
        reason=judgement.reason,
        evidence=_evidence(judgement.evidence),
        tokens_in=judgement.tokens_in,
        tokens_out=judgement.tokens_out,
        votes=[_vote(vote) for vote in judgement.votes],
    )


def _vote(vote: Vote) -> VoteReport:
    return VoteReport(
        judge=vote.judge,
        model=vote.model,
        verdict=vote.verdict,
        quote=vote.quote,
        turn=vote.turn,
        reason=vote.reason,
        tokens_in=vote.tokens_in,
        tokens_out=vote.tokens_out,
        error=vote.error,
    )


def _evidence(evidence: Evidence | None) -> EvidenceReport | None:
    if evidence is None:
        return None
    return EvidenceReport(quote=evidence.quote, turn=evidence.turn, at=rounded(evidence.at))


def rounded(value: float | None) -> float | None:
    """A tenth of a millisecond: finer than anything measured here."""
    return None if value is None else round(value, 4)
