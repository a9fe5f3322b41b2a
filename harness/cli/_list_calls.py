"""``ringback calls``: the calls of the past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from harness.cli._terminal import new_table, print_table
from harness.cli._words import clean, seconds
from harness.nouns import Call, to_json
from harness.settings import Settings
from harness.store import Store

__all__ = ["calls_as_json", "print_calls", "stored_calls"]


def stored_calls(settings: Settings, limit: int) -> list[Call]:
    """Calls of this data folder, newest first, those of running engines included."""
    store = Store.open(settings)
    try:
        return store.calls(limit=limit)
    finally:
        store.close()


def calls_as_json(calls: Sequence[Call]) -> dict[str, Any]:
    """What ``ringback calls --json`` prints."""
    return {"calls": [to_json(call) for call in calls]}


def print_calls(calls: Sequence[Call]) -> None:
    """A table of calls, or how to place the first."""
    if not calls:
        print("No calls yet. Place one: ringback call --agent demo --scenario NAME")
        return
    table = new_table("call", "when", "agent", "scenario", "state", "verdict", "p50", "length")
    for call in calls:
        summary = call.summary or {}
        table.add_row(
            call.id,
            f"{call.created_at.astimezone():%Y-%m-%d %H:%M}",
            Text(clean(call.agent)),
            Text(clean(call.scenario or "–")),
            call.state.value,
            call.verdict.value.replace("_", " ") if call.verdict else "–",
            seconds(summary.get("p50_s")),
            seconds(call.duration_s),
        )
    print_table(table)
