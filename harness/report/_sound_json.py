"""The sound of the agent's lane, as commands tell it: as JSON and in a line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import Field

from harness.nouns import AudioReport
from harness.report._check_json import ReportPart, rounded

__all__ = ["SoundReport", "sound_line", "sound_report"]


class DropoutReport(ReportPart):
    """A hole within the agent's words."""

    at: float = Field(description="Second on the call's clock.")
    length_ms: float
    kind: Literal["zeros", "gap"] = Field(description="Digital silence, or the noise floor.")


class DnsmosReport(ReportPart):
    """Guesses of networks at how people would rate the speech, 1 to 5: a trend, no figure."""

    ovrl: float = Field(description="Overall, P.835.")
    sig: float = Field(description="The speech itself.")
    bak: float = Field(description="The background; 5 is none.")
    p808: float = Field(description="Overall, by the older network.")
    seconds: float = Field(description="Of speech they were asked of.")


class SoundReport(ReportPart):
    """How the agent's lane sounds, measured on the recording; null is what it does not tell."""

    speech_s: float = Field(description="Seconds of speech in the lane.")
    loudness_lufs: float | None = Field(description="Of its speech, ITU-R BS.1770.")
    peak_dbfs: float | None
    true_peak_dbfs: float | None = Field(description="Between the samples too.")
    clipped_share: float = Field(description="Of the samples of speech.", ge=0, le=1)
    clipped_runs: int
    dropouts: list[DropoutReport]
    noise_floor_dbfs: float | None
    snr_db: float | None
    dc_share: float = Field(description="Mean of the samples over full scale.", ge=-1, le=1)
    bandwidth_hz: float | None
    concealed_ms: float | None = Field(description="Sound made up for lost packets.")
    packet_loss: float | None = Field(description="Share of the agent's packets.")
    dnsmos: DnsmosReport | None = Field(description="Optional: needs packages of its own.")
    dnsmos_why: str = Field(description="Why there is no DNSMOS, empty if there is.")


def sound_report(audio: AudioReport) -> SoundReport:
    """What was measured, as JSON has it."""
    return SoundReport(
        speech_s=round(audio.speech_s, 3),
        loudness_lufs=rounded(audio.loudness_lufs),
        peak_dbfs=rounded(audio.peak_dbfs),
        true_peak_dbfs=rounded(audio.true_peak_dbfs),
        clipped_share=round(audio.clipped_share, 6),
        clipped_runs=audio.clipped_runs,
        dropouts=[
            DropoutReport(at=round(one.at, 4), length_ms=round(one.length_ms, 1), kind=one.kind)
            for one in audio.dropouts
        ],
        noise_floor_dbfs=rounded(audio.noise_floor_dbfs),
        snr_db=rounded(audio.snr_db),
        dc_share=round(audio.dc_share, 6),
        bandwidth_hz=rounded(audio.bandwidth_hz),
        concealed_ms=rounded(audio.concealed_ms),
        packet_loss=rounded(audio.packet_loss),
        dnsmos=None if audio.dnsmos is None else DnsmosReport(**asdict(audio.dnsmos)),
        dnsmos_why=audio.dnsmos_why,
    )


def sound_line(audio: AudioReport) -> str:
    """What was measured in a line; what is as it should be is left out, apart from loudness."""
    parts = []
    if audio.loudness_lufs is not None:
        parts.append(f"{audio.loudness_lufs:.1f} LUFS")
    if audio.snr_db is not None:
        parts.append(f"{audio.snr_db:.0f} dB over noise")
    if audio.bandwidth_hz is not None:
        parts.append(f"up to {audio.bandwidth_hz / 1000:.1f} kHz")
    if audio.clipped_runs:
        parts.append(f"{audio.clipped_share:.1%} clipped")
    if audio.dropouts:
        parts.append(f"{len(audio.dropouts)} dropout{'s' if len(audio.dropouts) > 1 else ''}")
    if audio.packet_loss:
        parts.append(f"{audio.packet_loss:.1%} of its packets lost")
    if audio.dnsmos is not None:
        parts.append(f"DNSMOS {audio.dnsmos.ovrl:.1f}")
    return "  ".join(parts)
