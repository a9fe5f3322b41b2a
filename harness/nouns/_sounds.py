"""Sounds that a caller can make without saying a line."""

from __future__ import annotations

from typing import Literal

__all__ = ["SOUNDS", "SoundKind", "kind_of_sound"]

SoundKind = Literal["backchannel", "cough", "noise"]

SOUNDS: dict[str, SoundKind] = {
    "mm_hm": "backchannel",
    "cough": "cough",
    "breath": "noise",
    "keyboard": "noise",
    "chatter": "noise",
}
"""The named ones, and what each is to the agent."""


def kind_of_sound(sound: str) -> SoundKind:
    """What a sound is to the agent; whatever has no name, a recording, is noise."""
    return SOUNDS.get(sound, "noise")
