"""LiveCall: what the engine holds of one call that has not ended, and who watches it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.caller.speech import people_ear
from harness.calls._build_view import build_view
from harness.calls._lane_sound import LaneSound
from harness.calls._people import People
from harness.calls._request import CallRequest
from harness.calls._view import CallView, PersonEar
from harness.errors import NotFound
from harness.measure import Conversation
from harness.nouns import (
    PEAKS_PER_SECOND,
    Call,
    Caller,
    Event,
    EventKind,
    Lane,
    Presence,
    Turn,
    to_json,
)

__all__ = ["LiveCall", "not_live", "people_update", "view_update"]

_AT_MOST_EVERY_S = 0.2
_SPARES = 50
"""After a view so many times what it took goes without one: that is 2 % of a core ..."""
_AT_LEAST_EVERY_S = 2.0
"""... unless that were longer than this."""
_LISTENER_BACKLOG = 100


class LiveCall:
    """Events, peaks and watchers of one call. Belongs to the engine's loop; `view` to any thread.

    Args:
        call: Its row.
        request: What was asked for.
        recording: Where it will be.
        error_of: Gives the error bar of latencies (seconds) by the event that names the server;
            asked once.

    Attributes:
        people: Who has its caller's side.
        over: Set when the call has its final state and everything is stored.
    """

    def __init__(
        self,
        call: Call,
        request: CallRequest,
        recording: Path,
        error_of: Callable[[Event], float | None],
    ) -> None:
        self.call = call
        self._error_of = error_of
        self._error_s: float | None = None
        self.request = request
        self._person_ear = _ear_of(request)
        self.people = People(call.id)
        self.over = asyncio.Event()
        self._recording = recording
        self._events: list[Event] = []
        self._conversation = Conversation()
        self._lock = threading.Lock()
        self._cost_s = 0.0
        self._zero_wall: float | None = None
        self._peaks: dict[Lane, tuple[int, list[float]]] = {}
        self._changed = asyncio.Event()
        self._listeners: set[asyncio.Queue[LaneSound | None]] = set()
        self._cached: CallView | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """All events so far."""
        return tuple(self._events)

    @property
    def listened(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def add(self, event: Event) -> None:
        """Take the next event."""
        self._zero_wall = self._zero_wall or time.time() - event.t
        if event.kind == EventKind.SESSION_STARTED:
            self._error_s = self._error_of(event)
        with self._lock:
            self._events.append(event)
            self._conversation.add(event)
        self._wake()

    def add_peaks(self, lane: Lane, first: int, values: list[float]) -> None:
        """Take peaks of a lane that continue those before."""
        start, known = self._peaks.setdefault(lane, (first, []))
        missing = first - start - len(known)
        known += [0.0] * max(0, missing)
        known += values
        self._wake()

    def hear(self, sound: LaneSound) -> None:
        """Take sound for whoever listens; a slow listener loses the oldest."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(sound)

    def finish(self, call: Call) -> None:
        """Everything is stored: let followers and listeners go."""
        self.call = call
        self.over.set()
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
        self._wake()

    def view(self) -> CallView:
        """The call as it stands."""
        with self._lock:
            events, turns = self.events, self._conversation.turns()
        seq = events[-1].seq if events else 0
        known = self._cached
        if known is None or known.seq != seq or known.state != self.call.state:
            began = time.thread_time()
            known = self._cached = self._view_of(events, turns)
            self._cost_s = time.thread_time() - began
        return known

    def _view_of(self, events: tuple[Event, ...], turns: tuple[Turn, ...]) -> CallView:
        zero = self._zero_wall
        view = build_view(
            self.call,
            self.request,
            events,
            now=None if zero is None else time.time() - zero,
            clock_started_at=None
            if zero is None
            else datetime.fromtimestamp(0, UTC) + timedelta(seconds=zero),
            # It is there before the final state is told.
            has_recording=self._recording.exists(),
            turns=turns,
        )
        return replace(view, error_s=self._error_s, person_ear=self._person_ear)

    async def follow(self, after: int) -> AsyncIterator[dict[str, Any]]:
        """Updates until the call is over; the last view is the engine's to send."""
        sent: dict[Lane, int] = {}
        told: tuple[Presence, ...] = ()
        seq: int | None = None
        due = 0.0
        while True:
            self._changed.clear()
            over = self.over.is_set()
            for lane, (first, values) in list(self._peaks.items()):
                at = sent.get(lane, 0)
                if len(values) > at:
                    sent[lane] = len(values)
                    yield {
                        "type": "peaks",
                        "lane": lane,
                        "first": first + at,
                        "rate": PEAKS_PER_SECOND,
                        "values": values[at:],
                    }
            present = () if over else self.people.present()
            if present != told:
                told = present
                yield people_update(present)
            early = not over and time.monotonic() < due
            if not early:
                view = self.view()
                due = time.monotonic() + min(_AT_LEAST_EVERY_S, _SPARES * self._cost_s)
                # The final state is told when everything is stored, so that who sees it can look.
                if view.seq != seq and (over or not view.state.is_final):
                    yield view_update(view, after if seq is None else seq)
                    seq = view.seq
            if over:
                return
            await asyncio.sleep(_AT_MOST_EVERY_S)
            if not early:
                await self._changed.wait()

    async def listen(self) -> AsyncGenerator[LaneSound, None]:
        """Both lanes from now on until the call is over."""
        queue: asyncio.Queue[LaneSound | None] = asyncio.Queue(_LISTENER_BACKLOG)
        self._listeners.add(queue)
        try:
            while (sound := await queue.get()) is not None:
                yield sound
        finally:
            self._listeners.discard(queue)

    def _wake(self) -> None:
        self._changed.set()


def _ear_of(request: CallRequest) -> PersonEar:
    """What writes down a person's words in a call; nothing where nobody can speak."""
    caller = request.caller or Caller()
    stack = request.ear_stack if caller.by == "voice" else ""
    by = people_ear(stack, caller.language)
    return PersonEar(request.person_ear, by, cloud=bool(by) and stack == "cloud")


def people_update(people: Sequence[Presence]) -> dict[str, Any]:
    """Who is at a call as an update: names, never the ids that tell pages apart."""
    told = [{"name": one.person.name, "holds": one.holds, "asks": one.asks} for one in people]
    return {"type": "people", "people": told}


def view_update(view: CallView, after: int) -> dict[str, Any]:
    """A view as an update: its turns apart, only those that changed after event `after`."""
    turns: list[Turn] = [turn for turn in view.turns if turn.seq > after or turn.open]
    whole = to_json(replace(view, turns=()))
    # Turns go apart, and nobody who watches a call needs its scenario's text again and again.
    del whole["turns"], whole["scenario_source"]
    return {"type": "view", "seq": view.seq, "view": whole, "turns": [to_json(t) for t in turns]}


def not_live() -> NotFound:
    """The error of whoever wants something of a call that nobody talks in."""
    return NotFound(
        "The call is not live.",
        cause="It has not started talking yet, or it has ended.",
        remedy="Wait until the agent answers, or place another call.",
    )
