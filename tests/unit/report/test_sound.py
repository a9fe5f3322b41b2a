"""The sound in a report: as long as the call, silent where words are hidden, made once."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from harness.calls import Archive
from harness.nouns import Redaction
from harness.report import ReportOptions, _sound, estimate_size, write_html, write_json
from harness.report._encode import BINS, encode
from tests.seeded import seed_call, seed_run

OSEI = Redaction(names=("Osei",))


def page(archive: Archive, id: str, **more: Any) -> str:
    out = io.BytesIO()
    write_html(archive, id, out, ReportOptions(audio=True, **more))
    return out.getvalue().decode()


def heard(text: str) -> list[tuple[Any, int]]:
    """Samples and rate of each call in a page."""
    found = re.findall(r'src="data:audio/ogg;base64,([^"]+)"', text)
    return [soundfile.read(io.BytesIO(base64.b64decode(each))) for each in found]


def test_the_sound_is_as_long_as_the_call_and_kept(archive: Archive) -> None:
    call = seed_call(archive.store, turns=5, minutes=0.4, latency=0.3)
    kept = archive.store.artifacts(call.id)
    text = page(archive, call.id, personal=False)
    ((sound, rate),) = heard(text)
    recording = soundfile.info(kept.recording)
    assert abs(len(sound) / rate - recording.duration) < 0.02 and sound.shape[1] == 2
    assert kept.recording_ogg.exists()
    before = kept.recording_ogg.stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    again = page(archive, call.id, personal=False, progress=lambda *each: told.append(each))
    assert again.count("data:audio/ogg") == 1 and told == [(1, 1)]
    assert kept.recording_ogg.stat().st_mtime_ns == before
    made = len(text.encode())
    assert made / 2 < estimate_size(archive, call.id, "html", audio=True) < made * 2


def test_a_script_only_where_there_is_sound_and_only_that_one(archive: Archive) -> None:
    call = seed_call(archive.store, turns=5, minutes=0.4, latency=0.3)
    text = page(archive, call.id)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None and policy[1] == (
        "default-src 'none'; style-src 'unsafe-inline'; media-src data:; "
        f"script-src 'sha256-{digest}'"
    )
    silent = seed_call(archive.store, recording=False)
    assert "<script" not in page(archive, silent.id) and "<audio" not in page(archive, silent.id)


def test_what_is_hidden_in_words_is_silent_in_sound(archive: Archive) -> None:
    call = seed_call(archive.store, turns=5, minutes=0.4, latency=0.3)
    told = io.BytesIO()
    options = ReportOptions(redact=OSEI)
    write_json(archive, call.id, told, options)
    (part,) = json.loads(told.getvalue())["calls"]
    turns = part["report"]["turns"]
    first = part["spoken"][1]["caller"]
    assert "[name 1]" in turns[1]["caller_text"] and first is not None
    assert any(start <= first[0] and first[1] <= end for start, end in part["silenced"])
    ((sound, rate),) = heard(page(archive, call.id, redact=OSEI))
    ((whole, _),) = heard(page(archive, call.id, personal=False))

    def level(samples: Any, start: float, end: float) -> float:
        return float(np.abs(samples[round(start * rate) : round(end * rate)]).max())

    for start, end in part["silenced"]:
        assert level(whole, start + 0.4, end - 0.4) > 0.1
        assert level(sound, start + 0.05, end - 0.05) < 0.01
    clear = part["spoken"][0]["agent"][0]
    assert "[" not in turns[0]["agent_text"] and level(sound, *clear) > 0.1
    # What is silenced is not what is kept beside the call.
    ogg, _ = soundfile.read(archive.store.artifacts(call.id).recording_ogg)
    assert level(ogg, first[0], first[1]) > 0.1


def test_too_much_sound_keeps_that_of_calls_that_failed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = seed_run(archive.store, ("Hours",), 3, [0.34], recording=True, turns=5, minutes=0.3).id
    calls = archive.calls_of(run)
    longest = max(call.duration_s or 0.0 for call in calls)
    monkeypatch.setattr(_sound, "MOST_BYTES", int(2.1 * longest * _sound.BYTES_A_SECOND))
    text = page(archive, run)
    with_sound = re.findall(r'data-call="([^"]+)"(?:(?!data-call).)*?<audio', text, re.DOTALL)
    failed = [call.id for call in calls if call.verdict is not None and call.verdict == "failed"]
    assert with_sound == failed and len(failed) == 2
    assert "The sound of 2 calls is in this file" in text


def test_the_outline_is_that_of_the_sound(tmp_path: Path) -> None:
    lanes = np.zeros((24_000, 2), np.float32)
    lanes[12_000:, 0] = 0.5
    lanes[:6_000, 1] = 0.25
    soundfile.write(tmp_path / "a.flac", lanes, 24_000)
    told = encode(tmp_path / "a.flac", tmp_path / "a.ogg", [(0.75, 9.0)])
    caller, agent = told["caller"], told["agent"]
    assert len(caller) == len(agent) == BINS
    assert max(caller[: BINS // 2]) == 0 and min(caller[BINS // 2 : BINS * 3 // 4]) == 0.5
    assert max(caller[BINS * 3 // 4 :]) == 0 and min(agent[: BINS // 4]) == 0.25


def test_a_broken_recording_leaves_the_call_without_sound(archive: Archive) -> None:
    call = seed_call(archive.store, recording=False)
    archive.store.artifacts(call.id).recording.write_bytes(b"no sound")
    assert "<audio" not in page(archive, call.id)
    assert not archive.store.artifacts(call.id).recording_ogg.exists()
