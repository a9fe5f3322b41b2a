"""PacedSender: the caller's one published track, on time to the sample."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Protocol

import numpy as np
from livekit import rtc

from harness.caller._overlay import Overlay
from harness.caller._person_voice import PersonVoice
from harness.caller._ramp import ramped_down
from harness.caller._tap import CallTap, Samples
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, EventKind, Span

__all__ = ["LineListener", "PacedSender", "room_tone"]

FRAME = LANE_RATE // 50
"""Samples of one 20 ms frame."""
LEAD = 3 * FRAME
"""Samples kept ahead in the source's queue: small, on purpose, and known. It rides out a late loop
without the native source filling in silence of its own, which would delay all that follows."""
_TONE_DBFS = -70.0
_FADE = LANE_RATE // 50
"""Samples kept after the last one that counts as speech, so that no word ends in a click."""


@cache
def room_tone(seconds: float = 4.0, seed: int = 7) -> Samples:
    """White noise at -70 dBFS, int16 mono at LANE_RATE, read-only.

    Never digital zeros: a Pipecat VAD reacts about 200 ms late after them. Made once a process:
    making it takes up to 50 ms, which the other calls of a worker would lose.
    """
    rms = 32768.0 * 10 ** (_TONE_DBFS / 20)
    noise = np.random.default_rng(seed).normal(0.0, rms, int(seconds * LANE_RATE))
    tone = np.rint(noise).astype(np.int16)
    tone.flags.writeable = False
    return tone


_LOWEST, _HIGHEST = np.iinfo(np.int16).min, np.iinfo(np.int16).max


class _Line:
    """One line being spoken: its samples as they come from the voice."""

    def __init__(self, number: int, text: str, source: str, listener: LineListener) -> None:
        self.number = number
        self.text = text
        self.source = source
        self.listener = listener
        self.starts_at: float | None = None
        self.samples: Samples = np.zeros(0, np.int16)
        self.pending: list[Samples] | None = None
        self.recorded = False
        self.complete = False
        self.sent = 0
        self.first_index: int | None = None
        self.started = False
        self._bounds: tuple[int, Span | None] = (0, None)

    def bounds(self) -> Span | None:
        """Where its speech lies; a recording without any counts as a whole."""
        if self._bounds[0] != len(self.samples):
            span = speech_bounds(self.samples, LANE_RATE)
            if span is None and self.recorded:
                span = Span(0.0, len(self.samples) / LANE_RATE)
            self._bounds = (len(self.samples), span)
        return self._bounds[1]


class LineListener(Protocol):
    """Who is told when a line begins and ends, in seconds of the call's clock."""

    def begin(self, at: float) -> None:
        """Its first speech sample leaves."""
        ...

    def end(self, at: float) -> None:
        """Its last speech sample has left, or it was broken off."""
        ...


