"""The sound of the agent's lane: what is measured of its recording after the call.

Definitions and their limits are told in docs/measurement.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.measure._bandwidth import bandwidth, spectrum
from harness.measure._defects import clipping, dropouts
from harness.measure._loudness import dbfs, integrated_loudness, true_peak
from harness.nouns import AudioReport, Span

__all__ = ["AUDIO_VERSION", "audio_report"]

Int16 = npt.NDArray[np.int16]
Bool = npt.NDArray[np.bool_]

AUDIO_VERSION = 1
"""Of this code: a report of another one is measured again."""

_HOP_S = 0.02
_AROUND_S = 0.1  # so near to speech what is heard is not background
_ACTIVE = 1e-4  # 40 dB below the loudest: what is softer is no speech level
_FLOOR_PERCENT = 10.0
_FLOOR_HOPS = 10
_SOFTEST_DB = dbfs(0.0)


def audio_report(
    samples: Int16,
    rate: int,
    speech: Sequence[Span],
    *,
    concealed_ms: float | None,
    packet_loss: float | None,
) -> AudioReport:
    """How the agent's lane sounds.

    Args:
        samples: The lane, shape (n,).
        rate: Samples a second, Hz.
        speech: Where its speech lies, seconds from sample 0; from :func:`find_speech`.
        concealed_ms: What the transport says it made up.
        packet_loss: Share of packets it says were lost.

    Returns:
        What cannot be told is None: loudness of less than 0.4 s of speech, a noise floor without
        0.2 s outside speech.
    """
    spoken = _mask(samples.size, rate, speech, 0.0)
    # Before the agent's track began there is nothing of it to measure.
    heard = np.flatnonzero(samples[: samples.size] != 0)
    first, last = (int(heard[0]), int(heard[-1]) + 1) if heard.size else (0, 0)
    near = _mask(samples.size, rate, speech, _AROUND_S)
    near[:first] = True
    near[last:] = True
    words, rest = samples[spoken], samples[~near]
    floor = _noise_floor(_hop_powers(rest, rate))
    level = _speech_level(_hop_powers(words, rate))
    peak = int(np.abs(samples.astype(np.int32)).max()) if heard.size else 0
    cut = clipping(samples, spoken)
    own, other = spectrum(words), spectrum(rest)
    return AudioReport(
        version=AUDIO_VERSION,
        lane="agent",
        seconds=samples.size / rate,
        speech_s=words.size / rate,
        loudness_lufs=integrated_loudness(words, rate),
        peak_dbfs=dbfs(float(peak) ** 2) if peak else None,
        true_peak_dbfs=true_peak(samples),
        clipped_share=cut.samples / words.size if words.size else 0.0,
        clipped_runs=cut.runs,
        dropouts=dropouts(samples, rate, spoken, _SOFTEST_DB if floor is None else floor),
        noise_floor_dbfs=floor,
        snr_db=None if floor is None or level is None else level - floor,
        dc_share=float(samples[first:last].mean()) / 32768 if last > first else 0.0,
        bandwidth_hz=None if own is None else bandwidth(own, other, rate),
        concealed_ms=concealed_ms,
        packet_loss=packet_loss,
    )


def _mask(size: int, rate: int, spans: Sequence[Span], around_s: float) -> Bool:
    """Which samples lie in a span, or so near to one; a span without an end goes on to the last."""
    mask = np.zeros(size, np.bool_)
    for span in spans:
        end = size if span.end is None else round((span.end + around_s) * rate)
        mask[max(0, round((span.start - around_s) * rate)) : max(0, end)] = True
    return mask


def _hop_powers(samples: Int16, rate: int) -> npt.NDArray[np.float64]:
    """Mean square of each 20 ms, DC taken away."""
    hop = round(_HOP_S * rate)
    hops = samples[: samples.size // hop * hop].reshape(-1, hop).astype(np.float64)
    hops -= hops.mean(axis=1, keepdims=True)
    powers: npt.NDArray[np.float64] = np.einsum("ij,ij->i", hops, hops) / hop
    return powers


def _noise_floor(powers: npt.NDArray[np.float64]) -> float | None:
    """10th percentile of the level, dBFS."""
    if powers.size < _FLOOR_HOPS:
        return None
    return dbfs(float(np.percentile(powers, _FLOOR_PERCENT)))


def _speech_level(powers: npt.NDArray[np.float64]) -> float | None:
    """Mean power of what lies within 40 dB of the loudest, dBFS; much as ITU-T P.56 has it."""
    if not powers.size or not powers.max():
        return None
    return dbfs(float(powers[powers >= powers.max() * _ACTIVE].mean()))
