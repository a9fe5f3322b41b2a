"""Retention: how long calls are kept, what that would remove, and removing it."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.errors import InputError
from harness.nouns import Retention, RetentionPlan, from_json, to_json
from harness.store import Store

__all__ = ["free_space", "keep_retention", "kept_retention", "retention_plan"]

_OPTION = "retention"
_LONGEST_DAYS = 36_500


def kept_retention(store: Store) -> Retention:
    """What was decided for this data folder; no limits if nothing was."""
    kept = store.option(_OPTION)
    return Retention() if kept is None else from_json(Retention, kept)


def keep_retention(store: Store, retention: Retention) -> None:
    """Decide it: engines of this data folder remove what is beyond it, once a day.

    Raises:
        InputError: A limit is out of range.
    """
    _check(retention)
    store.set_option(_OPTION, to_json(retention) if retention != Retention() else None)


def retention_plan(
    store: Store, retention: Retention, now: datetime | None = None
) -> RetentionPlan:
    """What a retention would remove now; nothing is removed. See :func:`free_space`.

    Raises:
        InputError: A limit is out of range.
    """
    _check(retention)
    return store.retention_plan(retention, now or datetime.now(UTC))


def free_space(store: Store, retention: Retention, now: datetime | None = None) -> RetentionPlan:
    """Remove what is beyond a retention: rows and files, for good.

    Args:
        store: Of the data folder.
        retention: The limits.
        now: The time, if it is not that of the computer's clock.

    Returns:
        What was removed.

    Raises:
        InputError: A limit is out of range.
        DataFolderError: Files cannot be removed.
    """
    plan = retention_plan(store, retention, now)
    store.purge_calls(call.id for call in plan.calls)
    return plan


def _check(retention: Retention) -> None:
    days, size = retention.keep_days, retention.keep_bytes
    if days is not None and not 1 <= days <= _LONGEST_DAYS:
        raise InputError(
            f"Calls cannot be kept for {days} days.",
            cause=f"1 to {_LONGEST_DAYS:,} days can be asked for.",
        )
    if size is not None and size < 0:
        raise InputError("Calls cannot take less than nothing on the disk.")
