"""The kinds of person a caller can be, each to be heard before one is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from harness.console._text import plain
from harness.console.scenarios import preview
from harness.nouns import Caller, Persona
from harness.scenarios import personas, with_persona

__all__ = ["facts", "sample", "show"]

_PLAYING = "people_playing"
_LINE = "Hello, I would like to see a doctor on Friday."


@st.dialog("Personas", width="large")
def show(choose: Callable[[str], None] | None = None) -> None:
    """All of them, with what each sounds like.

    Args:
        choose: Called with the name of the one that is wanted; None only shows them.
    """
    st.caption(
        "Kinds of caller, each with a voice, a pace and habits. A scenario names one under "
        "Caller. One of your own is a file in the folder personas of the data folder."
    )
    for column, some in zip(st.columns(2), _halves(list(personas().values())), strict=True):
        with column:
            for persona in some:
                _one(persona, choose)


def _one(persona: Persona, choose: Callable[[str], None] | None) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f"**{plain(persona.title)}**", width="stretch")
            if st.button(
                "Hear",
                icon=":material/volume_up:",
                type="tertiary",
                key=f"people_hear_{persona.name}",
            ):
                st.session_state[_PLAYING] = persona.name
            if choose is not None and st.button("Choose", key=f"people_choose_{persona.name}"):
                st.session_state.pop(_PLAYING, None)
                choose(persona.name)
                st.rerun()
        st.markdown(f":small[:gray[{plain(facts(persona))}]]")
        st.markdown(f":small[{plain(persona.description)}]")
        if st.session_state.get(_PLAYING) == persona.name:
            preview.hear((sample(persona),), with_persona(Caller(), persona))


def facts(persona: Persona) -> str:
    """Voice, pace and habits in one line."""
    caller, habits = with_persona(Caller(), persona), persona.habits
    told = [f"{caller.voice.capitalize()} voice", f"speed {caller.speed:.2f}"]
    if caller.volume_db:
        told.append("louder" if caller.volume_db > 0 else "softer")
    told.append(f"speaks {caller.patience_s:.1f} s after the agent")
    if habits.cuts_in_after_s is not None:
        told.append(f"cuts in after {habits.cuts_in_after_s:.0f} s")
    if habits.asks_to_repeat_every:
        told.append(f"asks to hear it again every {habits.asks_to_repeat_every} turns")
    if habits.repeats_question:
        told.append("repeats questions")
    return " · ".join(told)


def sample(persona: Persona) -> str:
    """A line as this person would say it."""
    habits = persona.habits
    first = f"{habits.fillers[0]} {_LINE[0].lower()}{_LINE[1:]}" if habits.fillers else _LINE
    return " ".join((first, *habits.extra_lines[:1]))


def _halves(every: list[Persona]) -> tuple[list[Persona], list[Persona]]:
    return every[::2], every[1::2]
