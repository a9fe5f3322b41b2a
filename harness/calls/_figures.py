"""Figures of a call that has ended, and its words: what tables and searches read in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.calls._judged_as import judged_as
from harness.calls._view import CallView
from harness.grade import score_of
from harness.nouns import (
    FIGURES_VERSION,
    CallFigures,
    CheckResult,
    CheckVerdict,
    Grading,
    JudgedCheck,
    Outcome,
)
from harness.store import Store, size_of

__all__ = ["figures_of", "judged_checks", "keep_figures", "texts_of"]

_HARNESS_TROUBLE = 3
"""What a call without an exit code ends with."""


def figures_of(view: CallView) -> CallFigures:
    """The figures of a call that has ended.

    Latencies are of the same turns as `response_latency_p50`: answered ones that this computer did
    not spoil.
    """
    timed = [
        turn
        for turn in view.turns
        if turn.outcome is Outcome.ANSWERED and turn.caller is not None and not turn.flags
    ]
    replies = [
        (turn.index, round(turn.response_latency_s, 3))
        for turn in timed
        if turn.response_latency_s is not None
    ]
    failed = [
        check.name
        for check in view.checks
        if check.required
        and check.verdict is CheckVerdict.NOT_MET
        and check.name not in view.implied
    ]
    if view.failure is not None:
        failed.append(f"!{view.failure.kind}")
    outcomes = [turn.outcome for turn in view.turns]
    return CallFigures(
        version=FIGURES_VERSION,
        replies_s=tuple(latency for _, latency in replies),
        reply_turns=tuple(index for index, _ in replies),
        no_answer=outcomes.count(Outcome.NO_ANSWER),
        talked_over=outcomes.count(Outcome.TALKED_OVER),
        spoiled=view.spoiled,
        turns=sum(turn.caller is not None for turn in view.turns),
        failed=tuple(failed),
        checks={check.name: check.verdict for check in view.checks},
        budget_s=view.budget_s,
        score=score_of(view.checks),
        exit_code=_HARNESS_TROUBLE if view.exit_code is None else view.exit_code,
    )


def texts_of(view: CallView) -> tuple[str, str]:
    """What the caller said, and what the agent said, a line a turn."""
    said = [turn.caller_text for turn in view.turns if turn.caller_text]
    replied = [turn.agent_text for turn in view.turns if turn.agent_text]
    return "\n".join(said), "\n".join(replied)


def keep_figures(store: Store, view: CallView) -> CallFigures:
    """Make the figures and words of a call that has ended, and store them."""
    figures = figures_of(view)
    size = size_of(store.artifacts(view.call_id).folder)
    judged = judged_checks(view.checks, store.gradings_of(view.call_id))
    store.put_figures(view.call_id, figures, *texts_of(view), size, judged)
    return figures


def judged_checks(
    checks: Sequence[CheckResult], gradings: Sequence[Grading]
) -> tuple[JudgedCheck, ...]:
    """The checks of a call that judges decided.

    Args:
        checks: Of the call itself.
        gradings: Its later gradings, oldest first: what was judged last says how many agree.
    """
    found: dict[str, JudgedCheck] = {}
    for check in checks:
        agreement, judged = _agreement(check), judged_as(check)
        if agreement is not None and judged is not None:
            found[check.name] = JudgedCheck(
                check.name, agreement, check.required, judged.judge, judged.model, judged.prompt
            )
    for check in (each for grading in gradings for each in grading.results):
        if (agreement := _agreement(check)) is not None:
            known = found.get(check.name) or JudgedCheck(check.name, agreement, check.required)
            found[check.name] = replace(known, agreement=agreement)
    return tuple(found.values())


def _agreement(check: CheckResult) -> float | None:
    """The least of the judgements that judges could use their votes on."""
    used = [
        said.agreement
        for said in check.judgements
        if any(vote.verdict is not CheckVerdict.NOT_RUN for vote in said.votes)
    ]
    return min(used, default=None)
