"""Flags and the one table of their limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.measure import LIMITS, derive_turns
from harness.measure._flags import flags_of
from harness.nouns import Event, EventKind

DOCS = Path(__file__).parents[3] / "docs" / "measurement.md"


def flags(*seconds: dict[str, object], settling: bool = True) -> tuple[str, ...]:
    events = [Event(k, float(k), "health", dict(data)) for k, data in enumerate(seconds, start=1)]
    times = [event.t for event in events]
    return flags_of(events, times, 0.0, times[-1], settling=settling)[0]


@pytest.mark.parametrize("key", LIMITS)
def test_over_its_limit_and_only_then_a_turn_is_flagged(key: str) -> None:
    limit = LIMITS[key]
    assert flags({key: limit.over}) == ()
    assert flags({key: limit.over + 1}) == (limit.reason.format(int(limit.over + 1)),)
    assert flags({key: -limit.over - 1}), "either way"
    assert flags({}, {key: None}, {key: 0.0}) == ()


@pytest.mark.parametrize("key", LIMITS)
def test_seconds_are_summed_up_or_the_worst_counts(key: str) -> None:
    limit = LIMITS[key]
    almost = limit.over * 0.9 + 0.1
    together = bool(flags({key: almost}, {key: almost}))
    assert together is (limit.by == "sum" or almost > limit.over)


def onset_flags(*seconds: dict[str, object]) -> tuple[str, ...]:
    """Of a moment in the third second; each record tells of the second before it."""
    events = [Event(k, float(k), "health", dict(data)) for k, data in enumerate(seconds, start=1)]
    return flags_of(events, [event.t for event in events], 2.2, 2.4)[0]


def test_a_gap_spoils_a_time_only_where_the_stream_does_not_catch_up() -> None:
    still = {"frame_gap_ms": 200.0, "late_ms": 0.2}
    assert onset_flags({}, {}, still, {"late_ms": 0.3}) == ()
    # It moves after a frame of that second was in time: only the next one can tell.
    assert onset_flags({}, {}, still, {"late_ms": 196.4}) == ("stream 197 ms late",)
    assert onset_flags({}, {}, {"frame_gap_ms": 260.0}) == ("no sound came for 260 ms",)
    assert onset_flags({}, {}, {}, {}, {"late_ms": 196.4}) == ()
    assert onset_flags({}, {}, {}, {"frame_gap_ms": 260.0, "loop_lag_ms": 90.0}) == ()


def test_a_stream_that_just_began_is_a_reason_but_not_for_the_greeting() -> None:
    assert flags({"startup": True}) == ("stream just begun",)
    assert flags({"startup": False}) == ()
    assert flags({"startup": True}, settling=False) == ()
    began = [
        Event(1, 0.9, "agent.started", {"at": 0.8}),
        Event(2, 1.0, "health", {"startup": True}),
        Event(3, 1.6, "agent.stopped", {"at": 1.3}),
        Event(4, 1.7, "caller.started", {"line": 1, "at": 1.7}),
        Event(5, 2.2, "health", {"startup": True}),
        Event(6, 2.3, "caller.stopped", {"line": 1, "at": 2.3}),
        Event(7, 3.4, "agent.started", {"at": 3.3}),
    ]
    greeting, first = derive_turns(began)
    assert (greeting.flags, first.flags) == ((), ("stream just begun",))


def test_limits_are_of_keys_that_health_tells() -> None:
    source = (Path(__file__).parents[3] / "harness/nouns/_event.py").read_text()
    told = source.partition(f'"{EventKind.HEALTH}"')[2].partition('"""\n')[0]
    assert all(f"`{key}`" in told for key in LIMITS)


def test_the_docs_tell_every_limit() -> None:
    section = DOCS.read_text().partition("## Flags")[2].partition("\n## ")[0]
    rows = {
        cells[1].strip(): cells[2]
        for line in section.splitlines()
        if len(cells := line.split("|")) == 4
    }
    for limit in LIMITS.values():
        row = rows[limit.title.lower()]
        figures = re.findall(r"[\d.]+(?= ms)", row.partition(";")[0])
        assert figures == ([f"{limit.over:g}"] if limit.over else []), limit.title
        assert limit.why in row, limit.title
