"""The Accuracy card of Settings: what was found before, and a calibration that is begun there."""

from __future__ import annotations

import pytest

from harness.calibrate import Progress
from harness.calls import Engine
from harness.console import calibration_view, install
from harness.errors import CalibrationSpoiled
from harness.nouns import Calibration
from harness.settings import get_settings
from harness.store import Store
from tests.unit.calibrate.test_error_bar import calibration


@pytest.fixture(autouse=True)
def nothing_goes_on():
    calibration_view._work = None
    yield
    calibration_view._work = None


@pytest.fixture
def engine():
    """The real engine, not started: it lends its name and its settings."""
    made = Engine(get_settings())
    install(made)
    yield made
    made.loop.close()


def draw() -> None:
    from harness.console import calibration_view

    calibration_view.draw()


@pytest.fixture
def card():
    from streamlit.testing.v1 import AppTest

    return AppTest.from_function(draw, default_timeout=30)


def everything(app) -> str:
    said = [str(element.proto) for element in app.main]
    said += [element.value for element in (*app.markdown, *app.error)]
    return " ".join(said).replace("\\\\u00b1", "±")


def keep(*found: Calibration) -> None:
    store = Store.open(get_settings())
    for each in found:
        store.add_calibration(each)
    store.close()


def test_without_one_it_says_so(card, engine):
    app = card.run()
    assert not app.exception
    assert "Not calibrated yet" in everything(app)
    assert not app.button[0].disabled


def test_the_newest_of_each_server_is_shown(card, engine):
    keep(
        calibration(1, 0.009),
        calibration(2, 0.002),
        calibration(3, 0.004, "wss://one.example"),
        calibration(4, 0.001, host="another machine"),
    )
    told = everything(card.run())
    assert "This computer: ±4.9 ms" in told
    assert "wss://one.example: ±8.8 ms" in told
    assert "±18.6 ms" not in told
    assert "±3.0 ms" not in told


def test_a_service_without_an_engine_cannot_calibrate(card, serve):
    serve()
    assert card.run().button[0].disabled


def test_one_is_begun_and_shown(card, engine, monkeypatch):
    async def measure(settings, engine, *, progress):
        progress(Progress(3, 12, "Ringback's caller talks to the agent."))
        keep(calibration(1, 0.002))

    monkeypatch.setattr(calibration_view, "calibrate", measure)
    app = card.run()
    app.button[0].click().run()
    assert calibration_view._work is not None
    assert calibration_view._work.over.wait(10)
    assert calibration_view._work.progress.done == 3
    assert "This computer: ±4.9 ms" in everything(app.run())


def test_what_went_wrong_is_told(card, engine, monkeypatch):
    async def measure(settings, engine, *, progress):
        raise CalibrationSpoiled("9 of 12 turns were spoiled.", cause="loop lag", remedy="Again.")

    monkeypatch.setattr(calibration_view, "calibrate", measure)
    app = card.run()
    app.button[0].click().run()
    assert calibration_view._work is not None
    assert calibration_view._work.over.wait(10)
    app.run()
    assert "9 of 12 turns were spoiled" in everything(app)
    assert "Not calibrated yet" in everything(app)
