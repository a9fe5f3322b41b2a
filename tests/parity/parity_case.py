"""What is compared: the files, the fault of the agent in each, and the differences there may be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile
import yaml
from PIL import Image

from harness.caller.speech import synthesize
from harness.nouns import CheckSpec, Expected, SimMeasure, Success

__all__ = [
    "BRIEF",
    "CASES",
    "ENDED",
    "SUCCESS",
    "Difference",
    "Key",
    "ParityCase",
    "differences",
    "lay_out",
    "metric_place",
    "place_of",
]

HERE = Path(__file__).parent
FILES = HERE / "files"

Key = tuple[str, str]
"""Name of the scenario, and what of it: of a script ``TURN.EXPECTATION`` by number, of a simulation
``success``, ``metric NAME`` or ``ended``."""

SUCCESS = "success"
ENDED = "ended"


def metric_place(name: str) -> str:
    """The place of a metric of a simulation in a :data:`Key`."""
    return f"metric {name}"


def place_of(check: CheckSpec) -> str | None:
    """The place of a check in a :data:`Key`; None if Pipecat's files know no such check."""
    match check:
        case Expected():
            return f"{check.step}.{check.index}"
        case Success():
            return SUCCESS
        case SimMeasure():
            return metric_place(check.metric.name)
    return None


@dataclass(frozen=True, slots=True)
class ParityCase:
    """One file, and the defect its agent has."""

    name: str
    fault: str | None = None

    @property
    def path(self) -> Path:
        """The file, as it is written."""
        return FILES / f"{self.name}.yaml"


_FAULTS = ("deaf", "hangs_up", "liar", "unsafe")


def _case(name: str) -> ParityCase:
    fault = name.removeprefix("simulated_")
    return ParityCase(name, fault if fault in _FAULTS else None)


CASES = tuple(_case(path.stem) for path in sorted(FILES.glob("*.yaml")))
BRIEF = ("judge", "context", "barge_in", "simulated_limits")
"""Those compared with every `make test`: judges (one says no), functions, a caller who breaks in,
and simulated people."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where both may say something else, and why that is right.

    Attributes:
        pipecat: What ``pipecat eval run`` says.
        ours: What Ringback says.
        why: The reason, one sentence.
    """

    pipecat: str
    ours: str
    why: str


def differences() -> dict[Key, Difference]:
    """The differences that are known, from differences.yaml."""
    written = yaml.safe_load((HERE / "differences.yaml").read_text(encoding="utf-8")) or {}
    return {
        (scenario, place): Difference(**told)
        for scenario, places in written.items()
        for place, told in places.items()
    }


_SOUNDS = (
    ("hours_22050.wav", "What are your opening hours?", 22050),
    ("park_44100.wav", "Where can I park?", 44100),
)


def lay_out(folder: Path, llm_url: str) -> Path:
    """Copy the files into a folder, with the sounds and pictures they need; the folder.

    Args:
        folder: An empty one.
        llm_url: Where the emulated language model of both sides answers.
    """
    for path in FILES.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace("@LLM@", llm_url)
        (folder / path.name).write_text(text, encoding="utf-8")
    for name, text, rate in _SOUNDS:
        samples = synthesize(text, voice="heart", speed=1.0, seed=3, sample_rate=rate)
        soundfile.write(folder / name, samples, rate)
    Image.new("RGB", (64, 48), (200, 60, 40)).save(folder / "card.png")
    return folder
