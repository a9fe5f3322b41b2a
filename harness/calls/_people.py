"""People: who has the caller's side of a call, and who asks for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import CallHeld
from harness.nouns import Person, Presence

__all__ = ["ASK_S", "Hold", "People"]

ASK_S = 20.0
"""Who is asked for the caller's side and does not answer keeps it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """That a person has the caller's side of a call; of several only the newest counts.

    Attributes:
        number: Tells it from earlier ones of the same call.
    """

    call_id: str
    number: int
    person: Person


class People:
    """Decides who has the caller's side: whoever takes it first, until they let it go.

    Any thread may ask; it answers at once.

    Args:
        call_id: The call.
        now: Seconds of a clock that runs on.
    """

    def __init__(self, call_id: str, now: Callable[[], float] = time.monotonic) -> None:
        self._call_id = call_id
        self._now = now
        self._lock = threading.Lock()
        self._hold: Hold | None = None
        self._number = 0
        self._asking: tuple[Person, float] | None = None

    def take(self, person: Person) -> Hold:
        """`person` has the caller's side, if nobody else has. Who has it already begins anew.

        Raises:
            CallHeld: Somebody else has it.
        """
        with self._lock:
            if self._hold is not None and self._hold.person.id != person.id:
                raise _held(self._hold.person)
            return self._give(person)

    def holds(self, hold: Hold) -> bool:
        """Whether a hold counts."""
        return self._hold == hold

    def let_go(self, hold: Hold) -> bool:
        """Nobody has the caller's side any more; whether `hold` did count."""
        with self._lock:
            if self._hold != hold:
                return False
            self._hold = self._asking = None
            return True

    def ask(self, person: Person) -> None:
        """`person` asks whoever has the caller's side for it.

        Raises:
            CallHeld: Somebody else asks already.
        """
        with self._lock:
            asking = self._asks()
            if asking is not None and asking.id != person.id:
                raise CallHeld(
                    f"{asking.name} asks for the call already.",
                    cause="One can ask at a time.",
                    remedy=f"Wait: a question falls after {ASK_S:.0f} s.",
                )
            if self._hold is not None and self._hold.person.id != person.id:
                self._asking = (person, self._now())

    def withdraw(self, person: Person) -> Hold | None:
        """`person` asks no more; gives the hold they have all the same, given to them meanwhile."""
        with self._lock:
            if self._asking is not None and self._asking[0].id == person.id:
                self._asking = None
            hold = self._hold
            return hold if hold is not None and hold.person.id == person.id else None

    def keep(self, hold: Hold) -> None:
        """Whoever has the caller's side keeps it."""
        with self._lock:
            if self._hold == hold:
                self._asking = None

    def pass_on(self, hold: Hold) -> Hold | None:
        """Whoever asks has the caller's side from now on; None if `hold` or nobody's ask counts."""
        with self._lock:
            asking = self._asks()
            if self._hold != hold or asking is None:
                return None
            return self._give(asking)

    def present(self) -> tuple[Presence, ...]:
        """Who has the caller's side, then who asks for it."""
        with self._lock:
            hold, asking = self._hold, self._asks()
        found = [] if hold is None else [Presence(hold.person, holds=True)]
        return (*found, *([Presence(asking, asks=True)] if asking is not None else []))

    def _asks(self) -> Person | None:
        if self._asking is None or self._now() - self._asking[1] > ASK_S:
            return None
        return self._asking[0]

    def _give(self, person: Person) -> Hold:
        self._number += 1
        self._hold = Hold(self._call_id, self._number, person)
        self._asking = None
        return self._hold


def _held(holder: Person) -> CallHeld:
    return CallHeld(
        f"{holder.name} has the call.",
        cause="One person at a time speaks in the caller's place.",
        remedy=f"Ask {holder.name} for it, or wait until it is handed back.",
    )
