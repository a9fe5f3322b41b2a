"""The downloads of a call or a run on the pages: what is offered, and what is in the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.calls import Archive
from harness.console.export_menu import hidden_by
from harness.nouns import RunState
from harness.report import write_bundle
from harness.settings import Settings, get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run
from tests.seeded_service import SeededService


@pytest.fixture
def store(library: AgentLibrary, serve: Callable[..., object]) -> Iterator[Store]:
    settings = get_settings()
    kept = Store.open(settings)
    serve(SeededService(kept, settings))
    yield kept
    kept.close()


def offered(app: AppTest) -> dict[str, str]:
    """What each download says, by the ending of its file."""
    found = {}
    for button in app.get("download_button"):
        title, _, rest = button.proto.label.partition(" :gray[")
        found[rest.split(",")[0]] = f"{title}, {rest.split(', ')[1].rstrip(']')}"
    return found


@pytest.mark.parametrize("name", ["inspect_call", "compare"])
def test_each_format_is_offered_with_about_its_size(store: Store, page, name: str) -> None:
    seed_call(store, recording=False)
    seed_call(store, recording=False)
    app = page(name)
    assert not app.exception
    told = offered(app)
    assert list(told)[:6] == [".html", ".md", ".zip", ".json", ".ringback", ".xml"]
    assert told[".html"].startswith("Report, about ") and told[".html"].endswith("KB")
    (hide,) = [box for box in app.checkbox if box.label == "Hide personal data"]
    assert hide.value
    hide.uncheck().run()
    (names,) = [box for box in app.text_input if box.label == "Names to hide"]
    assert names.disabled


def test_a_run_that_goes_on_has_no_bundle_yet(store: Store, page) -> None:
    before = seed_run(store, ("Hours",), 1, [1.0]).id
    run = seed_run(store, ("Hours",), 2, [1.0], placed=1, state=RunState.RUNNING).id

    def menu(id: str) -> None:
        from harness.console.export_menu import export_menu

        export_menu(id, "export")

    app = AppTest.from_function(menu, kwargs={"id": run}, default_timeout=30).run()
    assert list(offered(app)) == [".html", ".md", ".zip", ".json", ".xml"]
    app = AppTest.from_function(menu, kwargs={"id": before}, default_timeout=30).run()
    assert ".ringback" in offered(app)


def test_a_report_with_sound_is_made_in_sight_and_then_downloaded(store: Store) -> None:
    run = seed_run(store, ("Hours",), 2, [1.0], recording=True).id

    def menu(id: str) -> None:
        from harness.console.export_menu import export_menu

        export_menu(id, "export")

    app = AppTest.from_function(menu, kwargs={"id": run}, default_timeout=60).run()
    (audio,) = [box for box in app.checkbox if box.label == "Sound in the report"]
    audio.check().run()
    assert ".html" not in offered(app), "its sound takes time to make"
    assert app.button(key="export_make").label.startswith("Make report")
    app.button(key="export_make").click().run()
    assert not app.exception and not app.error
    assert ".html" in offered(app)
    _, made = app.session_state["export_made"]
    assert made.count(b"data:audio/ogg;base64,") == 2
    # What is hidden has changed: that report is not this one.
    (hide,) = [box for box in app.checkbox if box.label == "Hide personal data"]
    hide.uncheck().run()
    assert ".html" not in offered(app) and "export_made" not in app.session_state


def test_names_are_told_with_commas_between() -> None:
    found = hidden_by(" Maya Osei,, Northgate ")
    assert found is not None and found.names == ("Maya Osei", "Northgate")
    assert hidden_by(" , ") is None


def test_a_bundle_of_another_console_is_brought_in(store: Store, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "other")
    other = Store.open(settings)
    call = seed_call(other, turns=5, minutes=0.5, latency=0.4)
    archive = Archive(other, settings)
    write_bundle(archive, call.id, tmp_path / "one.ringback")
    turns = archive.view(call.id).turns
    other.close()

    def dialog() -> None:
        from harness.console.runs import importing

        importing.told()
        importing.form()

    app = AppTest.from_function(dialog, default_timeout=30).run()
    files = app.file_uploader(key="import_conversation_files")
    files.set_value([("bad.ringback", b"PK", "application/zip")]).run()
    app.button(key="import_conversation_now").click().run()
    assert "This bundle cannot be imported" in app.error[0].value.replace("\\", "")
    content = (tmp_path / "one.ringback").read_bytes()
    files = app.file_uploader(key="import_conversation_files")
    files.set_value([("one.ringback", content, "application/zip")]).run()
    app.button(key="import_conversation_now").click().run()
    assert "Imported 1 call." in app.markdown[0].value
    assert [each.id for each in store.calls()] == [call.id]
    assert store.get_call(call.id).origin == "bundle:one.ringback"
    assert Archive(store, get_settings()).view(call.id).turns == turns
