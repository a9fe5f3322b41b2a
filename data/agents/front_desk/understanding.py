"""What a caller's line means: intents by rule, and the doctor, day, time and person in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from dates import find_birth, find_day
from names import find_name, find_phone
from times import find_time
from words import WEEKDAYS, Item, plain, read, vocabulary

__all__ = ["Heard", "understand"]

# How a name is said, spelled by a recogniser, or mistyped.
_DOCTORS = {
    "Osei": r"osei|o ?sei|osay|o ?say|oh say|oh sei|ossay|oss?ey|osie|o ?shea|oshay|oh shay",
    "Lindqvist": r"l[iu]n(?:d|)[ ]?[qk][uv]+[ie]st",
    "Marsh": r"marsh|(?<=doctor )march|(?<=doctor )mash|marshe",
}


def _compiled() -> dict[str, re.Pattern[str]]:
    """The intents of intents.yaml, one pattern each."""
    rules = yaml.safe_load((Path(__file__).parent / "intents.yaml").read_text())
    visit = f"({'|'.join(rules['visit'])})"
    return {
        intent: re.compile(
            "|".join(rf"\b(?:{pattern.replace('{visit}', visit)})\b" for pattern in patterns)
        )
        for intent, patterns in rules["intents"].items()
    }


_INTENTS = _compiled()
# A line that asks one of these is no bare answer to "what is your name?".
_ASIDE = vocabulary(
    "repeat never_mind hours parking address doctors price human robot reminder prescription "
    "emergency symptom cancel move book slots soonest other_day other_time done"
)
_BOUND = re.compile(r"\b(after|before|from|past|by|until)\b")


@dataclass(frozen=True, slots=True)
class Heard:
    """One line, understood.

    Attributes:
        text: The line in plain words.
        intents: What it asks for or says; several at once are common.
        doctor: Osei, Lindqvist or Marsh.
        day: "YYYY-MM-DD".
        time: "HH:MM".
        bound: "after" or "before" when the time is a limit, not a wish.
        name: The caller's name, title case.
        born: Date of birth, "YYYY-MM-DD".
        phone: Phone number, digits only.
    """

    text: str
    intents: frozenset[str] = frozenset()
    doctor: str | None = None
    day: str | None = None
    time: str | None = None
    bound: str | None = None
    name: str | None = None
    born: str | None = None
    phone: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing at all was understood."""
        return not (
            self.intents or self.doctor or self.day or self.time or self.name or self.born
            or self.phone
        )  # fmt: skip


def _doctor(text: str, items: list[Item]) -> tuple[str | None, set[int]]:
    """The doctor named last, and the items the names stand on."""
    named: list[tuple[int, str]] = []
    used: set[int] = set()
    starts, at = [], 0
    for item in items:
        starts.append(at)
        at += len(item.word) + 1
    joined = " ".join(item.word for item in items)
    for name, pattern in _DOCTORS.items():
        for match in re.finditer(rf"\b(?:{pattern})\b", joined):
            before = joined[: match.start()].rsplit(" ", 2)[-2:]
            rejected = before[:1] in (["not"], ["no"]) or "not doctor" in " ".join(before)
            used |= {
                index for index, start in enumerate(starts) if match.start() <= start < match.end()
            }
            if not rejected:
                named.append((match.start(), name))
    return (max(named)[1] if named else None), used


def understand(text: str, today: date, awaiting: str | None = None) -> Heard:
    """Read a line in the light of what was asked.

    Args:
        text: What the caller said or typed.
        today: The day of the call.
        awaiting: What the front desk asked last: day, time, name, birth, phone, ...
    """
    said = plain(text)
    items = read(text)
    intents = {name for name, pattern in _INTENTS.items() if pattern.search(said)}
    born = phone = None
    used: set[int] = set()
    speaks_of_birth = re.search(r"\b(?:born|birth|birthday|birthdate|d o b|dob)\b", said)
    birth = find_birth(items, today, asked=awaiting == "birth" or bool(speaks_of_birth))
    if birth:
        born, used = birth
    if not birth or awaiting == "phone":
        phone = find_phone([Item("") if i in used else item for i, item in enumerate(items)])
    doctor, on = _doctor(said, items)
    used = used | on
    rest = [Item("") if index in used else item for index, item in enumerate(items)]
    day_found = find_day(rest, today)
    # A date without a year, where the date of birth was asked for, is an unfinished one.
    day = None
    if day_found and (awaiting != "birth" or any(word in said for word in WEEKDAYS)):
        day, on = day_found
        used = used | on
    time = bound = None
    if not phone and awaiting not in ("birth", "phone"):
        asked = awaiting in ("time", "day")
        time_found = find_time(rest, asked=asked, used=used)
        if time_found:
            time, on = time_found
            before = items[min(on) - 1].word if min(on) else ""
            match = _BOUND.fullmatch(before)
            if match:
                bound = "before" if before in ("before", "by", "until") else "after"
            used = used | on
    name = None
    if awaiting != "phone" and not phone:
        elsewhere = day or time or doctor or intents & _ASIDE
        name = find_name(
            items, asked=awaiting == "name" and not elsewhere, dated=born is not None, used=used
        )
    return Heard(said, frozenset(intents), doctor, day, time, bound, name, born, phone)
