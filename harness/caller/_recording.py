"""Recordings that are played as a line of the caller."""

from __future__ import annotations

import asyncio

import numpy as np
import soxr
from pipecat.evals.audio import load_user_audio

from harness.caller._tap import Samples
from harness.errors import ScenarioError
from harness.nouns import LANE_RATE

__all__ = ["load_recording"]


async def load_recording(path: str) -> Samples:
    """The recording at `path` as the caller's track takes it: mono at LANE_RATE.

    Any format that libsndfile reads, at any rate.

    Raises:
        ScenarioError: It cannot be read as sound.
    """
    try:
        pcm, rate = await load_user_audio(path)
    except ValueError as error:
        raise ScenarioError(
            f"A recording of the scenario cannot be played: {error}",
            cause="The file is missing, empty or no sound.",
            remedy="Give the turn a WAV, FLAC, OGG or MP3 file beside the scenario.",
        ) from None
    return await asyncio.to_thread(_resampled, np.frombuffer(pcm, np.int16), rate)


def _resampled(samples: Samples, rate: int) -> Samples:
    if rate == LANE_RATE:
        return samples
    return np.asarray(soxr.resample(samples, rate, LANE_RATE, quality="HQ"), np.int16)
