"""``ringback runs``: the runs of the past, and one of them."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.calls import Archive
from harness.cli._run_display import STATES, print_outcome
from harness.cli._terminal import new_table, print_table
from harness.cli._words import clean, seconds
from harness.nouns import RunDigest, RunHead, to_json
from harness.report import suite_report
from harness.settings import Settings
from harness.store import Store

__all__ = ["list_runs"]


def list_runs(
    settings: Settings, run_id: str | None, limit: int, *, to_stdout: bool
) -> dict[str, Any]:
    """Print the newest runs, or one of them, and tell what ``--json`` prints.

    Raises:
        NotFound: There is no such run.
    """
    store = Store.open(settings)
    try:
        archive = Archive(store, settings)
        if run_id is not None:
            summary = archive.summary(run_id)
            if to_stdout:
                print_outcome(summary, (), ())
            return suite_report(summary)
        heads = archive.runs(kind="suite", limit=limit)
        digests = archive.digests(head.id for head in heads)
    finally:
        store.close()
    if to_stdout:
        _print(heads, digests)
    return {
        "runs": [
            {**to_json(head), "digest": to_json(digests[head.id]) if head.id in digests else None}
            for head in heads
        ]
    }


def _print(heads: list[RunHead], digests: dict[str, RunDigest]) -> None:
    if not heads:
        print("No runs yet. Start one: ringback run smoke")
        return
    table = new_table("run", "when", "name", "label", "state", "calls", "passed", "p50", "p95")
    for head in heads:
        digest = digests.get(head.id)
        table.add_row(
            head.id,
            f"{head.created_at.astimezone():%Y-%m-%d %H:%M}",
            Text(clean(head.name)),
            Text(clean(head.label or "–")),
            STATES[head.state],
            str(head.planned),
            f"{digest.rate.passed} of {digest.rate.passed + digest.rate.failed}" if digest else "–",
            seconds(digest.p50.value if digest else None),
            seconds(digest.p95.value if digest else None),
        )
    print_table(table)
