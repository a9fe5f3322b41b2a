from __future__ import annotations

import pytest
from on_page import labels

from harness.nouns import CallState, Event, EventKind
from harness.settings import get_settings
from harness.store import EventWriter, Store, read_events
from tests.seeded import seed_call
from tests.seeded_service import SeededService


@pytest.fixture
def store(library, serve):
    kept = Store.open(get_settings())
    serve(SeededService(kept, get_settings()))
    return kept


def given(app):
    """All that our components were given."""
    return " ".join(str(element.proto) for element in app.get("bidi_component"))


def test_without_calls_it_leads_to_the_first(serve, page):
    serve()
    app = page("inspect_call")
    assert not app.exception
    assert app.title[0].value == "No calls yet"
    assert labels(app.button) == ["Place the first call"]


def test_without_an_id_it_shows_the_latest_call_that_has_ended(store, page):
    older, newest = (seed_call(store, recording=False) for _ in range(2))
    live = seed_call(store, state=CallState.LIVE)
    app = page("inspect_call")
    assert not app.exception
    assert f"inspect_wave_{newest.id}" in given(app)
    assert f"inspect_wave_{older.id}" not in given(app)
    assert f"inspect_wave_{live.id}" not in given(app)
    assert f"status_bar_{live.id}" in given(app)


def test_the_address_chooses_the_call(store, page):
    older, _newest = (seed_call(store, recording=False) for _ in range(2))
    app = page("inspect_call", call=older.id)
    assert not app.exception
    assert f"inspect_wave_{older.id}" in given(app)


def test_an_unknown_call_says_so(store, page):
    seed_call(store, recording=False)
    app = page("inspect_call", call="nobody")
    assert not app.exception
    assert "There is no call" in app.error[0].value
    assert "inspect_wave_" not in given(app)


def test_a_call_that_goes_on_is_watched_elsewhere_until_it_has_ended(store, page):
    call = seed_call(store, state=CallState.LIVE)
    app = page("inspect_call", call=call.id)
    assert not app.exception
    assert "still goes on" in app.info[0].value
    assert "inspect_wave_" not in given(app)
    log = store.artifacts(call.id).events
    last = read_events(log)[-1]
    with EventWriter(log) as writer:
        writer.append(Event(last.seq + 1, last.t, EventKind.STATE, {"state": "done"}))
    store.update_call(call.id, state=CallState.DONE)
    app.run()
    assert not app.info
    assert f"inspect_wave_{call.id}" in given(app)
