"""CSV tables of a call or a run: calls, turns, checks, grades by people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from harness.report._content import Content

__all__ = ["tables"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tables(content: Content) -> dict[str, str]:
    """The text of each file, by its name. Times in seconds; what is not known is empty.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    calls, turns, checks, grades = [], [], [], []
    for call in content.calls:
        told = call.report
        calls.append(
            (
                told.call_id, call.created_at, told.agent, told.scenario, told.scenario_title,
                told.state, told.verdict, told.failure, told.exit_code, told.duration_s,
                told.ended_by, *(
                    told.metrics[key].value if key in told.metrics else None
                    for key in ("response_latency_p50", "response_latency_p95", "missed_turns")
                ),
            )
        )  # fmt: skip
        for turn, spoken in zip(told.turns, call.spoken, strict=True):
            start, end = spoken.caller or (None, None)
            turns.append(
                (
                    told.call_id, turn.index, turn.outcome, start, end, turn.caller_text,
                    turn.agent_text, turn.response_latency_s, turn.bot_reported_s, turn.flagged,
                    turn.caller_source,
                )
            )  # fmt: skip
        for check, doubt in zip(told.checks, call.doubts, strict=True):
            evidence = check.evidence
            checks.append(
                (
                    told.call_id, check.name, check.rule, check.verdict, check.required,
                    check.message, *(
                        (evidence.turn, evidence.at, evidence.quote)
                        if evidence
                        else (None, None, None)
                    ), doubt,
                )
            )  # fmt: skip
        for grade in told.grades:
            grades.append(
                (
                    told.call_id, grade.grader, grade.value, grade.check, grade.turn, grade.at,
                    grade.note, grade.blind, grade.judged, grade.changed_at,
                )
            )  # fmt: skip
    return {
        "calls.csv": _table(
            "call_id created_at agent scenario scenario_title state verdict failure exit_code "
            "duration_s ended_by p50_s p95_s no_answer",
            calls,
        ),
        "turns.csv": _table(
            "call_id turn outcome caller_start_s caller_end_s caller_text agent_text latency_s "
            "bot_reported_s spoiled caller_source",
            turns,
        ),
        "checks.csv": _table(
            "call_id name rule verdict required message turn at_s quote doubt", checks
        ),
        "grades.csv": _table(
            "call_id grader value check turn at_s note blind judged changed_at", grades
        ),
    }


def _table(header: str, rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split())
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
