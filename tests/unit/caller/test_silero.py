from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from harness.caller import _silero, silero
from harness.errors import PackageMissing


def frames(seed: int, count: int = 20) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, silero().frame)) * 2000).astype(np.int16)


def test_there_is_one_for_the_process() -> None:
    assert silero() is silero()
    assert (silero().rate, silero().frame) == (16000, 512)


def test_the_same_sound_gives_the_same_to_the_bit() -> None:
    once, again, other = (silero().start() for _ in range(3))
    said = []
    for frame, interloper in zip(frames(1), frames(2), strict=True):
        said.append(once(frame))
        other(interloper)  # another state on the same session
    assert said == [again(frame) for frame in frames(1)]
    assert all(0 <= value <= 1 for value in said)


def test_it_is_what_pipecat_hears() -> None:
    from pipecat.audio.vad.silero import SileroOnnxModel

    with resources.as_file(
        resources.files("pipecat").joinpath("audio", "vad", "data", "silero_vad.onnx")
    ) as path:
        theirs = SileroOnnxModel(str(path))
    ours = silero().start()
    for frame in frames(3):
        expected = theirs(frame.astype(np.float32) / 32768, 16000)[0]
        assert ours(frame) == pytest.approx(float(np.ravel(expected)[0]), abs=1e-6)


def test_a_file_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_silero.resources, "files", lambda _: tmp_path)
    with pytest.raises(PackageMissing, match="silero_vad"):
        silero.__wrapped__()  # type: ignore[attr-defined]
