"""Housekeeping: what was deleted, and what is beyond the limits of Settings, goes once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from loguru import logger

from harness.agents.library import AgentLibrary
from harness.calls._retention import free_space, kept_retention
from harness.errors import RingbackError
from harness.settings import Settings
from harness.store import Store

__all__ = ["Housekeeping"]

_KEEP_DELETED = timedelta(days=30)
_EVERY = timedelta(days=1)
_LOOK_EVERY_S = 3600.0
"""The computer may sleep, and its clock be set: the time of day is looked at so often."""


class Housekeeping:
    """Frees what may go from a data folder. Never a call or a run that goes on.

    Args:
        settings: Data folder.
        store: Its store.
        now: The clock.
        wait: Lets so many seconds pass.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._wait = wait
        self._done_at: datetime | None = None

    async def daily(self) -> None:
        """Clean once a day, until cancelled; :meth:`clean` at the start counts."""
        while True:
            await self._wait(_LOOK_EVERY_S)
            if self._done_at is None or self._now() - self._done_at >= _EVERY:
                await self.clean()

    async def clean(self) -> None:
        """Remove what was deleted 30 days ago, and calls beyond the limits; never raises."""
        self._done_at = self._now()
        try:
            await asyncio.to_thread(self._clean)
        except RingbackError as error:
            logger.warning("old calls cannot be removed: {}", error.message)

    def _clean(self) -> None:
        self._store.purge_deleted(_KEEP_DELETED)
        AgentLibrary(self._settings).purge(_KEEP_DELETED)
        removed = free_space(self._store, kept_retention(self._store), self._now())
        if removed.calls:
            logger.info("removed {} calls beyond the limits of Settings", len(removed.calls))
