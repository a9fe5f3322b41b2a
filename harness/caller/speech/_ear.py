"""This process's ear: one recogniser for all its calls, and the ear without a pipeline."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np
import numpy.typing as npt

from harness.caller.speech._recogniser import EAR_RATE, Heard, ModelReport, Recogniser, failure

__all__ = ["recognise", "recogniser", "warm_ear"]

_READY_TIMEOUT_S = 60.0

_shared: Recogniser | None = None
_shared_lock = threading.Lock()


def recogniser() -> Recogniser:
    """This process's recogniser; its helper starts with the first stream."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared._closed:
            _shared = Recogniser()
            atexit.register(_shared.close)
        return _shared


def warm_ear(sentences: Sequence[str] = ()) -> ModelReport:
    """Start the helper and make the ear for `sentences` now, before a call needs it.

    Blocks: up to a few seconds the first time for these sentences, half a second later on.

    Raises:
        PackageMissing: pocketsphinx is not installed.
        InternalError: The helper cannot be started.
    """
    stream = recogniser().open(sentences, on_heard=lambda _: None)
    try:
        return stream.ready.result(_READY_TIMEOUT_S)
    except TimeoutError as error:
        raise failure("no answer in a minute") from error
    finally:
        stream.close()


def recognise(
    samples: npt.NDArray[np.int16],
    *,
    sample_rate: int,
    sentences: Sequence[str] = (),
    chunk_s: float = 0.04,
) -> Heard:
    """Hear one utterance as fast as it can be decoded; blocks.

    Args:
        samples: Mono, int16, shape (n,).
        sample_rate: Of the samples, Hz.
        sentences: What is said in this domain; none means general American English.
        chunk_s: Seconds fed at a time.

    Returns:
        The final result.

    Raises:
        PackageMissing: pocketsphinx is not installed.
        InternalError: The helper failed.
    """
    import soxr

    if sample_rate != EAR_RATE:
        samples = soxr.resample(samples, sample_rate, EAR_RATE)
    result: Future[Heard] = Future()

    def heard(what: Heard) -> None:
        if what.final:
            result.set_result(what)

    stream = recogniser().open(
        sentences, on_heard=heard, on_failed=lambda why: result.set_exception(failure(why))
    )
    try:
        stream.begin()
        step = max(1, int(chunk_s * EAR_RATE))
        for start in range(0, len(samples), step):
            stream.feed(samples[start : start + step].tobytes())
        stream.end()
        return result.result(_READY_TIMEOUT_S + len(samples) / EAR_RATE)
    except TimeoutError as error:
        raise failure("no answer in time") from error
    finally:
        stream.close()
