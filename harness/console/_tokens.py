"""Short-lived signed tokens: what a page may do with one call on our own routes.

Streamlit's login does not cover routes of ours, so every route checks one of these. The key is
random per process: a restart of the console makes all tokens void.
"""

from __future__ import annotations

import secrets
from typing import Literal, get_args

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from harness.errors import PageExpired, RequestRefused

__all__ = ["ACTIONS", "TOKEN_LIFE_S", "Action", "check", "mint", "mint_all"]

Action = Literal["events", "recording", "peaks", "log", "listen", "hangup", "say", "speak"]
ACTIONS: tuple[Action, ...] = get_args(Action)

TOKEN_LIFE_S = 900
"""Seconds a token lives. An open event stream renews the page's tokens well before that."""

_signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt="ringback.routes")


def mint(call_id: str, action: Action) -> str:
    """A token for one action on one call."""
    token: str = _signer.dumps([call_id, action])
    return token


def mint_all(call_id: str) -> dict[str, str]:
    """Tokens for everything a page does with a call, by action."""
    return {action: mint(call_id, action) for action in ACTIONS}


def check(token: str | None, call_id: str, action: Action, *, life_s: int = TOKEN_LIFE_S) -> None:
    """Let a request pass.

    Raises:
        PageExpired: The token was good once.
        RequestRefused: There is none, it is not ours, or it is for something else.
    """
    try:
        scope = _signer.loads(token or "", max_age=life_s)
    except SignatureExpired:
        raise PageExpired(
            "This page has been open for too long to act on the call.",
            cause=f"Its permission lasts {TOKEN_LIFE_S // 60} minutes without a connection.",
            remedy="Reload the page.",
        ) from None
    except BadSignature:
        scope = None
    if scope != [call_id, action]:
        raise RequestRefused(
            "The request was refused.",
            cause="It carries no valid permission for this call; the console may have restarted.",
            remedy="Reload the page.",
        )
