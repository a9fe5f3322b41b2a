from __future__ import annotations

import pytest

from harness.console import _tokens
from harness.errors import PageExpired, RequestRefused


def test_a_token_opens_what_it_was_made_for() -> None:
    _tokens.check(_tokens.mint("c1", "say"), "c1", "say")


@pytest.mark.parametrize(
    ("call_id", "action"),
    [("c2", "say"), ("c1", "hangup")],
    ids=["another call", "another action"],
)
def test_and_nothing_else(call_id: str, action: _tokens.Action) -> None:
    with pytest.raises(RequestRefused):
        _tokens.check(_tokens.mint("c1", "say"), call_id, action)


@pytest.mark.parametrize("token", [None, "", "x", "WyJjMSIsInNheSJd.aaaa.bbbb"])
def test_a_forged_token_opens_nothing(token: str | None) -> None:
    with pytest.raises(RequestRefused):
        _tokens.check(token, "c1", "say")


def test_a_changed_token_opens_nothing() -> None:
    token = _tokens.mint("c1", "say")
    body, rest = token.split(".", 1)
    with pytest.raises(RequestRefused):
        _tokens.check(body[:-2] + ("AA" if body[-2:] != "AA" else "BB") + "." + rest, "c1", "say")


def test_a_token_gets_old() -> None:
    with pytest.raises(PageExpired):
        _tokens.check(_tokens.mint("c1", "say"), "c1", "say", life_s=-1)


def test_a_page_gets_one_for_each_action() -> None:
    assert set(_tokens.mint_all("c1")) == set(_tokens.ACTIONS)
