"""What a person picked in a component, done once and never lost.

A component tells it as a state and not as a trigger: Streamlit forgets a trigger when another
follows before the page has run, while a state is told again with each run. Each pick has a number
`n` of its own, so that what was done already is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

__all__ = ["take"]


def take(key: str, acts: Mapping[str, Callable[[Mapping[str, Any]], None]]) -> None:
    """Do what was picked since it was last done; before the component is drawn.

    A run that is broken off while it does so leaves it to the next.

    Args:
        key: Of the component.
        acts: By the name of each state what to do with a new value of it.
    """
    told = st.session_state.get(key)
    for name, act in acts.items():
        value = getattr(told, name, None)
        done = f"{key}_{name}_done"
        if isinstance(value, Mapping) and value.get("n") != st.session_state.get(done):
            act(value)
            st.session_state[done] = value.get("n")