class PacedSender:
    """Sends 20 ms frames by the call's clock: speech when there is a line, room tone always.

    A person may take the caller's side: from one sample on their voice is sent in place of lines,
    on the same track, until they give it back. What was being said falls to silence within 20 ms,
    and so does what is broken off otherwise.

    Sample n of the caller's lane leaves the source at second n / LANE_RATE of the call's clock.
    When the loop was late, samples whose time has passed are skipped (and counted), never sent
    late: one late sample would make every later one late.

    Args:
        tap: The call's clock, events and recording.
        source: Where the samples go.
        volume_db: Louder or softer than the voice gives them.

    Attributes:
        on_person: Called with each frame of a person's voice, over the room tone, after the place
            of its first sample; what is typed or played meanwhile is not in it.
        skipped: Samples that were skipped so far.
        underrun_s: For how long the source had nothing to send, altogether.
    """

    def __init__(self, tap: CallTap, source: rtc.AudioSource, volume_db: float = 0.0) -> None:
        self._tap = tap
        self._source = source
        self._gain = 10.0 ** (volume_db / 20)
        self._tone = room_tone()
        self._lines: deque[_Line] = deque()
        self._overlay = Overlay(tap)
        self._person: PersonVoice | None = None
        self._of_person: Samples = np.zeros(FRAME, np.int16)
        self._fading: Samples = np.zeros(0, np.int16)
        self._next = 0
        self.on_person: Callable[[int, Samples], None] = lambda first, samples: None
        self.skipped = 0
        self.underrun_s = 0.0

    @property
    def speaking(self) -> bool:
        """Whether a line is being sent or waits to be."""
        return bool(self._lines)

    def begin(
        self,
        number: int,
        text: str,
        source: str,
        listener: LineListener,
        starts_at: float | None = None,
    ) -> None:
        """Open a line; its samples follow by :meth:`feed` and end by :meth:`complete`.

        Args:
            number: Of the line, from 1.
            text: What is said.
            source: Who thought of it.
            listener: Is told when it begins and ends.
            starts_at: Second before which its speech does not begin.
        """
        line = _Line(number, text, source, listener)
        line.starts_at = starts_at
        self._lines.append(line)

    def play(self, samples: Samples) -> None:
        """Have the newest line be `samples`, a recording at LANE_RATE, whole."""
        line = self._lines[-1]
        line.recorded = True
        line.samples = self._loud(samples)
        self._close(line)

    def feed(self, samples: Samples) -> None:
        """Samples of the newest line (int16 mono at LANE_RATE)."""
        line = self._open_line()
        if line is None:
            return
        if line.pending is not None:
            line.pending.append(self._loud(samples))
        else:
            line.samples = np.concatenate([line.samples, self._loud(samples)])

    def pause(self, seconds: float) -> None:
        """The newest line goes on after a pause, from speech to speech to the sample."""
        line = self._open_line()
        if line is None:
            return
        self._settle(line)
        bounds = line.bounds()
        end = round((bounds.end or 0.0) * LANE_RATE) if bounds else 0
        line.samples = _padded(line.samples, max(line.sent, end + round(seconds * LANE_RATE)))
        line.pending = []

    def complete(self) -> None:
        """The newest line has no more samples. What follows its last speech sample is not sent."""
        line = self._open_line()
        if line is not None:
            self._settle(line)
            self._close(line)

    def sound(
        self, name: str, samples: Samples, starts_at: float | None = None
    ) -> asyncio.Future[float]:
        """Play a sound that is no line, whatever else is sent; as :meth:`Overlay.play`."""
        return self._overlay.play(name, self._loud(samples), starts_at)

    def cut(self) -> None:
        """Break off what is being said and forget what waits."""
        self._overlay.cut()
        if self._lines and (line := self._lines[0]).sent:
            self._fade(line.samples[line.sent :])
        while self._lines:
            self._end(self._lines.popleft(), cut=True)

    def take_over(self, voice: PersonVoice) -> tuple[float, int | None]:
        """Send a person's voice in place of lines; who had the caller's side has it no more.

        Returns:
            The second of the first sample from which on it is theirs, and the number of the line
            that was broken off by it, None if none was being said.
        """
        said = next((line.number for line in self._lines if line.started), None)
        self.cut()
        self.give_back()
        self._person = voice
        return self._next / LANE_RATE, said

    def give_back(self) -> float:
        """Send lines again; returns the second of the first sample from which on."""
        if self._person is not None:
            self._fade(self._person.stop())
            self._person = None
        return self._next / LANE_RATE

    async def run(self) -> None:
        """Send until cancelled."""
        dry_at = self._tap.now()
        self._next = int(dry_at * LANE_RATE)
        while True:
            now = self._tap.now()
            self.underrun_s += max(0.0, now - dry_at)
            dry_at = max(dry_at, now) + FRAME / LANE_RATE
            late = int(now * LANE_RATE) - self._next
            if late > 0:
                self._skip(-(-late // FRAME) * FRAME)
            frame = self._take_all(FRAME)
            first = self._next
            self._next += FRAME
            tone_at = first % (len(self._tone) - FRAME)
            tone = self._tone[tone_at : tone_at + FRAME]
            mixed = self._overlay.mix(_sum(frame, tone), first)
            self._tap.audio("caller", first, mixed)
            if self._person is not None:
                self.on_person(first, _sum(self._of_person, tone))
            await self._source.capture_frame(rtc.AudioFrame(mixed.tobytes(), LANE_RATE, 1, FRAME))
            wait = (self._next - LEAD) / LANE_RATE - self._tap.now()
            await asyncio.sleep(max(0.0, wait))

    def _open_line(self) -> _Line | None:
        if not self._lines or self._lines[-1].complete:
            return None
        return self._lines[-1]

    def _loud(self, samples: Samples) -> Samples:
        if self._gain == 1.0:
            return samples
        louder: Samples = np.clip(np.rint(samples * self._gain), _LOWEST, _HIGHEST).astype(np.int16)
        return louder

    def _settle(self, line: _Line) -> None:
        """Join what came after a pause, without the silence the voice begins with."""
        if line.pending is None:
            return
        more = np.concatenate([np.zeros(0, np.int16), *line.pending])
        bounds = speech_bounds(more, LANE_RATE)
        if bounds is not None:
            line.samples = np.concatenate([line.samples, more[round(bounds.start * LANE_RATE) :]])
        line.pending = None

    def _close(self, line: _Line) -> None:
        line.complete = True
        bounds = line.bounds()
        if bounds is not None and bounds.end is not None:
            tail = max(line.sent, round(bounds.end * LANE_RATE) + _FADE)
            line.samples = line.samples[:tail]

    def _skip(self, count: int) -> None:
        self.skipped += count
        self._take_all(count)
        self._next += count

    def _fade(self, samples: Samples) -> None:
        """Have `samples`, which would have come next, fall to silence beside what comes."""
        falling = ramped_down(samples)
        longer, shorter = sorted([self._fading, falling], key=len, reverse=True)
        self._fading = _sum(longer, _padded(shorter, len(longer)))

    def _take_all(self, count: int) -> Samples:
        """The next `count` samples of lines, of a person, and of what still falls to silence."""
        frame = self._take(count)
        if self._person is not None:
            self._of_person = self._person.take(count)
            frame = _sum(frame, self._of_person)
        if len(self._fading):
            now, self._fading = self._fading[:count], self._fading[count:]
            frame = _sum(frame, _padded(now, count))
        return frame

    def _take(self, count: int) -> Samples:
        """The next `count` clean samples; zeros where nothing is said."""
        frame = np.zeros(count, np.int16)
        filled = 0
        while self._lines and filled < count:
            line = self._lines[0]
            if line.first_index is None:
                if len(line.samples):
                    filled = self._place(line, filled, count)
                elif line.complete:
                    self._end(self._lines.popleft(), cut=False)
                    continue
                if line.first_index is None:
                    break
            take = min(count - filled, len(line.samples) - line.sent)
            frame[filled : filled + take] = line.samples[line.sent : line.sent + take]
            line.sent += take
            filled += take
            self._tell_start(line)
            if line.sent < len(line.samples):
                break
            if not line.complete:
                # The voice is behind: what it owes is silence, and counts.
                line.samples = _padded(line.samples, line.sent + count - filled)
                line.sent += count - filled
                break
            self._end(self._lines.popleft(), cut=False)
        return frame

    def _place(self, line: _Line, filled: int, count: int) -> int:
        """Decide at which sample a line begins; returns where in this frame, if it is in it."""
        index = self._next + filled
        bounds = line.bounds()
        if line.starts_at is not None:
            if bounds is None:
                return filled
            due = round((line.starts_at - bounds.start) * LANE_RATE)
            if due < index:
                # Known too late for the silence that the voice begins with.
                skipped = min(index - due, round(bounds.start * LANE_RATE))
                line.samples = line.samples[skipped:]
            index = max(index, due)
        if index < self._next + count:
            line.first_index = index
        return index - self._next

    def _tell_start(self, line: _Line) -> None:
        if line.started or line.first_index is None:
            return
        bounds = line.bounds()
        if bounds is not None and bounds.start * LANE_RATE <= line.sent:
            line.started = True
            at = round(line.first_index / LANE_RATE + bounds.start, 6)
            self._tap.emit(
                EventKind.CALLER_STARTED,
                line=line.number,
                text=line.text,
                source=line.source,
                sent_as="voice",
                at=at,
            )
            line.listener.begin(at)

    def _end(self, line: _Line, *, cut: bool) -> None:
        bounds = speech_bounds(line.samples[: line.sent], LANE_RATE)
        at = self._tap.now()
        if line.started and line.first_index is not None:
            end = line.sent / LANE_RATE if bounds is None else bounds.end or 0.0
            at = round(line.first_index / LANE_RATE + end, 6)
            self._tap.emit(EventKind.CALLER_STOPPED, line=line.number, at=at, cut=cut)
        line.listener.end(at)


def _padded(samples: Samples, length: int) -> Samples:
    """`samples` with silence behind it up to `length`."""
    missing = max(0, length - len(samples))
    return np.concatenate([samples, np.zeros(missing, np.int16)])


def _sum(one: Samples, other: Samples) -> Samples:
    """Both at once, as loud as int16 can be."""
    both: Samples = np.clip(one.astype(np.int32) + other, _LOWEST, _HIGHEST).astype(np.int16)
    return both
