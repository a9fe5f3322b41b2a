"""What the agent knows before the call, in the scenario form: messages one below the other."""

from __future__ import annotations

from typing import Any

import streamlit as st

from harness.console.scenarios.fields import Fields, Place
from harness.console.scenarios.kept import kept
from harness.scenarios import Draft

__all__ = ["draw"]

_ROLES = {"system": "Instruction", "user": "Caller", "assistant": "Agent"}
_WHERE: Place = ("context",)
_FIRST: dict[str, Any] = {"role": "user", "content": "I am Ann Smith."}


def draw(fields: Fields) -> None:
    """The messages, folded away while there are none."""
    context = fields.value(*_WHERE)
    messages = context if isinstance(context, list) else []
    told = f"The agent starts from {len(messages)} messages" if messages else "The agent starts new"
    with st.expander(told, icon=":material/forum:", expanded=bool(messages)):
        st.caption("Only an agent that takes the messages of Pipecat Evals can be given them.")
        for index, message in enumerate(messages):
            if isinstance(message, dict):
                _message(fields, index, message, len(messages))
        fields.button(
            "add", "Add a message", _WHERE,
            lambda draft, root: draft.add((*root, *_WHERE), _FIRST), words=True,
        )  # fmt: skip


def _message(fields: Fields, index: int, message: dict[str, Any], of: int) -> None:
    where: Place = (*_WHERE, index)
    gone = _WHERE if of == 1 else where

    def without(draft: Draft, root: Place) -> Draft:
        return draft.remove((*root, *gone))

    with st.container(horizontal=True, vertical_alignment="top", gap="xsmall"):
        fields.choice((*where, "role"), "Who", None, _ROLES, quiet=True, width=130)
        if isinstance(message.get("content", ""), str):
            fields.text((*where, "content"), "What was said", area=True, quiet=True)
        else:
            st.markdown(":small[:gray[:material/code: Its parts are edited in YAML]]")
        fields.button("delete", "Take this message away", where, without)
    kept(fields, where, "message")
