"""What the agent said by our recogniser, where its own error on that voice is known to be small."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.caller.speech import spoken_words
from harness.calls._heard_words import compare_spoken
from harness.measure import trusted_ear
from harness.nouns import LANE_RATE, Turn, WordErrors
from harness.settings import ROOT

__all__ = [
    "FOLDER",
    "KnownEar",
    "Reply",
    "Said",
    "hear_replies",
    "known_ear",
    "read_ear",
    "versions",
]

Lane = npt.NDArray[np.int16]

FOLDER = ROOT / "data" / "ear"
"""What is known of ears: for a voice its sentences, and the ear's errors on them."""

_EARS = {"demo": "front_desk"}
"""By way of reaching an agent: whose voice and manner of speaking are known."""
_AROUND_S = 0.15
_MOST_S = 180.0


@dataclass(frozen=True, slots=True)
class KnownEar:
    """A recogniser whose own error on a voice was measured.

    Attributes:
        voice: Of the offline stack.
        sentences: What it expects to hear; what it was taught with.
        errors: What ears like it made of known sentences in that voice, a line each.
    """

    voice: str
    sentences: tuple[str, ...]
    errors: tuple[WordErrors, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent told it says, and what the recogniser heard.

    Attributes:
        at: When it began, seconds on the call's clock.
        said: The agent's text as it is spoken: "two thirty" for 2:30.
        heard: The recogniser's.
    """

    at: float
    said: str
    heard: str


@dataclass(frozen=True, slots=True)
class Said:
    """The agent's text against what the recogniser heard.

    Attributes:
        errors: For each reply that was heard whole.
        ear: The recogniser's own errors on that voice.
        why: Why there are none.
        replies: As many as `errors`; none of a call measured before they were kept.
    """

    errors: tuple[WordErrors, ...] = ()
    ear: tuple[WordErrors, ...] = ()
    why: str = ""
    replies: tuple[Reply, ...] = ()


def versions() -> dict[str, str]:
    """Of the voice and the recogniser: with others the errors would be others."""
    found = {}
    for package in ("hibari-tts", "pocketsphinx"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return found


def known_ear(provider: str) -> KnownEar | str:
    """The ear for an agent's voice, or why there is none.

    Args:
        provider: How the agent was reached; only of our own demo agent the voice is known.
    """
    name = _EARS.get(provider)
    if name is None:
        return "Not measured: nobody knows our recogniser's own error on this agent's voice."
    ear = read_ear(FOLDER / f"{name}.json")
    if ear is None:
        return (
            "Not measured: the recogniser's own error on this voice was measured with other "
            "versions of it."
        )
    if not trusted_ear(ear.errors):
        return "Not measured: our recogniser's own error on this voice may be 5 % or more."
    return ear


def read_ear(path: Path) -> KnownEar | None:
    """What `tests/bench/bench_ear.py` wrote; None if it is of other versions or sentences."""
    try:
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        known = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return None
    if known["versions"] != versions():
        return None
    if known["sentences"] != hashlib.sha256(text.encode()).hexdigest():
        return None
    lines = tuple(WordErrors(*line) for line in known["errors"])
    return KnownEar(known["voice"], tuple(text.splitlines()), lines)


def hear_replies(turns: Sequence[Turn], lane: Lane, ear: KnownEar) -> Said:
    """What of the agent's speech was heard in the replies that were heard whole.

    Args:
        turns: Those replies; no more than 3 minutes of them are heard.
        lane: The agent's, at LANE_RATE from the call's second 0.
        ear: Knows its voice.

    Raises:
        RingbackError: The recogniser is not there, or failed.
    """
    from harness.caller.speech import recognise

    errors: list[WordErrors] = []
    replies: list[Reply] = []
    left_s = _MOST_S
    for turn in turns:
        heard = []
        for span in turn.agent:
            end = span.start if span.end is None else span.end
            left_s -= end - span.start
            first, last = span.start - _AROUND_S, end + _AROUND_S
            part = lane[max(0, round(first * LANE_RATE)) : round(last * LANE_RATE)]
            heard.append(recognise(part, sample_rate=LANE_RATE, sentences=ear.sentences).text)
        if left_s < 0:
            break
        told = " ".join(heard)
        errors.append(compare_spoken(turn.agent_text, told))
        said = " ".join(spoken_words(turn.agent_text))
        replies.append(Reply(turn.agent[0].start if turn.agent else 0.0, said, told))
    return Said(tuple(errors), ear.errors, replies=tuple(replies))
