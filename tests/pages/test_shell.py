from __future__ import annotations

import pytest
from replay_service import ended

from harness.calls import CallRequest
from harness.nouns import Agent

DEMO = CallRequest(agent=Agent(name="demo", provider="demo", title="Clinic front desk"))


def watched(app) -> bool:
    """Whether what lets the logo and the charts follow the theme is on the page."""
    return any("theme_watch" in str(element.proto) for element in app.main)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("call", {}),
        ("call", {"agent": "a"}),
        ("call", {"call": "gone"}),
        ("runs", {}),
        ("runs", {"find": "nothing has this"}),
        ("inspect_call", {}),
        ("inspect_call", {"call": "gone"}),
        ("compare", {}),
        ("compare", {"a": "gone", "b": "gone"}),
        ("scenarios", {}),
        ("agents", {}),
        ("agents", {"agent": "a"}),
        ("agents", {"new": "ways"}),
        ("agents", {"new": "import"}),
        ("agents", {"new": "dev_runner"}),
        ("agents", {"edit": "a"}),
        ("settings", {}),
    ],
)
def test_every_screen_follows_the_theme(serve, page, library, name, query):
    service = serve(script="short")
    library.save(Agent(name="a", provider="dev_runner", config={"url": "http://a:1"}))
    if query.get("find"):
        ended(service, service.place(DEMO).id)
    app = page(name, **query)
    assert not app.exception
    assert watched(app)


def test_agents_follows_the_theme_while_there_is_none(serve, page):
    serve()
    app = page("agents")
    assert not app.exception
    assert watched(app)
