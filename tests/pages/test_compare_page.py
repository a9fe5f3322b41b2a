from __future__ import annotations

import pytest
from replay_service import ended

from harness.calls import CallRequest
from harness.measure import METRICS
from harness.nouns import Agent

DEMO = CallRequest(agent=Agent(name="demo", provider="demo", title="Clinic front desk"))


def links(app):
    """What stands on the links of the page and where they lead, in order."""
    found = app.get("page_link")
    return [(link.proto.label, link.proto.query_string) for link in found]


def given(app):
    return [str(element.proto) for element in app.get("bidi_component")]


@pytest.mark.parametrize("calls", [0, 1])
def test_two_calls_are_needed(serve, page, calls):
    service = serve(script="short")
    for _ in range(calls):
        ended(service, service.place(DEMO).id)
    app = page("compare")
    assert not app.exception
    assert app.title[0].value == "Fewer than two calls"
    assert [button.label for button in app.button] == ["Place a call"]


def test_without_ids_the_two_latest_stand_beside_each_other_the_older_first(serve, page):
    service = serve(history=True)
    newest, before, *_ = service.history()
    service._calls[service.place(DEMO).id].started += 3600  # does not end by itself
    app = page("compare")
    assert not app.exception
    assert links(app) == [("Inspect A", f"call={before.id}"), ("Inspect B", f"call={newest.id}")]


def test_the_address_chooses_both_and_which_comes_first(serve, page):
    service = serve(history=True)
    *_, second, first = service.history()
    app = page("compare", a=second.id, b=first.id)
    assert not app.exception
    assert links(app) == [("Inspect A", f"call={second.id}"), ("Inspect B", f"call={first.id}")]
    figures = [text for text in given(app) if "figures_" in text]
    assert len(figures) == 2
    assert METRICS["response_latency_p50"].title in figures[0]


def test_a_call_beside_itself_is_no_accident(serve, page):
    service = serve(history=True)
    one = service.history()[0].id
    app = page("compare", a=one, b=one)
    assert not app.exception and not app.error
    assert [to for _, to in links(app)] == [f"call={one}"] * 2


def test_an_unknown_call_says_so(serve, page):
    service = serve(history=True)
    app = page("compare", a=service.history()[0].id, b="nobody")
    assert not app.exception
    assert "There is no such call" in app.error[0].value
