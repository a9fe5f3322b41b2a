"""The paced sender: what leaves, and when, to the sample."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taps import KeptTap

from harness.caller._sender import FRAME, LEAD, PacedSender, room_tone
from harness.nouns import LANE_RATE, EventKind


class Listener:
    """Notes when its line began and ended."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.over: list[float] = []

    def begin(self, at: float) -> None:
        self.begun.append(at)

    def end(self, at: float) -> None:
        self.over.append(at)


class Source:
    """Takes frames; each capture moves the clock as the test says."""

    def __init__(self, tap: KeptTap, delays: list[float], stop_after: int) -> None:
        self.tap, self.delays, self.left = tap, delays, stop_after
        self.sent = 0

    async def capture_frame(self, frame: object) -> None:
        self.sent += 1
        self.left -= 1
        if self.left == 0:
            raise asyncio.CancelledError
        if self.delays:
            self.tap.t += self.delays.pop(0)


def run(sender: PacedSender, tap: KeptTap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the sender on the test's clock: sleeping moves it."""

    async def sleep(seconds: float) -> None:
        tap.t += seconds

    monkeypatch.setattr("harness.caller._sender.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(sender.run())


def burst(samples: int) -> np.ndarray:
    return np.full(samples, 8000, np.int16)


def test_room_tone_is_never_digital_silence():
    tone = room_tone()
    level = 20 * np.log10(np.sqrt(np.mean((tone / 32768.0) ** 2)))
    assert level == pytest.approx(-70, abs=1.0)
    assert all(tone[start : start + FRAME].any() for start in range(0, len(tone), FRAME))


def test_frames_are_contiguous_and_a_small_lead_ahead(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    tap.t = 1.0
    sender = PacedSender(tap, Source(tap, [], 100))
    run(sender, tap, monkeypatch)
    firsts = [first for first, _ in tap.lanes["caller"]]
    assert firsts[0] == LANE_RATE
    assert np.diff(firsts).tolist() == [FRAME] * 99
    ahead = firsts[-1] + FRAME - tap.t * LANE_RATE
    assert 0 < ahead <= LEAD + FRAME
    assert sender.skipped == 0


def test_a_line_has_its_exact_boundaries(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 60))
    line = np.concatenate([np.zeros(700, np.int16), burst(5000), np.zeros(4800, np.int16)])
    listener = Listener()
    sender.begin(1, "Hello", "script", listener)
    sender.feed(line)
    sender.complete()
    run(sender, tap, monkeypatch)
    started, stopped = tap.of(EventKind.CALLER_STARTED)[0], tap.of(EventKind.CALLER_STOPPED)[0]
    assert (started["line"], started["text"], started["source"]) == (1, "Hello", "script")
    assert started["at"] == pytest.approx(700 / LANE_RATE, abs=1e-6)
    assert stopped["at"] == pytest.approx(5700 / LANE_RATE, abs=1e-6)
    assert stopped["cut"] is False
    assert (listener.begun, listener.over) == ([started["at"]], [stopped["at"]])
    loud = np.flatnonzero(np.abs(tap.lane("caller").astype(int)) > 4000)
    assert (loud[0], loud[-1]) == (700, 5699)
    assert not sender.speaking


@settings(max_examples=60, deadline=None)
@given(
    delays=st.lists(st.sampled_from([0.0, 0.005, 0.03, 0.09, 0.4]), min_size=5, max_size=40),
    start=st.integers(0, 3000),
)
def test_late_samples_are_skipped_never_sent_late(delays: list[float], start: int):
    tap = KeptTap()
    tap.t = start / 1000
    sender = PacedSender(tap, Source(tap, list(delays), 60))
    with pytest.MonkeyPatch.context() as patch:
        run(sender, tap, patch)
    firsts = [first for first, _ in tap.lanes["caller"]]
    gaps = np.diff(firsts)
    assert (gaps >= FRAME).all() and (gaps % FRAME == 0).all()
    assert sum(gaps - FRAME) == sender.skipped
    # Whatever happened, the last frame is on time again: neither late nor more than the lead early.
    assert -FRAME <= firsts[-1] + FRAME - tap.t * LANE_RATE <= LEAD + FRAME or delays


@pytest.mark.parametrize("stall_s", [0.0, 0.05, 0.09, 0.4])
def test_it_is_told_for_how_long_there_was_nothing_to_send(
    stall_s: float, monkeypatch: pytest.MonkeyPatch
):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [0.0] * 20 + [stall_s], 60))
    run(sender, tap, monkeypatch)
    # The queue holds the lead and the frame that was just handed over.
    ran_dry_s = max(0.0, stall_s - (LEAD + FRAME) / LANE_RATE)
    assert sender.underrun_s == pytest.approx(ran_dry_s, abs=FRAME / LANE_RATE)
    assert bool(sender.underrun_s) == bool(sender.skipped) == (stall_s > 0.08)


