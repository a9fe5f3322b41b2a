"""The one seam between the console and the calls: which service the pages talk to."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from harness.calls import CallRequest, CallService
from harness.errors import InternalError, RingbackError
from harness.nouns import Agent, Call

__all__ = [
    "ConsoleService",
    "busy_sentence",
    "install",
    "place",
    "prepare",
    "request_of",
    "runs_of_call",
    "service",
]


class ConsoleService(CallService, Protocol):
    """A call service with the loop its async iterators belong to."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where `follow` and `listen` run."""
        ...


_MOST_AT_ONCE = 100
"""Calls that can be placed together, as :meth:`CallService.place_run` has it."""

_installed: ConsoleService | None = None
_trouble: RingbackError | None = None
_requests: dict[str, tuple[CallRequest, int | None]] = {}


def install(calls: ConsoleService | None, because: RingbackError | None = None) -> None:
    """Make `calls` the service of this process; None takes it away, `because` says why."""
    global _installed, _trouble
    _installed, _trouble = calls, because
    _requests.clear()


def service() -> ConsoleService:
    """The service of this process.

    Raises:
        RingbackError: Why the engine could not start.
        InternalError: None was installed: the page runs outside ``app.py``.
    """
    if _installed is None and _trouble is not None:
        raise _trouble
    if _installed is None:
        raise InternalError(
            "The console has no call engine.",
            cause="The page was started by itself, or the engine could not start.",
            remedy="Start the console with: streamlit run app.py",
        )
    return _installed


def prepare(agent: Agent) -> None:
    """Have an agent made ready that is likely to be called next; returns at once, never raises."""
    with contextlib.suppress(RingbackError):
        service().prepare(agent)


def busy_sentence() -> str:
    """Why timings of a call that is placed now may suffer; empty if they need not."""
    return service().machine().sentence


def place(request: CallRequest, runs: int | None = None) -> Call:
    """Place the calls of a run, and remember what was asked for, so that it can be asked again.

    Args:
        request: Of each of them.
        runs: How many; None for what the scenario says, and one for a script.

    Returns:
        The first of them.

    Raises:
        RingbackError: They cannot be placed.
    """
    calls = service().place_run(request, runs)
    _requests.update(dict.fromkeys((call.id for call in calls), (request, runs)))
    return calls[0]


def request_of(call_id: str) -> CallRequest | None:
    """What was asked for when this console placed the call; None if it was another process."""
    asked = _requests.get(call_id)
    return asked[0] if asked is not None else None


def runs_of_call(call_id: str) -> int | None:
    """How many calls were asked for together with this one, in place of what its scenario says.

    Those that another process placed are counted: a run that had one call has one again.

    Raises:
        NotFound: No such call.
    """
    if call_id in _requests:
        return _requests[call_id][1]
    run_id = service().view(call_id).run_id
    calls = service().archive.store.calls(run_id=run_id, include_deleted=True, limit=_MOST_AT_ONCE)
    return len(calls) or None
