"""What an agent answered in a call, as expectations that may be confirmed."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from harness.nouns import Turn
from harness.scenarios._document import KeyPath
from harness.scenarios._limits import LIMITS
from harness.scenarios._said_lines import one_line

__all__ = ["Proposal", "expectations", "telling_phrase"]

_LEAST_BUDGET_MS = 2000
_STEP_MS = 500
_LONGEST_PHRASE = 200
_LONGEST_ARGUMENTS = 4000
_DEEPEST = 20
_MOST_MS = int(LIMITS["turns.expect.within_ms"].most)
_NUMBER_WORDS = re.compile(
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(thir|four|fif|six|seven|eigh"
    r"|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|first|second|third|(four|fif"
    r"|six|seven|eigh|nin|ten)th|half|quarter|o'clock"
)
_WORD = re.compile(r"[^\W_]+(?:['.:/-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that may be asked of the agent from now on.

    Attributes:
        where: Where it stands in the draft; it is taken out there if it is not wanted.
        turn: Index of the turn of the call; None for what its scenario asked of the whole call.
        sentence: What is asked, for people.
        usual: Whether it is worth asking in nearly every scenario.
    """

    where: KeyPath
    turn: int | None
    sentence: str
    usual: bool = True


def expectations(
    turn: Turn, where: KeyPath, *, cut: bool
) -> tuple[list[dict[str, Any]], list[Proposal]]:
    """What an agent did with a line, as Pipecat Evals expects it, and a proposal for each part.

    Args:
        turn: Of the call; 0 is the greeting.
        where: Place of the step in the draft.
        cut: Whether the caller cut into the reply.
    """
    expect: list[dict[str, Any]] = []
    proposals: list[Proposal] = []

    def ask(expectation: dict[str, Any], sentence: str, usual: bool = True) -> KeyPath:
        at = (*where, "expect", len(expect))
        expect.append(expectation)
        proposals.append(Proposal(at, turn.index, sentence, usual))
        return at

    for tool in turn.tools:
        name = one_line(tool.name or "")
        if not name or tool.cancelled:
            continue
        call: dict[str, Any] = {"name": name}
        arguments = tool.arguments if _can_be_written(tool.arguments) else None
        if arguments:
            call["args"] = dict(arguments)
        ask({"event": "function_call", "calls": [call]}, f"It calls {name}({_told(arguments)})")
    if not turn.agent:
        return expect, proposals
    if cut:
        ask({"event": "bot_started_speaking"}, "It starts to reply before the caller cuts in")
        return expect, proposals
    what = "It greets" if turn.index == 0 else "It replies"
    reply: dict[str, Any] = {"event": "response"}
    at = ask(reply, what)
    phrase = one_line(telling_phrase(turn.agent_text))
    if phrase and len(phrase) <= _LONGEST_PHRASE:
        reply["text_contains"] = phrase
        sentence = f"Its reply has the words “{phrase}”"
        proposals.append(Proposal((*at, "text_contains"), turn.index, sentence, False))
    budget_ms = _budget_ms(turn)
    if budget_ms is not None:
        reply["within_ms"] = budget_ms
        took = f"it took {turn.response_latency_s:.2f} s"
        sentence = f"It does so within {budget_ms / 1000:.1f} s ({took})"
        proposals.append(Proposal((*at, "within_ms"), turn.index, sentence, False))
    return expect, proposals


def _budget_ms(turn: Turn) -> int | None:
    """What a reply may take that took so long, in steps; None where nothing can be said of it."""
    if turn.index == 0 or turn.response_latency_s is None or turn.flags:
        return None
    measured = turn.response_latency_s * 1000
    budget = max(_LEAST_BUDGET_MS, math.ceil(measured / _STEP_MS) * _STEP_MS)
    return budget if budget <= _MOST_MS else None


def _can_be_written(value: Any) -> bool:
    """Whether both loaders read the arguments of a call as they are, once they are in a file."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
    except (ValueError, TypeError, RecursionError):
        return False
    return len(text) <= _LONGEST_ARGUMENTS and _depth(value) <= _DEEPEST


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _told(arguments: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}: {value}" for name, value in (arguments or {}).items())


def telling_phrase(text: str) -> str:
    """The part of a reply that tells most: its longest stretch of names and numbers.

    It is cut from the text as it stands, so that it can be found in it again.
    """
    best = (0, "")
    run: list[re.Match[str]] = []
    for match in [*_WORD.finditer(text), None]:
        telling = match is not None and _tells(match, text)
        if telling and run and re.search(r"[.!?;]", text[run[-1].end() : match.start()]):  # type: ignore[union-attr]
            best = max(best, _run(run, text))
            run = []
        if telling and match is not None:
            run.append(match)
        elif run and (match is None or not _joins(match)):
            best = max(best, _run(run, text))
            run = []
    return best[1]


def _run(run: list[re.Match[str]], text: str) -> tuple[int, str]:
    return len(run), text[run[0].start() : run[-1].end()]


def _tells(match: re.Match[str], text: str) -> bool:
    word = match.group()
    first = not text[: match.start()].rstrip() or text[: match.start()].rstrip()[-1] in ".!?"
    return (
        any(letter.isdigit() for letter in word)
        or _NUMBER_WORDS.fullmatch(word.lower()) is not None
        or (word[0].isupper() and not first and word != "I" and not word.startswith("I'"))
    )


def _joins(match: re.Match[str]) -> bool:
    return match.group().lower() in ("the", "of", "at", "and", "past", "to", "in")
