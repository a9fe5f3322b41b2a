"""What the front desk remembers of a call, and what one act of it can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["Action", "Call", "Memory", "Say", "Slot", "Wait"]


class Slot(NamedTuple):
    """One time with one doctor; day "YYYY-MM-DD", time "HH:MM"."""

    doctor: str
    day: str
    time: str


@dataclass(frozen=True, slots=True)
class Say:
    """Say something; with `leave` the call is over after it."""

    text: str
    leave: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of the desk."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Say nothing, the caller goes on: "short" was cut off in a sentence, "long" asked for time."""

    kind: Literal["short", "long"]


Action = Say | Call | Wait


@dataclass(slots=True)
class Memory:
    """The state of a call.

    Attributes:
        task: What is under way: book, move, cancel, or None.
        doctor: Doctor asked for; None with `anyone` means whoever is free.
        day: Day asked for.
        time: Time asked for.
        name: The caller's name.
        born: Their date of birth.
        phone: Their phone number.
        anyone: Any doctor will do.
        soonest: Any day will do, the sooner the better.
        part: morning or afternoon.
        bound: A limit on the time: ("after", "15:00").
        awaiting: What was asked last: day, time, name, birth, phone, offer, more.
        free: Free times found last.
        searched: For which doctor and day they were found; None before the first search.
        offered: Which of them were offered.
        held: The time held for the caller.
        cancelled: In a move: the old appointment is cancelled.
        spelled: The only name known was spelled, so it is the surname.
        asked_surname: The other name was asked for once.
        then: The task to begin when this one is done.
        news: What is to be said before anything else.
        lost: How many lines in a row were not understood.
        refused: How often the caller would not say who they are.
        question: The question that is open.
        last: What was said last, for "could you repeat that".
    """

    task: str | None = None
    doctor: str | None = None
    day: str | None = None
    time: str | None = None
    name: str | None = None
    born: str | None = None
    phone: str | None = None
    anyone: bool = False
    soonest: bool = False
    part: str | None = None
    bound: tuple[str, str] | None = None
    awaiting: str | None = None
    free: list[Slot] = field(default_factory=list)
    searched: tuple[str | None, str | None] | None = None
    offered: list[Slot] = field(default_factory=list)
    held: Slot | None = None
    cancelled: bool = False
    spelled: bool = False
    asked_surname: bool = False
    then: str | None = None
    news: str = ""
    lost: int = 0
    refused: int = 0
    question: str = ""
    last: str = ""

    def forget_slot(self) -> None:
        """Drop what was found, offered and held."""
        self.time = None
        self.free, self.offered, self.searched, self.held = [], [], None, None

    def forget_task(self) -> None:
        """Drop the task; who the caller is stays known."""
        self.task = self.then = self.doctor = self.day = self.part = self.bound = None
        self.anyone = self.soonest = self.cancelled = False
        self.forget_slot()
