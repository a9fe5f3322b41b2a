"""What the speech stacks can do: their voices, and how slowly and fast each voice speaks.

It stands here so that a file, a form and a command say the same as the voice itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

__all__ = ["SPEEDS", "STACKS", "StackVoices", "speeds_of"]

SPEEDS = (0.5, 2.0)
"""Slowest and fastest speed that any voice speaks at; 1.0 is the voice's own."""

_CARTESIA = ("katie", "kiefer", "jacqueline")
_OPENAI = ("alloy", "ash", "coral", "echo", "marin", "cedar", "nova", "onyx", "sage", "shimmer")


@dataclass(frozen=True, slots=True)
class StackVoices:
    """The voices of a stack.

    Attributes:
        names: What they are chosen by, the usual one first.
        speeds: Slowest and fastest speed of its voices.
        wider: Those of its voices that speak at any of :data:`SPEEDS`.
        by_id: Whether a voice may also be given by the service's own id, a UUID.
    """

    names: tuple[str, ...]
    speeds: tuple[float, float]
    wider: tuple[str, ...] = ()
    by_id: bool = False

    def has(self, voice: str) -> bool:
        """Whether a voice may be chosen by this name."""
        if voice in self.names:
            return True
        try:
            UUID(voice)
        except ValueError:
            return False
        return self.by_id


STACKS: dict[str, StackVoices] = {
    "offline": StackVoices(("heart", "deep"), (0.5, 1.5)),
    "local": StackVoices(
        (
            "af_heart",
            "af_bella",
            "af_nicole",
            "af_sarah",
            "am_fenrir",
            "am_michael",
            "am_puck",
            "bf_emma",
            "bf_isabella",
            "bm_fable",
            "bm_george",
        ),
        SPEEDS,
    ),
    "cloud": StackVoices((*_CARTESIA, *_OPENAI), (0.6, 1.5), wider=_OPENAI, by_id=True),
}
"""All stacks by name, the default first."""


def speeds_of(stack: str, voice: str) -> tuple[float, float]:
    """Slowest and fastest speed of a voice; :data:`SPEEDS` of a stack that nobody knows."""
    known = STACKS.get(stack)
    return SPEEDS if known is None or voice in known.wider else known.speeds
