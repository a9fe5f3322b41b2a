from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from on_page import everything, texts

from harness.calls import kept_retention
from harness.console import install
from harness.console.settings import view
from harness.errors import DataFolderError
from harness.local import Finding
from harness.nouns import Retention
from harness.secrets import Secrets
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call
from tests.seeded_service import SeededService

KEYS = ("CARTESIA_API_KEY", "DEEPGRAM_API_KEY", "OPENAI_API_KEY")
FOUND = [
    Finding("LiveKit server", "ok", "1.13.5 at /somewhere/livekit-server"),
    Finding("Chromium", "warn", "none; only the browser tests need it", "Install it."),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A doctor that says FOUND, and counts how often it was asked; no keys in the environment."""
    asked = []

    async def look(settings):
        asked.append(1)
        return FOUND

    monkeypatch.setattr(view, "doctor", look)
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    view.look_again()
    yield asked
    view.look_again()


def test_all_cards_are_there(serve, page):
    serve()
    app = page("settings")
    assert not app.exception
    titles = ("LiveKit", "Speech stacks", "Data folder", "This computer", "Theme", "Versions")
    for title in (*titles, "Accuracy"):
        assert f"**{title}**" in texts(app)
    assert "Calls can be placed" in texts(app) and "1 remark" in texts(app)


def test_the_doctor_is_asked_once_and_again_on_demand(serve, page, quick):
    serve()
    app = page("settings")
    app.run()
    assert len(quick) == 1
    next(button for button in app.button if button.label == "Look again").click().run()
    assert len(quick) == 2


def test_keys_are_written_and_never_shown(serve, page):
    serve()
    app = page("settings")
    app.text_input(key="key_CARTESIA_API_KEY").set_value("cartesia-0123456789")
    next(button for button in app.button if button.label == "Keep keys").click().run()
    assert not app.exception
    secrets = Secrets(get_settings())
    assert secrets.find("CARTESIA_API_KEY") == "cartesia-0123456789"
    assert secrets.names() == ("CARTESIA_API_KEY",)
    app = page("settings")
    assert "cartesia-0123456789" not in everything(app)
    assert app.text_input(key="key_CARTESIA_API_KEY").placeholder.startswith("Kept")
    next(button for button in app.button if button.label == "Forget Cartesia's").click().run()
    assert secrets.names() == ()


def test_a_key_of_the_environment_is_not_asked_for(serve, page, monkeypatch):
    monkeypatch.setenv("DEEPGRAM_API_KEY", "from-outside-0123456")
    serve()
    app = page("settings")
    field = app.text_input(key="key_DEEPGRAM_API_KEY")
    assert field.disabled and "environment" in field.placeholder
    assert "from-outside-0123456" not in everything(app)


def test_it_helps_when_the_engine_could_not_start(page):
    install(None, because=DataFolderError("The data folder is full.", cause="c", remedy="r"))
    app = page("settings")
    assert not app.exception
    assert "The data folder is full" in app.error[0].value
    assert "**Versions**" in texts(app)


def test_old_calls_are_counted_before_they_are_removed(serve, page, library):
    store = Store.open(get_settings())
    for days in (200, 100, 1):
        seed_call(store, created_at=datetime.now(UTC) - timedelta(days=days), recording=False)
    serve(SeededService(store, get_settings()))
    app = page("settings")
    assert "there is no limit" in texts(app)
    assert app.button(key="storage_keep").disabled and app.button(key="storage_remove").disabled
    app.number_input(key="storage_days").set_value(30).run()
    assert not app.exception and "2 calls would go" in texts(app)
    assert len(store.calls()) == 3
    app.button(key="storage_keep").click().run()
    assert kept_retention(store) == Retention(keep_days=30) and len(store.calls()) == 3
    app.button(key="storage_remove").click().run()
    assert "Removed 2 calls" in texts(app) and len(store.calls()) == 1
    assert "Nothing is beyond these limits" in texts(app)
