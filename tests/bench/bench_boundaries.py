"""Errors of the boundary detector against known truth.

Run by `make bench` or on its own. Writes the tables of docs/measurement.md between their markers:
for each condition, median [5th, 95th percentile] of onset and offset errors in milliseconds (+ is
late) over the utterances found, how many were not found and how many surplus ones were; how many
sounds that are no speech were taken for it; and what it all costs.

    python -m tests.bench.bench_boundaries [utterances in all, 500]
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "measure"))

import noise_truth as noise
import speech_truth as truth

from harness.caller import silero
from harness.measure import GatedDetector, find_speech
from tests.bench.docs_tables import write

RATE = 24000
Condition = Callable[[truth.Wave, truth.Utterance, int], truth.Wave]


def clean(wave: truth.Wave, _: truth.Utterance, __: int) -> truth.Wave:
    return wave


def room(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return wave + truth.white(len(wave), -70, seed)


def white20(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return wave + truth.white(len(wave), _level(speech) - 20, seed)


def pink20(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return wave + truth.pink(len(wave), _level(speech) - 20, seed)


def white10(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return wave + truth.white(len(wave), _level(speech) - 10, seed)


def pink10(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return wave + truth.pink(len(wave), _level(speech) - 10, seed)


def bed(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return wave + noise.mixer_bed(len(wave), RATE, -40, seed)


def music(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return wave + noise.hold_music(len(wave), RATE, _level(speech) - 20, seed)


def typing(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return room(wave, _, seed) + noise.keyboard(len(wave), RATE, -35, seed)


def made_up(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    """Comfort noise while nobody speaks, none during speech."""
    around = noise.comfort_noise(len(wave), RATE, -50, seed)
    spoken = np.flatnonzero(wave)
    around[spoken[0] : spoken[-1] + 1] = 0
    return wave + around


def breath(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    """A breath of half a second that ends 0.1 s before the speech."""
    size = RATE // 2
    first = int(np.flatnonzero(wave)[0]) + speech.start - size - RATE // 10
    hiss = noise.breaths(2 * RATE, RATE, -40, seed)
    begins = int(np.flatnonzero(hiss)[0])
    out = room(wave, speech, seed)
    out[first : first + size] += hiss[begins : begins + size]
    return out


def hum20(wave: truth.Wave, speech: truth.Utterance, _: int) -> truth.Wave:
    return wave + truth.hum(len(wave), RATE, _level(speech) - 20)


def offset_dc(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return room(wave, _, seed) + 0.05


def clipped(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return np.clip(room(wave * 10 ** (18 / 20), _, seed), -1, 1)


def quiet(wave: truth.Wave, speech: truth.Utterance, seed: int) -> truth.Wave:
    return room(wave * 10 ** ((-40 - _level(speech)) / 20), speech, seed)


def phone(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    return truth.telephone(wave + truth.white(len(wave), -60, seed), RATE)


def opus(wave: truth.Wave, _: truth.Utterance, seed: int) -> truth.Wave:
    import soundfile

    packed = io.BytesIO()
    soundfile.write(packed, room(wave, _, seed), RATE, format="OGG", subtype="OPUS")
    packed.seek(0)
    decoded, rate = soundfile.read(packed)
    assert rate == RATE, rate
    return np.pad(decoded, (0, max(0, len(wave) - len(decoded))))[: len(wave)]


CONDITIONS: dict[str, Condition] = {
    "digital silence": clean,
    "room tone -70 dBFS": room,
    "Opus, room tone": opus,
    "speech at -40 dBFS": quiet,
    "telephone, 8 kHz mu-law": phone,
    "DC 5 % of full scale": offset_dc,
    "clipped by 18 dB": clipped,
    "hum at 20 dB SNR": hum20,
    "white noise at 20 dB SNR": white20,
    "pink noise at 20 dB SNR": pink20,
    "white noise at 10 dB SNR": white10,
    "pink noise at 10 dB SNR": pink10,
    "mixer bed at -40 dBFS": bed,
    "hold music 20 dB below": music,
    "keyboard, clicks at -35 dBFS": typing,
    "comfort noise around it": made_up,
    "a breath before it": breath,
}


def _level(speech: truth.Utterance) -> float:
    return truth.level(speech.wave[speech.start : speech.end])


def corpora(count: int) -> dict[str, list[truth.Utterance]]:
    """A third of them voice: 20 phrases, 4 speeds, 2 voices."""
    voice = [
        truth.voice(text, seed, speed, lower=lower)
        for seed, speed in enumerate((1.0, 0.9, 1.15, 1.26))
        for text in truth.PHRASES
        for lower in (0, 4)
    ]
    voice = voice[: count * 160 // 500]
    bursts = [truth.burst(RATE, seed) for seed in range(count - len(voice))]
    return {"bursts": bursts, "voice": voice}


@dataclass
class Errors:
    """Onsets and offsets in milliseconds; utterances not found, and surplus ones."""

    onsets: list[float] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)
    missed: int = 0
    surplus: int = 0


def measure(utterances: list[truth.Utterance], condition: Condition) -> Errors:
    errors = Errors()
    for seed, utterance in enumerate(utterances):
        at = 1.2 + (seed % 7) * 0.0013
        seconds = at + len(utterance.wave) / RATE + 1.0
        wave, [(start, end)] = truth.place([(at, utterance)], RATE, seconds)
        spans = find_speech(truth.to_int16(condition(wave, utterance, seed)), RATE, silero())
        mine = [span for span in spans if (span.end or 0.0) > start and span.start < end]
        errors.surplus += len(spans) - min(1, len(mine))
        if not mine:
            errors.missed += 1
            continue
        errors.onsets.append((mine[0].start - start) * 1000)
        errors.offsets.append(((mine[-1].end or 0.0) - end) * 1000)
    return errors


def _row(errors: list[float]) -> str:
    low, middle, high = np.percentile(errors, [5, 50, 95])
    return f"{middle:.0f} [{low:.0f}, {high:.0f}]"


def boundaries(count: int) -> str:
    bursts, voice = corpora(count).values()
    lines = [
        f"{len(bursts)} bursts and {len(voice)} of the voice in every row.",
        "",
        "| condition | bursts: onset | bursts: offset | voice: onset | voice: offset "
        "| not found | surplus |",
        "|---|---|---|---|---|---|---|",
    ]
    for title, condition in CONDITIONS.items():
        b, v = measure(bursts, condition), measure(voice, condition)
        cells = [_row(errors) for errors in (b.onsets, b.offsets, v.onsets, v.offsets)]
        cells += [str(b.missed + v.missed), str(b.surplus + v.surplus)]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def noises(each: int) -> str:
    lines = [
        f"{each} times 6 s of every sound.",
        "",
        "| sound | level | by energy alone | taken for speech | the model's highest |",
        "|---|---|---|---|---|",
    ]
    for title, (sound, dbfs) in noise.SOUNDS.items():
        alone = taken = 0
        highest = 0.0
        for seed in range(each):
            wave = np.concatenate((np.zeros(RATE), sound(5 * RATE, RATE, dbfs, seed)))
            samples = truth.to_int16(wave + truth.white(len(wave), -70, seed))
            alone += len(find_speech(samples, RATE))
            detector = GatedDetector(RATE, silero())
            found = [*detector.feed(samples), *detector.flush()]
            taken += sum(boundary.kind == "started" for boundary in found)
            highest = max([highest, *(noise.speech for noise in detector.noises)])
        lines.append(f"| {title} | {dbfs} dBFS | {alone} | {taken} | {highest:.2f} |")
    return "\n".join(lines)


def _cost() -> str:
    wave, _ = truth.place(
        [(at, truth.voice(truth.PHRASES[at % 20])) for at in range(2, 114, 4)], RATE, 120
    )
    samples = truth.to_int16(wave + truth.white(len(wave), -70, 1))
    seconds = len(samples) / RATE
    detector = GatedDetector(RATE, silero())
    began = time.process_time()
    for first in range(0, len(samples), RATE // 50):
        detector.feed(samples[first : first + RATE // 50])
    live = (time.process_time() - began) / seconds
    began = time.process_time()
    find_speech(samples, RATE, silero())
    whole = (time.process_time() - began) / seconds
    return (
        f"At 24 kHz, speech half of the time: {live:.1%} of a core live in 20 ms frames, "
        f"{whole * 600:.1f} s for a recording of ten minutes."
    )


def main(count: int) -> None:
    for name, table in (
        ("errors of boundaries", boundaries(count)),
        ("noises", noises(count // 12)),
        ("cost of boundaries", _cost()),
    ):
        print(f"\n{table}")
        if count >= 500:
            write(name, table, "bench_boundaries")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
