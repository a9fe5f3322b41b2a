"""``ringback judges trust`` and ``ringback judges export``: judges held to what people say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.calls import RULE, Archive, Example, Trust, doubt_of, trust_of
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean
from harness.measure import Interval
from harness.nouns import Redaction
from harness.report import ReportOptions, write_examples
from harness.settings import Settings
from harness.store import Store

__all__ = ["export_labelled", "trust_in_judges"]

_NOBODY = (
    "Nobody has graded a criterion that a judge decided.\n"
    "Open a call on the Inspect page, and say of its criteria whether they are met."
)


def trust_in_judges(settings: Settings, check: str, *, to_stdout: bool) -> dict[str, Any]:
    """What is known of each judge, and what ``--json`` prints of it.

    Args:
        settings: Where grades are stored.
        check: Name of a criterion; empty for all.
        to_stdout: Whether it is printed for people.
    """
    store = Store.open(settings)
    try:
        book = trust_of(Archive(store, settings))
    finally:
        store.close()
    rows = [row for row in book.rows if check in ("", row.check)]
    labels = [label for label in book.labels if check in ("", label.check)]
    if to_stdout:
        _print(rows)
    return {"judges": [_as_json(row) for row in rows], "labels": len(labels)}


def export_labelled(
    settings: Settings, out: Path, *, names: Sequence[str], personal: bool, to_stdout: bool
) -> dict[str, Any]:
    """Write labelled examples, and tell what ``--json`` prints: the path and how many.

    Args:
        settings: Where grades are stored.
        out: The file.
        names: Names to hide, besides those that suites and callers tell.
        personal: Whether personal data stays.
        to_stdout: Whether the path is printed.

    Raises:
        DataFolderError: The file cannot be written.
    """
    redact = Redaction(names=tuple(names)) if names else None
    options = ReportOptions(redact=redact, personal=not personal)
    store = Store.open(settings)
    try:
        count = write_examples(Archive(store, settings), out, options)
    finally:
        store.close()
    if to_stdout:
        many = f"{count} example{'' if count == 1 else 's'}"
        Terminal().print(Text(f"{out} ({many})"), soft_wrap=True)
    return {"path": str(out), "examples": count}


def _print(rows: Sequence[Trust]) -> None:
    if not rows:
        print(_NOBODY)
        return
    table = new_table("criterion", "judge", "n", "accuracy", "failures found", "kappa", "AC1", "")
    for row in rows:
        found, doubt = row.agreement, doubt_of(row)
        cells = (
            row.check,
            row.judge.told,
            str(found.confusion.n),
            _figure(found.accuracy),
            _figure(found.recall),
            _figure(found.kappa),
            _figure(found.ac1),
            "proven" if doubt is None else doubt.word.removeprefix("Judge "),
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    print_table(table)
    apart = sum(len(row.disagreements) for row in rows)
    many = f"{apart} disagreement{'' if apart == 1 else 's'}; --json lists them." if apart else ""
    for line in filter(None, (many, RULE)):
        Terminal().print(Text(line, "dim"), soft_wrap=True)


def _figure(figure: Interval) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return _two(figure.value)
    return f"{_two(figure.value)} [{_two(figure.low)}, {_two(figure.high)}]"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _as_json(row: Trust) -> dict[str, Any]:
    found, doubt = row.agreement, doubt_of(row)
    count = found.confusion
    return {
        "check": row.check,
        "judge": row.judge.names,
        "model": row.judge.models,
        "prompt": row.judge.prompts,
        "level": row.level,
        "told": "" if doubt is None else doubt.sentence,
        "n": count.n,
        "calls": found.kappa.groups,
        "confusion": {
            "both_met": count.both_met,
            "false_alarm": count.false_alarm,
            "missed": count.missed,
            "both_failed": count.both_failed,
        },
        "accuracy": _interval(found.accuracy),
        "precision": _interval(found.precision),
        "recall": _interval(found.recall),
        "kappa": _interval(found.kappa),
        "ac1": _interval(found.ac1),
        "undecided": row.undecided,
        "tied": row.tied,
        "unsure": row.unsure,
        "blind": row.blind,
        "graders": list(row.graders),
        "disagreements": [_disagreement(each) for each in row.disagreements],
    }


def _interval(figure: Interval) -> dict[str, float | int | None]:
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n}


def _disagreement(example: Example) -> dict[str, Any]:
    return {
        "call_id": example.label.call_id,
        "turn": example.label.turn,
        "people": "met" if example.label.met else "not_met",
        "judge": example.judged.verdict.value,
    }
