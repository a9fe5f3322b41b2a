"""Transport: what LiveKit's statistics tell of a stretch of a call."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import median

from harness.nouns import Event, TransportRecord

__all__ = ["NEWS_S", "transport_of", "transport_within"]

NEWS_S = 1.2
"""A record that comes later than this after a stretch no longer tells of it."""
_BEFORE_S = 0.5
_RATE = 48_000


def transport_of(records: Sequence[Event], start: float, end: float) -> TransportRecord | None:
    """What the transport did between `start` and `end`, by differences of cumulative figures.

    From the last record at least half a second before `start` (the first of all, if there is none)
    to the first at or after `end`; while that has not come, to the last there is. A counter that
    fell belongs to a new track and counts from zero. Round trip and jitter are the median of what
    was told in that time.

    Args:
        records: TRANSPORT events in the order of time.
        start: Seconds on the call's clock.
        end: The same.

    Returns:
        None if fewer than two records tell of it.
    """
    return transport_within(records, [record.t for record in records], start, end)[0]


def transport_within(
    records: Sequence[Event], times: Sequence[float], start: float, end: float
) -> tuple[TransportRecord | None, int]:
    """The same, given the records' times, with the `seq` of the last record it rests on."""
    first = max(0, bisect_right(times, start - _BEFORE_S) - 1)
    last = bisect_left(times, end)
    if last == len(times) or times[last] > end + NEWS_S:
        last -= 1
    if last <= first or times[first] > start or times[last] <= start:
        return None, 0
    window = records[first : last + 1]

    def since(key: str) -> float | None:
        values = [record.data.get(key) for record in window]
        known = [float(value) for value in values if value is not None]
        if len(known) < 2:
            return None
        pairs = zip(known, known[1:], strict=False)
        return sum(after - before if after >= before else after for before, after in pairs)

    def usual(key: str) -> float | None:
        """In ms; the SDK says 0 for what it does not know yet."""
        told = [record.data.get(key) for record in window[1:]]
        known = [float(value) for value in told if value]
        return median(known) * 1000 if known else None

    emitted, delay = since("jb_emitted"), since("jb_delay_s")
    concealed, silent = since("concealed"), since("silent")
    lost, sent = since("uplink_lost"), since("uplink_sent")
    record = TransportRecord(
        from_s=times[first],
        to_s=times[last],
        jitter_buffer_ms=delay / emitted * 1000 if emitted and delay is not None else None,
        rtt_ms=usual("rtt_s"),
        jitter_ms=usual("jitter_s"),
        packets_lost=_whole(since("lost")),
        packets_received=_whole(since("received")),
        concealed_ms=None
        if concealed is None or silent is None
        else max(0.0, concealed - silent) * 1000 / _RATE,
        concealment_events=_whole(since("events")),
        stretched_ms=_ms(since("inserted")),
        squeezed_ms=_ms(since("removed")),
        uplink_lost_share=min(1.0, lost / sent) if sent and lost is not None else None,
    )
    return record, records[last].seq


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _ms(samples: float | None) -> float | None:
    return None if samples is None else samples * 1000 / _RATE
