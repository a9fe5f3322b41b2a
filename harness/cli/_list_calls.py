"""``ringback calls``: the calls of the past, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from harness.calls import CallRequest, stored_view
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._transcript import Transcript
from harness.cli._words import clean, seconds
from harness.measure import METRICS
from harness.nouns import Call, to_json
from harness.report import call_report
from harness.settings import Settings
from harness.store import Store

__all__ = [
    "ListedCall",
    "calls_as_json",
    "listed",
    "print_calls",
    "show_call",
    "stored_calls",
]


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call and what was on the line: script, simulation or import."""

    call: Call
    kind: str


def stored_calls(settings: Settings, limit: int) -> list[ListedCall]:
    """Calls of this data folder, newest first, those of running engines included."""
    store = Store.open(settings)
    try:
        return listed(store.calls(limit=limit), store)
    finally:
        store.close()


def listed(calls: Sequence[Call], store: Store) -> list[ListedCall]:
    """Calls with what was on the line."""
    return [ListedCall(call, _kind(call, store)) for call in calls]


def _kind(call: Call, store: Store) -> str:
    if call.purpose == "import":
        return "import"
    scenario = store.plan(call.id).get("scenario") or {}
    return str(scenario.get("kind", "script"))


def calls_as_json(calls: Sequence[ListedCall]) -> dict[str, Any]:
    """What ``ringback calls --json`` prints."""
    return {"calls": [{**to_json(each.call), "kind": each.kind} for each in calls]}


def show_call(call_id: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Print one call of the past, and tell what ``--json`` prints.

    Raises:
        NotFound: There is no such call.
    """
    store = Store.open(settings)
    try:
        view = stored_view(store, call_id)
        request = CallRequest.model_validate(store.plan(call_id))
        grades = store.grades_of(call_id)
        report = call_report(view, store.artifacts(call_id), request.scenario, grades)
    finally:
        store.close()
    if to_stdout:
        transcript = Transcript(Terminal())
        transcript.show(view)
        transcript.end(view, report["recording"], request.scenario)
    return report


def print_calls(calls: Sequence[ListedCall]) -> None:
    """A table of calls, or how to place the first."""
    if not calls:
        print("No calls yet. Place one: ringback call --agent demo --scenario NAME")
        return
    heard = METRICS["response_latency_p50"].title.lower()
    titles = ("call", "when", "agent", "scenario", "kind", "state", "verdict", heard, "spoiled")
    table = new_table(*titles, "length")
    for each in calls:
        call = each.call
        summary = call.summary or {}
        table.add_row(
            call.id,
            f"{call.created_at.astimezone():%Y-%m-%d %H:%M}",
            Text(clean(call.agent)),
            Text(clean(call.scenario or "–")),
            each.kind,
            call.state.value,
            call.verdict.value.replace("_", " ") if call.verdict else "–",
            seconds(summary.get("p50_s")),
            _count(summary.get("spoiled")),
            seconds(call.duration_s),
        )
    print_table(table)


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
