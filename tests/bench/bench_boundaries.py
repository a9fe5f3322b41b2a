"""Errors of the boundary detector and of turns against known truth.

Run by `make bench` or on its own. Prints, for each condition, median [5th, 95th percentile] of
onset and offset errors in milliseconds (+ is late) over the utterances found, how many were not
found or came in pieces; how many turns of synthetic conversations came out right; and what it all
costs.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "measure"))

import speech_truth as truth
from conversations import FIRST, LAST, MIDDLE, Style, conversation

from harness.measure import SpeechDetector, derive_turns, find_speech

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
}


def _level(speech: truth.Utterance) -> float:
    return truth.level(speech.wave[speech.start : speech.end])


def corpora(count: int) -> dict[str, list[truth.Utterance]]:
    voice = [
        truth.voice(text, seed, speed)
        for seed, speed in enumerate((1.0, 0.9, 1.15, 1.26))
        for text in truth.PHRASES
    ]
    bursts = [truth.burst(RATE, seed) for seed in range(len(voice))]
    return {"voice": voice[:count], "bursts": bursts[:count]}


def measure(
    utterances: list[truth.Utterance], condition: Condition
) -> tuple[list[float], list[float], int, int]:
    """Onset and offset errors (ms), utterances not found, and surplus pieces."""
    onsets: list[float] = []
    offsets: list[float] = []
    missed = pieces = 0
    for seed, utterance in enumerate(utterances):
        at = 1.2 + (seed % 7) * 0.0013
        seconds = at + len(utterance.wave) / RATE + 1.0
        wave, [(start, end)] = truth.place([(at, utterance)], RATE, seconds)
        spans = find_speech(truth.to_int16(condition(wave, utterance, seed)), RATE)
        if not spans:
            missed += 1
            continue
        pieces += len(spans) - 1
        onsets.append((spans[0].start - start) * 1000)
        offsets.append(((spans[-1].end or 0.0) - end) * 1000)
    return onsets, offsets, missed, pieces


def _row(errors: list[float]) -> str:
    low, middle, high = np.percentile(errors, [5, 50, 95])
    return f"{middle:.0f} [{low:.0f}, {high:.0f}]"


def _cost() -> str:
    wave, _ = truth.place(
        [(at, truth.voice(truth.PHRASES[at % 20])) for at in range(2, 114, 4)], RATE, 120
    )
    samples = np.repeat(truth.to_int16(wave + truth.white(len(wave), -70, 1)), 2)
    detector = SpeechDetector(48000)
    began = time.process_time()
    for first in range(0, len(samples), 960):
        detector.feed(samples[first : first + 960])
    live = (time.process_time() - began) / (len(samples) / 48000)
    began = time.process_time()
    find_speech(samples, 48000)
    whole = (time.process_time() - began) / (len(samples) / 48000)
    return (
        f"cost at 48 kHz: {live:.2%} of a core in 20 ms frames, "
        f"{whole * 600:.2f} s for a recording of ten minutes"
    )


def _turns(calls: int = 1000) -> str:
    right = turns = 0
    for seed in range(calls):
        draw = random.Random(seed)
        style = Style(draw.choice(["rtvi", "stt"]), draw.random() < 0.5, draw.random() < 0.5)
        middle = draw.choices(MIDDLE, k=draw.randint(0, 8))
        events, known, _ = conversation(seed, draw.choice(FIRST), middle, draw.choice(LAST), style)
        found = derive_turns(events)
        turns += len(known)
        right += sum(
            (turn.index, turn.outcome, turn.agent_text)
            == (expected.index, expected.outcome, " ".join(expected.words))
            for turn, expected in zip(found, known, strict=False)
        )
    events, _, _ = conversation(1, "greeting", ["answered", "tool"] * 65, "answered", Style())
    costs = []
    for _ in range(20):
        began = time.process_time()
        derive_turns(events)
        costs.append(time.process_time() - began)
    return (
        f"turns: {right} of {turns} right (outcome and text) in {calls} synthetic calls\n"
        f"cost of turns: {sorted(costs)[10] * 1000:.1f} ms for a call of {len(events)} events"
    )


def main(count: int = 80) -> None:
    for name, utterances in corpora(count).items():
        print(f"\n{name}: {len(utterances)} utterances, errors in ms, median [p5, p95]\n")
        print("| condition | onset | offset | not found | surplus pieces |\n|---|---|---|---|---|")
        for title, condition in CONDITIONS.items():
            onsets, offsets, missed, pieces = measure(utterances, condition)
            print(f"| {title} | {_row(onsets)} | {_row(offsets)} | {missed} | {pieces} |")
    print(f"\n{_turns()}\n{_cost()}")


if __name__ == "__main__":
    main()
