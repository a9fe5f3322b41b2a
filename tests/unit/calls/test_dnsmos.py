"""DNSMOS is asked where it is installed, of speech alone, and its trouble is told."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from harness.calls._dnsmos import dnsmos_of
from harness.nouns import LANE_RATE, Dnsmos, Span

LANE = np.concatenate([np.full(3 * LANE_RATE, level, np.int16) for level in (0, 16384, 0, -16384)])
SPEECH = (Span(3.0, 6.0), Span(9.0, 12.0))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The package as it is, with its networks played."""
    waves: list[np.ndarray] = []

    def run(sample: np.ndarray, sr: int) -> dict[str, Any]:
        assert sr == 16000 and sample.ndim == 1 and np.abs(sample).max() <= 1
        waves.append(sample)
        figures = {"ovrl_mos": 3.1, "sig_mos": 3.4, "bak_mos": 4.0, "p808_mos": 3.7}
        return {key: np.float64(value) for key, value in figures.items()}

    package, module = ModuleType("speechmos"), ModuleType("speechmos.dnsmos")
    module.run = run  # type: ignore[attr-defined]
    package.dnsmos = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "speechmos", package)
    monkeypatch.setitem(sys.modules, "speechmos.dnsmos", module)
    return waves


def test_it_hears_the_speech_and_nothing_else(asked: list[np.ndarray]) -> None:
    found = dnsmos_of(LANE, SPEECH)
    assert found == (Dnsmos(3.1, 3.4, 4.0, 3.7, 6.0), "")
    (wave,) = asked
    assert len(wave) == 6 * 16000
    assert wave[16000] == pytest.approx(0.5, abs=0.01)
    assert wave[-16000] == pytest.approx(-0.5, abs=0.01)


def test_it_hears_twenty_seconds_at_most(asked: list[np.ndarray]) -> None:
    found, _ = dnsmos_of(np.full(90 * LANE_RATE, 1000, np.int16), (Span(0.0, 90.0),))
    assert found is not None and found.seconds == 20.0
    assert len(asked[0]) == 20 * 16000


def test_a_word_is_too_little(asked: list[np.ndarray]) -> None:
    assert dnsmos_of(LANE, (Span(3.0, 3.5),)) == (None, "There is too little speech.")
    assert dnsmos_of(LANE, ()) == (None, "There is too little speech.")
    assert asked == []


def test_its_trouble_is_told(asked: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(sample: np.ndarray, sr: int) -> dict[str, Any]:
        raise RuntimeError("no model")

    monkeypatch.setattr(sys.modules["speechmos.dnsmos"], "run", fails)
    assert dnsmos_of(LANE, SPEECH) == (None, "DNSMOS failed: no model")


@pytest.mark.parametrize("missing", ["speechmos", "librosa"])
def test_without_it_the_way_to_install_it_is_told(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "speechmos":
        monkeypatch.setitem(sys.modules, "speechmos", None)
    else:  # it needs another package and does not say so
        package = ModuleType("speechmos")

        def lacking(name: str) -> Any:
            raise ModuleNotFoundError("No module named 'librosa'", name="librosa")

        package.__getattr__ = lacking  # type: ignore[method-assign]
        monkeypatch.setitem(sys.modules, "speechmos", package)
    found, why = dnsmos_of(LANE, SPEECH)
    assert found is None and why.startswith("Not installed. For DNSMOS: ")
    assert "install" in why and '"speechmos"' in why and '"librosa"' in why
