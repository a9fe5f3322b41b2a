from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.caller.speech import VOICES, _voice, synthesize
from harness.caller.speech._lines import LineCache
from harness.errors import InputError, InternalError, UnknownName
from harness.settings import get_settings

LINE = "I would like to book an appointment for Tuesday morning."


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing remembered, and a cache folder of this test's own."""
    monkeypatch.setenv("RINGBACK_CACHE", str(tmp_path))
    get_settings.cache_clear()
    forget()
    yield
    get_settings.cache_clear()
    forget()


def forget() -> None:
    _voice._lines.cache_clear()


def cached() -> list[Path]:
    return sorted((get_settings().cache / "speech" / "lines").glob("*/*"))


def pitch(samples: np.ndarray, rate: int) -> float:
    """Median of the fundamental, Hz, by autocorrelation over voiced frames of 40 ms."""
    size = int(0.04 * rate)
    found = []
    for start in range(0, len(samples) - size, size // 2):
        frame = samples[start : start + size].astype(float)
        frame -= frame.mean()
        if np.sqrt(np.mean(frame**2)) < 600:
            continue
        correlation = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = rate // 350, rate // 80
        lag = low + int(np.argmax(correlation[low:high]))
        if correlation[lag] > 0.5 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found))


def test_it_is_mono_int16_and_as_long_as_such_a_line_is() -> None:
    samples = synthesize(LINE, voice="heart")
    assert samples.dtype == np.int16
    assert samples.ndim == 1
    assert 2.5 < len(samples) / 24000 < 5.0
    assert 3000 < np.abs(samples).max() < 32767


def test_the_same_line_and_seed_is_the_same_samples() -> None:
    first = synthesize(LINE, voice="heart", seed=3)
    for path in cached():
        path.unlink()
    forget()
    assert np.array_equal(first, synthesize(LINE, voice="heart", seed=3))
    assert not np.array_equal(first, synthesize(LINE, voice="heart", seed=4))


def test_deep_is_heart_spoken_faster_and_played_four_semitones_lower() -> None:
    deep = synthesize(LINE, voice="deep")
    heart, fast = (synthesize(LINE, voice="heart", speed=speed) for speed in (1.0, 2 ** (4 / 12)))
    semitones = 12 * np.log2(pitch(deep, 24000) / pitch(fast, 24000))
    assert semitones == pytest.approx(-4.0, abs=0.5)
    assert len(deep) == pytest.approx(len(fast) * 2 ** (4 / 12), rel=0.01)
    assert len(deep) == pytest.approx(len(heart), rel=0.15)


@pytest.mark.parametrize("voice", VOICES)
def test_speed_changes_the_length(voice: str) -> None:
    slow, natural, fast = (
        len(synthesize(LINE, voice=voice, speed=speed)) for speed in (0.7, 1.0, 1.4)
    )
    assert slow > natural * 1.2
    assert fast < natural * 0.85


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_sample_rate_changes_the_samples_only(rate: int) -> None:
    samples = synthesize(LINE, voice="heart", sample_rate=rate)
    seconds = len(synthesize(LINE, voice="heart")) / 24000
    assert len(samples) / rate == pytest.approx(seconds, abs=0.01)
    assert pitch(samples, rate) == pytest.approx(
        pitch(synthesize(LINE, voice="heart"), 24000), rel=0.05
    )


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_to_say_is_silence_of_no_length(text: str) -> None:
    assert len(synthesize(text, voice="heart")) == 0


def test_a_text_is_its_sentences_one_after_the_other() -> None:
    whole = synthesize("Hello there. How are you? Dr. Smith is in.", voice="heart")
    parts = [
        synthesize(part, voice="heart")
        for part in ("Hello there.", "How are you?", "Dr. Smith is in.")
    ]
    assert np.array_equal(whole, np.concatenate(parts))


