"""The rules brain: from what was heard so far to the next thing to say, without a language model.

Nothing is kept between moves: the same brain (its seed included) and the same replies of the agent
always give the same move.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.nouns import SEARCH_LIMIT_S, Intent, Move, RulesBrain, State, compile_pattern

__all__ = ["EndCall", "Said", "lines_of", "next_move"]

_SLOT = re.compile(r"\{([^\W\d]\w*)\}")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, slots=True)
class Said:
    """The person says something and goes on.

    Attributes:
        text: What it says; empty if it only listens.
        state: Where it stands then.
        intent: What it took the agent to mean; None if nothing fitted, or for its opening line.
    """

    text: str
    state: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class EndCall:
    """The person hangs up.

    Attributes:
        success: Whether it thinks its goal reached.
        reason: Why it hangs up.
        text: What it says before; may be empty.
        state: Where it stood.
        intent: As in :class:`Said`.
    """

    success: bool
    reason: str
    text: str = ""
    state: str = ""
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    state: str
    stays: int


def next_move(brain: RulesBrain, heard: Sequence[str]) -> Said | EndCall:
    """What the person does after the replies it has `heard`, one text each, the latest last.

    It opens with the line of its first state, whatever the agent says first; a state without a
    line listens. Replies that come after it has hung up change nothing.

    Raises:
        KeyError, ValueError: A state or an intent is named and not there, or a pattern is none with
            its slots filled in; the loader refuses such a brain.
    """
    place = _Place(brain.start, 0)
    move: Said | EndCall = Said("", brain.start, None)
    for turn, words in enumerate(heard):
        move, place = _step(brain, place, words, turn)
        if isinstance(move, EndCall):
            break
    return move


def lines_of(brain: RulesBrain) -> list[str]:
    """Everything the person may say, with the slots filled in; what it opens with comes first."""
    first = brain.states.get(brain.start)
    lines: list[str] = []
    for state in (*([first] if first else []), *brain.states.values()):
        moves = (*state.when.values(), *([state.otherwise] if state.otherwise else []))
        lines += [*state.say, *(line for move in moves for line in move.say)]
    return list(dict.fromkeys(_fill(line, brain.slots) for line in lines))


def _step(brain: RulesBrain, place: _Place, words: str, turn: int) -> tuple[Said | EndCall, _Place]:
    state = brain.states[place.state]
    if turn == 0 and state.say:
        return Said(_choose(brain, state.say, turn), place.state, None), place
    intent, move = _meant(brain, state, words)
    target = (move.to if move else "") or place.state
    says = (move.say if move else ()) or (brain.states[target].say if _goes_on(move) else ())
    text = _choose(brain, says, turn)
    if move is not None and move.end is not None:
        return EndCall(move.end, _why(move), text, place.state, intent), place
    stays = place.stays + 1 if target == place.state else 0
    if target == place.state and stays > state.at_most:
        reason = f"It came no further than the state {place.state}."
        return EndCall(False, reason, state=place.state, intent=intent), place
    return Said(text, target, intent), _Place(target, stays)


def _goes_on(move: Move | None) -> bool:
    """Whether the line of a state follows: a goodbye has none unless the move names one."""
    return move is None or move.end is None or bool(move.to)


def _why(move: Move) -> str:
    return move.reason or ("It has what it wanted." if move.end else "It gave up.")


def _meant(brain: RulesBrain, state: State, words: str) -> tuple[str | None, Move | None]:
    """The first intent that fits, and what to do about it."""
    spoken = _plain(words)
    for name, move in state.when.items():
        if _fits(brain.intents[name], spoken, words, brain.slots):
            return name, move
    return None, state.otherwise


def _fits(intent: Intent, spoken: str, words: str, slots: Mapping[str, str]) -> bool:
    for phrase in intent.any:
        wanted = _plain(_fill(phrase, slots))
        if wanted.strip() and wanted in spoken:
            return True
    if intent.pattern is None:
        return False
    try:
        found = _pattern(intent.pattern, slots).search(words, timeout=SEARCH_LIMIT_S)
    except TimeoutError:
        return False
    return found is not None


def _pattern(pattern: str, slots: Mapping[str, str]) -> Any:
    def literal(match: re.Match[str]) -> str:
        return re.escape(slots[match[1]]) if match[1] in slots else match[0]

    return compile_pattern(_SLOT.sub(literal, pattern))


def _plain(text: str) -> str:
    """The words alone, each between spaces: case, spacing and punctuation do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    return f" {' '.join(_WORD.findall(folded))} "


def _choose(brain: RulesBrain, lines: Sequence[str], turn: int) -> str:
    if not lines:
        return ""
    line = random.Random(f"{brain.seed} {turn}").choice(lines) if len(lines) > 1 else lines[0]
    return _fill(line, brain.slots)


def _fill(text: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: slots.get(match[1], match[0]), text)
