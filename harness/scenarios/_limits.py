"""The limits of a scenario file: one table that loader, JSON schema, form and documentation read.

A number beyond them is a slip of the pen sooner than a wish: it is refused where it stands, before
somebody waits for a call of eleven days.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from harness.nouns import Caller, Habits, JudgePlan, Persona

__all__ = ["LIMITS", "SIZES", "Limit", "limit_of", "told"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a number may be.

    Attributes:
        least: The smallest it may be.
        most: The largest it may be.
        unit: What is counted, for people; empty for a plain number.
        whole: Only whole numbers.
        above: `least` itself is too small.
        length: It limits how long a text is, not a number.
        remedy: What to do if it is too large; without it, to write less.
    """

    least: float
    most: float
    unit: str = ""
    whole: bool = False
    above: bool = False
    length: bool = False
    remedy: str = ""

    def holds(self, number: float) -> bool:
        """Whether a number keeps to it; no-number (`.nan`) does not."""
        return self.least <= number <= self.most and not (self.above and number == self.least)

    def __str__(self) -> str:
        """``1 to 100 calls``."""
        unit = f" {self.unit}" if self.unit else ""
        if self.above:
            return f"above {told(self.least)}, at most {told(self.most)}{unit}"
        return f"{told(self.least)} to {told(self.most)}{unit}"


def _of(model: type[BaseModel], name: str, unit: str = "") -> Limit:
    """The limit that a field of a model has."""
    field = model.model_fields[name]
    found: dict[str, float] = {}
    for note in field.metadata:
        for key in ("ge", "gt", "le"):
            if (bound := getattr(note, key, None)) is not None:
                found[key] = bound
    least = found.get("ge", found.get("gt"))
    assert least is not None, name
    return Limit(least, found["le"], unit, field.annotation is int, "gt" in found)


_SEED = Limit(0, 2**32 - 1, whole=True)
_NUMBER = Limit(-1e9, 1e9)

LIMITS: dict[str, Limit] = {
    # Pipecat's part.
    "runs": Limit(1, 100, "calls", whole=True),
    "max_turns": Limit(1, 200, "lines", whole=True),
    "max_duration_s": Limit(1, 3600, "s"),
    "max_silence_s": Limit(1, 600, "s"),
    "metrics.min_score": Limit(0, 1),
    "metrics.min_value": Limit(0, 1e6),
    "metrics.max_value": Limit(0, 1e6),
    "turns.user": Limit(
        1, 2000, "characters", whole=True, length=True, remedy="Make several turns of it."
    ),
    "turns.user.pause_ms": Limit(1, 60_000, "ms", whole=True),
    "turns.dtmf": Limit(
        1, 100, "keys", whole=True, length=True, remedy="Press them in several turns."
    ),
    "turns.send_after.delay_ms": Limit(0, 600_000, "ms", whole=True),
    "turns.expect.within_ms": Limit(0, 3_600_000, "ms"),
    "turns.expect.markers": Limit(0, 100, "markers", whole=True),
    # Our block.
    "turns.ringback.pause_s": Limit(0, 60, "s"),
    "turns.ringback.into_reply_s": Limit(0, 60, "s"),
    "ringback.budget_s": Limit(0, 60, "s", above=True),
    "ringback.caller.speed": _of(Caller, "speed"),
    "ringback.caller.patience_s": _of(Caller, "patience_s", "s"),
    "ringback.caller.answer_timeout_s": _of(Caller, "answer_timeout_s", "s"),
    "ringback.caller.volume_db": _of(Caller, "volume_db", "dB"),
    "ringback.caller.seed": _SEED,
    "ringback.judge.repeats": _of(JudgePlan, "repeats", "times"),
    "ringback.brain.seed": _SEED,
    "ringback.checks.weight": Limit(0, 100),
    "ringback.checks.turn": Limit(0, 1000, whole=True),
    "ringback.checks.within_s": Limit(0, 600, "s", above=True),
    "ringback.checks.value": _NUMBER,
    "ringback.checks.min": _NUMBER,
    "ringback.checks.max": _NUMBER,
    # A persona's file.
    "persona.speed": _of(Persona, "speed"),
    "persona.patience_s": _of(Persona, "patience_s", "s"),
    "persona.answer_timeout_s": _of(Persona, "answer_timeout_s", "s"),
    "persona.volume_db": _of(Persona, "volume_db", "dB"),
    "persona.habits.repeats_question": _of(Habits, "repeats_question"),
    "persona.habits.asks_to_repeat_every": Limit(0, 1000, "turns", whole=True),
    "persona.habits.cuts_in_after_s": _of(Habits, "cuts_in_after_s", "s"),
}
"""By key, as from the top of a scenario and without positions in lists."""

SIZES: dict[str, Limit] = {
    "file bytes": Limit(1, 1_000_000, "bytes", whole=True),
    "file values": Limit(1, 50_000, "values", whole=True),
    "file depth": Limit(1, 60, "levels", whole=True),
    "audio bytes": Limit(1, 50_000_000, "bytes", whole=True),
    "audio seconds": Limit(0, 300, "s", above=True),
    "audio rate": Limit(4_000, 192_000, "Hz", whole=True),
    "audio channels": Limit(1, 16, "channels", whole=True),
    "image bytes": Limit(1, 20_000_000, "bytes", whole=True),
    "image pixels": Limit(1, 50_000_000, "pixels", whole=True),
}
"""Of a scenario file with all it includes, and of the recordings and images beside it."""


def limit_of(where: tuple[str | int, ...]) -> Limit:
    """The limit of a key, by its place from the top of a scenario.

    Raises:
        KeyError: It has none.
    """
    return LIMITS[".".join(part for part in where if isinstance(part, str))]


def told(number: float) -> str:
    """A number for people: ``1,000,000``."""
    if isinstance(number, int) or (number == number and abs(number) < 1e15 and number % 1 == 0):
        text = f"{int(number):,}"
        return text if len(text) <= 24 else f"{text[:24]}…"
    return f"{number:g}"
