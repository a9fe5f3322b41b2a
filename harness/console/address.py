"""The page's address, changed so that no change is lost.

Streamlit takes the address from the browser with each run. What a run has written there reaches the
browser a moment later, and not at all if the run is broken off first: a click within that moment
comes with the address from before. So what was written is remembered, and written again when the
browser still tells what was there before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

__all__ = ["change", "follow", "replace"]

_PAGE, _LED = "address_page", "address_led"
_MOST_BEFORE = 12
"""How many changes the browser may be behind."""


@dataclass(frozen=True, slots=True)
class _Led:
    """What the address is to be, and what it was before, since it was last changed elsewhere."""

    here: dict[str, str]
    before: tuple[dict[str, str], ...]


def follow(page: str | None = None) -> None:
    """Settle what the address is, before anything reads it: in each run of a page or a fragment.

    A way back or forward in the browser, a link and an address typed in are always followed.

    Args:
        page: Where the page is; None in a fragment.
    """
    kept = st.session_state
    if page is not None and kept.get(_PAGE) != page:
        kept[_PAGE] = page
        kept.pop(_LED, None)
    led: _Led | None = kept.get(_LED)
    asked = st.query_params.to_dict()
    if led is None or asked == led.here:
        return
    # Without parameters it is a link to the page itself.
    if asked and asked in led.before and not _by_history():
        st.query_params.from_dict(led.here)
    else:
        del kept[_LED]


def change(names: Mapping[str, str | None]) -> None:
    """Change some parameters of the address; None takes one away. The others stay."""
    follow()
    wanted = {**st.query_params.to_dict(), **names}
    replace({name: value for name, value in wanted.items() if value is not None})


def replace(wanted: Mapping[str, str]) -> None:
    """Have the address say these parameters and no others."""
    follow()
    asked, here = st.query_params.to_dict(), dict(wanted)
    if here == asked:
        return
    led: _Led | None = st.session_state.get(_LED)
    before = (*(led.before if led is not None else ()), asked)
    # First what is remembered: to write may break this run off.
    st.session_state[_LED] = _Led(here, tuple(x for x in before if x != here)[-_MOST_BEFORE:])
    st.query_params.from_dict(here)


def _by_history() -> bool:
    """Whether this run is one of the browser's ways back and forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
