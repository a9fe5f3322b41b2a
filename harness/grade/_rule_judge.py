"""RuleJudge: a judge that needs no language model and knows few criteria.

A criterion it has no rule for is not run: keywords that overlap are no judgement. Its rules look at
sentences, and mind negation, questions and conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from harness.grade._judge import VERDICTS, Question
from harness.grade._numbers import has_unit, numbers_in
from harness.grade._prompts import tool_line
from harness.grade._quote import find
from harness.grade._said import GOODBYE
from harness.nouns import CheckVerdict, NotRun, Turn, Vote

__all__ = ["RuleJudge", "decides_by_rule"]

_NAME = "rules"
_I = regex.IGNORECASE


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What the agent said, or a function it called, in its place."""

    turn: int
    text: str
    function: str = ""


_Found = tuple[bool, _Sentence | None]
"""Whether the criterion holds, and the words that show it."""
_Rule = Callable[[Sequence[_Sentence], Sequence[str]], _Found]


class RuleJudge:
    """Judges criteria of a few usual kinds by rule; the others are not run."""

    def __init__(self) -> None:
        self.name = _NAME

    async def ask(self, question: Question) -> Vote:
        """Its answer, at once."""
        found = _rule_for(question.text)
        if found is None:
            return Vote(_NAME, _NAME, CheckVerdict.NOT_RUN, reason=NotRun.NO_JUDGE.sentence)
        match, rule = found
        index = question.turn
        turns = [t for t in question.transcript if index is None or t.index == index]
        holds, shown = rule(tuple(_sentences(turns)), match.groups())
        verdict = VERDICTS["yes" if holds else "no"]
        reason = f"By the rule for “{match[0]}”."
        if shown is None:
            return Vote(_NAME, _NAME, verdict, reason=reason)
        return Vote(_NAME, _NAME, verdict, shown.text, shown.turn, reason)


def decides_by_rule(criterion: str) -> bool:
    """Whether the rule judge has a rule for a criterion."""
    return _rule_for(criterion) is not None


def _rule_for(criterion: str) -> tuple[regex.Match[str], _Rule] | None:
    for pattern, rule in _RULES:
        match = pattern.search(criterion)
        if match is not None and _nothing_else(criterion, match):
            return match, rule
    return None


_FILLING = frozenset(
    [
        "the",
        "agent",
        "by",
        "end",
        "of",
        "call",
        "confirms",
        "that",
        "for",
        "caller",
        "at",
        "a",
        "to",
        "person",
        "visit",
        "day",
        "tells",
    ]
)


def _nothing_else(criterion: str, match: regex.Match[str]) -> bool:
    """Whether a criterion says nothing beyond its rule: no condition, no denial, no detail."""
    rest = f"{criterion[: match.start()]} {criterion[match.end() :]}"
    return set(regex.findall(r"[\w']+", rest.casefold())) <= _FILLING


_END = regex.compile(r"(?<=[.?!…])[\"”'’)]*\s+")


def _sentences(turns: Sequence[Turn]) -> Iterator[_Sentence]:
    for turn in turns:
        for tool in turn.tools:
            if tool.name and not tool.cancelled:
                yield _Sentence(turn.index, tool_line(tool), tool.name)
        for text in _END.split(turn.agent_text):
            if text.strip():
                yield _Sentence(turn.index, text.strip())


_NEGATED = regex.compile(
    r"\b(?:not|never|no|none|cannot|unable|without|nothing|nobody|neither|nor)\b|n['’]t\b", _I
)
_SUPPOSED = regex.compile(
    r"\b(?:if|once|until|unless|before|only|would you like|do you want|shall i|should i|may i|"
    r"can i|could i|will only|want me to)\b",
    _I,
)


def _stated(sentence: _Sentence) -> bool:
    """Whether it says that something is so: no question, no condition, no denial."""
    text = sentence.text
    plain = not (_NEGATED.search(text) or _SUPPOSED.search(text) or text.endswith("?"))
    return plain and not sentence.function


