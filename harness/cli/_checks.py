"""Checks with their verdicts, as the terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.nouns import CheckResult, CheckVerdict, Verdict
from harness.report import judging_report

__all__ = ["print_checks", "print_judging", "verdict_text"]

_VERDICTS = {
    CheckVerdict.MET: ("✓ Met", "green"),
    CheckVerdict.NOT_MET: ("✗ Failed", "red"),
    CheckVerdict.NOT_PROVEN: ("? Not proven", "yellow"),
    CheckVerdict.NOT_RUN: ("○ Not run", "dim"),
    CheckVerdict.PENDING: ("… Not yet", "dim"),
    CheckVerdict.ERROR: ("! Could not be judged", "yellow"),
}
_CALL_VERDICTS = {
    Verdict.PASSED: ("✓ Passed", "bold green"),
    Verdict.FAILED: ("✗ Failed", "bold red"),
    Verdict.NOT_RUN: ("○ Not run", "bold"),
}
_INDENT = " " * 24


def verdict_text(verdict: Verdict | None) -> Text:
    """The verdict of a call."""
    word, style = _CALL_VERDICTS[verdict or Verdict.NOT_RUN]
    return Text(word, style)


def print_checks(
    terminal: Terminal, checks: Sequence[CheckResult], implied: Mapping[str, str] | None = None
) -> None:
    """Print them; if nothing was run at all, only why.

    Args:
        terminal: Where to.
        checks: The checks.
        implied: Names of those that another one implies, and its name: they stand below it.
    """
    behind = implied or {}
    reasons = {(check.verdict, check.message) for check in checks}
    if len(checks) > 1 and len(reasons) == 1 and checks[0].verdict is CheckVerdict.NOT_RUN:
        text = f"  ○ Not run, all {len(checks)}: {clean(checks[0].message)}"
        terminal.print(Text(text, "dim"), soft_wrap=True)
        return
    for check in checks:
        if check.name in behind:
            continue
        lines = _lines(check)
        if also := [clean(name) for name, other in behind.items() if other == check.name]:
            lines.append(Text(f"{_INDENT}This says too: {', '.join(also)}", "dim"))
        for line in lines:
            terminal.print(line, soft_wrap=True)


def print_judging(terminal: Terminal, checks: Sequence[CheckResult]) -> None:
    """Print who judged, by which prompts, and what it took; nothing if nobody did."""
    judging = judging_report(checks)
    if judging is None or not judging.models:
        return
    tokens = f"{judging.tokens_in + judging.tokens_out:,} tokens"
    prompts = f", prompts {', '.join(judging.prompts)}" if judging.prompts else ""
    told = f"Judged by {', '.join(judging.models)}: {tokens}{prompts}"
    terminal.print(Text(f"\n{clean(told)}", "dim"), soft_wrap=True)


def _lines(check: CheckResult) -> list[Text]:
    word, style = _VERDICTS[check.verdict]
    advisory = "" if check.required else "  (advisory)"
    lines = [Text.assemble("  ", (f"{word:<21}", style), f" {clean(check.name)}{advisory}")]
    if check.message and check.verdict is not CheckVerdict.MET:
        lines.append(Text(f"{_INDENT}{clean(check.message)}", "dim"))
    if check.evidence and check.evidence.quote:
        quote = f"“{clean(check.evidence.quote)}” in turn {check.evidence.turn}"
        lines.append(Text(f"{_INDENT}{quote}", "dim"))
    if judged := _judged(check):
        lines.append(Text(f"{_INDENT}{clean(judged)}", "dim"))
    return lines


def _judged(check: CheckResult) -> str:
    """Who judged, and how far they agree if they are several."""
    votes = [vote for judgement in check.judgements for vote in judgement.votes]
    models = dict.fromkeys(vote.model for vote in votes if vote.model)
    if not models:
        return ""
    agreement = min(judgement.agreement for judgement in check.judgements if judgement.votes)
    several = any(len(judgement.votes) > 1 for judgement in check.judgements)
    agree = f", {agreement:.0%} agree" if several else ""
    return f"Judged by {', '.join(models)}{agree}"
