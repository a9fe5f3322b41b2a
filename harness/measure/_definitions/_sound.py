"""How the agent sounds, and whether this computer could keep up."""

from __future__ import annotations

from harness.measure._definitions._entry import Better, entry
from harness.nouns import MetricInfo, Unit

__all__ = ["AUDIO", "HEALTH"]


def _audio(
    key: str, title: str, unit: Unit, better: Better, tooltip: str, formula: str
) -> MetricInfo:
    return entry(key, title, unit, better, "audio", tooltip, formula)


AUDIO = (
    _audio(
        "agent_loudness",
        "Loudness",
        "db",
        "neither",
        "How loud the agent's speech is, in LUFS. About -20 is usual on the phone.",
        "loudness of its speech by ITU-R BS.1770, in LUFS",
    ),
    _audio(
        "agent_peak",
        "Peak",
        "db",
        "neither",
        "The loudest sample of the agent's sound, in dBFS: 0 is as loud as can be.",
        "greatest sample of the lane, in dB of full scale",
    ),
    _audio(
        "agent_clipped_share",
        "Clipping",
        "share",
        "lower",
        "Share of the agent's speech that is clipped, which sounds harsh.",
        "samples on flat tops / samples of speech",
    ),
    _audio(
        "agent_dropouts",
        "Dropouts",
        "count",
        "lower",
        "Holes within the agent's words.",
        "gaps inside its speech; n: seconds of speech",
    ),
    _audio(
        "agent_noise_floor",
        "Noise floor",
        "db",
        "lower",
        "How loud it is behind the agent while it is silent, in dBFS.",
        "10th percentile of the level outside speech",
    ),
    _audio(
        "agent_snr",
        "Speech over noise",
        "db",
        "higher",
        "How far the agent's speech stands out from its noise.",
        "active speech level - noise floor",
    ),
    _audio(
        "agent_dc",
        "DC offset",
        "share",
        "lower",
        "How far the agent's sound stands off its middle line, of full scale. It should be 0: more "
        "costs loudness and may click where speech begins and ends.",
        "amount of the mean of the samples over full scale",
    ),
    _audio(
        "agent_bandwidth",
        "Bandwidth",
        "hz",
        "higher",
        "Up to which frequency its speech has energy: 4000 Hz is a telephone's.",
        "upper edge of the highest third of an octave with speech",
    ),
    _audio(
        "agent_concealed_s",
        "Sound made up",
        "s",
        "lower",
        "Sound our receiver made up for lost packets.",
        "concealed samples, silence not counted, by LiveKit's statistics",
    ),
    _audio(
        "agent_packet_loss",
        "Packets lost",
        "share",
        "lower",
        "Share of the agent's packets that did not arrive.",
        "lost / (lost + received), by LiveKit's statistics",
    ),
    _audio(
        "agent_echo_s",
        "Echo of the caller",
        "s",
        "lower",
        "How long the caller's own voice came back on the agent's line, and nothing else.",
        "sum of the stretches that are echo; n: stretches heard, echo or not",
    ),
)


HEALTH = (
    entry(
        "flagged_turns",
        "Spoiled turns",
        "count",
        "lower",
        "health",
        "Turns whose timing this computer itself spoiled. They are left out of the percentiles.",
        "turns with a latency and a flag; n: turns with a latency",
    ),
)
