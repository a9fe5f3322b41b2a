"""``ringback compare``: two runs, or two calls, side by side."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.calls import Archive, CallComparison, RunComparison, compare_calls, compare_runs
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean
from harness.errors import InputError
from harness.measure import Difference, Interval
from harness.nouns import Outcome, Turn, to_json
from harness.settings import Settings
from harness.store import Store

__all__ = ["compare"]


def compare(a: str, b: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Print what differs from A to B, and tell what ``--json`` prints.

    Raises:
        InputError: One is a run and the other a call.
        NotFound: One of them is not there.
    """
    runs = {each.startswith("run_") for each in (a, b)}
    if len(runs) > 1:
        raise InputError(
            "A run and a call cannot be compared.",
            cause="Only two of a kind can.",
            remedy="Name two runs (run_...) or two calls (call_...): see ringback calls.",
        )
    store = Store.open(settings)
    try:
        archive = Archive(store, settings)
        if runs == {True}:
            found = compare_runs(archive, a, b)
            if to_stdout:
                _print_runs(found)
            return _runs_as_json(found)
        both = compare_calls(archive, a, b)
        if to_stdout:
            _print_calls(both)
        return _calls_as_json(both)
    finally:
        store.close()


def _print_runs(found: RunComparison) -> None:
    table = new_table("figure", "A", "B", "B - A", "")
    for name, difference, percent in (
        ("pass rate", found.rate, True),
        ("p50", found.p50, False),
        ("p95", found.p95, False),
    ):
        sides = (_figure(side, percent) for side in (difference.a, difference.b))
        by = _points(difference.by) if percent else _ranged(difference.by)
        table.add_row(name, *sides, by, difference.conclusion.replace("_", " "))
    print_table(table)
    scenarios = new_table("scenario", "agent", "passed A", "passed B", "p50", "p95", "")
    for row in found.scenarios:
        scenarios.add_row(
            clean(row.scenario),
            clean(row.agent),
            *(f"{cell.passed}/{cell.passed + cell.failed}" for cell in (row.a, row.b)),
            *(_ranged(each.by) for each in (row.p50, row.p95)),
            row.conclusion,
        )
    print_table(scenarios)
    terminal = Terminal()
    for text in filter(None, (*found.warnings, found.left_out, found.sentence)):
        terminal.print(Text(clean(text)), soft_wrap=True)


def _print_calls(found: CallComparison) -> None:
    table = new_table("turn", "A", "B", "B - A", "caller")
    for pair in found.pairs:
        told = pair.b or pair.a
        table.add_row(
            str(told.index) if told else "",
            _wait(pair.a),
            _wait(pair.b),
            _by(pair.by_s) if pair.by_s is not None else pair.kind.replace("_", " "),
            clean((told.caller_text or "") if told else ""),
        )
    print_table(table)
    terminal = Terminal()
    for flip in found.flips:
        if flip.change != "same":
            terminal.print(Text(f"{flip.change}: {clean(flip.name)}"), soft_wrap=True)
    terminal.print(Text(clean(found.sentence)), soft_wrap=True)


def _wait(turn: Turn | None) -> str:
    if turn is None:
        return "-"
    return "no answer" if turn.outcome is Outcome.NO_ANSWER else _seconds(turn.response_latency_s)


def _figure(side: Interval, percent: bool) -> str:
    if side.value is None:
        return "-"
    return f"{100 * side.value:.0f} %" if percent else _seconds(side.value)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _by(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f} s"


def _ranged(by: Interval) -> str:
    if by.low is None or by.high is None:
        return _by(by.value)
    return f"{_by(by.value)} ({by.low:+.2f} to {by.high:+.2f})"


def _points(by: Interval) -> str:
    if by.value is None or by.low is None or by.high is None:
        return "-"
    return f"{100 * by.value:+.0f} points ({100 * by.low:+.0f} to {100 * by.high:+.0f})"


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        name: {"value": side.value, "low": side.low, "high": side.high, "n": side.n}
        for name, side in (("a", difference.a), ("b", difference.b), ("by", difference.by))
    } | {"conclusion": difference.conclusion, "sentence": difference.sentence}


def _runs_as_json(found: RunComparison) -> dict[str, Any]:
    return {
        "kind": "runs",
        "a": found.a.head.id,
        "b": found.b.head.id,
        "sentence": found.sentence,
        "warnings": list(found.warnings),
        "pass_rate": _difference(found.rate),
        "p50_s": _difference(found.p50),
        "p95_s": _difference(found.p95),
        "scenarios": [
            {
                "scenario": row.scenario,
                "agent": row.agent,
                "caller": row.key[2],
                "pass_rate": _difference(row.rate),
                "p50_s": _difference(row.p50),
                "p95_s": _difference(row.p95),
                "conclusion": row.conclusion,
            }
            for row in found.scenarios
        ],
        "checks": [
            {
                "name": check.name,
                "a": list(check.a),
                "b": list(check.b),
                "conclusion": check.by.conclusion,
            }
            for check in found.checks
        ],
        "only_a": list(found.only_a),
        "only_b": list(found.only_b),
        "left_out": found.left_out,
    }


def _calls_as_json(found: CallComparison) -> dict[str, Any]:
    return {
        "kind": "calls",
        "a": found.a.call_id,
        "b": found.b.call_id,
        "sentence": found.sentence,
        "turns": [
            {
                "a": pair.a.index if pair.a else None,
                "b": pair.b.index if pair.b else None,
                "kind": pair.kind,
                "by_s": pair.by_s,
                "spoiled": pair.spoiled,
            }
            for pair in found.pairs
        ],
        "checks": [
            {
                "name": flip.name,
                "change": flip.change,
                "a": to_json(flip.a.verdict) if flip.a else None,
                "b": to_json(flip.b.verdict) if flip.b else None,
            }
            for flip in found.flips
        ],
    }