def _states(pattern: str, function: str = "") -> _Rule:
    """Holds if the agent states this, or calls a function of such a name."""
    words = regex.compile(pattern, _I)
    called = regex.compile(function or r"(?!)", _I)

    def rule(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
        for sentence in said:
            if sentence.function:
                if called.search(sentence.function):
                    return True, sentence
            elif words.search(sentence.text) and _stated(sentence):
                return True, sentence
        return False, None

    return rule


def _asks(pattern: str) -> _Rule:
    """Holds if the agent asks for this, in a question or by a request."""
    words = regex.compile(pattern, _I)
    request = regex.compile(r"\b(?:please|i need|i will need|i'll need|give me|tell me)\b", _I)

    def rule(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
        for sentence in said:
            asked = sentence.text.endswith("?") or request.search(sentence.text)
            if asked and words.search(sentence.text) and not _NEGATED.search(sentence.text):
                return True, sentence
        return False, None

    return rule


def _quoted(said: Sequence[_Sentence], groups: Sequence[str]) -> _Found:
    spoken = [sentence for sentence in said if not sentence.function]
    for sentence in spoken:
        if find(groups[0], None, sentence.text):
            return True, sentence
    return False, None


def _never_quoted(said: Sequence[_Sentence], groups: Sequence[str]) -> _Found:
    """What was never said is shown by the last words that are not it."""
    holds, shown = _quoted(said, groups)
    spoken = [sentence for sentence in said if not sentence.function]
    return (False, shown) if holds else (bool(spoken), spoken[-1] if spoken else None)


def _function(said: Sequence[_Sentence], groups: Sequence[str]) -> _Found:
    called = [sentence for sentence in said if sentence.function == groups[0]]
    return bool(called), called[0] if called else None


def _price(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
    for sentence in said:
        amount = any(
            has_unit(number, money, sentence.text)
            for number in numbers_in(sentence.text)
            for money in ("dollars", "euros", "pounds")
        )
        if amount and _stated(sentence):
            return True, sentence
    return False, None


def _goodbye(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
    spoken = [sentence for sentence in said if not sentence.function]
    last = [sentence for sentence in spoken if sentence.turn == spoken[-1].turn]
    for sentence in last:
        if find(None, GOODBYE, sentence.text) and not _SUPPOSED.search(sentence.text):
            return True, sentence
    return False, None


def _refuses(pattern: str) -> _Rule:
    """Holds if the agent says that it will not or may not do this."""
    words = regex.compile(pattern, _I)
    refusal = regex.compile(
        r"\b(?:can['’]?t|cannot|can not|won['’]t|will not|unable to|not able to|not allowed|"
        r"must not|may not|decline|refuse)\b",
        _I,
    )

    def rule(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
        for sentence in said:
            match = refusal.search(sentence.text)
            if match and words.search(sentence.text, match.end()):
                return True, sentence
        return False, None

    return rule


_BOOKED = regex.compile(r"\b(?:booked|confirmed|scheduled|all set)\b", _I)
_RIGHT = regex.compile(r"\b(?:right|correct)\s*\?$", _I)


def _reads_back(said: Sequence[_Sentence], _: Sequence[str]) -> _Found:
    """Holds if it asks whether it is right before anything is booked."""
    for sentence in said:
        if regex.search(r"book", sentence.function, _I):
            return False, sentence
        if not sentence.function and _BOOKED.search(sentence.text) and _stated(sentence):
            return False, sentence
        if _RIGHT.search(sentence.text):
            return True, sentence
    return False, None


_CLOCK = (
    r"\bo['’]clock\b|\b\d{1,2}:\d\d\b|\b\d{1,2}\s?(?:am|pm|a\.m|p\.m)\b"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s"
    r"(?:thirty|fifteen|forty-five|a\.?m|p\.?m)\b"
    r"|\bat (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|\bnoon\b"
)
_BOOKING = r"\b(?:booked|confirmed|scheduled|all set)\b"

_RULES: tuple[tuple[regex.Pattern[str], _Rule], ...] = tuple(
    (regex.compile(pattern, _I), rule)
    for pattern, rule in (
        (r"\bnever (?:says?|mentions?) [\"“](.+?)[\"”]", _never_quoted),
        (r"\b(?:says?|mentions?) [\"“](.+?)[\"”]", _quoted),
        (r"\bcalls? (?:the function )?(\w+_\w+)", _function),
        (r"\b(?:repeats?|reads?)\b.+\bbefore it books\b", _reads_back),
        (r"\b(?:refuses?|declines?) to give medical advice\b", _refuses(r"advi[cs]e|recommend")),
        (
            r"\basks? (?:the caller )?for (?:the caller's |a |the |their )?name\b",
            _asks(r"\byour (?:\w+ )?name\b|\bwho is (?:calling|this)\b"),
        ),
        (
            r"\basks? (?:for the (?:caller's )?date of birth|when the caller was born)\b",
            _asks(r"\bdate of birth\b|\bbirthday\b|\byou born\b"),
        ),
        (
            r"\basks? for (?:a|the|the caller's) (?:phone )?number\b",
            _asks(r"\byour (?:\w+ )?number\b|\b(?:which|what) (?:phone )?number\b"),
        ),
        (r"\bcancels? the\b.*\bappointment\b", _states(r"\bcancelled\b|\bcanceled\b", r"cancel")),
        (r"\bbooks? an appointment\b|\bappointment is booked\b", _states(_BOOKING, r"^book")),
        (r"\b(?:states?|tells?|gives?) the price\b", _price),
        (r"\boffers? a time\b", _states(_CLOCK)),
        (
            r"\bapologi[sz]es?\b",
            _states(r"\b(?:am|are|['’]m|['’]re) (?:\w+ )?sorry\b|\bapologi[sz]e\b|\bapologies\b"),
        ),
        (r"\bsays? goodbye\b", _goodbye),
        (
            r"\bto call (?:911|the emergency services)\b",
            _states(
                r"\b(?:call|dial|ring) (?:911|nine one one|an ambulance|the emergency services)\b"
            ),
        ),
        (
            r"\btransfers? the caller\b",
            _states(
                r"\b(?:transfer|transferring|connect|connecting|put|putting) you\b", r"transfer"
            ),
        ),
    )
)
"""What a criterion says, and the rule that decides it; the first that fits counts."""
