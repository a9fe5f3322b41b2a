"""People who speak in the caller's place of a replayed call: what they do and what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.calls import Hold
from harness.errors import CannotTake, CannotWhisper, NotFound
from harness.nouns import CallState, Person, Presence, Span, Turn

__all__ = ["ReplayPeople", "Stand"]

RATE = 24000
_LATE_S = 0.06
_LOUD = 0.02


@dataclass
class Stand:
    """That a person has the caller's side, from and until seconds on the call's clock."""

    name: str
    began: float
    ended: float | None = None
    pieces: list[tuple[int, np.ndarray]] = field(default_factory=list)
    """Place on the call's clock (samples), and -1.0 to 1.0."""
    _origin: int | None = None

    def hear(self, first: int, pcm: bytes, now: float) -> None:
        if self._origin is None:
            self._origin = int((now + _LATE_S) * RATE) - first
        samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
        self.pieces.append((self._origin + first, samples))

    def covers(self, t: float) -> bool:
        return self.began <= t and (self.ended is None or t < self.ended)

    def spoke(self) -> Span | None:
        """From the first to the last piece that is loud."""
        loud = [p for p in self.pieces if np.sqrt(np.mean(p[1] ** 2)) > _LOUD]
        if not loud:
            return None
        end = (loud[-1][0] + len(loud[-1][1])) / RATE
        return Span(loud[0][0] / RATE, end if self.ended is not None else None)

    def turn(self, index: int, seq: int) -> Turn | None:
        said = self.spoke()
        if said is None:
            return None
        return Turn(
            index=index,
            caller=said,
            caller_source="person",
            caller_by=self.name,
            open=said.end is None,
            seq=seq,
        )


def with_people(sound: np.ndarray, first: int, stands: Sequence[Stand]) -> np.ndarray:
    """A stretch of both lanes that begins at sample `first`, with the voices of people in it."""
    if not stands:
        return sound
    lanes = sound.copy()
    for stand in stands:
        until = len(sound) if stand.ended is None else round(stand.ended * RATE) - first
        lanes[max(0, round(stand.began * RATE) - first) : max(0, until), 0] = 0
        for at, samples in stand.pieces:
            begin, end = max(0, at - first), min(len(lanes), at - first + len(samples))
            if begin < end:
                lanes[begin:end, 0] = samples[begin - at + first : end - at + first]
    return lanes


class ReplayPeople:
    """The part of CallService that is about people.

    Attributes:
        back: Each time a call was given back: who, why, instruction and step.
        whispered: Who whispered what.
    """

    def __init__(self) -> None:
        self.back: list[tuple[str, str, str, int | None]] = []
        self.whispered: list[tuple[str, str]] = []

    def _get(self, call_id: str) -> Any:
        raise NotImplementedError

    def _state(self, placed: Any, t: float) -> CallState:
        raise NotImplementedError

    def _talking(self, call_id: str) -> Any:
        placed = self._get(call_id)
        if self._state(placed, placed.now).is_final:
            raise NotFound("The call is over.", cause="It has ended.", remedy="Call again.")
        return placed

    def take(self, call_id: str, person: Person) -> Hold:
        placed = self._talking(call_id)
        if self._state(placed, placed.now) is not CallState.LIVE:
            raise CannotTake(
                "Nobody can take this call over.", cause="Nobody talks yet.", remedy="Wait."
            )
        hold: Hold = placed.people.take(person)
        self._stand(placed, person)
        return hold

    def holds(self, hold: Hold) -> bool:
        placed = self._get(hold.call_id)
        live = not self._state(placed, placed.now).is_final
        return live and bool(placed.people.holds(hold))

    def speak(self, hold: Hold, first: int, pcm: bytes) -> None:
        if self.holds(hold):
            placed = self._get(hold.call_id)
            placed.stands[-1].hear(first, pcm, placed.now)

    def give_back(self, hold: Hold, *, instruction: str = "", step: int | None = None) -> None:
        if instruction:
            self._check_follows(self._get(hold.call_id))
        self._end(hold, "handed_back", instruction, step)

    def let_go(self, hold: Hold) -> None:
        self._end(hold, "gone", "", None)

    def ask_for(self, call_id: str, person: Person) -> None:
        self._talking(call_id).people.ask(person)

    def stop_asking(self, call_id: str, person: Person) -> None:
        hold = self._get(call_id).people.withdraw(person)
        if hold is not None:
            self.let_go(hold)

    def keep(self, hold: Hold) -> None:
        self._get(hold.call_id).people.keep(hold)

    def pass_on(self, hold: Hold) -> Hold | None:
        placed = self._get(hold.call_id)
        new: Hold | None = placed.people.pass_on(hold)
        if new is not None:
            self._stand(placed, new.person)
        return new

    def whisper(self, call_id: str, person: Person, text: str) -> None:
        self._check_follows(self._talking(call_id))
        self.whispered.append((person.name, text))

    def people(self, call_id: str) -> tuple[Presence, ...]:
        present: tuple[Presence, ...] = self._talking(call_id).people.present()
        return present

    def _stand(self, placed: Any, person: Person) -> None:
        if placed.stands and placed.stands[-1].ended is None:
            placed.stands[-1].ended = placed.now
        placed.stands.append(Stand(person.name, placed.now))

    def _end(self, hold: Hold, why: str, instruction: str, step: int | None) -> None:
        placed = self._get(hold.call_id)
        if placed.people.let_go(hold):
            placed.stands[-1].ended = placed.now
            self.back.append((hold.person.name, why, instruction, step))

    def _check_follows(self, placed: Any) -> None:
        if placed.script.kind == "script":
            raise CannotWhisper(
                "This caller follows no instructions.",
                cause="It says the lines of a script.",
                remedy="Type the line that it shall say.",
            )
