"""Synthetic conversations with known truth: event lists as a caller would write them.

`Script` writes events with the delays real ones have (a boundary is known 60 to 150 ms after an
onset and 0.3 to 0.4 s after an offset, text comes before its sound) and keeps the truth beside.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.nouns import Event, Outcome

FIRST = ("none", "greeting", "long_greeting", "late_greeting", "early_greeting")
MIDDLE = (
    "answered",
    "quick",
    "slow",
    "long",
    "tool",
    "filler",
    "talked_over",
    "interrupted",
    "stubborn",
    "gave_up",
    "too_late",
    "not_waited",
    "impatient",
    "spurious",
    "murmured",
    "murmured_twice",
    "murmured_only",
    "cut_short",
    "hold_phrase",
    "quick_tool",
    "roused",
    "coughed_into",
    "coughed_waiting",
    "coughed_in_pause",
    "false_stop",
    "echoed",
    "echoed_only",
    "echoed_after",
)
LAST = ("answered", "goodbye", "agent_hangs_up", "limit", "crash", "lost", "live", "said_bye")


@dataclass
class Known:
    """What a turn must come out as."""

    index: int
    outcome: Outcome | None
    latency: float | None = None
    reported: float | None = None
    spans: list[tuple[float, float]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    heard: str | None = None
    tools: list[str] = field(default_factory=list)
    line: tuple[float, float] | None = None
    murmurs: list[tuple[float, float]] = field(default_factory=list)
    filler: int = 0
    echoes: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class KnownSound:
    """What a sound of the caller that is no line must have done."""

    index: int
    spoke: bool
    stopped_at: float | None = None
    answered_at: float | None = None


@dataclass(frozen=True)
class Style:
    """What the agent tells of itself."""

    source: str = "rtvi"
    llm: bool = True
    speaking: bool = True


class Script:
    """Writes a conversation, line by line, in the order of time."""

    def __init__(self, seed: int, style: Style) -> None:
        self._rng = random.Random(seed)
        self._style = style
        self._events: list[tuple[float, str, dict[str, Any]]] = []
        self.known: list[Known] = []
        self.sounds: list[KnownSound] = []
        self._lines = 0
        self._words = 0
        self.t = 1.0
        self._busy_until = 0.0
        self._emit(0.0, "call.state", state="live")
        self._emit(0.2, "room.joined", identity="caller")

    def _emit(self, t: float, kind: str, **data: Any) -> None:
        self._events.append((t, kind, data))

    def _some(self, low: float, high: float) -> float:
        return self._rng.uniform(low, high)

    def events(self) -> list[Event]:
        """All events, numbered in the order they became known."""
        ordered = sorted(self._events, key=lambda entry: entry[0])
        return [Event(seq, t, kind, data) for seq, (t, kind, data) in enumerate(ordered, start=1)]

    # -- the agent ------------------------------------------------------------------------------

    def _speak(
        self,
        known: Known,
        start: float,
        end: float,
        text_from: float | None,
        words: str = "",
        murmur: bool = False,
    ) -> None:
        """One stretch of agent speech, with its text from `text_from` on."""
        self._emit(start + self._some(0.06, 0.15), "agent.started", at=start)
        self._emit(end + self._some(0.3, 0.4), "agent.stopped", at=end)
        (known.murmurs if murmur else known.spans).append((start, end))
        self._words += 1
        word = f"{words}w{self._words}."
        known.words.append(word)
        if self._style.source == "stt":
            self._emit(end + self._some(0.35, 0.6), "agent.text", text=word, source="stt")
        else:
            t = start - self._some(0.05, 0.5)
            t = t if text_from is None else max(t, text_from + 0.01)
            self._emit(t, "agent.text", text=word, source=self._style.source)
        self.t = max(self.t, end)

    def greeting(self, kind: str) -> None:
        if kind == "none":
            self.t = 3.0
            return
        known = Known(0, None)
        self.known.append(known)
        start = 5.0 if kind == "late_greeting" else 1.5
        if kind == "early_greeting":  # the caller does not let it end
            cut = start + self._some(0.4, 2.0)
            stop = cut + self._some(0.2, 1.5)
            self._speak(known, start, stop, None)
            self.t, self._busy_until = cut, stop + 0.8
            return
        self._speak(known, start, start + self._some(0.8, 3), None)
        if kind == "long_greeting":
            again = self.t + self._some(0.4, 1.5)
            self._speak(known, again, again + 2, None)

    # -- the caller -----------------------------------------------------------------------------

    def _line(self, start: float, length: float) -> tuple[Known, float]:
        self._lines += 1
        end = start + length
        name = f"line {self._lines}"
        self._emit(
            start + 0.005, "caller.started", line=self._lines, text=name, source="script", at=start
        )
        self._emit(end + 0.005, "caller.stopped", line=self._lines, at=end, cut=False)
        known = Known(self._lines, None, line=(start, end))
        self.known.append(known)
        self.t = end
        return known, end

    def _understand(self, known: Known, end: float, onset: float) -> float:
        """The agent hears the line's end, its words and begins to think; returns when."""
        room = onset - end
        stopped = end + room * self._some(0.2, 0.4)
        began = end + room * self._some(0.5, 0.6)
        if self._style.speaking:
            self._emit(stopped, "agent.reported", what="user_stopped_speaking")
            speaks = end + room * self._some(0.85, 1.0)
            self._emit(speaks, "agent.reported", what="bot_started_speaking")
            known.reported = speaks - stopped
        self._emit(stopped + 0.01, "agent.heard", text=f"heard {known.index}")
        known.heard = f"heard {known.index}"
        if self._style.llm:
            self._emit(began, "agent.reported", what="llm_started")
        return began

    def _answer(
        self, known: Known, end: float, delay: float, length: float, words: str = ""
    ) -> None:
        onset = max(end, self._busy_until) + delay
        began = self._understand(known, end, onset)
        known.outcome, known.latency = Outcome.ANSWERED, onset - end
        self._speak(known, onset, onset + length, began, words)

    def _next_start(self) -> float:
        return self.t + self._some(0.45, 2.0)

    def line(self, kind: str, start: float | None = None) -> None:
        """One line of the caller and what comes of it."""
        start = self._next_start() if start is None else start
        listens = kind.startswith("murmured") or kind == "cut_short"
        known, end = self._line(start, self._some(3.5, 7.0) if listens else self._some(0.6, 4.0))
        getattr(self, f"_{kind}")(known, start, end)
        if kind not in ("interrupted", "stubborn"):
            self._busy_until = 0.0

    def _answered(self, known: Known, start: float, end: float) -> None:
        self._answer(known, end, self._some(0.5, 1.5), self._some(0.4, 4))

    def _quick(self, known: Known, start: float, end: float) -> None:
        self._answer(known, end, self._some(0.12, 0.3), self._some(0.4, 2))

    def _slow(self, known: Known, start: float, end: float) -> None:
        self._answer(known, end, self._some(2.5, 5.5), self._some(0.4, 2))

    def _long(self, known: Known, start: float, end: float) -> None:
        self._answer(known, end, self._some(0.5, 1.5), self._some(1, 4))
        for _ in range(self._rng.randint(1, 3)):
            again = self.t + self._some(0.35, 2.5)
            self._speak(known, again, again + self._some(0.4, 3), None)

    def _tool(self, known: Known, start: float, end: float) -> None:
        onset = max(end, self._busy_until) + self._some(1.5, 3)
        self._call_tool(known, end + (onset - end) * 0.7, end + (onset - end) * 0.8)
        self._answer(known, end, onset - max(end, self._busy_until), self._some(0.5, 3))

    def _filler(self, known: Known, start: float, end: float) -> None:
        self._answer(known, end, self._some(0.5, 1.0), self._some(0.5, 1.0))
        called = self.t - 0.2
        answered = called + self._some(3.5, 6)
        self._call_tool(known, called, answered)
        again = answered + self._some(0.5, 1)
        self._speak(known, again, again + 2, None)
        known.filler = 1

    def _call_tool(self, known: Known, called: float, returned: float) -> None:
        name = f"tool{len(known.tools)}_{known.index}"
        self._emit(called, "tool.called", id=name, name=name, arguments={"n": known.index})
        self._emit(returned, "tool.returned", id=name, name=name, result="ok", cancelled=False)
        known.tools.append(name)

    def _talked_over(self, known: Known, start: float, end: float) -> None:
        onset = start + self._some(0.3, end - start - 0.15)
        if self._busy_until:  # not while it still goes on about something else
            self._answered(known, start, end)
            return
        if self._style.llm:
            self._emit(start + 0.2, "agent.reported", what="llm_started")
        known.outcome, known.latency = Outcome.TALKED_OVER, onset - end
        self._speak(known, onset, max(end, onset) + self._some(0.3, 2), start + 0.2)

    def _cut_in(self, known: Known, end: float, goes_on: float) -> None:
        """An answer that the next line cuts into."""
        self._answer(known, end, self._some(0.5, 1.5), 3.0)
        onset, _ = known.spans[0]
        cut = onset + self._some(0.5, 2.0)
        stop = cut + goes_on
        known.outcome = Outcome.INTERRUPTED
        known.spans[0] = (onset, stop)
        for number, (t, kind, data) in enumerate(self._events):
            if kind == "agent.stopped" and data["at"] == onset + 3.0:
                self._events[number] = (t - onset - 3.0 + stop, kind, {"at": stop})
            if kind == "agent.text" and self._style.source == "stt" and t > onset + 3.0:
                self._events[number] = (t - onset - 3.0 + stop, kind, data)
        self._busy_until = stop + 0.8
        self.t = cut
        self._cut = cut

    def _interrupted(self, known: Known, start: float, end: float) -> None:
        self._cut_in(known, end, self._some(0.2, 0.7))

    def _stubborn(self, known: Known, start: float, end: float) -> None:
        self._cut_in(known, end, self._some(3.0, 6.0))

    def _gave_up(self, known: Known, start: float, end: float) -> None:
        known.outcome = Outcome.NO_ANSWER
        self.t = max(end, self._busy_until) + self._some(2.0, 8.0)
        self._emit(self.t, "caller.gave_up_waiting", line=known.index, waited_s=self.t - end)

    def _too_late(self, known: Known, start: float, end: float) -> None:
        self._gave_up(known, start, end)
        self._speak(known, self.t + 0.3, self.t + 1.5, None)

    def _not_waited(self, known: Known, start: float, end: float) -> None:
        known.outcome = Outcome.NO_ANSWER
        self.t = max(end, self._busy_until) + self._some(2.1, 8.0)

    def _impatient(self, known: Known, start: float, end: float) -> None:
        if self._busy_until:
            self._answered(known, start, end)
        else:
            self.t = end - 0.3  # the next line comes before anybody could have answered

    def _spurious(self, known: Known, start: float, end: float) -> None:
        self._answered(known, start, end)
        surplus = Known(known.index, Outcome.SPURIOUS)
        self.known.append(surplus)
        again = self.t + self._some(3.1, 9)
        self._speak(surplus, again, again + self._some(0.5, 2), None)

    def _murmur(self, known: Known, at: float) -> float:
        """A backchannel of the agent that begins at `at`; returns when it is over."""
        over = at + self._some(0.15, 0.75)
        self._speak(known, at, over, None, murmur=True)
        return over

    def _murmured(self, known: Known, start: float, end: float) -> None:
        if not self._busy_until:
            self._murmur(known, self._rng.choice([start + self._some(0.6, 2), end - 1.0]))
        self._answered(known, start, end)

    def _murmured_twice(self, known: Known, start: float, end: float) -> None:
        if not self._busy_until:
            over = self._murmur(known, start + self._some(0.6, 1.0))
            self._murmur(known, over + self._some(0.55, 0.7))
        self._answered(known, start, end)

    def _murmured_only(self, known: Known, start: float, end: float) -> None:
        if not self._busy_until:
            self._murmur(known, start + self._some(0.6, 2))
        self._gave_up(known, start, end)

    def _cut_short(self, known: Known, start: float, end: float) -> None:
        """It takes a pause for the end, begins its answer, notices, and begins anew."""
        if self._busy_until:
            self._answered(known, start, end)
            return
        onset = start + self._some(0.9, 1.4)
        # Only its model, its words or its length tell it from a backchannel.
        told = self._style.llm or self._style.source != "stt"
        over = onset + (self._some(0.3, 0.8) if told else self._some(0.9, 1.2))
        if self._style.llm:
            self._emit(start + 0.3, "agent.reported", what="llm_started")
        words = "" if self._style.llm else "Of_course. I can do "
        self._speak(known, onset, over, start + 0.3, words)
        self._answered(known, start, end)
        known.outcome, known.latency = Outcome.TALKED_OVER, onset - end
        known.reported = None  # what it reports is of its second beginning

    def _hold_phrase(self, known: Known, start: float, end: float) -> None:
        words = self._rng.choice(["One moment please. ", "Let me check that for you. "])
        self._answer(known, end, self._some(0.5, 1.0), self._some(0.6, 1.5), words)
        again = self.t + self._some(0.9, 2.5)
        self._speak(known, again, again + self._some(0.5, 3), None)
        known.filler = 1

    def _quick_tool(self, known: Known, start: float, end: float) -> None:
        """The tool has returned before the filler is over."""
        self._answer(known, end, self._some(0.8, 1.2), self._some(0.8, 1.4), "Hold on. ")
        onset = known.spans[0][0]
        self._call_tool(known, onset - 0.05, onset + 0.1)
        again = self.t + self._some(0.9, 2.0)
        self._speak(known, again, again + self._some(0.5, 3), None)
        known.filler = 1

    def _sound(self, at: float, spoke: bool) -> tuple[float, KnownSound]:
        """A sound of the caller that is no line; returns when it is over."""
        over = at + self._some(0.15, 0.6)
        kind = self._rng.choice(["backchannel", "cough", "noise"])
        self._emit(at + 0.005, "caller.sound", sound=kind, at=at, until=over)
        effect = KnownSound(self._lines, spoke)
        self.sounds.append(effect)
        return over, effect

    def _roused(self, known: Known, start: float, end: float) -> None:
        """A sound in silence is answered."""
        self._answered(known, start, end)
        over, effect = self._sound(self.t + self._some(1.1, 2.5), False)
        surplus = Known(known.index, Outcome.SPURIOUS)
        self.known.append(surplus)
        again = over + self._some(0.2, 1.9)
        self._speak(surplus, again, again + self._some(0.5, 2), None)
        effect.answered_at = again

    def _coughed_into(self, known: Known, start: float, end: float) -> None:
        """A sound into a reply that goes on."""
        self._answer(known, end, self._some(0.5, 1.5), self._some(4, 6))
        self._sound(known.spans[0][0] + self._some(0.3, 2), True)

    def _coughed_waiting(self, known: Known, start: float, end: float) -> None:
        """A sound before the answer: what follows is the answer all the same."""
        self._answer(known, end, self._some(1.2, 2.5), self._some(0.5, 2))
        if self._busy_until < end:
            self._sound(end + 0.2, False)

    def _coughed_in_pause(self, known: Known, start: float, end: float) -> None:
        """A sound between two sentences: the second belongs to the reply."""
        self._answer(known, end, self._some(0.5, 1.5), self._some(1, 3))
        self._sound(self.t + self._some(0.3, 0.8), False)
        again = self.t + self._some(1.5, 2.5)
        self._speak(known, again, again + self._some(0.5, 2), None)

    def _false_stop(self, known: Known, start: float, end: float) -> None:
        """A sound into a reply, and the agent falls silent."""
        self._answer(known, end, self._some(0.5, 1.5), self._some(2.5, 4))
        stop = self.t
        _, effect = self._sound(stop - self._some(0.3, 0.9), True)
        effect.stopped_at = stop
        self.t += 1.0

    def _come_back(self, known: Known, start: float, end: float) -> None:
        """What the caller says from `start` to `end` comes back a little later."""
        if self._busy_until:  # then the agent is heard over it
            return
        late = self._some(0.02, 0.55)
        echo = (start + late, end + late)
        self._emit(echo[0] + self._some(0.06, 0.15), "agent.started", at=echo[0])
        share = self._some(0.7, 1.0)
        self._emit(echo[1] + self._some(0.3, 0.4), "agent.stopped", at=echo[1], echo=share)
        known.echoes.append(echo)
        self.t = max(self.t, echo[1] + 0.45)

    def _echoed(self, known: Known, start: float, end: float) -> None:
        """The line comes back, then the answer."""
        self._come_back(known, start, end)
        self._answer(known, end, self._some(1.1, 2.0), self._some(0.4, 3))

    def _echoed_only(self, known: Known, start: float, end: float) -> None:
        """Nothing but the line itself comes back."""
        self._come_back(known, start, end)
        self._gave_up(known, start, end)

    def _echoed_after(self, known: Known, start: float, end: float) -> None:
        """The end of the line comes back, when it is over."""
        if end - start > 0.7:
            self._come_back(known, end - 0.4, end)
        self._answer(known, end, self._some(1.1, 2.0), self._some(0.4, 3))

    # -- the end --------------------------------------------------------------------------------

    def end(self, kind: str) -> None:
        start = self._next_start()
        known, end = self._line(start, self._some(0.6, 2.0))
        self.t = max(end, self._busy_until)
        if kind in ("answered", "live"):
            self._answered(known, start, end)
            by = "caller"
        elif kind == "goodbye":
            self.t = end + self._some(0.0, 1.2)
            by = "caller"
        elif kind == "said_bye":
            known.outcome, by = Outcome.NO_ANSWER, "caller"
            self.t += self._some(2.1, 6)
        elif kind in ("agent_hangs_up", "crash"):
            known.outcome, by = Outcome.NO_ANSWER, "agent"
            self.t += self._some(0.2, 3)
        elif kind == "limit":
            known.outcome, by = Outcome.NO_ANSWER, "limit"
            self.t += self._some(2.1, 6)
        else:
            self.t = end + self._some(0.0, 1.2)
            by = "nobody"
        # What was still going on has been heard to its end before anybody hangs up.
        over = self.t + 0.7
        if kind == "live":
            return
        if by == "nobody":
            self._emit(over, "call.state", state="lost")
        elif kind == "crash":
            self._emit(over, "agent.left", identity="agent")
            self._emit(over + 0.1, "call.state", state="failed")
        else:
            self._emit(over, "hangup", by=by, reason=kind)
            self._emit(over + 0.1, "call.state", state="ending")
            self._emit(over + 0.5, "agent.left", identity="agent")
            self._emit(over + 1.0, "call.state", state="done")

    def fill(self) -> None:
        """Healthy health once a second and chatter that means nothing for turns."""
        for second in range(1, int(self.t) + 2):
            self._emit(second + 0.5, "health", loop_lag_ms=2.0, skipped_ms=0.0, concealed_ms=0.0)
            self._emit(second + 0.7, "agent.metrics", ttfb=[])
            self._emit(second + 0.8, "some.newer.kind", anything=1)


def conversation(
    seed: int, first: str, middle: Sequence[str], last: str, style: Style
) -> tuple[list[Event], list[Known], bool]:
    """Events, truth in the order of turns, and whether the call is over."""
    script = scripted(seed, first, middle, last, style)
    return script.events(), script.known, last != "live"


def scripted(seed: int, first: str, middle: Sequence[str], last: str, style: Style) -> Script:
    """A whole conversation."""
    script = Script(seed, style)
    script.greeting(first)
    cut: float | None = script.t if first == "early_greeting" else None
    for kind in middle:
        script.line(kind, start=cut)
        cut = script.t if kind in ("interrupted", "stubborn") else None
    if cut is not None:
        script.line("answered", start=cut)
    script.end(last)
    script.fill()
    return script
