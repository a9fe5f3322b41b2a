"""``ringback calibrate``: its report and its table, of a calibration that was made by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema
import pytest

from harness.cli import _calibrate
from harness.cli._calibrate import calibration_schema
from harness.errors import CalibrationSpoiled
from harness.nouns import Calibration, DelayResult
from harness.settings import ROOT
from tests.unit.cli.conftest import Run, the_object

SCHEMA = ROOT / "docs" / "schemas" / "calibration.schema.json"
ANSWERS = DelayResult(0.8, 11, 1, -0.0012, 0.0018, -0.0046, 0.0541, 0.0533)
STOPS = DelayResult(0.5, 2, 0, 0.0021, 0.0009, 0.0031, 0.0552, 0.0533)
FOUND = Calibration(
    id="calibration_1",
    created_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    url="local",
    host="here",
    cores=2,
    turns=12,
    flagged=1,
    floor_s=0.0541,
    bias_s=-0.0012,
    sd_s=0.0018,
    worst_s=-0.0046,
    p95_abs_s=0.0044,
    delays=(ANSWERS,),
    stop=STOPS,
    overlap=None,
    load=0.4,
    loop_lag_p99_ms=3.2,
    versions={"ringback": "0.1.0"},
)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stands for the measuring; how many turns were asked for."""
    asked: list[int] = []

    def measure(settings: object, turns: int, *_: object) -> Calibration:
        asked.append(turns)
        return FOUND

    monkeypatch.setattr(_calibrate, "_measured", measure)
    return asked


def test_the_report_is_what_its_schema_says(run: Run, measured: list[int]) -> None:
    report = the_object(run("calibrate", "--turns", "12", "--json"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert measured == [12]
    assert report["error_s"] == pytest.approx(0.0012 + 1.96 * 0.0018)
    assert report["goal"] == {"bias": True, "sd": True, "worst": True}
    assert report["delays"][0]["flagged"] == 1
    assert report["overlap"] is None


def test_the_schema_in_docs_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == calibration_schema(), (
        "run: ringback schema calibration > docs/schemas/calibration.schema.json"
    )


def test_the_table_tells_the_bar_and_what_was_left_out(run: Run, measured: list[int]) -> None:
    text = run("calibrate").stdout
    assert measured == [12]
    assert "±4.7 ms beside each latency, by 11 of 12 turns" in text
    assert "answers after 0.8 s" in text
    assert "falls silent after 0.5 s" in text
    assert "too early" not in text
    assert "A plain caller found the way to take 53.3 ms." in text


def test_a_spoiled_one_ends_with_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(*_: object) -> Calibration:
        raise CalibrationSpoiled("9 of 12 turns were spoiled.", cause="loop lag 90 ms")

    monkeypatch.setattr(_calibrate, "_measured", spoiled)
    result = run("calibrate", "--json")
    assert result.exit_code == 3
    assert the_object(result)["error"]["kind"] == "calibration_spoiled"


def test_keys_come_from_named_variables(
    run: Run, measured: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    asked = ("calibrate", "--livekit-url", "wss://example.test", "--key-env", "MY_KEY", "--json")
    result = run(*asked)
    assert result.exit_code == 2
    assert "MY_KEY" in the_object(result)["error"]["message"]
    monkeypatch.setenv("MY_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "a-secret-of-some-length")
    assert run(*asked).exit_code == 0
    assert measured == [12]
