"""What stands over a call's health: nothing is said of timings that there are not."""

from __future__ import annotations

from typing import Any

import pytest

from harness.calls import build_view
from harness.console.cards import trust_badge
from harness.measure import LIMITS
from harness.nouns import Event, EventKind
from tests.unit.calls.test_build_view import CALL, REQUEST

SAID = {"line": 1, "text": "Hello", "source": "script", "at": 2.0}
LINE = [
    (2.0, EventKind.CALLER_STARTED, SAID),
    (3.0, EventKind.CALLER_STOPPED, {"line": 1, "at": 3.0}),
]
REPLY = [(4.2, EventKind.AGENT_STARTED, {"at": 4.0}), (6.3, EventKind.AGENT_STOPPED, {"at": 6.0})]
NO_REPLY = [(11.0, EventKind.CALLER_GAVE_UP, {"line": 1, "waited_s": 8.0})]
NEVER_CAME = [(20.0, EventKind.STATE, {"state": "failed"})]
MOST_MS = LIMITS["loop_lag_ms"].over


def badge(story: list[tuple[float, EventKind, dict[str, Any]]], lag_ms: float) -> str:
    seconds = [
        (
            float(t),
            EventKind.HEALTH,
            {"loop_lag_ms": lag_ms, "skipped_ms": 0.0, "concealed_ms": 0.0},
        )
        for t in range(1, 12)
    ]
    told = sorted([*story, *seconds], key=lambda one: one[0])
    events = [Event(seq, t, str(kind), data) for seq, (t, kind, data) in enumerate(told, start=1)]
    return trust_badge(build_view(CALL, REQUEST, events))


@pytest.mark.parametrize(
    ("story", "lag_ms", "says"),
    [
        (NEVER_CAME, 2.0, ""),
        (NEVER_CAME, MOST_MS + 1, ""),
        ([*LINE, *REPLY], 2.0, "Timings can be trusted"),
        ([*LINE, *NO_REPLY], 2.0, "Timings can be trusted"),
        ([*LINE, *NO_REPLY], MOST_MS + 1, "Ran late"),
        ([*LINE, *REPLY], MOST_MS + 1, "1 turn left out"),
    ],
)
def test_it_tells_of_timings_only(
    story: list[tuple[float, EventKind, dict[str, Any]]], lag_ms: float, says: str
) -> None:
    told = badge(story, lag_ms)
    assert says in told if says else told == ""
