"""What runs of an agent on its platform, with a stop button each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from harness.agents import SessionInsight, provider_for
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import plain
from harness.errors import RingbackError
from harness.nouns import Agent

__all__ = ["draw"]

_SESSIONS = "agents_sessions"


def draw(agent: Agent) -> None:
    """What runs of the agent on its platform now, with a stop button each."""
    try:
        way = provider_for(agent)
    except RingbackError:
        return
    if not isinstance(way, SessionInsight) or not way.can_look():
        return
    with st.container(border=True, gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.markdown(
                "**Active sessions**",
                width="content",
                help="What runs of this agent on its platform, whoever started it.",
            )
            st.button(
                "Look",
                icon=":material/refresh:",
                key="look_sessions",
                on_click=_look,
                args=(agent,),
            )
        known = st.session_state.get(_SESSIONS, {}).get(agent.name)
        if known is None:
            st.caption("Look to see what runs now.")
        elif isinstance(known, RingbackError):
            show_error(known)
        elif not known:
            st.caption("None runs.")
        else:
            for one in known:
                with st.container(
                    horizontal=True,
                    horizontal_alignment="distribute",
                    vertical_alignment="center",
                ):
                    about = " · ".join(filter(None, (one.status, one.started_at)))
                    st.markdown(
                        f"`{plain(one.id)}`  \n:small[:gray[{plain(about)}]]", width="content"
                    )
                    st.button(
                        "Stop",
                        icon=":material/stop_circle:",
                        key=f"stop_{one.id}",
                        on_click=_end,
                        args=(agent, one.id),
                    )


def _look(agent: Agent) -> None:
    found: Any
    try:
        found = service().sessions(agent)
    except RingbackError as error:
        found = error
    st.session_state[_SESSIONS] = {agent.name: found}


def _end(agent: Agent, session_id: str) -> None:
    try:
        service().end_session(agent, session_id)
    except RingbackError as error:
        st.session_state[_SESSIONS] = {agent.name: error}
    else:
        _look(agent)
