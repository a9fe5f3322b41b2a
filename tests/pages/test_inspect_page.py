from __future__ import annotations

from replay_service import ended

from harness.calls import CallRequest
from harness.nouns import Agent

DEMO = CallRequest(agent=Agent(name="demo", provider="demo", title="Clinic front desk"))


def labels(elements):
    return [element.label for element in elements]


def given(app):
    """All that our components were given."""
    return " ".join(str(element.proto) for element in app.get("bidi_component"))


def begun(service):
    """A call that does not end by itself, however slow the test is."""
    call = service.place(DEMO)
    service._calls[call.id].started += 1800
    return call


def test_without_calls_it_leads_to_the_first(serve, page):
    serve()
    app = page("inspect_call")
    assert not app.exception
    assert app.title[0].value == "No calls yet"
    assert labels(app.button) == ["Place the first call"]


def test_without_an_id_it_shows_the_latest_call_that_has_ended(serve, page):
    service = serve(history=True)
    newest, *_, oldest = service.history()
    live = begun(service)
    app = page("inspect_call")
    assert not app.exception
    assert f"call_view_{newest.id}" in given(app)
    assert f"call_view_{oldest.id}" not in given(app)
    assert f"call_view_{live.id}" not in given(app)
    assert f"status_bar_{live.id}" in given(app)


def test_the_address_chooses_the_call(serve, page):
    service = serve(history=True)
    oldest = service.history()[-1]
    app = page("inspect_call", call=oldest.id)
    assert not app.exception
    assert f"call_view_{oldest.id}" in given(app)


def test_an_unknown_call_says_so(serve, page):
    serve(history=True)
    app = page("inspect_call", call="nobody")
    assert not app.exception
    assert "There is no such call" in app.error[0].value
    assert "call_view_" not in given(app)


def test_a_call_that_goes_on_is_watched_elsewhere_until_it_has_ended(serve, page):
    service = serve(script="short")
    call = begun(service)
    app = page("inspect_call", call=call.id)
    assert not app.exception
    assert "still goes on" in app.info[0].value
    assert "call_view_" not in given(app)
    ended(service, call.id)
    app.run()
    assert not app.info
    assert f"call_view_{call.id}" in given(app)
