"""PlatformLogs: what a bot on a platform writes, while it is called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from harness.agents import SessionInsight, provider_for
from harness.calls._live_call import LiveCall
from harness.calls._session_book import started_in
from harness.errors import RingbackError, redact
from harness.nouns import Agent

__all__ = ["PlatformLogs"]

_FRESH_S = 2.0
_ASK_S = 10.0
_LINES = 1000
_CALLS = 32


class PlatformLogs:
    """Lines as they were told last: who looks never waits for the platform.

    Args:
        loop: Where the platform is asked.
        resolved: Puts secrets in the place of references to them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, resolved: Callable[[Agent], Agent]) -> None:
        self._loop = loop
        self._resolved = resolved
        self._lines: dict[str, list[str]] = {}
        self._asked_at: dict[str, float] = {}

    def last(self, live: LiveCall, count: int) -> list[str]:
        """The last lines of a live call's bot; they are asked for anew at most every 2 s."""
        call_id = live.call.id
        now = time.monotonic()
        if now - self._asked_at.get(call_id, -_FRESH_S) >= _FRESH_S:
            self._asked_at[call_id] = now
            asyncio.run_coroutine_threadsafe(self._ask(live), self._loop)
        return self._lines.get(call_id, [])[-count:]

    async def _ask(self, live: LiveCall) -> None:
        started = started_in(live.events)
        session_id = started and started["session_id"]
        try:
            provider = provider_for(self._resolved(live.request.agent))
            if session_id and isinstance(provider, SessionInsight) and provider.can_look():
                lines = await asyncio.wait_for(provider.logs(session_id, _LINES), _ASK_S)
                self._lines[live.call.id] = [redact(line) for line in lines]
        except (RingbackError, TimeoutError):
            return  # what was told last stands
        if len(self._lines) > _CALLS:
            del self._lines[next(iter(self._lines))]
