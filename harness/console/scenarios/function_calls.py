"""Function calls in the scenario form: one a row, by name and arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.console.scenarios.fields import Fields, Place
from harness.console.scenarios.kept import kept
from harness.scenarios import Draft

__all__ = ["another_call", "expected", "rows"]

_NEW: dict[str, Any] = {"name": "function"}


def expected(fields: Fields, where: Place, expectation: dict[str, Any]) -> None:
    """The calls of an expectation: a single one may stand in it without a list."""
    if isinstance(expectation.get("calls"), list):
        with st.container(gap="xsmall"):
            rows(fields, (*where, "calls"), expectation["calls"], least=1)
    else:
        _call(fields, where)


def rows(fields: Fields, where: Place, calls: list[Any], *, least: int = 0) -> None:
    """A list of calls.

    Args:
        fields: Of the form.
        where: The place of the list.
        calls: What stands in it: names, or mappings of name and arguments.
        least: With how few entries the list itself goes.
    """
    for index, call in enumerate(calls):
        inside = (*where, index)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if isinstance(call, dict):
                _call(fields, inside)
            else:
                fields.text(inside, "Function", quiet=True, width=150)
                fields.button("data_object", "Look at its arguments", inside, _opened(inside, call))
            gone = where if len(calls) <= least else inside
            fields.button("close", "Take this call away", inside, _without(gone))
        if isinstance(call, dict):
            kept(fields, inside, "call")
    fields.button(
        "add", "Another call", where, lambda draft, root: draft.add((*root, *where), _NEW)
    )


def another_call(where: Place) -> Callable[[Draft, Place], Draft]:
    """One more call beside the one that stands in an expectation without a list."""

    def change(draft: Draft, root: Place) -> Draft:
        whole = (*root, *where)
        first = {key: draft.get((*whole, key)) for key in ("name", "args")}
        first = {key: value for key, value in first.items() if value is not None}
        for key in first:
            draft = draft.remove((*whole, key))
        return draft.set((*whole, "calls"), [first or _NEW, _NEW])

    return change


def _call(fields: Fields, where: Place) -> None:
    fields.text((*where, "name"), "Function", placeholder="any function", quiet=True, width=150)
    fields.json((*where, "args"), "Its arguments", '{"doctor": "Osei"}', quiet=True)


def _opened(where: Place, name: Any) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.set((*root, *where), {"name": str(name)})


def _without(where: Place) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.remove((*root, *where))
