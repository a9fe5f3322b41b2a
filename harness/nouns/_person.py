"""Person: a tester who listens to a call, or holds its caller's side."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LONGEST_NAME", "Person", "Presence", "by_person"]

LONGEST_NAME = 40
"""Characters of a tester's name."""

_BY_PERSON = frozenset({"typed", "person"})


def by_person(source: str | None) -> bool:
    """Whether a line of that source was a person's: typed, or spoken in the caller's place.

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
        listens: Whether they hear it.
        holds: Whether the caller's side is theirs.
        asks: Whether they ask the one who holds it for it.
    """

    person: Person
    listens: bool = False
    holds: bool = False
    asks: bool = False
