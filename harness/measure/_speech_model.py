"""What the detector asks of a model that knows speech from other sounds."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["SpeechModel", "SpeechState"]


class SpeechState(Protocol):
    """The model's memory of one stretch of sound."""

    def __call__(self, samples: npt.NDArray[np.int16]) -> float:
        """Probability (0..1) that the next frame is speech: shape (frame,), at the model's rate."""
        ...


class SpeechModel(Protocol):
    """Tells, frame by frame, how sure it is of hearing speech.

    The same frames in the same order must give the same probabilities, to the bit.
    """

    @property
    def rate(self) -> int:
        """Samples a second it takes, Hz."""
        ...

    @property
    def frame(self) -> int:
        """Samples in a frame."""
        ...

    def start(self) -> SpeechState:
        """Forget everything: a fresh stretch of sound. Cheap."""
        ...
