"""What judges said of the checks: votes, agreement, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from harness.calls import RULE, CallView, Doubt, doubt_of_check, resting_on, trust_of
from harness.console._service import service
from harness.console._text import plain
from harness.nouns import CheckResult, CheckVerdict, Judgement

__all__ = ["MARKS", "WORDS", "badge", "doubts", "rests", "share", "summary", "told"]

WORDS: dict[CheckVerdict, str] = {
    CheckVerdict.MET: "Met",
    CheckVerdict.NOT_MET: "Failed",
    CheckVerdict.NOT_PROVEN: "Not proven",
    CheckVerdict.NOT_RUN: "Not run",
    CheckVerdict.PENDING: "Not yet",
    CheckVerdict.ERROR: "Could not be judged",
}
MARKS: dict[CheckVerdict, str] = {
    CheckVerdict.MET: "●",
    CheckVerdict.NOT_MET: "◆",
    CheckVerdict.NOT_PROVEN: "◇",
    CheckVerdict.NOT_RUN: "○",
    CheckVerdict.PENDING: "○",
    CheckVerdict.ERROR: "◇",
}
"""A shape for each, so that colour is not needed."""


def told(check: CheckResult) -> list[str]:
    """Lines below a check that judges decided: their reason, who agreed; nothing for a rule."""
    judged = check.judgements
    if not judged:
        return []
    lines = []
    worst = _telling(check)
    if worst.reason and worst.reason != check.message:
        lines.append(worst.reason)
    if len(judged) > 1:
        met = sum(one.verdict is CheckVerdict.MET for one in judged)
        asked = sum(one.verdict is not CheckVerdict.NOT_RUN for one in judged)
        lines.append(f"{met} of {asked} replies met")
    lines.append(share(worst))
    failed = [vote for vote in worst.votes if vote.error]
    if failed:
        lines.append(failed[0].error)
    return [line for line in dict.fromkeys(lines) if line]


def _telling(check: CheckResult) -> Judgement:
    """The judgement that says most: one with the check's own verdict, the last of them."""
    same = [one for one in check.judgements if one.verdict is check.verdict]
    return (same or list(check.judgements))[-1]


def share(judgement: Judgement) -> str:
    """``2 of 3 votes agree · gpt-4.1``; only the judge if it is one vote."""
    models = ", ".join(dict.fromkeys(vote.model or vote.judge for vote in judgement.votes))
    many = len(judgement.votes)
    if many < 2:
        return f"Judged by {models}" if models else ""
    agree = round(judgement.agreement * many)
    return f"{agree} of {many} votes agree · {models}"


def badge(doubt: Doubt) -> str:
    """The mark of a judge that is not proven."""
    colour = "orange" if doubt.word == "Judge weak" else "gray"
    return f":{colour}-badge[{doubt.word}]"


def rests(found: Mapping[str, Doubt], figures: str = "The pass rate rests") -> None:
    """A line below figures that rest on judges which are not proven; nothing without.

    Args:
        found: By name of the criterion.
        figures: How the sentence begins.
    """
    if not found:
        return
    each = " ".join(f"{plain(name)}: {doubt.sentence}" for name, doubt in found.items())
    st.markdown(
        f":small[:gray[:material/gavel: {plain(resting_on(found, figures))}]]",
        help=f"{each} {RULE}",
    )


def doubts(checks: Sequence[CheckResult]) -> dict[str, Doubt]:
    """Why verdicts of judges among these are to be read with care, by name of the check."""
    if not any(check.judgements for check in checks):
        return {}
    book = trust_of(service().archive)
    found = {check.name: doubt_of_check(book, check) for check in checks}
    return {name: doubt for name, doubt in found.items() if doubt is not None}


def summary(view: CallView) -> None:
    """Who judges and what it took, while it goes on too; nothing without judges."""
    judgements = [one for check in view.checks for one in check.judgements]
    if not judgements:
        return
    models = dict.fromkeys(vote.model or vote.judge for one in judgements for vote in one.votes)
    tokens = sum(one.tokens_in + one.tokens_out for one in judgements)
    prompts = dict.fromkeys(one.prompt for one in judgements if one.prompt)
    first, *others = models or ("",)
    more = f" and {len(others)} more" if others else ""
    st.markdown(
        f":small[:gray[:material/gavel: Judged by {plain(first)}{more} · {tokens:,} tokens]]",
        help=f"Models: {plain(', '.join(models))}. Prompts: {plain(', '.join(prompts))}.",
    )
