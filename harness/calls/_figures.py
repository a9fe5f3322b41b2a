"""Figures of a call that has ended, and its words: what tables and searches read in its place."""

from __future__ import annotations

from harness.calls._view import CallView
from harness.grade import score_of
from harness.nouns import FIGURES_VERSION, CallFigures, CheckVerdict, Outcome
from harness.store import Store, size_of

__all__ = ["figures_of", "keep_figures", "texts_of"]

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
    store.put_figures(view.call_id, figures, *texts_of(view), size)
    return figures
