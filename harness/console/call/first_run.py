"""The first screen: one button for the demo agent, and the ways to one's own."""

from __future__ import annotations

import streamlit as st

from harness.agents.library import AgentLibrary
from harness.console._service import busy_sentence, service
from harness.console._text import plain
from harness.console.agents.listing import where
from harness.console.agents.ways import WAYS
from harness.console.call.setup import DEMO
from harness.console.shell_parts import logo, pages
from harness.nouns import Agent, CallQuery
from harness.settings import get_settings

__all__ = ["draw"]

_FIRST = ("pipecat_cloud", "bot_file", "room")
"""The ways that are offered here; the Agents page has all."""
_SHOWN = 3
_RECENT = 100
"""Calls among which those agents are looked for that were called last."""


def draw() -> str:
    """Draw the screen; gives the name of the agent that was chosen in this run, or nothing."""
    chosen = ""
    newest = service().archive.search(CallQuery(limit=_RECENT)).calls
    recent = [call.agent_name or call.agent for call in newest]
    saved = sorted(
        AgentLibrary(get_settings()).all().values(),
        key=lambda agent: recent.index(agent.name) if agent.name in recent else len(recent),
    )
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        with st.container(width=640, horizontal_alignment="center", gap="small"):
            st.image(logo.hero(), width=318, alt="")
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
                chosen = DEMO
            st.caption(
                "Takes about a minute. Sound stays off until you turn it on.",
                text_alignment="center",
            )
            if sentence := busy_sentence():
                st.warning(sentence, icon=":material/speed:")
        st.space("medium")
        with st.container(width=920, horizontal_alignment="center", gap="small"):
            if saved:
                chosen = _saved(saved) or chosen
            else:
                _ways()
    return chosen


def _saved(agents: list[Agent]) -> str:
    """The agents called last, each with its button; gives the name of the one that was chosen."""
    chosen = ""
    st.markdown(":gray[Or call one of yours]", text_alignment="center")
    with st.grid("auto", min_column_width=270, gap="small"):
        for agent in agents[:_SHOWN]:
            way = WAYS.get(agent.provider)
            with st.container(border=True, height="stretch", gap="xsmall"):
                name = plain(agent.title or agent.name)
                st.markdown(f":gray[:material/{way.icon if way else 'smart_toy'}:]\u2002**{name}**")
                st.markdown(f":gray[{plain(where(agent))}]")
                st.space("stretch")
                if st.button("Call", icon=":material/call:", key=f"call_{agent.name}"):
                    chosen = agent.name
    more = len(agents) - _SHOWN
    st.page_link(
        pages.AGENTS,
        label=f"All agents, {more} more" if more > 0 else "All agents",
        icon=":material/smart_toy:",
    )
    return chosen


def _ways() -> None:
    st.markdown(":gray[Or connect your own agent]", text_alignment="center")
    for column, provider in zip(st.columns(len(_FIRST)), _FIRST, strict=True):
        way = WAYS[provider]
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f":gray[:material/{way.icon}:]\u2002**{way.title}**")
            st.markdown(f":gray[{way.sentence}]")
            st.space("stretch")
            if st.button("Set up", key=f"set_up_{provider}", help=f"Set up: {way.title}"):
                st.switch_page(pages.AGENTS, query_params={"new": provider})
    st.page_link(
        pages.AGENTS,
        label="All ways: a runner's address, a service of your own",
        icon=":material/smart_toy:",
        query_params={"new": "way"},
    )
