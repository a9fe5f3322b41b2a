"""Figures of LiveKit's statistics that tell what the transport does to the sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from livekit import rtc

__all__ = ["Figures", "track_figures", "uplink_figures"]

Figures = dict[str, float | None]
"""By the keys of TRANSPORT events."""


async def track_figures(track: rtc.Track) -> Figures:
    """What became of the sound of a track that we hear; cumulative, samples at 48 kHz.

    Raises:
        LookupError: The SDK has no figures of it yet.
    """
    for entry in await track.get_stats():
        if entry.WhichOneof("stats") == "inbound_rtp":
            inbound, received = entry.inbound_rtp.inbound, entry.inbound_rtp.received
            return {
                "jb_delay_s": round(inbound.jitter_buffer_delay, 3),
                "jb_emitted": inbound.jitter_buffer_emitted_count,
                "jitter_s": received.jitter,
                "lost": received.packets_lost,
                "received": received.packets_received,
                "concealed": inbound.concealed_samples,
                "silent": inbound.silent_concealed_samples,
                "events": inbound.concealment_events,
                "inserted": inbound.inserted_samples_for_deceleration,
                "removed": inbound.removed_samples_for_acceleration,
            }
    raise LookupError("no inbound statistics yet")


async def uplink_figures(room: rtc.Room) -> Figures:
    """The way to the server: latest round trip, packets sent and missed there.

    The round trip is of the server's reports about what we send, or else of the connection; None
    until one was measured.
    """
    statistics = await room.get_rtc_stats()
    return _uplink([*statistics.publisher_stats, *statistics.subscriber_stats])


def _uplink(entries: Iterable[Any]) -> Figures:
    of_reports = of_pair = 0.0
    lost: float | None = None
    sent: float | None = None
    for entry in entries:
        match entry.WhichOneof("stats"):
            case "remote_inbound_rtp":
                of_reports = of_reports or entry.remote_inbound_rtp.remote_inbound.round_trip_time
                lost = (lost or 0) + max(0, entry.remote_inbound_rtp.received.packets_lost)
            case "outbound_rtp":
                sent = (sent or 0) + entry.outbound_rtp.sent.packets_sent
            case "candidate_pair" if entry.candidate_pair.candidate_pair.nominated:
                of_pair = of_pair or entry.candidate_pair.candidate_pair.current_round_trip_time
    return {
        "rtt_s": of_reports or of_pair or None,
        "uplink_lost": lost,
        "uplink_sent": sent,
    }
