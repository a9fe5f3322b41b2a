"""Words: what the agent says, from the one source that counts."""

from __future__ import annotations

from collections.abc import Callable

from harness.caller._tap import CallTap
from harness.caller._text import clean
from harness.nouns import Agent, Caller, EventKind, TextSource

__all__ = ["Words", "needs_ear"]

_MOST = 5000
"""Pieces kept of a call: an hour of talk is about a thousand."""


def needs_ear(caller: Caller, agent: Agent) -> bool:
    """Whether the agent's words may have to come from our own recogniser.

    The offline one is made for our own voices: on a stranger's it is mostly wrong, so it is used
    only where it is asked for.
    """
    return agent.transcript == "stt" or (agent.transcript == "auto" and caller.stack != "offline")


class Words:
    """Takes text from all sources and tells that of one.

    With `auto`, RTVI comes first, then lk.transcription, then our own recogniser.

    Args:
        tap: Where it is told.
        source: Where the agent's words shall come from.
        wake: Called when there is text.

    Attributes:
        told_at: Second of the call's clock when the agent last told a piece, None before. What we
            recognised ourselves is no sign of the agent: its sound was heard long before.
        on_text: Called with each piece that is told, and its source.
        on_lost: Called when our recogniser fails while it is the only source.
        speaks_rtvi: Set by the RTVI ear once the agent said bot-ready.
    """

    def __init__(
        self, tap: CallTap, source: TextSource = "auto", wake: Callable[[], None] = lambda: None
    ) -> None:
        self._tap = tap
        self._source = source
        self._wake = wake
        self._came: set[str] = set()
        self._pieces = 0
        self.told_at: float | None = None
        self.on_text: Callable[[str, str], None] = lambda text, source: None
        self.on_lost: Callable[[], None] = lambda: None
        self.speaks_rtvi = False

    @property
    def source(self) -> TextSource:
        """Where the words shall come from."""
        return self._source

    @property
    def wants_ear(self) -> bool:
        """Whether what our recogniser hears would be told."""
        return self._source == "stt" or (
            self._source == "auto" and not self._came & {"rtvi", "lk.transcription"}
        )

    @property
    def any(self) -> bool:
        """Whether any text was told."""
        return bool(self._came)

    def by_rtvi(self, text: str) -> None:
        """A sentence by RTVI."""
        if self._source in ("auto", "rtvi"):
            self._tell(text, "rtvi")

    def by_transcription(self, text: str) -> None:
        """A segment by lk.transcription. A bot that speaks both is taken at its RTVI words."""
        rtvi_first = self.speaks_rtvi or "rtvi" in self._came
        if self._source == "lk.transcription" or (self._source == "auto" and not rtvi_first):
            self._tell(text, "lk.transcription")

    def by_ear(self, text: str, at: float) -> None:
        """What our recogniser heard in the stretch of speech that began at second `at`."""
        if self.wants_ear:
            self._tell(text, "stt", at=at)

    def ear_failed(self) -> None:
        """Our recogniser hears nothing any more."""
        if self.wants_ear:
            self.on_lost()

    def heard_by_agent(self, text: str, source: str) -> None:
        """What the agent understood of the caller, final; by rtvi or lk.transcription."""
        text = " ".join(clean(text).split())
        if text and (source == "rtvi" or not self.speaks_rtvi):
            self._tap.emit(EventKind.AGENT_HEARD, text=text)

    def _tell(self, text: str, source: str, **more: float) -> None:
        text = " ".join(clean(text).split())
        if not text or self._pieces > _MOST:
            return
        self._pieces += 1
        if self._pieces > _MOST:
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="too_much_text",
                message=f"The agent has sent {_MOST:,} pieces of text: the rest is left out.",
            )
            return
        self._came.add(source)
        if source != "stt":
            self.told_at = self._tap.now()
        self._tap.emit(EventKind.AGENT_TEXT, text=text, source=source, **more)
        self.on_text(text, source)
        self._wake()
