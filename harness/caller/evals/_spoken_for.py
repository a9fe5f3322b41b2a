"""SpokenFor: what somebody else said in a simulated person's place, and what they were answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["SpokenFor"]

_AGENT, _OWN = "user", "assistant"


class SpokenFor:
    """Puts the words of others among those of the agent, in the order in which they were said.

    To what plays the person the agent is the user, and whatever was said in its own place is its
    own. Words come after their line, and may come after the answer to it.
    """

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._words: dict[int, str] = {}
        self._earlier: list[dict[str, Any]] = []

    def begins(self, number: int, place: int) -> None:
        """Line `number` begins after so many events of the stream."""
        self._places[number] = place

    def known(self, number: int, text: str) -> None:
        """Its words are known."""
        if number in self._places:
            self._words[number] = text

    def exchange(self, kept: Sequence[str], events: Sequence[dict[str, Any]], since: int) -> str:
        """What the agent said that is to be answered: its words after the last that are known.

        What came before goes to :meth:`take_earlier`; so does what the agent has not answered.

        Args:
            kept: Its words before those events.
            events: Of the stream.
            since: From which on they were not looked at.
        """
        said = [(_AGENT, text) for text in kept]
        due = sorted(number for number in self._places if number in self._words)
        for place in range(since, len(events)):
            while due and self._places[due[0]] <= place:
                said.append((_OWN, self._take(due.pop(0))))
            if events[place]["type"] == "response" and events[place]["text"]:
                said.append((_AGENT, events[place]["text"]))
        said += [(_OWN, self._take(number)) for number in due]
        last = max((place for place, (who, _) in enumerate(said) if who == _AGENT), default=-1)
        first = last
        while first > 0 and said[first - 1][0] == _AGENT:
            first -= 1
        asked = said[max(first, 0) : last + 1]
        before = said[: max(first, 0)] + said[last + 1 :]
        self._earlier += [{"role": who, "content": text} for who, text in before]
        return " ".join(text for _, text in asked)

    def take_earlier(self) -> list[dict[str, Any]]:
        """What comes before the words that are to be answered, as messages; it is given once."""
        earlier, self._earlier = self._earlier, []
        return earlier

    def _take(self, number: int) -> str:
        del self._places[number]
        return self._words.pop(number)
