"""Hider: takes secrets and personal data out of everything that is handed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from harness.errors import InputError, redact
from harness.nouns import Redaction

__all__ = ["Hider", "hide_personal"]

_EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w.+-]+ at [\w-]+(?: dot [\w-]+)+\b", re.IGNORECASE
)
_TENS = (
    "ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
)
_DIGITS: Final = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT = "|".join((*_DIGITS, "double", "triple"))
_ADDRESS = re.compile(
    rf"\b(?:\d+[a-z]?|(?:{_TENS}|{'|'.join(_DIGITS)})(?:[ -](?:{_TENS}|{'|'.join(_DIGITS)}))*),? "
    r"(?:[\w'’-]+ ){1,3}?(?:street|road|avenue|lane|drive|way|court|square|boulevard|terrace|"
    r"place|close|crescent|st|rd|ave|ln|dr|blvd)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    # Four digits or more, with blanks, dashes, slashes or brackets between; with dots, as a
    # telephone number has them, seven or more, so that seconds stay what they are.
    r"(?<!\d)(?:\+?\(?\d(?:[ ().-]{0,2}\d){6,}|(?<!\d\.)\(?\d(?:[ ()/-]{0,2}\d){3,})"
    rf"|\b(?:{_DIGIT})(?:[\s,.-]+(?:{_DIGIT})){{3,}}\b",
    re.IGNORECASE,
)
_LEAST_NUMBER = 1000

_OURS: Final = frozenset(
    {
        "at", "agent_text_source", "call_id", "call_ids", "caller_source", "caller_text_source",
        "caller_text_by",
        "changed_at", "created_at", "ended_at",
        "ended_by", "exit_code", "kind",
        "library_persona", "made_at", "models", "outcome", "prompt", "prompts", "ringback", "rule",
        "run_id", "gradings", "source", "state", "unit", "verdict", "version", "latency_source",
    }
)  # fmt: skip
"""Keys whose values are ours: machine keys, ids and times."""
_PEOPLE: Final = frozenset({"grader", "who"})
"""Keys whose values are what people of the console call themselves, which is all a name."""
_THEIRS: Final = frozenset({"arguments", "result"})
"""Keys of what the agent gave, where a number may be somebody's."""


class Hider:
    """Replaces personal data by ``[name 1]``, ``[number 1]``, ``[e-mail 1]``, ``[address 1]``.

    The same name, number or address gets the same figure each time, so that a story can be
    followed. Secrets are taken out besides, always; see :func:`harness.errors.redact`.

    Args:
        rule: What is personal; None hides secrets only.

    Raises:
        InputError: A pattern of the rule is no regular expression.
    """

    def __init__(self, rule: Redaction | None) -> None:
        self._known: dict[str, dict[str, int]] = {}
        self._rules: list[tuple[str, re.Pattern[str]]] = []
        self._whole: dict[str, str] = {}
        self._personal = rule is not None
        if rule is None:
            return
        self._rules += [("hidden", _pattern(text)) for text in rule.patterns]
        if rule.emails:
            self._rules.append(("e-mail", _EMAIL))
        if rule.addresses:
            self._rules.append(("address", _ADDRESS))
        if names := self._names(rule.names):
            self._rules.append(("name", names))
        if rule.numbers:
            self._rules.append(("number", _NUMBER))

    def text(self, text: str) -> str:
        """`text` without secrets and personal data."""
        text = redact(text)
        for kind, pattern in self._rules:
            text = pattern.sub(lambda found, kind=kind: self._mark(kind, found.group()), text)  # type: ignore[misc]
        return text

    def value(self, value: Any, *, theirs: bool = False) -> Any:
        """A JSON value with every text in it hidden.

        Args:
            value: Of reports: what is ours in it, such as ids, stays.
            theirs: Whether it comes from the agent: then whole numbers of four digits or more are
                hidden as well, and keys as texts are.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(key) if theirs else key: self._item(key, each, theirs)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(each, theirs=theirs) for each in value]
        if (
            theirs
            and self._rules
            and isinstance(value, int | float)
            and abs(value) >= _LEAST_NUMBER
        ):
            hidden = self.text(str(value))
            return hidden if hidden != str(value) else value
        return value

    def _item(self, key: str, value: Any, theirs: bool) -> Any:
        if not theirs and key in _PEOPLE and self._personal and value:
            return self._mark("name", value)
        if not theirs:
            return value if key in _OURS else self.value(value, theirs=key in _THEIRS)
        if isinstance(value, str) and redact(given := f'"{key}": "{value}"') != given:
            return "[hidden]"
        return self.value(value, theirs=True)

    def _names(self, names: Iterable[str]) -> re.Pattern[str] | None:
        """Finds each name, and each part of it alone; a part stands for the whole."""
        for name in names:
            whole = " ".join(name.split())
            for part in (whole, *whole.split()):
                if len(part) > 1:
                    self._whole.setdefault(part.casefold(), whole.casefold())
        if not self._whole:
            return None
        longest = sorted(self._whole, key=len, reverse=True)
        parts = "|".join(r"\s+".join(map(re.escape, part.split())) for part in longest)
        return re.compile(rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE)

    def _mark(self, kind: str, found: str) -> str:
        if kind == "hidden":
            return "[hidden]"
        key = " ".join(found.casefold().split())
        if kind == "name":
            key = self._whole.get(key, key)
        elif kind == "number":
            key = _digits(key)
        known = self._known.setdefault(kind, {})
        return f"[{kind} {known.setdefault(key, len(known) + 1)}]"


def hide_personal(text: str, rule: Redaction) -> str:
    """`text` without secrets and the personal data that `rule` names.

    Raises:
        InputError: A pattern of the rule is no regular expression.
    """
    return Hider(rule).text(text)


def _digits(text: str) -> str:
    """The digits of a number, written or spoken, so that both are the same one."""
    found, times = "", 1
    for part in re.findall(r"\d|[a-z]+", text):
        if part in ("double", "triple"):
            times = 2 if part == "double" else 3
            continue
        found += _DIGITS.get(part, part) * times
        times = 1
    return found


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise InputError(
            f"{text!r} is no regular expression.",
            cause=f"It is among the patterns to hide: {error}.",
            remedy="Mend the pattern, or take it out.",
        ) from error
