"""A line of the caller as the form enters it: its words, its pauses, and its recording."""

from __future__ import annotations

import re
from typing import Any

from harness.console.scenarios.fields import Place
from harness.scenarios import STAND_IN_VOICE, Draft

__all__ = ["pieces", "said", "with_line", "with_recording", "with_sound"]

_INTO_REPLY_S = 1.5

_PAUSE = re.compile(r"\s*\[(\d+) ms\]\s*")


def with_line(draft: Draft, root: Place, turn: Place, text: str) -> Draft:
    """A draft in which the caller says `text` in a turn, with pauses as ``[500 ms]``."""
    parts = pieces(text)
    if len(parts) < 2 or not any(isinstance(part, str) for part in parts):
        return draft.set((*root, *turn, "user"), text or "…")
    written = [{"pause_ms": part} if isinstance(part, int) else part for part in parts]
    return _spoken(draft, root).set((*root, *turn, "user"), written)  # type: ignore[arg-type]


def with_recording(draft: Draft, root: Place, turn: Place, path: str) -> Draft:
    """A draft in which a recording is played as the line of a turn; an empty path takes it away."""
    where = (*root, *turn, "audio")
    return _spoken(draft, root).set(where, path) if path else draft.remove(where)


def with_sound(draft: Draft, root: Place, turn: Place, sound: str) -> Draft:
    """A draft in which the caller makes a sound in a turn; an empty name takes it away.

    Beside a line it must be said when: some time into the agent's reply.
    """
    where = (*root, *turn, "ringback")
    if not sound:
        return draft.remove((*where, "into_reply_s")).remove((*where, "sound"))
    draft = draft.set((*where, "sound"), sound)
    speaks = any(draft.get((*root, *turn, key)) is not None for key in ("user", "dtmf"))
    if speaks and draft.get((*where, "into_reply_s")) is None:
        draft = draft.set((*where, "into_reply_s"), _INTO_REPLY_S)
    return draft


def said(user: Any) -> str:
    """A line of the file as one text: pauses between its pieces stand as ``[500 ms]``."""
    if not isinstance(user, list):
        return str(user)
    return " ".join(
        f"[{piece.get('pause_ms')} ms]" if isinstance(piece, dict) else str(piece) for piece in user
    )


def pieces(user: Any) -> tuple[str | int, ...]:
    """Texts and pauses (milliseconds) of a line, from the file or as :func:`said` shows it."""
    parts: list[str | int] = []
    for index, piece in enumerate(_PAUSE.split(said(user))):
        if index % 2:
            parts.append(int(piece))
        elif piece.strip():
            parts.append(piece.strip())
    return tuple(parts)


def _spoken(draft: Draft, root: Place) -> Draft:
    """Pipecat takes pauses and recordings only in a scenario that is spoken, so it is made one.

    Who speaks there is no matter here, where `ringback.caller` says it.
    """
    if draft.effective((*root, "user", "modality")) == "audio":
        return draft
    speech: Any = draft.effective((*root, "user", "speech")) or STAND_IN_VOICE
    return draft.set((*root, "user"), {"modality": "audio", "speech": speech})
