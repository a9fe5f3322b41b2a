"""Inheritance: an engine's lease on the data folder, and what is done with what dead ones left."""

from __future__ import annotations

import asyncio

from loguru import logger

from harness.calls._figures import keep_figures
from harness.calls._housekeeping import Housekeeping
from harness.calls._recovery import recover
from harness.calls._session_book import SessionBook
from harness.calls._stored import stored_view
from harness.errors import InternalError
from harness.nouns import Call
from harness.settings import Settings
from harness.store import BEAT_EVERY_S, Store

__all__ = ["Inheritance"]

_TRIES = 20
_AT_ONCE = 200


class Inheritance:
    """One engine's place among those that share a data folder.

    Args:
        settings: Data folder.
        store: Says who lives, and what the dead left.

    Attributes:
        housekeeping: Frees what may go.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        self.housekeeping = Housekeeping(settings, store)
        self._lease = store.take_lease()

    @property
    def lease(self) -> str:
        """The lease as it is now; another one if somebody took this engine for dead."""
        return self._lease

    def drop(self) -> None:
        """Give the lease up, in order."""
        self._store.drop(self._lease)

    async def beat(self) -> None:
        """Keep the lease until cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            if not await asyncio.to_thread(self._store.beat, self._lease):
                # Somebody took us for dead, for instance after the machine slept.
                self._lease = await asyncio.to_thread(self._store.take_lease)

    async def settle(self, book: SessionBook) -> None:
        """Bring orphaned calls to their ends, stop their sessions, clean what was deleted."""
        orphans = await asyncio.to_thread(self._store.adopt, self._lease)
        for call in orphans.calls:
            await self._recover(call)
        await book.recover(orphans)
        await asyncio.to_thread(self._store.interrupt_dead_runs)
        await self.housekeeping.clean()

    async def fill_in(self) -> None:
        """Make the figures and words of calls that older versions stored, one after the other."""
        unreadable: set[str] = set()
        while True:
            limit = _AT_ONCE + len(unreadable)
            left = await asyncio.to_thread(self._store.call_ids_without_figures, limit)
            left = [call_id for call_id in left if call_id not in unreadable]
            if not left:
                return
            for call_id in left:
                try:
                    await asyncio.to_thread(self._fill_in, call_id)
                except Exception as error:  # one broken log must not keep others from being found
                    unreadable.add(call_id)
                    logger.warning("call {} has no figures: {}", call_id, error)

    def _fill_in(self, call_id: str) -> None:
        keep_figures(self._store, stored_view(self._store, call_id))

    async def _recover(self, call: Call) -> None:
        """A worker that outlived its engine ends the call in order within some seconds."""
        for left in reversed(range(_TRIES)):
            try:
                await asyncio.to_thread(recover, self._store, call)
                return
            except InternalError as error:
                if not left:
                    logger.warning("call {} cannot be recovered: {}", call.id, error)
            await asyncio.sleep(1.0)
