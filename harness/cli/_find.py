"""``ringback find``: calls by what was said, and by whatever else is known of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.text import Text

from harness.cli._list_calls import calls_as_json, listed, print_calls
from harness.cli._terminal import Terminal
from harness.nouns import CallQuery
from harness.settings import Settings
from harness.store import Store

__all__ = ["find", "local"]


def find(settings: Settings, query: CallQuery, *, to_stdout: bool) -> dict[str, Any]:
    """Print what is found, and tell what ``--json`` prints: the calls, and how many there are."""
    store = Store.open(settings)
    try:
        page = store.search(query)
        calls = listed(page.calls, store)
    finally:
        store.close()
    if to_stdout:
        if calls:
            print_calls(calls)
        told = f"{len(calls):,} of {page.total:,} calls" if calls else "No call matches."
        Terminal().print(Text(told), soft_wrap=True)
    return {
        "total": page.total,
        "calls": [
            {**each, "tags": list(page.tags.get(each["id"], ()))}
            for each in calls_as_json(calls)["calls"]
        ],
    }


def local(moment: datetime | None) -> datetime | None:
    """A moment as it was typed, on this computer's clock."""
    return None if moment is None else moment.astimezone()
