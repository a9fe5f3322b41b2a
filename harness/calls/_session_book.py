"""SessionBook: which sessions were started and are not stopped yet, and who stops them then.

A worker stops what it started. If it dies, the engine does; if that died too, the next one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from loguru import logger

from harness.agents import PROVIDERS, provider_for
from harness.calls._request import CallRequest
from harness.errors import InputError, RingbackError
from harness.nouns import Agent, Event, EventKind, Session
from harness.secrets import Secrets
from harness.store import OpenSession, Orphans, Store, read_events

__all__ = ["SessionBook", "started_in", "stopped_in"]

_STOP_S = 15.0
_TRIES = 5


class SessionBook:
    """The store's list of open sessions, kept by one engine. Lives on its loop.

    Args:
        resolved: Puts secrets in the place of references to them.
    """

    def __init__(self, store: Store, secrets: Secrets, resolved: Callable[[Agent], Agent]) -> None:
        self._store = store
        self._secrets = secrets
        self._resolved = resolved
        self._entering: dict[str, asyncio.Task[int]] = {}

    def enter(self, call_id: str, provider: str, event: Event) -> None:
        """Take down that a session of a call was started, as its event tells."""
        work = asyncio.to_thread(self._add, call_id, provider, event)
        self._entering[call_id] = asyncio.ensure_future(work)

    async def settle(
        self, call_id: str, events: Sequence[Event], agent: Agent | None
    ) -> str | None:
        """See at a call's end that its session is stopped, and forget the call's secrets.

        Args:
            call_id: The call; its worker is done with it, or dead.
            events: What it told.
            agent: As it was called, with its secrets in place.

        Returns:
            How the session was stopped just now; None if there was nothing to stop any more.
        """
        entering = self._entering.pop(call_id, None)
        number = await entering if entering is not None else None
        how: str | None = None
        started = started_in(events)
        if started is not None and not stopped_in(events) and agent is not None:
            try:
                how = await _stop(agent, started)
            except (RingbackError, TimeoutError) as error:
                logger.warning("the session of call {} is not stopped: {}", call_id, error)
                if number is not None:
                    await asyncio.to_thread(self._store.note_session, number, started | _tried(1))
                return None  # the next start of an engine tries again
        if number is not None:
            await asyncio.to_thread(self._store.close_session, number)
        await asyncio.to_thread(self._forget_secrets, call_id)
        return how

    async def recover(self, orphans: Orphans) -> None:
        """Stop what dead engines left running; their calls have been brought to their ends."""
        left = list(orphans.sessions)
        known = {session.call_id for session in left}
        for call in orphans.calls:
            # Killed between the event and its row.
            events = await asyncio.to_thread(read_events, self._store.artifacts(call.id).events)
            started = started_in(events)
            if started is not None and call.id not in known:
                number = await asyncio.to_thread(
                    self._store.add_session, call.id, call.provider, started["room"] or "", started
                )
                room = started["room"] or ""
                left.append(OpenSession(number, call.id, call.provider, room, started))
        await asyncio.gather(*(self._recover_one(session) for session in left))
        await asyncio.to_thread(self._sweep_secrets)

    async def _recover_one(self, session: OpenSession) -> None:
        try:
            if await self._is_over(session):
                await asyncio.to_thread(self._store.close_session, session.id)
        except Exception:
            logger.exception("recovering the session of call {}", session.call_id)

    async def _is_over(self, session: OpenSession) -> bool:
        """Stop a session, unless its worker did; whether nothing is left to do."""
        call_id = session.call_id
        events = await asyncio.to_thread(read_events, self._store.artifacts(call_id).events)
        if stopped_in(events):
            return True
        tried = int(session.stop.get("tried", 0)) + 1
        try:
            plan = await asyncio.to_thread(self._store.plan, call_id)
            agent = CallRequest.model_validate(plan).agent
            if agent.provider not in PROVIDERS:
                return True  # it ran on this machine, and its process is gone
            how = await _stop(self._resolved(agent), session.stop)
        except (RingbackError, TimeoutError, ValueError) as error:
            last = tried >= _TRIES
            more = "given up" if last else "tried again at the next start"
            logger.warning("the session of call {} is not stopped ({}): {}", call_id, more, error)
            stop = session.stop | _tried(tried)
            await asyncio.to_thread(self._store.note_session, session.id, stop)
            return last
        logger.info("the session of call {} was still open: {}", call_id, how)
        return True

    def _add(self, call_id: str, provider: str, event: Event) -> int:
        data = started_in([event]) or {}
        return self._store.add_session(call_id, provider, data.get("room") or "", data)

    def _forget_secrets(self, call_id: str) -> None:
        if names := self._secrets.of_calls().get(call_id):
            self._secrets.remove(*names)

    def _sweep_secrets(self) -> None:
        """Forget secrets of calls that have ended and left nothing to stop."""
        for call_id in self._secrets.of_calls():
            try:
                needed = not self._store.get_call(call_id).state.is_final
                needed = needed or bool(self._store.open_sessions_of(call_id))
            except InputError:  # there is no such call any more
                needed = False
            if not needed:
                self._forget_secrets(call_id)


def started_in(events: Sequence[Event]) -> dict[str, str | None] | None:
    """What it takes to stop the session that the events tell of; None if none was started."""
    for event in events:
        if event.kind == EventKind.SESSION_STARTED:
            return {name: event.data.get(name) for name in ("session_id", "room", "url")}
    return None


def stopped_in(events: Sequence[Event]) -> bool:
    """Whether the events tell that it was stopped."""
    return any(
        event.kind == EventKind.SESSION_STOPPED and event.data.get("how") != "failed"
        for event in events
    )


async def _stop(agent: Agent, started: dict[str, str | None]) -> str:
    session = Session(
        url=started.get("url") or "",
        token="",
        room=started.get("room") or "",
        session_id=started.get("session_id"),
    )
    return await asyncio.wait_for(provider_for(agent).stop(session), _STOP_S)


def _tried(times: int) -> dict[str, str | None]:
    return {"tried": str(times)}
