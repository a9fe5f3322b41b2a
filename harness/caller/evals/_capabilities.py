"""Capabilities: what can be asked of this agent in this call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from harness.nouns import Caller

__all__ = ["Capabilities", "capabilities"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a scenario can rely on.

    Attributes:
        rtvi: The agent tells by RTVI what it does.
        features: Which of Pipecat Evals' messages it takes: context, configure, image, markers,
            vad.
        voice: The caller speaks.
        judge: There is an LLM that judges.
        dtmf: Keys can be pressed.
    """

    rtvi: bool
    features: frozenset[str]
    voice: bool
    judge: bool
    dtmf: bool


def capabilities(
    ready: bool, features: Collection[str], caller: Caller, judge: bool
) -> Capabilities:
    """What can be asked.

    Args:
        ready: The agent said bot-ready.
        features: What it answered to Pipecat Evals' messages.
        caller: Who calls.
        judge: Whether there is an LLM that judges.
    """
    return Capabilities(
        rtvi=ready,
        features=frozenset(features),
        voice=caller.by == "voice",
        judge=judge,
        # By RTVI, and to any other agent as LiveKit's own tones.
        dtmf=True,
    )
