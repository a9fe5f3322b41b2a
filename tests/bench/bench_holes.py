"""Holes in a voice, with and without a codec in between; run by `make bench` or on its own.

A hundred phrases of the voice get a hole of 30 to 130 ms each, and are looked through with and
without Opus in between; so are the same phrases as they are. What is found is written into
docs/measurement.md. Fails where a hole is found that is none, or fewer than half behind Opus.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.measure import audio_report
from harness.nouns import Span
from tests.bench.docs_tables import write
from tests.unit.measure.defects import RATE, hole, said, through_opus, within_words
from tests.unit.measure.speech_truth import to_int16

PHRASES = 100
NEAR_S = 0.012
LEAST = 0.5
"""Of the holes behind Opus, a share that is found at least."""


@dataclass(slots=True)
class Found:
    """Of so many holes, and of the same phrases without any."""

    laid: int = 0
    plain: int = 0
    opus: int = 0
    elsewhere: int = 0
    whole: int = 0
    wrong: int = 0


def places(samples: npt.NDArray[np.int16], span: Span) -> list[float]:
    """Where the report finds holes, seconds."""
    report = audio_report(samples, RATE, [span], concealed_ms=None, packet_loss=None)
    return [one.at for one in report.dropouts]


def measure(phrases: int) -> Found:
    """Lay the holes and look for them."""
    rng, found = np.random.default_rng(3), Found()
    for number in range(phrases):
        wave, span = said(number)
        samples = to_int16(wave)
        for sound in (samples, through_opus(samples)):
            found.whole += 1
            found.wrong += bool(places(sound, span))
        place = within_words(wave, rng)
        if place is None:
            continue
        at, length = place
        hole(samples, at, length, 0.0, number)
        found.laid += 1
        for name, sound in (("plain", samples), ("opus", through_opus(samples))):
            near = [abs(one - at / RATE) < NEAR_S for one in places(sound, span)]
            setattr(found, name, getattr(found, name) + any(near))
            found.elsewhere += near.count(False)
    return found


def main(phrases: int) -> None:
    """Print and write the figures; end with 1 if a goal is missed."""
    found = measure(phrases)
    told = (
        f"Of {found.laid} holes of 30 to 130 ms in a voice {found.plain} were found without a "
        f"codec and {found.opus} behind Opus. In {found.whole} recordings without holes "
        f"({phrases} phrases, with and without Opus) {found.wrong or 'none'} was found, and beside "
        f"the holes {found.elsewhere or 'none'}."
    )
    print(told)
    if phrases >= PHRASES:
        write("holes", told, "bench_holes")
    sys.exit(0 if found.opus >= LEAST * found.laid and not found.wrong else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PHRASES)
