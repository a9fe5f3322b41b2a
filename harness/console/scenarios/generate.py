"""Scenarios drafted by a language model from a text, to be looked at before they are saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from harness.console._errors import show_error
from harness.console._text import plain
from harness.console.scenarios.work import Work, begin, can_simulate
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.nouns import LlmEndpoint, Scenario
from harness.scenarios import KINDS, Draft, generate
from harness.settings import get_settings
from harness.store import EndpointLibrary

__all__ = ["draw"]

_WRITTEN = "scenarios_written"
_SOURCE_LIMIT = 20_000
_WAYS: dict[Literal["script", "simulation"], str] = {
    "script": "Line by line",
    "simulation": "Simulated people",
}
_TITLES = {
    "happy": "Without trouble",
    "goal": "Other goals",
    "mood": "Mood",
    "data": "Other data",
    "correction": "Corrections",
    "edge": "Edge cases",
    "refusal": "Must refuse",
}


@dataclass(frozen=True)
class _Wish:
    """What is to be written, and by whom."""

    source: str
    way: Literal["script", "simulation"]
    kinds: list[str]
    count: int
    name: str


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
        st.markdown("A language model writes them, and none is set up yet.")
        st.page_link(pages.SETTINGS, label="Set one up", icon=":material/settings:")
        return
    with st.form("write", border=False, enter_to_submit=False):
        wish = _fields(known)
        asked = st.form_submit_button("Write", type="primary", icon=":material/auto_awesome:")
    if not asked:
        return
    if not wish.source.strip():
        st.markdown(":red[:material/error: Say what they are about: the text above is empty.]")
        return
    try:
        access = EndpointLibrary(get_settings()).access(wish.name)
        with st.spinner(f"{wish.name} is writing. A few minutes at most"):
            written = asyncio.run(generate(access, wish.source, wish.kinds, wish.count, wish.way))
    except RingbackError as error:
        show_error(error)
        return
    st.session_state[_WRITTEN] = list(written)


def _fields(known: Mapping[str, LlmEndpoint]) -> _Wish:
    source = st.text_area(
        "A wish, a procedure, or the agent's own prompt",
        height=260,
        max_chars=_SOURCE_LIMIT,
        placeholder="Callers book, move and cancel appointments. Medical advice is refused.",
        key="write_source",
    )
    ways = [way for way in _WAYS if way == "script" or can_simulate()]
    way = st.segmented_control(
        "What the caller does", ways, default=ways[0], required=True,
        format_func=lambda way: _WAYS[way], key="write_way",
    )  # fmt: skip
    kinds = st.pills(
        "Variations", list(KINDS), selection_mode="multi", default=list(KINDS)[:3],
        format_func=lambda kind: _TITLES.get(kind, kind), key="write_kinds",
    )  # fmt: skip
    many, model = st.columns([1, 2])
    with many:
        count = st.number_input("How many", 1, 12, 4, key="write_count")
    with model:
        name = st.selectbox(
            "Sent to",
            list(known),
            format_func=lambda one: f"{one}, {known[one].url}",
            help="A language model of the Settings page. It gets the text above, nothing else.",
            key="write_model",
        )
    return _Wish(source, way or ways[0], kinds, int(count), name)


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
            st.markdown("  \n".join(_told(scenario)))


def _told(scenario: Scenario) -> list[str]:
    """What is said, and below it what is then expected; of a person, who calls and what for."""
    lines: list[str] = []
    if scenario.simulation is not None:
        who = scenario.simulation
        lines += [f":small[:blue[{plain(who.persona)}] {plain(who.goal)}]", _wanted(who.success)]
    number = 0
    for step in scenario.steps:
        if step.say:
            number += 1
            lines.append(f":small[:blue[{number}] {plain(step.say)}]")
        for one in step.expect:
            lines += [_wanted(one.eval)] if one.eval else []
            lines += [_wanted(f"It says “{text}”") for text in one.contains]
            lines += [_wanted(f"It does not say “{text}”") for text in one.excludes]
    written = (check for check in scenario.checks if check.rule.startswith("agent_"))
    return lines + [_wanted(check.name) for check in written]


def _wanted(text: str) -> str:
    return f":small[:violet[:material/subdirectory_arrow_right:] :gray[{plain(text)}]]"
