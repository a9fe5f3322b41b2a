"""What each metric of a call means: one entry a key, for pages, docs and tests."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.measure._definitions._latency import LATENCY
from harness.measure._definitions._sound import AUDIO, HEALTH
from harness.measure._definitions._stages import OF_STAGES, STAGE_KEYS
from harness.measure._definitions._talk import TALK, WORDS
from harness.measure._definitions._turn_taking import TURN_TAKING
from harness.nouns import MetricInfo

__all__ = ["METRICS", "STAGE_KEYS", "info_of"]

METRICS: Mapping[str, MetricInfo] = MappingProxyType(
    {
        info.key: info
        for info in (*LATENCY, *OF_STAGES, *TURN_TAKING, *TALK, *WORDS, *AUDIO, *HEALTH)
    }
)
"""Every metric :func:`call_metrics` gives, in the order of display."""


def info_of(key: str) -> MetricInfo:
    """What a metric means.

    Raises:
        KeyError: There is no such metric.
    """
    return METRICS[key]
