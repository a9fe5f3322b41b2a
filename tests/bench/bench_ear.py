"""``python -m tests.bench.bench_ear``: how well our recogniser hears the demo agent.

What the agent says stands in the kept calls of the matrix. An ear is taught these sentences, and
the numbers, days and names that callers say. It hears each of them, and of each with a day, a time
or a doctor in it another that it was not taught, with others in their place: all in the agent's
voice and sent through Opus. Its errors are kept in `data/ear/front_desk.json`, with what it was
taught beside it. A call's words are compared only where the upper end of Wilson's interval of these
errors lies below 5 %.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import re
import sys

import numpy as np
import soundfile

from harness.caller.speech import recognise, synthesize
from harness.calls._heard_words import compare_spoken
from harness.calls._known_ear import FOLDER, versions
from harness.measure import trusted_ear, wilson
from harness.nouns import WordErrors
from harness.settings import ROOT

VOICE = "heart"
SEED = 7
PAUSE_S = 0.15
SLOTS = (
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    ["January", "March", "June", "September", "November", "December"],
    ["first", "third", "ninth", "twelfth", "twenty-second", "twenty-sixth", "twenty-seventh"],
    ["eight", "nine", "ten", "eleven", "one", "two", "four", "five"],
    ["fifteen", "thirty", "forty-five"],
    ["Osei", "Marsh", "Lindqvist"],
)


def agents_sentences() -> list[str]:
    """What the agent announced in the kept calls, each text once, in order."""
    found: set[str] = set()
    for log in sorted((ROOT / "tests" / "matrix" / "logs").glob("*/*.jsonl.gz")):
        for line in gzip.decompress(log.read_bytes()).decode().splitlines():
            event = json.loads(line)
            if event["kind"] == "agent.text" and event["data"].get("source") == "rtvi":
                found.add(" ".join(event["data"]["text"].split()))
    return sorted(found)


def callers_sentences() -> list[str]:
    """Numbers, days, dates and names in the front desk's own words."""
    sys.path.insert(0, str(ROOT / "data" / "agents" / "front_desk"))
    from lines import caller_lines

    return caller_lines()


def through_opus(samples: np.ndarray, rate: int) -> np.ndarray:
    """As a call carries it."""
    file = io.BytesIO()
    silence = np.zeros(round(PAUSE_S * rate), np.int16)
    padded = np.concatenate((silence, samples, silence))
    soundfile.write(file, padded, rate, format="OGG", subtype="OPUS")
    file.seek(0)
    heard, _ = soundfile.read(file, dtype="int16")
    return heard


def changed(sentences: list[str]) -> list[str]:
    """Each sentence with a day, time or doctor in it, with others in their place."""
    draw = random.Random(SEED)
    found = []
    for sentence in sentences:
        other = sentence
        for words in SLOTS:
            pattern = re.compile(rf"\b({'|'.join(words)})\b(?!-)")
            other = pattern.sub(lambda _, words=words: draw.choice(words), other)
        if other not in (sentence, *sentences, *found):
            found.append(other)
    return found


def hear(sentences: list[str], taught: list[str]) -> list[WordErrors]:
    """What an ear makes of sentences in the agent's voice."""
    found = []
    for sentence in sentences:
        samples = through_opus(synthesize(sentence, voice=VOICE), 24000)
        heard = recognise(samples, sample_rate=24000, sentences=taught).text
        errors = compare_spoken(sentence, heard)
        if errors.rate:
            print(f"said  {sentence}\nheard {heard}", flush=True)
        found.append(errors)
    return found


def main() -> None:
    """Measure, print, and keep what calls need."""
    said, asked = agents_sentences(), callers_sentences()
    text = "\n".join([*said, *asked]) + "\n"
    others = changed(said)
    errors = hear([*said, *others], text.splitlines())
    print(f"{len(said)} sentences as taught, {len(others)} with other days, times and doctors")
    words = sum(each.n for each in errors)
    wrong = sum(each.substituted + each.deleted + each.inserted for each in errors)
    low, high = wilson(min(wrong, words), words)
    print(
        f"{len(errors)} sentences, {words} words, {wrong} wrong: {wrong / words:.3f} "
        f"({low:.3f} to {high:.3f}); {'trusted' if trusted_ear(errors) else 'not trusted'}"
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "front_desk.txt").write_text(text, encoding="utf-8")
    known = {
        "voice": VOICE,
        "versions": versions(),
        "sentences": hashlib.sha256(text.encode()).hexdigest(),
        "errors": [[each.hits, each.substituted, each.deleted, each.inserted] for each in errors],
    }
    path = FOLDER / "front_desk.json"
    path.write_text(json.dumps(known, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
