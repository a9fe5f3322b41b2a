"""Who grades at this browser, and whether blind: asked once and kept in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from harness.console._text import plain
from harness.console.components import keep_cookies, kept_cookie
from harness.nouns import LONGEST_NAME

__all__ = ["ask", "bar", "blind", "has_seen", "name", "of_cookies", "remember", "saw"]

_NAME = "ringback_grader"
_BLIND = "ringback_blind"
_FIELD = "grader_name"
_SWITCH = "grader_blind"
_SEEN = "grader_has_seen"


def name() -> str:
    """What the person at this browser calls themselves; empty before they have told."""
    if _NAME not in st.session_state:
        st.session_state[_NAME] = _as_name(kept_cookie(_NAME))
    told: str = st.session_state[_NAME]
    return told


def blind() -> bool:
    """Whether they want verdicts of criteria hidden until they have graded them."""
    if _BLIND not in st.session_state:
        st.session_state[_BLIND] = kept_cookie(_BLIND) == "1"
    return bool(st.session_state[_BLIND])


def of_cookies(cookies: Mapping[str, str]) -> tuple[str, bool]:
    """Who asks a route, and whether they grade blind, by the cookies of their browser."""
    return _as_name(unquote(cookies.get(_NAME, ""), errors="replace")), cookies.get(_BLIND) == "1"


def saw(call_id: str) -> None:
    """Remember that verdicts of this call were on a page of theirs: no grade of it is blind now."""
    st.session_state.setdefault(_SEEN, set()).add(call_id)


def has_seen(call_id: str) -> bool:
    """Whether :func:`saw` was told of this call since the browser opened the console."""
    return call_id in st.session_state.get(_SEEN, ())


def ask() -> None:
    """Ask for the name, in place of what needs one."""
    st.markdown("**Who grades?**")
    with (
        st.form("grader", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input("Your name", max_chars=LONGEST_NAME, key=_FIELD, width=280)
        st.form_submit_button("Start grading", type="primary", on_click=_take_name)
    st.caption("It stands beside each of your grades. Nobody checks it, and this browser keeps it.")


def remember() -> None:
    """Have the browser keep who grades, and how."""
    keep_cookies({_NAME: name(), _BLIND: "1" if blind() else ""})


def bar() -> None:
    """Who grades, with what changes that, and the switch for grading blind."""
    if _SWITCH not in st.session_state:
        st.session_state[_SWITCH] = blind()
    with (
        st.popover(plain(name()), icon=":material/person:", type="tertiary"),
        st.form("grader_again", border=False),
    ):
        st.text_input("Your name", max_chars=LONGEST_NAME, key=_FIELD, placeholder=name())
        st.form_submit_button("Grade under this name", on_click=_take_name)
    st.toggle(
        "Blind",
        key=_SWITCH,
        on_change=_take_blind,
        help="What judges said of a criterion, and what others think of it, is not sent to this "
        "browser before you have graded it; the call's verdict not before you have graded all.",
        width="content",
    )
    remember()


def _take_name() -> None:
    told = _as_name(str(st.session_state.get(_FIELD) or ""))
    if told:
        st.session_state[_NAME] = told
        st.session_state[_FIELD] = ""


def _take_blind() -> None:
    st.session_state[_BLIND] = bool(st.session_state[_SWITCH])


def _as_name(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_NAME]
