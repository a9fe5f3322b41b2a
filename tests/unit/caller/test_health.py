"""What the caller's health and the transport's statistics say, from figures that are known."""

from __future__ import annotations

import asyncio
from typing import Any

import virtual
from livekit.rtc._proto import stats_pb2
from taps import KeptTap

from harness.caller._health import HealthMonitor
from harness.caller._receiver import Received
from harness.caller._statistics import Figures, track_figures, uplink_figures
from harness.nouns import EventKind


class Track:
    """Gives entries as the SDK does."""

    def __init__(self, *entries: stats_pb2.RtcStats) -> None:
        self.entries = list(entries)

    async def get_stats(self) -> list[stats_pb2.RtcStats]:
        return self.entries


class Room:
    def __init__(self, *entries: stats_pb2.RtcStats) -> None:
        self.publisher_stats = list(entries)
        self.subscriber_stats: list[stats_pb2.RtcStats] = []

    async def get_rtc_stats(self) -> Room:
        return self


def inbound() -> stats_pb2.RtcStats:
    entry = stats_pb2.RtcStats()
    stream = entry.inbound_rtp.inbound
    stream.jitter_buffer_delay, stream.jitter_buffer_emitted_count = 10185.6, 243_840
    stream.concealed_samples, stream.silent_concealed_samples = 1440, 480
    stream.concealment_events = 2
    stream.inserted_samples_for_deceleration, stream.removed_samples_for_acceleration = 2365, 1480
    entry.inbound_rtp.received.jitter = 0.003
    entry.inbound_rtp.received.packets_received = 250
    entry.inbound_rtp.received.packets_lost = 3
    return entry


def test_a_tracks_figures_are_passed_on_by_the_keys_of_the_event() -> None:
    other = stats_pb2.RtcStats()
    other.codec.SetInParent()
    figures = asyncio.run(track_figures(Track(other, inbound())))  # type: ignore[arg-type]
    assert figures == {
        **{"jb_delay_s": 10185.6, "jb_emitted": 243_840, "jitter_s": 0.003, "lost": 3},
        **{"received": 250, "concealed": 1440, "silent": 480, "events": 2},
        **{"inserted": 2365, "removed": 1480},
    }


def reports(rtt_s: float, lost: int = 0, sent: int = 0, pair_s: float = 0.0) -> Figures:
    remote, outbound, pair = (stats_pb2.RtcStats() for _ in range(3))
    remote.remote_inbound_rtp.remote_inbound.round_trip_time = rtt_s
    remote.remote_inbound_rtp.received.packets_lost = lost
    outbound.outbound_rtp.sent.packets_sent = sent
    pair.candidate_pair.candidate_pair.nominated = True
    pair.candidate_pair.candidate_pair.current_round_trip_time = pair_s
    return asyncio.run(uplink_figures(Room(remote, outbound, pair)))  # type: ignore[arg-type]


def test_the_round_trip_is_that_of_the_reports_or_else_of_the_connection() -> None:
    assert reports(0.007, 2, 100, pair_s=0.5) == {
        **{"rtt_s": 0.007, "uplink_lost": 2, "uplink_sent": 100}
    }
    assert reports(0.0, pair_s=0.02)["rtt_s"] == 0.02
    assert reports(0.0)["rtt_s"] is None, "not measured yet is not 0"


class Receiver:
    """Hears 48,000 samples a second, of which its buffer held each for 60 ms."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble, self.asked = trouble, 0

    def news(self) -> Received:
        return Received(shifted=240, refits=2, gap_s=0.05, late_s=0.03, settling=True)

    async def statistics(self) -> Figures:
        if self.trouble:
            raise self.trouble
        self.asked += 1
        per_second = {"jb_delay_s": 2880.0, "jb_emitted": 48_000, "lost": 1, "received": 49}
        per_second |= {"concealed": 960, "silent": 480}
        return {key: value * self.asked for key, value in per_second.items()}


class Sender:
    skipped, underrun_s = 480, 0.015


class Inbox:
    left_out = 0


def monitored(receiver: Receiver | None, uplink: Any, seconds: float = 3.5) -> KeptTap:
    tap = KeptTap()

    async def work() -> None:
        health = HealthMonitor(tap, Sender(), Inbox(), uplink)  # type: ignore[arg-type]
        health.receiver = receiver  # type: ignore[assignment]
        running = asyncio.create_task(health.run())
        await asyncio.sleep(seconds)
        running.cancel()

    virtual.run(work())
    return tap


async def answers() -> Figures:
    return {"rtt_s": 0.01, "uplink_lost": 0, "uplink_sent": 50}


async def hangs() -> Figures:
    await asyncio.sleep(3600)
    return {}


def test_every_second_is_told_by_itself() -> None:
    tap = monitored(Receiver(), answers)
    first, second, third = tap.of(EventKind.HEALTH)
    assert first.items() >= {"skipped_ms": 20.0, "underrun_ms": 15.0}.items()
    assert (second["skipped_ms"], second["underrun_ms"]) == (0.0, 0.0)
    for told in (first, second, third):
        assert told["clock_shift_ms"] == 10.0 and told["refits"] == 2
        assert (told["frame_gap_ms"], told["late_ms"], told["startup"]) == (50.0, 30.0, True)
        assert (told["jitter_buffer_ms"], told["packet_loss"]) == (60.0, 0.02)
        assert told["concealed_ms"] == 10.0
        assert 0.0 <= told["cpu"] <= 1.0
    totals = [told["jb_emitted"] for told in tap.of(EventKind.TRANSPORT)]
    assert totals == [48_000, 96_000, 144_000], "cumulative, as the SDK tells"
    assert {told["rtt_s"] for told in tap.of(EventKind.TRANSPORT)} == {0.01}


def test_before_the_agent_is_heard_there_is_health_and_no_transport() -> None:
    for receiver in (None, Receiver(LookupError("no statistics yet"))):
        tap = monitored(receiver, answers)
        assert len(tap.of(EventKind.HEALTH)) == 3
        assert not tap.of(EventKind.TRANSPORT)
        assert tap.of(EventKind.HEALTH)[0]["jitter_buffer_ms"] is None


def test_statistics_that_never_come_hold_nothing_up() -> None:
    tap = monitored(Receiver(), hangs, seconds=4.7)
    assert len(tap.of(EventKind.HEALTH)) == 3, "each waits half a second at most"
    assert all(told["loop_lag_ms"] == 0.0 for told in tap.of(EventKind.HEALTH))
    assert "rtt_s" not in tap.of(EventKind.TRANSPORT)[0]
