"""The Accuracy card of Settings: what was found before, and a calibration that is begun there."""

from __future__ import annotations

import pytest

from harness.calibrate import Progress
from harness.calls import Engine
from harness.console import install
from harness.console.settings import calibration as calibration_view
from harness.errors import CalibrationSpoiled
from harness.nouns import Calibration
from harness.secrets import Secrets
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
    from harness.console.settings import calibration as calibration_view

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
    async def measure(settings, engine, *, url, keys, progress):
        assert (url, keys) == (None, None)
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
    async def measure(settings, engine, *, url, keys, progress):
        raise CalibrationSpoiled("9 of 12 turns were spoiled.", cause="loop lag", remedy="Again.")

    monkeypatch.setattr(calibration_view, "calibrate", measure)
    app = card.run()
    app.button[0].click().run()
    assert calibration_view._work is not None
    assert calibration_view._work.over.wait(10)
    app.run()
    assert "9 of 12 turns were spoiled" in everything(app)
    assert "Not calibrated yet" in everything(app)


def enter(app, url: str, key: str = "", secret: str = ""):
    """Fill in the form for a server of one's own, and send it."""
    app.text_input(key="calibrate_url").input(url)
    app.text_input(key="calibrate_key").input(key)
    app.text_input(key="calibrate_secret").input(secret)
    return next(each for each in app.button if each.label == "Calibrate over it").click().run()


def test_one_over_a_server_of_ones_own_takes_keys_by_reference(card, engine, monkeypatch):
    asked = []

    async def measure(settings, engine, *, url, keys, progress):
        asked.append((url, keys.url, keys.api_key, keys.api_secret))
        keep(calibration(1, 0.003, "wss://mine.example"))

    monkeypatch.setattr(calibration_view, "calibrate", measure)
    monkeypatch.setenv("LIVEKIT_API_KEY", "devkey")
    Secrets(get_settings()).put("mine", "s" * 40)
    app = enter(card.run(), " wss://mine.example ", "", "secret:mine")
    assert calibration_view._work is not None
    assert calibration_view._work.over.wait(10)
    assert asked == [("wss://mine.example", "wss://mine.example", "devkey", "s" * 40)]
    app.run()
    assert "wss://mine.example: ±6.9 ms" in everything(app)
    assert "s" * 40 not in everything(app)


def test_a_pasted_key_is_used_once_and_not_kept(card, engine, monkeypatch):
    asked = []

    async def measure(settings, engine, *, url, keys, progress):
        asked.append(keys)

    monkeypatch.setattr(calibration_view, "calibrate", measure)
    app = enter(card.run(), "wss://mine.example", "pasted-key", "pasted-secret")
    assert calibration_view._work is not None
    assert calibration_view._work.over.wait(10)
    assert (asked[0].api_key, asked[0].api_secret) == ("pasted-key", "pasted-secret")
    assert Secrets(get_settings()).names() == ()
    assert [app.text_input(key=f"calibrate_{field}").value for field in ("key", "secret")] == [
        "",
        "",
    ]
    assert "pasted-secret" not in repr(app.session_state)


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("mine.example", "k", "is not the address of a LiveKit server"),
        ("wss://mine.example", "env:NO_SUCH_KEY", "The environment variable NO_SUCH_KEY is not"),
        ("wss://mine.example", "secret:gone", "The secret gone is not kept"),
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_begins(card, engine, url, key, said):
    app = enter(card.run(), url, key, "s")
    assert not app.exception
    assert said in everything(app).replace("\\", "")
    assert calibration_view._work is None