def test_a_line_said_again_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    first = synthesize(LINE, voice="heart")
    assert len(cached()) == 1
    forget()
    monkeypatch.setattr(_voice, "_renderer", None)
    assert np.array_equal(first, synthesize(LINE, voice="heart"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"\0" * len(raw),
        lambda raw: raw[:1000] + bytes([raw[1000] ^ 1]) + raw[1001:],
        lambda raw: raw + b"more",
    ],
    ids=["empty", "cut short", "zeros", "one bit", "too long"],
)
def test_a_broken_cache_file_is_made_anew(spoil) -> None:  # type: ignore[no-untyped-def]
    first = synthesize(LINE, voice="heart")
    (path,) = cached()
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    forget()
    assert np.array_equal(first, synthesize(LINE, voice="heart"))
    assert path.read_bytes() == whole


def test_a_cache_folder_that_cannot_be_written_only_costs_time() -> None:
    folder = get_settings().cache / "speech"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    assert len(synthesize(LINE, voice="heart")) > 24000


def test_the_disk_cache_is_trimmed_oldest_first(tmp_path: Path) -> None:
    cache = LineCache(tmp_path / "lines", memory_bytes=10**6, disk_bytes=5000)
    for number, key in enumerate(("aaa", "bbb", "ccc")):
        cache.put(key, np.full(1000, number, np.int16))
        os.utime(tmp_path / "lines" / key[:2] / f"{key}.pcm", (number + 1, number + 1))
    cache.trim()
    fresh = LineCache(tmp_path / "lines", memory_bytes=10**6, disk_bytes=5000)
    assert fresh.get("aaa") is None
    assert [int(fresh.get(key)[0]) for key in ("bbb", "ccc")] == [1, 2]  # type: ignore[index]


def test_memory_is_bounded_and_the_least_used_goes_first(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder here: what is found was in memory")
    cache = LineCache(blocked / "lines", memory_bytes=5000, disk_bytes=0)
    for number, key in enumerate(("aaa", "bbb")):
        cache.put(key, np.full(1000, number, np.int16))
    assert cache.get("aaa") is not None
    cache.put("ccc", np.full(1000, 2, np.int16))
    assert [cache.get(key) is not None for key in ("aaa", "bbb", "ccc")] == [True, False, True]
    cache.put("huge", np.zeros(10_000, np.int16))
    assert cache.get("huge") is None


def test_a_helper_that_died_is_started_again() -> None:
    first = synthesize(LINE, voice="heart", seed=1)
    process = _voice._renderer._process
    assert process is not None
    process.kill()
    process.wait()
    forget()
    for path in cached():
        path.unlink()
    assert np.array_equal(first, synthesize(LINE, voice="heart", seed=1))


def test_a_voice_that_fails_says_so_and_goes_on() -> None:
    with pytest.raises(InternalError, match="cannot speak"):
        _voice._renderer.render(_voice.Order("Hello.", "no such model", 0.0, 1.0, 0, 24000))
    assert len(synthesize(LINE, voice="heart")) > 24000


def test_the_model_is_never_loaded_where_audio_is_carried() -> None:
    code = (
        "import sys\n"
        "from harness.caller.speech import synthesize\n"
        "assert len(synthesize('A line for this test alone.', voice='heart', seed=99)) > 10000\n"
        "print(*[name for name in ('onnxruntime', 'hibari.g2p', 'pipecat') if name in sys.modules])"
    )
    # Without harness.caller's own parts, which bring Pipecat and with it onnxruntime.
    bare = "import sys, types, harness\n" + (
        "caller = types.ModuleType('harness.caller')\n"
        "caller.__path__ = [harness.__path__[0] + '/caller']\n"
        "sys.modules['harness.caller'] = caller\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", bare + code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []


def test_a_line_that_was_given_out_cannot_be_spoiled_for_the_next() -> None:
    samples = synthesize("Hello there.", voice="heart")
    before = samples.copy()
    samples[:] = 0
    assert np.array_equal(before, synthesize("Hello there.", voice="heart"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"voice": "nobody"}, UnknownName),
        ({"voice": "heart", "speed": 3.0}, InputError),
        ({"voice": "heart", "speed": float("nan")}, InputError),
        ({"voice": "heart", "sample_rate": 100}, InputError),
    ],
)
def test_what_cannot_be_spoken_is_refused(wrong: dict[str, object], error: type) -> None:
    with pytest.raises(error) as caught:
        synthesize(LINE, **wrong)  # type: ignore[arg-type]
    assert caught.value.remedy
