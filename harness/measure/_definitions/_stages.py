"""What the latency of a reply was spent on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from harness.measure._definitions._entry import STAGES, entry
from harness.nouns import StageName

__all__ = ["STAGE_KEYS", "OF_STAGES"]

STAGE_KEYS: Mapping[StageName, str] = MappingProxyType(
    {name: f"stage_{name}_p50" for name in get_args(StageName)}
)
"""The key of each stage's median."""

_STAGE_TITLES: Mapping[StageName, tuple[str, str]] = {
    "transport": ("Transport", "Network both ways and our jitter buffer."),
    "endpointing": ("End of turn", "The silence the agent waits for before it takes its turn."),
    "stt": ("Recognition", "Speech to text."),
    "turn_detection": ("Turn detection", "Deciding whether the caller has finished."),
    "llm": ("Language model", "Until the model's first words."),
    "tools": ("Functions", "Functions the agent called before it spoke."),
    "text_aggregation": ("Sentence", "Waiting for a whole sentence to speak."),
    "tts": ("Voice", "Text to speech until its first sound."),
    "output": ("Output", "From the voice's first sound to sending it."),
    "unexplained": ("Unexplained", "What no stage explains; negative where stages overlap."),
}

OF_STAGES = tuple(
    entry(
        STAGE_KEYS[name],
        f"{title}, p50",
        "s",
        "neither" if name == "unexplained" else "lower",
        "latency",
        f"{what} The stages of one reply sum up to its latency; their medians do not.",
        f"median of the stage `{name}` over lines answered and not flagged that tell it",
        STAGES,
    )
    for name, (title, what) in _STAGE_TITLES.items()
)
