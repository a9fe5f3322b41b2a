"""A command waits some seconds for the recording to be measured, and tells what was found."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.nouns import AudioReport, Dnsmos, Dropout
from harness.report import sound_line
from tests.unit.cli.conftest import Run
from tests.unit.cli.stub import StubEngine

SOUND = AudioReport(
    version=1,
    lane="agent",
    seconds=12.0,
    speech_s=4.5,
    loudness_lufs=-20.54,
    peak_dbfs=-1.5,
    true_peak_dbfs=-1.2,
    clipped_share=0.0123,
    clipped_runs=4,
    dropouts=(Dropout(8.0, 20.04, "zeros"),),
    noise_floor_dbfs=-70.0,
    snr_db=48.2,
    dc_share=0.0,
    bandwidth_hz=8912.5,
    concealed_ms=60.0,
    packet_loss=0.02,
    dnsmos=Dnsmos(3.14, 3.4, 4.0, 3.7, 4.5),
)


def test_the_sound_is_told_in_a_line(run: Run, scenario: str) -> None:
    result = run("call", "--scenario", scenario, engine=StubEngine(audio=SOUND))
    told = " ".join(result.stdout.split())
    assert (
        "Agent's sound -20.5 LUFS 48 dB over noise up to 8.9 kHz 1.2% clipped 1 dropout "
        "2.0% of its packets lost DNSMOS 3.1" in told
    )


def test_the_sound_is_in_the_report(run: Run, scenario: str) -> None:
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine(audio=SOUND))
    report = json.loads(result.stdout)
    sound = report["sound"]
    assert sound["loudness_lufs"] == pytest.approx(-20.54)
    assert sound["dropouts"] == [{"at": 8.0, "length_ms": 20.0, "kind": "zeros"}]
    assert sound["dnsmos"]["ovrl"] == 3.14 and sound["dnsmos_why"] == ""
    assert report["metrics"]["agent_dropouts"]["value"] == 1
    assert report["metrics"]["agent_concealed_s"]["value"] == pytest.approx(0.06)


def test_a_recording_that_is_not_measured_yet_is_told_as_such(run: Run, scenario: str) -> None:
    result = run("call", "--scenario", scenario, "--json", engine=StubEngine())
    report = json.loads(result.stdout)
    assert report["sound"] is None
    assert report["metrics"]["agent_loudness"]["value"] is None


def test_what_is_as_it_should_be_is_not_told() -> None:
    good = replace(SOUND, clipped_share=0.0, clipped_runs=0, dropouts=(), packet_loss=0.0)
    assert sound_line(good) == "-20.5 LUFS  48 dB over noise  up to 8.9 kHz  DNSMOS 3.1"
    silent = replace(good, loudness_lufs=None, snr_db=None, bandwidth_hz=None, dnsmos=None)
    assert sound_line(silent) == ""
