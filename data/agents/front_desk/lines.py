"""What callers say: the sentences the recogniser's language model is made from."""

from __future__ import annotations

from pathlib import Path

from desk import DOCTORS
from words import MONTHS, ORDINALS, TENS, UNITS_AND_TEENS, WEEKDAYS

__all__ = ["caller_lines"]

_DAYS = (
    *ORDINALS,
    "twentieth",
    *(f"twenty {ordinal}" for ordinal in ORDINALS[:9]),
    "thirtieth",
    "thirty first",
)
_MINUTES = ("fifteen", "thirty", "forty five", "twenty")
_HOURS = UNITS_AND_TEENS[1:13]
_OFFICE_HOURS = ("eight", "nine", "ten", "eleven", "twelve", "one", "two", "three", "four", "five")
_SPELLED = (
    "smith", "lopez", "kim", "reed", "novak", "jones", "brown", "miller", "wilson", "parker",
    "okafor", "walsh", "garcia", "johnson", "davis", "quinn", "fox", "yuval", "zimmer", "becker",
)  # fmt: skip


def caller_lines() -> list[str]:
    """All sentences, in a fixed order: those of sentences.txt, then the generated ones."""
    text = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8")
    written = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [*written, *_times(), *_days(), *_births(), *_digits(), *_spellings()]


def _times() -> list[str]:
    lines = []
    for hour in _OFFICE_HOURS:
        lines += [f"{hour} o'clock please", f"at {hour} please", f"half past {hour}"]
        lines += [f"quarter past {hour}", f"quarter to {hour}", f"at half past {hour}"]
        lines += [f"{hour} {minute} please" for minute in _MINUTES]
    return lines


def _days() -> list[str]:
    lines = []
    for number, weekday in enumerate(WEEKDAYS[:6]):
        doctor = DOCTORS[number % 3].lower()
        hour = _OFFICE_HOURS[number]
        lines += [
            f"on {weekday} at {hour} with doctor {doctor}",
            f"i would like an appointment with doctor {doctor} on {weekday} at {hour} thirty",
            f"i would like to see doctor {doctor} on {weekday}",
            f"can i move it to {weekday} at {hour}",
            f"what about {weekday} morning",
            f"{weekday} afternoon please",
        ]
    lines += [f"on the {day} please" for day in _DAYS]
    lines += [f"the {day} of november" for day in _DAYS[22:30]]
    lines += [f"on december {day} at ten" for day in _DAYS[:12]]
    return lines


def _births() -> list[str]:
    lines = []
    for number, day in enumerate(_DAYS):
        month = MONTHS[number % 12]
        tens = TENS[3 + number % 5]
        unit = UNITS_AND_TEENS[1 + number % 9]
        lines += [
            f"{month} {day} nineteen {tens} {unit}",
            f"the {day} of {month} nineteen {tens} {unit}",
        ]
    for number, month in enumerate(MONTHS):
        tens, unit = TENS[2 + number % 6], UNITS_AND_TEENS[1 + number % 9]
        lines += [
            f"{month} {_DAYS[2 * number]} nineteen {tens}",
            f"{month} {_DAYS[number]} two thousand and {unit}",
        ]
    return lines


def _digits() -> list[str]:
    """Digit strings in which every pair of digits occurs."""
    digits = ("oh", *UNITS_AND_TEENS[1:10])
    lines = []
    for step in range(10):
        said = " ".join(digits[(start * step + start) % 10] for start in range(1, 12))
        lines.append(f"my number is {said}")
    for digit in digits[1:]:
        lines.append(f"double {digit} {digit} oh double {digit} seven")
    for first in digits:
        lines.append(" ".join(f"{first} {second}" for second in digits))
    return lines


def _spellings() -> list[str]:
    spelled = [" ".join(name) for name in _SPELLED]
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [
        *spelled,
        *(f"{name} {letters}" for name, letters in zip(_SPELLED, spelled, strict=True)),
        *(f"that is {letters}" for letters in spelled),
        " ".join(alphabet),
        " ".join(reversed(alphabet)),
        *(f"double {letter}" for letter in "lstneor"),
    ]
