"""From a call to a scenario: what the caller did as a script, what the agent did as proposals."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from harness.errors import ScenarioError
from harness.nouns import Caller, Outcome, Turn
from harness.scenarios._document import KeyPath
from harness.scenarios._draft import Draft, new_draft

__all__ = ["Proposal", "file_name", "from_call"]

_LEAST_BUDGET_MS = 2000
_STEP_MS = 500
_LABEL = 44
_NUMBER_WORDS = re.compile(
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(thir|four|fif|six|seven|eigh"
    r"|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|first|second|third|(four|fif"
    r"|six|seven|eigh|nin|ten)th|half|quarter|o'clock"
)
_WORD = re.compile(r"[^\W_]+(?:['.:/-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something the agent did in the call that may be asked of it from now on.

    Attributes:
        where: Where it stands in the draft; it is taken out there if it is not wanted.
        turn: Index of the turn of the call.
        sentence: What is asked, for people.
        usual: Whether it is worth asking in nearly every scenario.
    """

    where: KeyPath
    turn: int
    sentence: str
    usual: bool = True


def from_call(
    turns: Sequence[Turn], caller: Caller, title: str
) -> tuple[Draft, tuple[Proposal, ...]]:
    """Draft a scenario that does what the caller of a call did.

    The caller's lines, keys and cut-ins with their moments become steps. What the agent did becomes
    expectations of Pipecat Evals, each one a proposal to confirm.

    Args:
        turns: Of the call.
        caller: How the caller sounded.
        title: For people.

    Raises:
        ScenarioError: The caller did nothing in it.
    """
    said = [turn for turn in turns if turn.index > 0 and turn.caller_text]
    if not said:
        raise ScenarioError(
            "No scenario can be made from this call.",
            cause="The caller said nothing in it.",
            remedy="Choose a call in which the caller says something.",
        )
    steps: list[dict[str, JsonValue]] = []
    proposals: list[Proposal] = []
    asked = _in_order(turns)
    for position, turn in enumerate(asked):
        step: dict[str, JsonValue] = {}
        if turn.index > 0:
            step = _line(turn, asked[position - 1] if position else None)
        where: KeyPath = ("scenarios", 0, "turns", len(steps))
        cut = position + 1 < len(asked) and _cuts_in(asked[position + 1], turn)
        expect = _expect(turn, where, cut, proposals)
        if expect:
            step["expect"] = expect
        if step:
            steps.append(step)
    name = file_name(title)
    draft = new_draft(name, title[:80])
    draft = draft.set(("scenarios", 0, "turns"), steps)  # type: ignore[arg-type]
    own = caller.model_dump(mode="json", exclude_defaults=True)
    if own:
        draft = draft.set(("scenarios", 0, "ringback", "caller"), own)
    return draft, tuple(proposals)


def file_name(title: str) -> str:
    """A name for a file from a title: small letters, digits and ``_``."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "_".join(words)[:60].strip("_") or "scenario"


def _in_order(turns: Sequence[Turn]) -> list[Turn]:
    """The greeting and the caller's lines; a reply that belongs to no line is left out."""
    return [
        turn
        for turn in turns
        if (turn.index > 0 and turn.caller_text)
        or (turn.index == 0 and turn.agent and turn.outcome is not Outcome.SPURIOUS)
    ]


def _line(turn: Turn, before: Turn | None) -> dict[str, JsonValue]:
    text = turn.caller_text or ""
    if turn.sent_as == "dtmf":
        step: dict[str, JsonValue] = {"dtmf": re.sub(r"[^0-9*#A-D]", "", text.partition(" ")[2])}
    else:
        step = {"user": text}
        if len(text) > _LABEL:
            label = f"{text[: _LABEL - 1].rsplit(' ', 1)[0]}…"
            step["ringback"] = {"label": label}
    if before is not None and _cuts_in(turn, before) and turn.caller is not None:
        onset = next(
            span.start for span in reversed(before.agent) if span.start <= turn.caller.start
        )
        delay = round((turn.caller.start - onset) * 1000)
        step["send_after"] = {"event": "bot_started_speaking", "delay_ms": delay}
    return step


def _cuts_in(turn: Turn, before: Turn) -> bool:
    """Whether this line began while the reply before was still being spoken."""
    if turn.caller is None or not before.agent or before.outcome is Outcome.NO_ANSWER:
        return False
    start = turn.caller.start
    return any(
        span.start <= start and (span.end is None or start < span.end) for span in before.agent
    )


def _expect(turn: Turn, where: KeyPath, cut: bool, proposals: list[Proposal]) -> list[JsonValue]:
    expect: list[JsonValue] = []

    def ask(expectation: dict[str, JsonValue], sentence: str, usual: bool = True) -> KeyPath:
        at = (*where, "expect", len(expect))
        expect.append(expectation)
        proposals.append(Proposal(at, turn.index, sentence, usual))
        return at

    for tool in turn.tools:
        if tool.name is None or tool.cancelled:
            continue
        call: dict[str, JsonValue] = {"name": tool.name}
        if tool.arguments:
            call["args"] = dict(tool.arguments)
        ask(
            {"event": "function_call", "calls": [call]},
            f"It calls {tool.name}({_arguments(tool.arguments)})",
        )
    if not turn.agent:
        return expect
    if cut:
        ask({"event": "bot_started_speaking"}, "It starts to reply before the caller cuts in")
        return expect
    what = "It greets" if turn.index == 0 else "It replies"
    reply: dict[str, JsonValue] = {"event": "response"}
    at = ask(reply, what)
    phrase = telling_phrase(turn.agent_text)
    if phrase:
        reply["text_contains"] = phrase
        sentence = f"Its reply has the words “{phrase}”"
        proposals.append(Proposal((*at, "text_contains"), turn.index, sentence, False))
    if turn.index > 0 and turn.response_latency_s is not None and not turn.flags:
        measured = turn.response_latency_s * 1000
        budget = max(_LEAST_BUDGET_MS, math.ceil(measured / _STEP_MS) * _STEP_MS)
        reply["within_ms"] = budget
        sentence = f"It does so within {budget / 1000:.1f} s (it took {measured / 1000:.2f} s)"
        proposals.append(Proposal((*at, "within_ms"), turn.index, sentence, False))
    return expect


def _arguments(arguments: dict[str, Any] | None) -> str:
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
