"""An engine without audio: it plays a list of events, seen through the real view of a call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from harness.calls import CallRequest, CallView, MachineLoad, build_view, load_of
from harness.calls._measured import Measured
from harness.errors import RingbackError
from harness.nouns import Agent, AudioReport, Call, CallState, Event, EventKind, Failure, to_json


def told(*pieces: tuple[float, EventKind, dict[str, Any]]) -> list[Event]:
    return [Event(seq, t, str(kind), data) for seq, (t, kind, data) in enumerate(pieces, start=1)]


def state(t: float, to: CallState, failure: RingbackError | None = None) -> Any:
    data: dict[str, Any] = {"state": to.value}
    if failure is not None:
        data["failure"] = to_json(Failure.of(failure))
    return t, EventKind.STATE, data


def line(number: int, text: str, start: float, end: float) -> list[Any]:
    data = {"line": number, "text": text, "source": "script", "at": start}
    return [
        (start, EventKind.CALLER_STARTED, data),
        (end, EventKind.CALLER_STOPPED, {"line": number, "at": end, "cut": False}),
    ]


def reply(text: str, start: float, end: float) -> list[Any]:
    return [
        (start, EventKind.AGENT_STARTED, {"at": start}),
        (start + 0.1, EventKind.AGENT_TEXT, {"text": text, "source": "rtvi"}),
        (end, EventKind.AGENT_STOPPED, {"at": end}),
    ]


def begin() -> list[Any]:
    return [
        state(0.0, CallState.STARTING),
        (0.5, EventKind.SESSION_STARTED, {"provider": "demo", "session_id": "s", "room": "r"}),
        state(0.5, CallState.RINGING),
        state(1.0, CallState.LIVE),
    ]


def finish(t: float) -> list[Any]:
    return [
        (t, EventKind.HANGUP, {"by": "caller", "reason": "done"}),
        state(t, CallState.ENDING),
        state(t + 0.1, CallState.DONE),
    ]


def matched(step: int, text: str, t: float) -> Any:
    """The first expectation of a step, which waits for a response, found it."""
    data = {"step": step, "index": 0, "event": "response", "status": "matched", "matched": text}
    return t, EventKind.EXPECTATION, data


GOOD_CALL = told(
    *begin(),
    *reply("Riverside Clinic, how can I help?", 1.5, 3.5),
    matched(0, "Riverside Clinic, how can I help?", 3.5),
    *line(1, "When are you open?", 4.0, 5.0),
    *reply("From eight to six.", 6.25, 8.0),
    matched(1, "From eight to six.", 8.0),
    *line(2, "Thank you, goodbye.", 8.5, 9.5),
    *reply("Goodbye.", 10.25, 11.0),
    matched(2, "Goodbye.", 11.0),
    *finish(12.0),
)


class StubEngine:
    """Plays `events`; every bundle of updates brings one more.

    Of a run, `others` are played in its further calls, and then `events` again. `hold` is the
    number of events after which it waits for :meth:`hang_up`.
    """

    def __init__(
        self,
        events: list[Event] | None = None,
        *others: list[Event],
        has_recording: bool = True,
        hold: int | None = None,
        refuse: RingbackError | None = None,
        on_start: Callable[[], None] | None = None,
        progress: list[str] | None = None,
        cpu: float = 0.1,
        audio: AudioReport | None = None,
    ) -> None:
        self.events = GOOD_CALL if events is None else events
        self._others = others
        self.loop = asyncio.new_event_loop()
        self.requests: list[CallRequest] = []
        self.hung_up: list[str] = []
        self.is_stopped = False
        self._has_recording = has_recording
        self._hold = hold
        self._refuse = refuse
        self._on_start = on_start
        self._progress = progress or []
        self._shown: dict[str, int] = {}
        self._calls: dict[str, Call] = {}
        self.wanted_runs: int | None = None
        self._cpu = cpu
        self._audio = audio
        self._measured: Measured | None = None
        self._go_on = asyncio.Event()
        self.held = threading.Event()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        if self._on_start is not None:
            self._on_start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        self.is_stopped = True

    def wait_measured(self, call_id: str, within_s: float) -> None:
        if self._audio is not None:
            self._measured = Measured(self._audio)

    def progress(self) -> list[str]:
        return self._progress

    def machine(self) -> MachineLoad:
        return load_of(self._cpu, 0.5, 2, 1.0)

    def prepare(self, agent: Agent) -> None:
        raise AssertionError("a command calls at once")

    def place(self, request: CallRequest) -> Call:
        if self._refuse is not None:
            raise self._refuse
        self.requests.append(request)
        number = len(self._calls) + 1
        call = Call(
            id=f"call_{number}",
            run_id="run_1",
            agent=request.agent.name,
            provider=request.agent.provider,
            scenario=request.scenario.name if request.scenario else None,
            voice=request.caller.voice if request.caller else "",
            state=CallState.QUEUED,
            verdict=None,
            failure=None,
            created_at=datetime.now(UTC),
        )
        self._calls[call.id] = call
        return call

    def place_run(self, request: CallRequest, runs: int | None = None) -> tuple[Call, ...]:
        self.wanted_runs = runs
        person = request.scenario.simulation if request.scenario else None
        wanted = runs or (person.runs if person else 1)
        return tuple(self.place(request) for _ in range(wanted))

    def _events_of(self, call_id: str) -> list[Event]:
        number = list(self._calls).index(call_id)
        return (self.events, *self._others)[number % (1 + len(self._others))]

    def view(self, call_id: str) -> CallView:
        shown, events = self._shown.get(call_id, 0), self._events_of(call_id)
        return build_view(
            self._calls[call_id],
            self.requests[0],
            events[:shown],
            has_recording=self._has_recording and shown == len(events),
            measured=self._measured,
        )

    def hang_up(self, call_id: str) -> None:
        self.hung_up.append(call_id)
        self.loop.call_soon_threadsafe(self._go_on.set)

    async def follow(self, call_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        events = self._events_of(call_id)
        while (shown := self._shown.get(call_id, 0)) < len(events):
            if shown == self._hold:
                self.held.set()
                await self._go_on.wait()
            self._shown[call_id] = shown + 1
            yield {"type": "view", "seq": shown + 1}
            await asyncio.sleep(0)
        yield {"type": "end"}
