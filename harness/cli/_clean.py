"""``ringback clean``: what is beyond a limit of age or size, and its removal."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.calls import free_space, kept_retention, retention_plan
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean as shown
from harness.errors import InputError
from harness.nouns import Retention, RetentionPlan, StorageUse
from harness.settings import Settings
from harness.store import Store

__all__ = ["clean"]

_GB = 1e9
_LISTED = 20


def clean(
    settings: Settings,
    *,
    keep_days: int | None,
    keep_gb: float | None,
    yes: bool,
    to_stdout: bool,
) -> dict[str, Any]:
    """Print what goes, or went, and tell what ``--json`` prints.

    Args:
        settings: Where calls are stored.
        keep_days: How old calls may get; with `keep_gb` None too: what was decided in Settings.
        keep_gb: How much they may take, in 1,000,000,000 bytes.
        yes: Remove them; else only tell.
        to_stdout: Whether anything is printed.

    Raises:
        InputError: There is no limit, or one is out of range.
        DataFolderError: Files cannot be removed.
    """
    store = Store.open(settings)
    try:
        retention = Retention(keep_days, None if keep_gb is None else round(keep_gb * _GB))
        if retention == Retention():
            retention = kept_retention(store)
        if retention == Retention():
            raise InputError(
                "There is no limit to clean by.",
                cause="Neither --keep-days nor --keep-gb is given, and Settings has none.",
                remedy="For instance: ringback clean --keep-days 90",
            )
        use = store.storage_use()
        plan = free_space(store, retention) if yes else retention_plan(store, retention)
    finally:
        store.close()
    if to_stdout:
        _print(use, plan, removed=yes)
    return {
        "keep_days": retention.keep_days,
        "keep_bytes": retention.keep_bytes,
        "calls": [call.id for call in plan.calls],
        "bytes": plan.bytes,
        "kept_anyway": plan.kept_anyway,
        "removed": yes,
    }


def _print(use: StorageUse, plan: RetentionPlan, *, removed: bool) -> None:
    terminal = Terminal()

    def say(line: str) -> None:
        terminal.print(Text(line), soft_wrap=True)

    say(f"{use.calls:,} calls take {_size(use.bytes)}.")
    if plan.calls and not removed:
        table = new_table("call", "when", "agent", "scenario")
        for call in plan.calls[:_LISTED]:
            table.add_row(
                call.id,
                f"{call.created_at.astimezone():%Y-%m-%d %H:%M}",
                Text(shown(call.agent)),
                Text(shown(call.scenario or "–")),
            )
        print_table(table)
        if len(plan.calls) > _LISTED:
            say(f"and {len(plan.calls) - _LISTED:,} more")
    many = f"{len(plan.calls):,} call{'' if len(plan.calls) == 1 else 's'}"
    if not plan.calls:
        say("Nothing is beyond the limit.")
    elif removed:
        say(f"Removed {many}, {_size(plan.bytes)}.")
    else:
        say(f"{many}, {_size(plan.bytes)}, would go for good. To remove: the same with --yes")
    if plan.kept_anyway:
        say(f"{plan.kept_anyway:,} beyond the limit stay: starred, of a baseline, or under way.")


def _size(count: int) -> str:
    return f"{count / _GB:.2f} GB" if count >= _GB else f"{count / 1e6:.1f} MB"
