"""The first screen: one button, and a card for each other way to reach an agent."""

from __future__ import annotations

import streamlit as st

from harness.console.setup import Kind
from harness.console.shell_parts import logo

__all__ = ["draw"]

_CARDS: tuple[tuple[Kind, str, str, str], ...] = (
    (
        "dev_runner",
        "terminal",
        "Runner address",
        "Call a bot that already runs under Pipecat's development runner, for instance at "
        "`localhost:7860`.",
    ),
    (
        "room",
        "meeting_room",
        "Existing room",
        "Join a LiveKit room where an agent is already waiting. Paste its address and a token.",
    ),
)


def draw() -> Kind | None:
    """Draw the screen; gives what was chosen in this run."""
    chosen: Kind | None = None
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        with st.container(width=640, horizontal_alignment="center", gap="small"):
            st.image(logo.hero(), width=318)
            st.title("Hear your agent the way a caller does", anchor=False, text_alignment="center")
            st.markdown(
                ":gray[The demo agent answers a clinic's phone on this computer. A simulated "
                "caller rings it, and you watch every word, wait and check. No keys or account "
                "needed.]",
                text_alignment="center",
                width=560,
            )
            if st.button(
                "**Call the demo agent**",
                type="primary",
                icon=":material/call:",
                key="demo",
                width=224,
            ):
                chosen = "demo"
            st.caption(
                "Takes about a minute. Sound stays off until you turn it on.",
                text_alignment="center",
            )
        st.space("medium")
        with st.container(width=620, horizontal_alignment="center", gap="small"):
            st.markdown(":gray[Or connect your own agent]", text_alignment="center")
            for column, (kind, sign, title, text) in zip(
                st.columns(len(_CARDS)), _CARDS, strict=True
            ):
                with column, st.container(border=True, height="stretch", gap="xsmall"):
                    st.markdown(f":gray[:material/{sign}:] **{title}**")
                    st.markdown(f":gray[{text}]")
                    st.space("stretch")
                    if st.button("Set up", key=f"set_up_{kind}"):
                        chosen = kind
    return chosen
