"""What the transport's statistics tell of a stretch of a call, from figures that are known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure import derive_turns, transport_of
from harness.nouns import Event, TransportRecord

ZERO = {
    **{"jb_delay_s": 0.0, "jb_emitted": 0, "lost": 0, "received": 0, "concealed": 0, "silent": 0},
    **{"events": 0, "inserted": 0, "removed": 0, "uplink_lost": 0, "uplink_sent": 0},
}


def told(*seconds: tuple[float, dict[str, Any]]) -> list[Event]:
    """Records at given times; each adds its figures to those before it."""
    total: dict[str, Any] = dict(ZERO)
    records = []
    for seq, (t, more) in enumerate(seconds, start=1):
        total = {**total, **{key: total[key] + value for key, value in more.items()}}
        records.append(Event(seq, t, "transport", dict(total)))
    return records


def every_second(n: int, **more: Any) -> list[Event]:
    return told(*((1.0 + k, more) for k in range(n)))


def test_figures_are_differences_over_the_stretch() -> None:
    second = {
        **{"jb_delay_s": 48_000 * 0.042, "jb_emitted": 48_000, "lost": 1, "received": 49},
        **{"concealed": 1440, "silent": 480, "events": 2, "inserted": 96, "removed": 48},
        **{"uplink_lost": 1, "uplink_sent": 50},
    }
    record = transport_of(every_second(10, **second), 4.6, 5.7)
    assert record == TransportRecord(
        from_s=4.0,
        to_s=6.0,
        jitter_buffer_ms=pytest.approx(42.0),
        packets_lost=2,
        packets_received=98,
        concealed_ms=pytest.approx(40.0),
        concealment_events=4,
        stretched_ms=pytest.approx(4.0),
        squeezed_ms=pytest.approx(2.0),
        uplink_lost_share=pytest.approx(0.02),
    )
    assert record.one_way_s is None, "nobody told a round trip"


def test_what_happened_before_and_after_does_not_count() -> None:
    trouble = {"jb_delay_s": 480.0, "jb_emitted": 1000, "lost": 9}
    calm = {"jb_delay_s": 40.0, "jb_emitted": 1000, "lost": 0}
    seconds = [(1.0, trouble), (2.0, trouble), *((3.0 + k, calm) for k in range(4)), (7.0, trouble)]
    record = transport_of(told(*seconds), 3.2, 5.5)
    assert record is not None
    assert (record.from_s, record.to_s) == (2.0, 6.0)
    assert (record.jitter_buffer_ms, record.packets_lost) == (pytest.approx(40.0), 0)


def test_the_round_trip_is_the_median_of_what_was_told() -> None:
    records = every_second(8, jb_delay_s=50.0, jb_emitted=1000)
    for record, rtt, jitter in zip(
        records,
        (0.5, 0.0, None, 0.010, 0.030, 0.020, 0.7, 0.7),
        (0.5, 0.1, 0.001, 0.004, 0.002, 0.003, 0.7, 0.7),
        strict=True,
    ):
        record.data.update(rtt_s=rtt, jitter_s=jitter)
    found = transport_of(records, 2.5, 6.0)
    assert found is not None
    assert found.rtt_ms == pytest.approx(20.0), "0 and null are no round trips"
    assert found.jitter_ms == pytest.approx(2.5)
    assert found.one_way_s == pytest.approx(0.070)


def test_a_counter_that_fell_is_a_new_track_and_counts_from_zero() -> None:
    records = every_second(3, received=50)
    records += [Event(4, 4.0, "transport", {**ZERO, "received": 30})]
    found = transport_of(records, 1.5, 4.0)
    assert found is not None and found.packets_received == 50 + 50 + 30


@pytest.mark.parametrize(
    ("start", "end"), [(0.2, 0.8), (0.5, 2.0), (3.0, 9.0), (8.0, 9.0)], ids=str
)
def test_without_records_around_it_nothing_is_told(start: float, end: float) -> None:
    assert transport_of(every_second(3, received=50), start, end) is None


def test_what_comes_long_after_is_not_waited_for() -> None:
    records = told(*((t, {"received": 50}) for t in (1.0, 2.0, 3.0, 9.0)))
    found = transport_of(records, 1.6, 3.5)
    assert found is not None and (found.from_s, found.to_s) == (1.0, 3.0)


@given(
    st.lists(
        st.tuples(st.floats(0.8, 1.3), st.integers(0, 60), st.integers(0, 20)),
        min_size=2,
        max_size=30,
    ),
    st.floats(0, 20),
    st.floats(0, 10),
)
def test_neighbouring_stretches_add_up(
    seconds: list[tuple[float, int, int]], start: float, length: float
) -> None:
    """Between the same records as a plain subtraction of the two totals."""
    t, made = 0.0, []
    for wait, received, lost in seconds:
        t += wait
        made.append((t, {"received": received, "lost": lost}))
    records = told(*made)
    found = transport_of(records, start, start + length)
    if found is None:
        return
    totals = {record.t: record.data for record in records}
    assert found.from_s <= start < found.to_s <= start + length + 1.3
    for key, value in (("received", found.packets_received), ("lost", found.packets_lost)):
        assert value == totals[found.to_s][key] - totals[found.from_s][key]


def call(*extra: Event) -> list[Event]:
    spoken = [
        (2.0, "caller.started", {"line": 1, "text": "Hello", "at": 2.0}),
        (4.0, "caller.stopped", {"line": 1, "at": 4.0, "cut": False}),
        (5.1, "agent.started", {"at": 5.0}),
        (7.3, "agent.stopped", {"at": 7.0}),
    ]
    events = [Event(0, t, kind, data) for t, kind, data in spoken]
    events = sorted([*events, *extra], key=lambda event: event.t)
    return [Event(seq, e.t, e.kind, e.data) for seq, e in enumerate(events, start=1)]


def test_a_turn_carries_its_transport_and_what_is_left_of_its_latency() -> None:
    records = every_second(8, jb_delay_s=40.0, jb_emitted=1000)
    for record in records:
        record.data["rtt_s"] = 0.030
    (turn,) = derive_turns(call(*records))
    assert turn.response_latency_s == pytest.approx(1.0), "raw: nothing is subtracted"
    assert turn.transport is not None
    assert (turn.transport.from_s, turn.transport.to_s) == (3.0, 5.0)
    assert turn.adjusted_latency_s == pytest.approx(1.0 - 0.070)


def test_without_statistics_nothing_is_adjusted() -> None:
    (turn,) = derive_turns(call())
    assert (turn.transport, turn.adjusted_latency_s) == (None, None)
    no_rtt = every_second(8, jb_delay_s=40.0, jb_emitted=1000)
    (turn,) = derive_turns(call(*no_rtt))
    assert turn.transport is not None and turn.adjusted_latency_s is None
