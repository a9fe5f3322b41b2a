"""The downloads of a call or a run on the pages: what is offered, and what is in the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.console.export_menu import hidden_by
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call
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
    assert list(told)[:5] == [".html", ".md", ".zip", ".json", ".xml"]
    assert told[".html"].startswith("Report, about ") and told[".html"].endswith("KB")
    (hide,) = [box for box in app.checkbox if box.label == "Hide personal data"]
    assert hide.value
    hide.uncheck().run()
    (names,) = [box for box in app.text_input if box.label == "Names to hide"]
    assert names.disabled


def test_names_are_told_with_commas_between() -> None:
    found = hidden_by(" Maya Osei,, Northgate ")
    assert found is not None and found.names == ("Maya Osei", "Northgate")
    assert hidden_by(" , ") is None
