"""Scenarios drafted by a language model from a text, to be looked at before they are saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import streamlit as st

from harness.console._errors import show_error
from harness.console._text import plain
from harness.console.scenario_work import Work, begin
from harness.errors import RingbackError
from harness.scenarios import KINDS, Draft, generate
from harness.settings import get_settings
from harness.store import EndpointLibrary

__all__ = ["can_write", "draw"]

_WRITTEN = "scenarios_written"
_SOURCE_LIMIT = 20_000
_TITLES = {
    "happy": "Without trouble",
    "mood": "Mood",
    "data": "Other data",
    "correction": "Corrections",
    "edge": "Edge cases",
    "refusal": "Must refuse",
}


def can_write() -> bool:
    """Whether there is a language model to ask."""
    try:
        return EndpointLibrary(get_settings()).usual() is not None
    except RingbackError:
        return False


def draw(leave: Callable[[], None], made: Callable[[Work], None]) -> None:
    """The text and the wishes on the left, what was written on the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Scenarios", icon=":material/arrow_back:", type="tertiary", key="back", on_click=leave
        )
        st.markdown("**Scenarios from a text**", width="stretch")
    left, right = st.columns([1, 1.1], gap="medium")
    with left, st.container(border=True, gap="small"):
        _wish()
    with right:
        drafts: list[Draft] = st.session_state.get(_WRITTEN, [])
        if not drafts:
            st.caption("What is written appears here. Look at each one before you save it.")
        for index, draft in enumerate(drafts):
            _one(draft, index, made)


def _wish() -> None:
    try:
        known = EndpointLibrary(get_settings()).all()
    except RingbackError as error:
        show_error(error)
        return
    if not known:
        st.caption("Set up a language model on the Settings page first.")
        return
    source = st.text_area(
        "A wish, a procedure, or the agent's own prompt",
        height=260,
        max_chars=_SOURCE_LIMIT,
        placeholder="Callers book, move and cancel appointments. Medical advice is refused.",
        key="write_source",
    )
    kinds = st.pills(
        "Variations", list(KINDS), selection_mode="multi", default=list(KINDS)[:3],
        format_func=lambda kind: _TITLES.get(kind, kind), key="write_kinds",
    )  # fmt: skip
    many, model = st.columns([1, 2])
    with many:
        count = st.number_input("How many", 1, 12, 4, key="write_count")
    with model:
        name = st.selectbox("Language model", list(known), key="write_model")
    st.caption(f"The text is sent to {plain(known[name].url)}.")
    if st.button(
        "Write", type="primary", icon=":material/auto_awesome:", disabled=not source.strip()
    ):
        try:
            access = EndpointLibrary(get_settings()).access(name)
            with st.spinner(f"{name} is writing"):
                written = asyncio.run(generate(access, source, kinds, int(count)))
        except RingbackError as error:
            show_error(error)
            return
        st.session_state[_WRITTEN] = list(written)


def _one(draft: Draft, index: int, made: Callable[[Work], None]) -> None:
    """One of them: what it is about and what the caller says in it."""
    scenarios, problems = draft.load()
    with st.container(border=True, gap="xsmall"):
        wrong = next((one for one in problems if not one.warning), None)
        title = scenarios[0].title if scenarios else "It cannot be used as it is"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(title)}**", width="stretch")
            st.button(
                "Open",
                icon=":material/edit:",
                key=f"written_{index}",
                on_click=lambda: made(begin(draft)),
            )
        if wrong is not None:
            st.markdown(f":small[:red[Line {wrong.line}: {plain(wrong.message)}]]")
        for scenario in scenarios:
            if scenario.description:
                st.markdown(f":small[:gray[{plain(scenario.description)}]]")
            said = [step.say for step in scenario.steps if step.say]
            st.markdown(
                "  \n".join(f":small[:blue[{i}] {plain(s)}]" for i, s in enumerate(said, 1))
            )
