"""Turns of 2,500 synthetic calls with known truth; run by `make bench` or on its own.

Each call is told event by event, as a live one is, and its turns are asked for after every event;
what they come to at the end is held against what the call was made of. Every outcome must be right
(the program fails otherwise), and so must be every latency, text, tool and stretch of speech. The
calls come from seeds: they are the same on every machine. The table is written into
docs/measurement.md.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "measure"))

from conversations import FIRST, LAST, MIDDLE, Script, Style, scripted
from test_turns_synthetic import check

from harness.measure import Conversation
from harness.nouns import Turn
from tests.bench.docs_tables import write

CALLS = 2500
SOURCES = ("rtvi", "lk.transcription", "stt")


def drawn(seed: int) -> Script:
    """A call of up to eight lines between its beginning and its end."""
    draw = random.Random(seed)
    style = Style(draw.choice(SOURCES), draw.random() < 0.5, draw.random() < 0.5)
    middle = draw.choices(MIDDLE, k=draw.randint(0, 8))
    return scripted(seed, draw.choice(FIRST), middle, draw.choice(LAST), style)


def told(script: Script) -> tuple[Turn, ...]:
    """Its turns, asked for after every event."""
    conversation = Conversation()
    turns: tuple[Turn, ...] = ()
    for event in script.events():
        conversation.add(event)
        turns = conversation.turns()
    return turns


def right_turns(script: Script, turns: Sequence[Turn]) -> list[bool]:
    """Of each turn, whether everything came out as it was made: by the check of the unit tests."""
    spoken = sorted(span for known in script.known for span in (*known.spans, *known.murmurs))
    onsets = [known.line[0] for known in script.known if known.line is not None]
    right = []
    for turn, known in zip(turns, script.known, strict=False):
        after = [t for t in onsets if known.line and t > known.line[0]]
        try:
            check(turn, known, spoken, min(after, default=float("inf")))
        except AssertionError:
            right.append(False)
        else:
            right.append(True)
    return right


def main(calls: int) -> None:
    """Print a row an outcome; end with 1 if one is wrong."""
    made, right, figures = Counter[str](), Counter[str](), Counter[str]()
    surplus = 0
    began = time.process_time()
    for seed in range(calls):
        script = drawn(seed)
        found = told(script)
        surplus += len(found) != len(script.known)
        exact = right_turns(script, found)
        for turn, known, every in zip(found, script.known, exact, strict=False):
            outcome = "none yet, or a greeting" if known.outcome is None else str(known.outcome)
            same = (turn.index, turn.outcome) == (known.index, known.outcome)
            right[outcome] += same
            figures[outcome] += same and every
        for known in script.known:
            outcome = "none yet, or a greeting" if known.outcome is None else str(known.outcome)
            made[outcome] += 1
    lines = ["| turns made to be | | outcome right | every figure too |", "|---|---|---|---|"]
    lines += [
        f"| {outcome} | {count:,} | {right[outcome]:,} | {figures[outcome]:,} |"
        for outcome, count in sorted(made.items())
    ]
    lines.append(f"| all | {made.total():,} | {right.total():,} | {figures.total():,} |")
    print("\n".join(lines))
    print(f"{calls} calls, {surplus} with another number of turns")
    print(f"{time.process_time() - began:.0f} s of one core")
    if calls >= CALLS:
        write("turns", "\n".join(lines), "bench_turns")
    good = right == made and figures == made and not surplus
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
