"""PersonSide: the caller's side of a call while a person has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.caller._mouth import Mouth
from harness.caller._person_ear import PersonEar
from harness.caller._person_lines import PersonLines
from harness.caller._person_voice import PersonVoice
from harness.caller._tap import CallTap, Samples
from harness.caller.evals._stream import RoomStream
from harness.measure import GatedDetector
from harness.nouns import EventKind, GivenBack, WhyBack

__all__ = ["PersonSide"]


@dataclass(slots=True)
class _Hold:
    who: str
    voice: PersonVoice
    lines: PersonLines


class PersonSide:
    """Passes the caller's side to a person and back, and tells of it.

    Args:
        tap: Takes the events.
        mouth: Speaks for the caller.
        stream: Whoever waits by it for their turn waits while a person has the caller's side.
        detector: Makes one for each person who takes it.
        ear: Writes down what they say; None if nothing does.

    Attributes:
        taken: Set while a person has it.
        free: Set while none has.
        on_line: Called with the number of each line that begins.
        last: How it was given back the last time.
    """

    def __init__(
        self,
        tap: CallTap,
        mouth: Mouth,
        stream: RoomStream,
        detector: Callable[[], GatedDetector],
        ear: PersonEar | None = None,
    ) -> None:
        self._tap = tap
        self._mouth = mouth
        self._stream = stream
        self._detector = detector
        self._ear = ear
        self._hold: _Hold | None = None
        self.on_line: Callable[[int], None] = lambda number: None
        self.taken = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()
        self.last = GivenBack()

    @property
    def speaking(self) -> bool:
        """Whether a person is speaking in the caller's place."""
        return self._hold is not None and self._hold.lines.speaking

    def take(self, who: str) -> None:
        """A person has the caller's side from now on; of another it is taken.

        Nothing happens with a caller who types: it has no voice to be replaced.
        """
        if self._mouth.sender is None:
            return
        if self._hold is not None:
            self._end(self._hold, "passed_on", GivenBack())
        voice = PersonVoice()
        lines = PersonLines(self._tap, self._detector(), self._mouth.next_number)
        lines.on_begun = lambda at: self._line_begins(lines.number, at)
        lines.on_over = self._line_over
        if self._ear is not None:
            self._ear.start()
        at, cut = self._mouth.take_over(voice, partial(self._hear, lines))
        self._hold = _Hold(who, voice, lines)
        self._stream.held = True
        self._tap.emit(EventKind.PERSON_TOOK, who=who, at=round(at, 6), cut=cut)
        self.free.clear()
        self.taken.set()

    def voice(self, first: int, samples: Samples) -> None:
        """A piece of the person's microphone came; see :meth:`PersonVoice.feed`."""
        if self._hold is not None:
            self._hold.voice.feed(first, samples)

    def give_back(self, why: WhyBack, back: GivenBack) -> None:
        """The simulated caller has it again, or nobody; nothing happens if no person had it."""
        if self._hold is None:
            return
        self.last = back
        self._end(self._hold, why, back)
        self._mouth.give_back()
        self._hold = None
        self._stream.held = False
        self.taken.clear()
        self.free.set()

    async def close(self) -> None:
        """The call is over: nobody has it any more, and the last words are waited for a little."""
        self.give_back("gone", GivenBack())
        if self._ear is not None:
            await self._ear.close()

    def agent_began(self) -> None:
        """The agent began to speak."""
        if self._hold is not None:
            self._hold.lines.agent_began()

    def _hear(self, lines: PersonLines, first: int, samples: Samples) -> None:
        """Take what is sent of the person's voice."""
        if self._ear is not None:
            self._ear.words.hear(first, samples)
        lines.hear(first, samples)

    def _line_begins(self, number: int, at: float) -> None:
        if self._ear is not None:
            self._ear.words.begins(number, at)
        self._mouth.on_begun(False)
        self.on_line(number)

    def _line_over(self, at: float) -> None:
        if self._ear is not None:
            self._ear.words.over()
        self._mouth.on_over(at)

    def _end(self, hold: _Hold, why: WhyBack, back: GivenBack) -> None:
        assert self._mouth.sender is not None
        at = round(self._mouth.sender.give_back(), 6)
        hold.lines.close(at)
        self._tap.emit(
            EventKind.PERSON_GAVE_BACK,
            who=hold.who,
            at=at,
            why=why,
            instruction=back.instruction,
            step=back.step,
        )
