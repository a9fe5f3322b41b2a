"""Person: a tester at a call, who may speak in the caller's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "LONGEST_NAME",
    "WORDS_NOT_KNOWN",
    "GivenBack",
    "Person",
    "Presence",
    "WhyBack",
    "by_person",
]

LONGEST_NAME = 40
"""Characters of a tester's name."""

WORDS_NOT_KNOWN = "A person spoke; the words are not known."
"""What stands for a line that nobody put into words."""

_BY_PERSON = frozenset({"typed", "played", "person"})


def by_person(source: str | None) -> bool:
    """Whether a line of that source was a person's: typed, played, or spoken in the caller's place.

    Such a line is none of a script, and no turn of a simulation.
    """
    return source in _BY_PERSON


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a page of the console.

    Attributes:
        id: Made by the page at random; it tells two testers of one name apart.
        name: What they call themselves. Nobody checked it: text to be shown, never to be trusted.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Presence:
    """A person at a call.

    Attributes:
        holds: Whether the caller's side is theirs.
        asks: Whether they ask the one who holds it for it.
    """

    person: Person
    holds: bool = False
    asks: bool = False


WhyBack: TypeAlias = Literal["handed_back", "gone", "passed_on"]
"""Why a person has the caller's side no more: gone is that their browser went away."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """How a person gives the caller's side back.

    Attributes:
        instruction: What the simulated person shall do; empty for nothing in particular.
        step: Where the script goes on, from 0; None for the first line that was not said.
    """

    instruction: str = ""
    step: int | None = None
