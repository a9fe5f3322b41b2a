"""The voice's helper process: hibari's text processing holds the interpreter's lock.

Rendered on a thread of a process that carries audio it made the event loop up to 0.3 s late.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.caller.speech._helper import pipes
from harness.caller.speech._wire import Kind, read_message, write_message

__all__ = ["Order", "main", "render"]

_MODEL_RATE = 24000


@dataclass(frozen=True)
class Order:
    """One sentence to render: with which model of hibari's, how many semitones shifted."""

    text: str
    model: str
    semitones: float
    speed: float
    seed: int
    sample_rate: int


@lru_cache(maxsize=2)
def _model(name: str) -> Any:
    from hibari import Hibari

    model = Hibari(voice=name, threads=1)
    _ = model.g2p.oov
    return model


def render(order: Order) -> npt.NDArray[np.int16]:
    """The samples of one sentence, shape (n,), at the order's sample rate.

    A shift speaks faster or slower by the factor of the pitch and plays back at the natural
    length: pitch and formants move together.
    """
    import soxr

    stretch = 2.0 ** (-order.semitones / 12.0)
    audio = _model(order.model)(order.text, speed=order.speed * stretch, seed=order.seed)
    source_rate = _MODEL_RATE / stretch
    if source_rate != order.sample_rate:
        audio = soxr.resample(audio, source_rate, order.sample_rate)
    samples: npt.NDArray[np.int16] = np.round(np.clip(audio, -1.0, 1.0) * 32767.0).astype(np.int16)
    return samples


def main() -> None:
    """Render order after order until the parent is gone."""
    source, sink = pipes()
    while (message := read_message(source)) is not None:
        try:
            samples = render(Order(**json.loads(message[2])))
            answer: bytes | dict[str, Any] = samples.astype("<i2").tobytes()
        except Exception as error:  # Whatever hibari trips over is the answer, not our end.
            answer = {"message": f"{type(error).__name__}: {error}"}
        kind = Kind.FAILED if isinstance(answer, dict) else Kind.AUDIO
        try:
            write_message(sink, kind, message[1], answer)
        except OSError:
            return


if __name__ == "__main__":
    main()
