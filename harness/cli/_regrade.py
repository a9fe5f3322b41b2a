"""``ringback regrade``: a stored call judged once more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.calls import regrade
from harness.cli._checks import print_checks, verdict_text
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.errors import InputError
from harness.grade import exit_code_of
from harness.nouns import Call, CheckSpec, Criterion, Grading, JudgePlan, to_json
from harness.scenarios import load_checks
from harness.settings import Settings
from harness.store import Store

__all__ = ["Wanted", "run_regrade"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed after ``ringback regrade``."""

    call: str
    judges: str = ""
    repeats: int = 1
    criteria: Path | None = None
    criterion: Sequence[str] = ()
    label: str = ""


def run_regrade(wanted: Wanted, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Judge a call once more, and tell what ``--json`` prints.

    Raises:
        InputError: The call has not ended, or nothing is asked of it.
        NotFound: There is no such call.
        ScenarioError: The file of checks cannot be used.
        UnknownName: There is no such judge.
    """
    checks = _checks(wanted)
    names = tuple(name.strip() for name in wanted.judges.split(",") if name.strip())
    judge = JudgePlan(endpoints=names, repeats=wanted.repeats)
    store = Store.open(settings)
    try:
        work = regrade(store, settings, wanted.call, judge, checks, wanted.label)
        grading = asyncio.run(work)
        call = store.get_call(wanted.call)
        versions = len(store.gradings_of(wanted.call))
    finally:
        store.close()
    if to_stdout:
        _print(grading, versions)
    return {"grading": to_json(grading), "exit_code": _exit_code(grading, call)}


def _checks(wanted: Wanted) -> tuple[CheckSpec, ...] | None:
    """The checks that were given; None for those of the call's scenario."""
    given: list[CheckSpec] = list(load_checks(wanted.criteria)) if wanted.criteria else []
    for text in wanted.criterion:
        if not text.strip():
            raise InputError("A criterion is empty.", remedy="Say in words what must hold.")
        given.append(Criterion(rule="criterion", name=text, text=text))
    names = [check.name for check in given]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(
            f"There are two checks called {sorted(twice)[0]!r}.",
            cause="Results are told by their names.",
            remedy="Give each a name of its own.",
        )
    return tuple(given) if given else None


def _exit_code(grading: Grading, call: Call) -> int:
    return exit_code_of(call.state, grading.verdict, grading.results, call.failure)


def _print(grading: Grading, versions: int) -> None:
    terminal = Terminal()
    print_checks(terminal, grading.results)
    about = f"   {grading.id}" + (f"   {clean(grading.label)}" if grading.label else "")
    terminal.print(Text.assemble("\nVerdict  ", verdict_text(grading.verdict), about))
    tokens = grading.tokens_in + grading.tokens_out
    spent = f", {tokens} tokens" if tokens else ""
    terminal.print(Text(f"Grading {versions} of {grading.call_id}{spent}", "dim"), soft_wrap=True)
