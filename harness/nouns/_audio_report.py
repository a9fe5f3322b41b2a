"""AudioReport: how the agent's lane sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.nouns._audio import Lane

__all__ = ["AudioReport", "Dropout"]


@dataclass(frozen=True, slots=True)
class Dropout:
    """Sound that is missing within speech.

    Attributes:
        at: Seconds on the call's clock.
        kind: zeros (digital silence) or gap (the level falls and rises at once).
    """

    at: float
    length_ms: float
    kind: Literal["zeros", "gap"]


@dataclass(frozen=True, slots=True)
class Dnsmos:
    """Guesses of a network at how people would rate a stretch of speech, 1 (bad) to 5 (excellent).

    Attributes:
        ovrl: Overall (DNSMOS P.835).
        sig: The speech itself.
        bak: The background: 5 is none.
        p808: Overall, by the older network (DNSMOS P.808).
        seconds: Of speech they were asked of.
    """

    ovrl: float
    sig: float
    bak: float
    p808: float
    seconds: float


@dataclass(frozen=True, slots=True)
class AudioReport:
    """What is measured of one lane's sound, on its recording.

    Attributes:
        version: Of the code that measured it.
        seconds: Length of the lane.
        speech_s: How much of it is speech.
        loudness_lufs: Of the speech, ITU-R BS.1770.
        clipped_share: Share (0..1) of the speech's samples that are clipped.
        clipped_runs: Stretches of clipped samples.
        noise_floor_dbfs: Outside speech.
        snr_db: Speech over noise floor.
        dc_share: Mean of the samples over full scale, -1..1.
        bandwidth_hz: Up to where the speech has energy.
        concealed_ms: Sound invented for lost packets, by the transport's statistics.
        packet_loss: Share (0..1) of packets that were lost.
        dnsmos: What DNSMOS makes of the speech; None where it was not asked.
        dnsmos_why: Why it was not.
    """

    version: int
    lane: Lane
    seconds: float
    speech_s: float
    loudness_lufs: float | None
    peak_dbfs: float | None
    true_peak_dbfs: float | None
    clipped_share: float
    clipped_runs: int
    dropouts: tuple[Dropout, ...]
    noise_floor_dbfs: float | None
    snr_db: float | None
    dc_share: float
    bandwidth_hz: float | None
    concealed_ms: float | None
    packet_loss: float | None
    dnsmos: Dnsmos | None = None
    dnsmos_why: str = ""
