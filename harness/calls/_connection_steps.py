"""The steps of a connection test: their order, their titles, and what the events tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.agents import Step
from harness.calls._view import ConnectionStep
from harness.errors import (
    AgentNeverJoined,
    AgentNeverSpoke,
    AgentNotFound,
    AgentNotReady,
    BadRoomAddress,
    ConnectTimeout,
    Forbidden,
    HostUnknown,
    RingbackError,
    RoomError,
    RoomUnreachable,
    RunnerRefused,
    TlsRefused,
    TwoAgents,
    Unauthorised,
)
from harness.nouns import Event, EventKind

__all__ = ["StepTeller", "steps_of"]

_TITLES = {
    "resolve": "Find the address",
    "tls": "Secure the connection",
    "authorise": "Show the key",
    "ready": "Agent is ready to start",
    "start": "Start a session",
    "join": "Join the room",
    "agent_found": "Find the agent there",
    "agent_audio": "Hear the agent's track",
    "rtvi_ready": "Agent says that it is ready",
    "stop": "Stop the session",
    "cleaned": "Nothing left behind",
}
_NAMES = tuple(_TITLES)
_PREFLIGHT = _NAMES[: _NAMES.index("start")]
_ALWAYS = ("stop", "cleaned")

_FAILS_AT: tuple[tuple[type[RingbackError], str], ...] = (
    (HostUnknown, "resolve"),
    (RunnerRefused, "resolve"),
    (ConnectTimeout, "resolve"),
    (TlsRefused, "tls"),
    (Unauthorised, "authorise"),
    (Forbidden, "authorise"),
    (AgentNotFound, "ready"),
    (AgentNotReady, "ready"),
    (BadRoomAddress, "resolve"),
    (RoomUnreachable, "resolve"),
    (RoomError, "authorise"),
)
"""Which step of a preflight an error belongs to, where it can only be one."""

_FAILS_IN_ROOM: tuple[tuple[type[RingbackError], str], ...] = (
    (RoomError, "join"),
    (AgentNeverJoined, "agent_found"),
    (TwoAgents, "agent_found"),
    (AgentNeverSpoke, "agent_audio"),
)
"""The same once the session is started."""


class StepTeller:
    """Tells the steps of one test in their order, each once.

    Args:
        emit: Writes a ``session.step`` event with these data.
        told: Steps that were told before, by another process.
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None], told: Sequence[str] = ()) -> None:
        self._emit = emit
        self._told = list(told)

    @property
    def told(self) -> tuple[str, ...]:
        """Names of the steps told so far."""
        return tuple(self._told)

    def tell(self, name: str, took_s: float = 0.0, note: str = "", *, done: bool = True) -> None:
        """A step is over, or was skipped; those passed over on the way to it are skipped, too."""
        if name in self._told:
            return
        if name not in _ALWAYS:
            self._skip_to(name)
        self._write(name, "done" if done else "skipped", took_s, note)

    def take(self, step: Step) -> None:
        """A step of a provider's preflight went well."""
        self.tell(step.name, step.took_s, step.note, done=step.done)

    def preflight_over(self, note: str) -> None:
        """What no preflight told of by now is not needed for this way; `note` says why."""
        for name in _PREFLIGHT:
            if name not in self._told:
                self._write(name, "skipped", 0.0, note)

    def fail(self, error: RingbackError, took_s: float, at: str | None = None) -> None:
        """The next step failed.

        Args:
            error: Why. Of a preflight it also tells which step it was.
            took_s: How long it took.
            at: The step, if it is known.
        """
        name = at or self._failed_at(error)
        if name in self._told:
            name = self._next()
        self._skip_to(name)
        self._write(name, "failed", took_s, error.message)

    def _failed_at(self, error: RingbackError) -> str:
        for kind, name in _FAILS_IN_ROOM if "start" in self._told else _FAILS_AT:
            if isinstance(error, kind):
                return name
        return self._next()

    def _next(self) -> str:
        last = max((_NAMES.index(name) for name in self._told), default=-1)
        return _NAMES[min(last + 1, len(_NAMES) - 1)]

    def _skip_to(self, name: str) -> None:
        for before in _NAMES[: _NAMES.index(name)]:
            if before not in self._told:
                self._write(before, "skipped", 0.0, "Not needed for this agent.")

    def _write(self, name: str, status: str, took_s: float, note: str) -> None:
        self._told.append(name)
        took_s = round(took_s, 3)
        self._emit({"name": name, "status": status, "took_s": took_s, "note": note})


def steps_of(events: Sequence[Event], *, over: bool) -> tuple[ConnectionStep, ...]:
    """All steps of a test as its events tell them.

    Args:
        events: All events so far.
        over: Whether nothing more will come: else the next step is running.
    """
    told = {
        event.data["name"]: event.data for event in events if event.kind == EventKind.SESSION_STEP
    }
    failed = any(data["status"] == "failed" for data in told.values())
    waiting = [name for name in (_ALWAYS if failed else _NAMES) if name not in told]
    running = None if over else next(iter(waiting), None)
    steps = []
    for name, title in _TITLES.items():
        data = told.get(name)
        if data is None:
            status = "running" if name == running else "pending"
            steps.append(ConnectionStep(name, title, status))  # type: ignore[arg-type]
        else:
            took_s, note = data.get("took_s"), data.get("note", "")
            steps.append(ConnectionStep(name, title, data["status"], took_s, note))
    return tuple(steps)
