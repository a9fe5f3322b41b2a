"""The speech model of the caller's ear: Silero, from the file that comes with Pipecat."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from harness.errors import PackageMissing
from harness.measure import SpeechModel, SpeechState
from harness.settings import install_command

__all__ = ["silero"]

_RATE = 16_000
_FRAME = 512
_CONTEXT = 64
"""Samples of the frame before that the network wants to see again."""


class _State:
    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT + _FRAME), np.float32)
        self._rate = np.array(_RATE, np.int64)

    def __call__(self, samples: npt.NDArray[np.int16]) -> float:
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = samples
        self._input[0, _CONTEXT:] /= 32768
        said, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": self._rate}
        )
        return float(said[0, 0])


class _Silero:
    rate = _RATE
    frame = _FRAME

    def __init__(self, path: str) -> None:
        options = onnxruntime.SessionOptions()
        # Threads that wait for work spin, and the media loop needs the cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def start(self) -> SpeechState:
        return _State(self._session)


@functools.cache
def silero() -> SpeechModel:
    """Silero VAD 16 kHz, one for the process.

    The first call takes about 0.2 s: make it before the call. A frame of 32 ms costs about 0.1 ms.

    Raises:
        PackageMissing: Pipecat's file of it is not there.
    """
    file = resources.files("pipecat").joinpath("audio", "vad", "data", "silero_vad.onnx")
    with resources.as_file(file) as path:
        if not path.is_file():
            raise PackageMissing(
                "The model that knows speech from other sounds is missing.",
                cause=f"Pipecat has no {path.name} at {path.parent}.",
                remedy=f"Install Pipecat anew: {install_command('pipecat-ai[silero]', again=True)}",
            )
        return _Silero(str(path))
