"""What the figures of a call say of a fault, whatever the scenario's checks ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.measure import METRICS, call_metrics, derive_turns
from harness.nouns import Event

__all__ = ["SEEN", "Sign", "figures"]

Figures = dict[str, float | None]


def figures(events: Sequence[Event]) -> Figures:
    """The value of every metric of a call."""
    return {metric.key: metric.value for metric in call_metrics(derive_turns(events), events)}


@dataclass(frozen=True, slots=True)
class Sign:
    """What a figure is when an agent has a fault, and never is when it has none.

    Attributes:
        key: Of the figure.
        words: What it is, after the figure's title.
        holds: Whether a value is so.
    """

    key: str
    words: str
    holds: Callable[[float | None], bool]

    def __str__(self) -> str:
        return f"{METRICS[self.key].title} {self.words}"

    def seen(self, found: Figures) -> bool:
        """Whether a call shows it."""
        return self.holds(found[self.key])


def _more(key: str, than: float, unit: str = "") -> Sign:
    words = f"is more than {than:g}{unit}" if than else "is not 0"
    return Sign(key, words, lambda value: (value or 0.0) > than)


SEEN: Mapping[str, Sign] = {
    "slow": _more("dead_air_max", 2.5, " s"),
    "deaf": Sign("missed_share", "is 100 %", lambda value: value == 1.0),
    # It says nothing for 0.4 s before each answer: within a budget of two seconds, as heard.
    "mumbler": _more("response_latency_p50", 1.3, " s"),
    "stubborn": Sign("turn_taking_score", "is below 1", lambda value: (value or 0.0) < 1.0),
    "chatty": _more("talk_over_count", 0),
    "hangs_up": _more("missed_turns", 0),
    "crash": _more("missed_turns", 0),
    "silent_start": Sign("greeting_s", "is missing", lambda value: value is None),
}
"""By fault; of the others the timing tells nothing."""
