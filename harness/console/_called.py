"""The scenario of a call, as the call itself keeps it."""

from __future__ import annotations

from pydantic import ValidationError

from harness.calls import CallRequest, CallView
from harness.console._service import request_of
from harness.errors import NotFound, RingbackError
from harness.nouns import Scenario
from harness.settings import get_settings
from harness.store import Store

__all__ = ["called_of"]


def called_of(view: CallView) -> Scenario | None:
    """The scenario of a call as the call keeps it; None if it had none, or nothing is kept."""
    asked = request_of(view.call_id) or _stored(view.call_id)
    if asked is not None and asked.scenario is not None:
        return asked.scenario
    if not view.scenario or not view.scenario_source:
        return None
    return Scenario(view.scenario, view.scenario_title, "", source=view.scenario_source)


def _stored(call_id: str) -> CallRequest | None:
    """What a call of another process was placed with."""
    try:
        store = Store.open(get_settings())
    except RingbackError:  # the page says so already
        return None
    try:
        return CallRequest.model_validate(store.plan(call_id))
    except (NotFound, ValidationError):
        return None
    finally:
        store.close()
