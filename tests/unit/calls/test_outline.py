"""The outline of a recording: what it shows, and that it is kept until the recording changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.calls import _outline
from harness.calls._outline import Outline, outline
from harness.calls._recording import Lanes, encode

RATE = 24_000


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten seconds: the caller's loudness rises, the agent is heard once."""
    rise = np.linspace(0, 1, 10 * RATE)
    agent = np.zeros(10 * RATE)
    agent[5 * RATE + 100] = -0.5
    path = tmp_path / "recording.flac"
    soundfile.write(path, np.stack([rise, agent], axis=1), RATE)
    return path


def test_each_peak_is_the_largest_sample_of_its_20_ms(recording: Path) -> None:
    found = outline(recording)
    assert (found.rate, found.length, len(found.agent)) == (50.0, 10.0, 500)
    assert np.allclose(found.caller / 255, np.arange(1, 501) / 500, atol=0.5 / 255 + 1e-4)
    assert np.flatnonzero(found.agent).tolist() == [250]
    assert found.agent[250] == round(0.5 * 255)


def test_a_mono_recording_has_a_silent_agent(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    soundfile.write(path, np.full(RATE // 2 + 7, 0.25), RATE)
    found = outline(path)
    assert len(found.caller) == len(found.agent) == 26
    assert found.caller.min() == 64 and not found.agent.any()


@pytest.mark.parametrize(("start", "end", "count"), [(0, 10, 7), (3.3, 8.01, 100), (0, 99, 500)])
def test_bins_are_the_largest_peaks_and_leave_none_out(
    recording: Path, start: float, end: float, count: int
) -> None:
    found = outline(recording)
    part = found.bins(start, end, count)
    first, last = round(part.start * 50), round(part.end * 50)
    assert part.start <= start < part.start + 0.02 and part.end == min(10, np.ceil(end * 50) / 50)
    assert len(part.caller) == len(part.agent) == min(count, last - first)
    edges = [first + n * (last - first) // len(part.caller) for n in range(len(part.caller))]
    for got, lane in ((part.caller, found.caller), (part.agent, found.agent)):
        truth = [lane[a:b].max() / 255 for a, b in zip(edges, [*edges[1:], last], strict=True)]
        assert np.allclose(got, truth, atol=0.0006)
        assert max(got) == pytest.approx(lane[first:last].max() / 255, abs=0.0006)


def test_it_is_made_once_and_anew_when_the_recording_changes(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    real = _outline._made

    def counted(path: Path) -> Outline:
        made.append(path)
        return real(path)

    monkeypatch.setattr(_outline, "_made", counted)
    first = outline(recording)
    again = outline(recording)
    assert len(made) == 1
    assert again.shares() == first.shares()
    soundfile.write(recording, np.full((RATE, 2), 0.5), RATE)
    assert outline(recording).length == 1.0
    assert outline(recording).caller.tolist() == [128] * 50
    assert len(made) == 2


def test_of_a_call_it_is_made_as_the_recording_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, agent, recording = (tmp_path / n for n in ("c.pcm", "a.pcm", "recording.flac"))
    lanes = Lanes(caller, agent)
    rng = np.random.default_rng(7)
    noise = rng.integers(-(1 << 15), 1 << 15, 21 * RATE + 77)
    lanes.write("caller", 0, (noise * np.linspace(0, 1, len(noise)) ** 3).astype(np.int16))
    lanes.write("agent", 3 * RATE, np.full(RATE, -(1 << 15), np.int16))
    lanes.close()
    encode(caller, agent, recording)
    truth = _outline._made(recording)
    with monkeypatch.context() as patched:
        patched.delattr(_outline, "_made")
        found = outline(recording)
    assert found.shares() == truth.shares() and found.length == truth.length == 21.02
    assert found.agent.max() == 255 and 0 < found.caller[500] < 255
    recording.write_bytes(recording.read_bytes() + b"\0")
    assert outline(recording).shares() == truth.shares(), "of another file it is made anew"


def test_a_recording_is_kept_where_its_outline_cannot_be(tmp_path: Path) -> None:
    caller, agent, recording = (tmp_path / n for n in ("c.pcm", "a.pcm", "recording.flac"))
    (tmp_path / "outline.u8").mkdir()
    caller.write_bytes(np.ones(300, np.int16).tobytes())
    assert encode(caller, agent, recording) > 0
    assert recording.exists() and not caller.exists()


@pytest.mark.parametrize("content", [b"", b"RBPEAK01", b"x" * 400])
def test_a_broken_outline_is_made_anew(recording: Path, content: bytes) -> None:
    whole = outline(recording).shares()
    kept = recording.with_name("outline.u8")
    kept.write_bytes(content)
    assert outline(recording).shares() == whole
    assert len(kept.read_bytes()) > 1000
    kept.write_bytes(kept.read_bytes()[:-1])
    assert outline(recording).shares() == whole
    assert sorted(path.name for path in recording.parent.iterdir()) == [
        "outline.u8", "recording.flac"
    ]  # fmt: skip


def test_without_a_place_to_keep_it_the_outline_is_still_drawn(recording: Path) -> None:
    kept = recording.with_name("outline.u8")
    kept.mkdir()
    assert len(outline(recording).caller) == 500
    assert sorted(path.name for path in recording.parent.iterdir()) == [
        "outline.u8", "recording.flac"
    ]  # fmt: skip
