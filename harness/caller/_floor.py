"""Floor: whose turn it is to speak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harness.caller._receiver import Receiver
from harness.caller._rtvi import RtviEar
from harness.caller._words import Words

__all__ = ["Floor"]

_BELIEVE_BUSY_S = 8.0
"""How long an agent that says it is busy, but is not heard, is believed."""
_SOUND_FOLLOWS_S = 2.0


class Floor:
    """Waits for the agent to speak and to have really stopped.

    Stopped means: silence in the heard audio since `patience` seconds, and nothing announced over
    RTVI. `bot-stopped-speaking` alone is never the cue: it comes about a second before the audio
    ends. A pause between two sentences is not the end either: RTVI still says that speech is to
    come.

    To a line that was sent as text the answer may be text alone, from an agent without a voice. One
    whose track is there gets a moment to follow its text by sound, until it did not once.
    """

    def __init__(self, now: Callable[[], float], rtvi: RtviEar, words: Words) -> None:
        self._now = now
        self._rtvi = rtvi
        self._words = words
        self._voiceless = False
        self._changed = asyncio.Event()
        self.receiver: Receiver | None = None

    def wake(self) -> None:
        """Something changed: look again."""
        self._changed.set()

    @property
    def agent_speaking(self) -> bool:
        """Whether agent speech is being heard right now."""
        return self.receiver is not None and self.receiver.speaking

    @property
    def quiet_since(self) -> float | None:
        """Second the agent's last speech ended, None before any."""
        return self.receiver.quiet_since if self.receiver else None

    @property
    def busy(self) -> bool:
        """Whether the agent says that more is to come."""
        return self._rtvi.busy

    @property
    def last_sign(self) -> float | None:
        """Second of the agent's last sign, by speech that ended or by text; None before any."""
        signs = [t for t in (self.quiet_since, self._words.told_at) if t is not None]
        return max(signs, default=None)

    def spoke_since(self, t: float) -> bool:
        """Whether agent speech was heard at or after second `t`."""
        quiet = self.quiet_since
        return self.agent_speaking or (quiet is not None and quiet >= t)

    async def wait_for_speech(
        self, since: float, timeout_s: float, *, or_text: bool = False
    ) -> bool:
        """Wait until the agent is heard at or after second `since`; False after `timeout_s`.

        While the agent announces speech, a tool or thinking it is given as long again. With
        `or_text` its text is an answer too, where no sound follows.
        """
        deadline = self._now() + timeout_s
        while True:
            if self.spoke_since(since):
                self._voiceless = False
                return True
            left = deadline - self._now()
            if or_text and (sounds_by := self._sound_due(since)) is not None:
                if sounds_by <= self._now():
                    self._voiceless = True
                    return True
                left = min(left, sounds_by - self._now())
            if left <= 0 and (not self._rtvi.busy or left <= -timeout_s):
                return False
            await self._look_again(max(0.05, left))

    def no_sound_follows(self, since: float) -> bool:
        """Whether text told at or after second `since` is all there is: no sound came with it."""
        due = self._sound_due(since)
        return due is not None and due <= self._now()

    def _sound_due(self, since: float) -> float | None:
        """When the sound of text told at or after `since` should have come, None without text."""
        told = self._words.told_at
        if told is None or told < since:
            return None
        return told if self.receiver is None or self._voiceless else told + _SOUND_FOLLOWS_S

    async def wait_for_quiet(self, patience_s: float) -> None:
        """Wait until the agent has really stopped since `patience_s`."""
        idle_since = self._now()
        while True:
            now = self._now()
            if self.agent_speaking:
                idle_since = now
                await self._look_again(0.5)
                continue
            last = self.quiet_since if not self._voiceless else self.last_sign
            since = idle_since if last is None else last
            if self._rtvi.busy:
                if now - max(since, idle_since) < _BELIEVE_BUSY_S:
                    await self._look_again(0.5)
                    continue
                self._rtvi.forget_busy()
            left = since + patience_s - now
            if left <= 0:
                return
            await self._look_again(left)

    async def _look_again(self, at_most_s: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(at_most_s):
                await self._changed.wait()
        except TimeoutError:
            pass
