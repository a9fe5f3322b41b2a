"""Whether the rules of a simulated person fit together: states, intents and slots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.errors import BrainError
from harness.nouns import Move, RulesBrain, State, compile_pattern
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean

__all__ = ["check_brain"]

_SLOT = re.compile(r"\{([^\W\d]\w*)\}")
"""A slot in a line or a pattern; `{2,3}` of a pattern is none."""


def check_brain(document: Document, where: KeyPath, brain: RulesBrain) -> tuple[str, ...]:
    """Warnings about rules that can be followed and are likely not meant so.

    Args:
        document: The file, for messages by line.
        where: Where the brain stands in it.
        brain: The rules.

    Raises:
        BrainError: A state, an intent or a slot is named that is not there; the message names
            file, line and key.
    """
    return tuple(_Rules(document, where, brain).check())


class _Rules:
    def __init__(self, document: Document, where: KeyPath, brain: RulesBrain) -> None:
        self._document = document
        self._where = where
        self._brain = brain
        self._slots: set[str] = set()
        self._intents: set[str] = set()

    def check(self) -> Iterator[str]:
        brain = self._brain
        if brain.start not in brain.states:
            raise self._unknown(("start",), "state", brain.start, brain.states)
        for name, intent in brain.intents.items():
            at: KeyPath = ("intents", name)
            for number, words in enumerate(intent.any):
                self._filled((*at, "any", number), words)
            if intent.pattern is not None:
                self._pattern((*at, "pattern"), intent.pattern)
        for name, state in brain.states.items():
            yield from self._state(name, state)
        yield from self._left_over()

    def _state(self, name: str, state: State) -> Iterator[str]:
        at: KeyPath = ("states", name)
        for number, line in enumerate(state.say):
            self._filled((*at, "say", number), line)
        if not state.say and not _moves(state):
            yield self._warning(at, "the person only listens here, and nothing leads on.")
        for intent, move in state.when.items():
            if intent not in self._brain.intents:
                raise self._unknown((*at, "when", intent), "intent", intent, self._brain.intents)
            self._intents.add(intent)
            yield from self._move((*at, "when", intent), move)
        if state.otherwise is not None:
            yield from self._move((*at, "otherwise"), state.otherwise)

    def _move(self, at: KeyPath, move: Move) -> Iterator[str]:
        for number, line in enumerate(move.say):
            self._filled((*at, "say", number), line)
        if move.to and move.to not in self._brain.states:
            raise self._unknown((*at, "to"), "state", move.to, self._brain.states)
        if move.reason and move.end is None:
            yield self._warning((*at, "reason"), "it is used only with `end`.")

    def _left_over(self) -> Iterator[str]:
        brain = self._brain
        reached = self._reached()
        for name in brain.states:
            if name not in reached:
                yield self._warning(("states", name), "nothing leads to this state.")
        for name in brain.intents:
            if name not in self._intents:
                yield self._warning(("intents", name), "no state asks for this intent.")
        for name in brain.slots:
            if name not in self._slots:
                yield self._warning(("slots", name), "no line has this slot.")
        ends = {move.end for name in reached for move in _moves(brain.states[name])}
        if True not in ends:
            text = "the person never reaches the goal: no move has `end: true`."
            yield self._warning((), text)

    def _reached(self) -> set[str]:
        reached: set[str] = set()
        waiting = [self._brain.start]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                moves = _moves(self._brain.states[name])
                waiting += [move.to for move in moves if move.to]
        return reached

    def _filled(self, at: KeyPath, text: str) -> None:
        for name in _SLOT.findall(text):
            if name not in self._brain.slots:
                raise self._unknown(at, "slot", name, self._brain.slots)
            self._slots.add(name)

    def _pattern(self, at: KeyPath, pattern: str) -> None:
        self._filled(at, pattern)
        filled = _SLOT.sub(lambda found: re.escape(self._brain.slots[found[1]]), pattern)
        if filled != pattern:
            try:
                compile_pattern(filled)
            except ValueError as error:
                raise self._error(
                    at, f"with its slots filled in: {error}.", remedy="Change the pattern."
                ) from error

    def _unknown(
        self, at: KeyPath, what: str, name: str, known: Mapping[str, object]
    ) -> BrainError:
        there = ", ".join(known) or "none"
        return self._error(
            at,
            f"there is no {what} `{name}`.{did_you_mean(name, known)}",
            remedy=f"The {what}s are: {there}.",
        )

    def _error(self, at: KeyPath, problem: str, remedy: str = "") -> BrainError:
        error = self._document.error((*self._where, *at), problem, remedy=remedy, kind=BrainError)
        assert isinstance(error, BrainError)
        return error

    def _warning(self, at: KeyPath, text: str) -> str:
        return f"{self._document.at((*self._where, *at))}: {text}"


def _moves(state: State) -> tuple[Move, ...]:
    return (*state.when.values(), *((state.otherwise,) if state.otherwise else ()))