def test_a_cut_line_ends_where_it_was_cut(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    source = Source(tap, [], 20)
    sender = PacedSender(tap, source)
    sender.begin(1, "Long", "script", Listener())
    sender.feed(burst(LANE_RATE * 5))
    sender.complete()
    run(sender, tap, monkeypatch)
    sender.cut()
    stopped = tap.of(EventKind.CALLER_STOPPED)[0]
    assert stopped["cut"] is True
    assert stopped["at"] == pytest.approx(20 * FRAME / LANE_RATE)
    assert not sender.speaking


def test_a_streaming_voice_is_sent_as_it_comes(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()

    class Feeding(Source):
        async def capture_frame(self, frame: object) -> None:
            if self.sent == 2:
                sender.begin(1, "Slowly", "typed", Listener())
                sender.feed(burst(1000))
            if self.sent == 10:
                sender.feed(burst(1000))
                sender.complete()
            await super().capture_frame(frame)

    sender = PacedSender(tap, Feeding(tap, [], 40))
    run(sender, tap, monkeypatch)
    assert len(tap.of(EventKind.CALLER_STARTED)) == len(tap.of(EventKind.CALLER_STOPPED)) == 1
    loud = np.abs(tap.lane("caller").astype(int)) > 4000
    assert loud.sum() == 2000


def test_a_line_begins_on_the_sample_it_was_set_to(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 60))
    listener = Listener()
    sender.begin(1, "Stop!", "script", listener, starts_at=0.51234)
    sender.feed(np.concatenate([np.zeros(700, np.int16), burst(5000)]))
    sender.complete()
    run(sender, tap, monkeypatch)
    assert listener.begun == [pytest.approx(0.51234, abs=1e-4)]
    loud = np.flatnonzero(np.abs(tap.lane("caller").astype(int)) > 4000)
    assert loud[0] == pytest.approx(0.51234 * LANE_RATE, abs=1)


@pytest.mark.parametrize(("starts_at", "begins"), [(0.1, 0.1), (0.25, 0.25), (0.0, 0.0)])
def test_silence_before_a_line_that_is_due_is_left_out(
    starts_at: float, begins: float, monkeypatch: pytest.MonkeyPatch
):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 60))
    listener = Listener()
    sender.begin(1, "Stop!", "script", listener, starts_at=starts_at)
    sender.feed(np.concatenate([np.zeros(7000, np.int16), burst(5000)]))
    sender.complete()
    run(sender, tap, monkeypatch)
    assert listener.begun == [pytest.approx(begins, abs=1e-4)]
    loud = np.flatnonzero(np.abs(tap.lane("caller").astype(int)) > 4000)
    assert (loud[0], len(loud)) == (pytest.approx(begins * LANE_RATE, abs=1), 5000)


def test_pauses_are_from_speech_to_speech(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 80))
    listener = Listener()
    part = np.concatenate([np.zeros(900, np.int16), burst(2400), np.zeros(4000, np.int16)])
    sender.begin(1, "One two", "script", listener)
    sender.feed(part)
    sender.pause(0.7)
    sender.feed(part[:2000])
    sender.feed(part[2000:])
    sender.complete()
    run(sender, tap, monkeypatch)
    loud = np.flatnonzero(np.abs(tap.lane("caller").astype(int)) > 4000)
    jumps = np.diff(loud)
    assert jumps.max() - 1 == pytest.approx(0.7 * LANE_RATE, abs=1)
    assert len(loud) == 4800 and len(listener.begun) == len(listener.over) == 1


def test_a_pause_is_kept_while_the_voice_is_behind(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()

    class Feeding(Source):
        async def capture_frame(self, frame: object) -> None:
            if self.sent == 30:
                sender.feed(burst(2400))
                sender.complete()
            await super().capture_frame(frame)

    sender = PacedSender(tap, Feeding(tap, [], 60))
    listener = Listener()
    sender.begin(1, "One two", "script", listener)
    sender.feed(burst(2400))
    sender.pause(0.1)
    run(sender, tap, monkeypatch)
    loud = np.flatnonzero(np.abs(tap.lane("caller").astype(int)) > 4000)
    assert listener.over == [pytest.approx((loud[-1] + 1) / LANE_RATE, abs=1e-6)]


def test_a_recording_leaves_whole_and_louder(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 60), volume_db=-6.0206)
    listener = Listener()
    sender.begin(1, "Recorded", "script", listener)
    sender.play(np.concatenate([burst(4800), np.zeros(480, np.int16)]))
    sender.feed(burst(100))
    sender.complete()
    run(sender, tap, monkeypatch)
    lane = np.abs(tap.lane("caller").astype(int))
    assert np.count_nonzero(lane > 2000) == 4800 and lane.max() < 4200
    assert listener.over == [pytest.approx(4800 / LANE_RATE, abs=1e-6)]


def test_a_voice_without_a_sound_ends_its_line(monkeypatch: pytest.MonkeyPatch):
    tap = KeptTap()
    sender = PacedSender(tap, Source(tap, [], 10))
    listener = Listener()
    sender.begin(1, "Mute", "script", listener)
    sender.complete()
    run(sender, tap, monkeypatch)
    assert not listener.begun and len(listener.over) == 1 and not sender.speaking
