"""What the figures of a call say of a fault, whatever the scenario's checks ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.measure import call_metrics, derive_turns
from harness.nouns import Event

__all__ = ["SEEN", "figures"]

Figures = dict[str, float | None]


def figures(events: Sequence[Event]) -> Figures:
    """The value of every metric of a call."""
    return {metric.key: metric.value for metric in call_metrics(derive_turns(events), events)}


def _more(key: str, than: float) -> Callable[[Figures], bool]:
    return lambda found: (found[key] or 0.0) > than


SEEN: Mapping[str, Callable[[Figures], bool]] = {
    "slow": _more("dead_air_max", 2.5),
    "deaf": lambda found: found["missed_share"] == 1.0,
    "stubborn": lambda found: (found["turn_taking_score"] or 0.0) < 1.0,
    "chatty": _more("talk_over_count", 0),
    "hangs_up": _more("missed_turns", 0),
    "crash": _more("missed_turns", 0),
    "silent_start": lambda found: found["greeting_s"] is None,
}
"""By fault; of the others the timing tells nothing."""
