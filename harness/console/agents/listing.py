"""The Agents page's list, and the card of one agent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from harness.agents import provider_for
from harness.agents.library import AgentLibrary, secret_fields, write_agents
from harness.console._text import plain
from harness.console.agents import connection_test
from harness.console.agents.draft import free_name
from harness.console.agents.fields import fields_of
from harness.console.agents.form import cards
from harness.console.agents.ways import way_of
from harness.console.components import Row, row_list
from harness.errors import RingbackError
from harness.nouns import Agent

__all__ = [
    "card",
    "copy_of",
    "export",
    "head",
    "notices",
    "offer_undo",
    "rows",
    "tell_imported",
    "ways",
    "where",
]

_DELETED = "agents_deleted"
_TOLD = "agents_told"


def where(agent: Agent) -> str:
    """Where an agent is, for people; its way alone if that cannot be told."""
    try:
        return provider_for(agent).describe()
    except RingbackError:
        return way_of(agent.provider)


def ways(back: Callable[[], None] | None) -> str | None:
    """The five ways as cards, on the empty page and for a new agent; gives the chosen one.

    Args:
        back: Called to go back to the list, if there is one.
    """
    if back is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                "Agents", icon=":material/arrow_back:", type="tertiary", on_click=back, key="back"
            )
            st.markdown("**New agent**", width="content")
    with st.container(horizontal_alignment="center", gap="small"):
        if back is None:
            st.space("medium")
            st.title("Connect your agent", anchor=False, text_alignment="center")
        st.markdown(
            ":gray[How is it run? Ringback starts a session, joins its LiveKit room and talks to "
            "it. Nothing in the agent needs to change.]",
            text_alignment="center" if back is None else "left",
        )
        st.space("small")
        chosen = cards()
        st.space("small")
        if st.button(
            "Import from a file, or paste YAML or JSON",
            icon=":material/upload:",
            type="tertiary",
            key="import",
        ):
            chosen = "import"
    return chosen


def notices(restore: Callable[[str], None]) -> None:
    """What was just deleted, with undo, or imported."""
    gone = st.session_state.get(_DELETED)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":gray[Deleted {plain(gone)}.]", width="content")
            st.button(
                "Undo", icon=":material/undo:", key="undo", on_click=_undo, args=(gone, restore)
            )
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.markdown(f":gray[:material/check: {plain(told)}]")


def offer_undo(name: str) -> None:
    """Have the next runs offer to take an agent back."""
    st.session_state[_DELETED] = name


def tell_imported(agents: Sequence[Agent]) -> None:
    """Have the next run tell what was imported."""
    names = ", ".join(agent.title or agent.name for agent in agents)
    st.session_state[_TOLD] = f"Imported {names}. Keys were moved to a file only you can read."


def _undo(name: str, restore: Callable[[str], None]) -> None:
    st.session_state.pop(_DELETED, None)
    restore(name)


def head(agents: Sequence[Agent], go: Callable[..., None]) -> None:
    """How many agents there are, and what makes more."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        many = len(agents)
        st.caption(f"{many} agent{'' if many == 1 else 's'}", width="stretch")
        export(agents, "Export all", "agents")
        st.button(
            "Import", icon=":material/upload:", on_click=go, kwargs={"new": "import"}, key="import"
        )
        st.button(
            "New agent",
            icon=":material/add:",
            type="primary",
            on_click=go,
            kwargs={"new": "way"},
            key="new",
        )


def card(
    agent: Agent,
    go: Callable[..., None],
    copy: Callable[[str], None],
    delete: Callable[[str], None],
) -> None:
    """One agent: how it is reached, and what can be done with it."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(agent.title or agent.name)}**")
        _facts(agent)
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                "Edit", icon=":material/edit:", on_click=go, kwargs={"edit": agent.name}, key="edit"
            )
            st.button(
                "Duplicate",
                icon=":material/content_copy:",
                on_click=copy,
                args=(agent.name,),
                key="duplicate",
            )
            export([agent], "Export", agent.name)
            st.button(
                "Delete",
                icon=":material/delete:",
                on_click=delete,
                args=(agent.name,),
                key="delete",
            )


def rows(
    agents: Sequence[Agent],
    chosen: str,
    tested: Collection[str],
    choose: Callable[[str], None],
    test: Callable[[str], None],
) -> str:
    """The saved agents, one card each; gives the name of the one to call, or nothing.

    Args:
        agents: All of them.
        chosen: Whose card is beside the list.
        tested: Those whose connection is tested now.
        choose: Called with the name of another one to show.
        test: Called with the name of one to test.
    """
    wanted = ""
    for agent in agents:
        now = agent.name == chosen
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(gap=None):
                name = plain(agent.title or agent.name)
                st.button(
                    f"**{name}**" if now else name,
                    key=f"choose_{agent.name}",
                    type="tertiary",
                    icon=":material/chevron_right:" if now else None,
                    icon_position="right",
                    on_click=choose,
                    args=(agent.name,),
                    help="Show how it is reached, its test and its sessions",
                )
                told = (
                    ":blue[:material/pending: Testing]"
                    if agent.name in tested
                    else connection_test.badge(agent)
                )
                st.markdown(f":small[:gray[{plain(where(agent))}]]  \n:small[{told}]")
            st.button(
                "Test",
                key=f"test_{agent.name}",
                icon=":material/network_check:",
                disabled=agent.name in tested,
                help="Try every step of the way to it; nothing is said",
                on_click=test,
                args=(agent.name,),
            )
            if st.button("Call", key=f"call_{agent.name}", icon=":material/call:"):
                wanted = agent.name
    return wanted


def _facts(agent: Agent) -> None:
    """How one agent is reached, with which keys; no secret."""
    keys = []
    secret = secret_fields(agent.provider)
    for field in fields_of(agent.provider):
        value = agent.config.get(field.name)
        if field.name not in secret or not value:
            continue
        if isinstance(value, dict):
            keys.append(f"{field.label}: {', '.join(value)}")
        else:
            variable = str(value)[4:] if str(value).startswith("env:") else ""
            keys.append(f"{field.label}: {f'from {variable}' if variable else 'kept'}")
    about = [Row("conversion_path", "Where", where(agent))]
    if keys:
        about.append(Row("key", "Keys", keys[0], below=tuple(keys[1:])))
    if agent.body:
        about.append(Row("data_object", "Session body", f"Session body: {', '.join(agent.body)}"))
    if agent.text_channel != "auto" or agent.transcript != "auto":
        words = f"Text by {agent.text_channel}, words from {agent.transcript}"
        about.append(Row("chat", "Text", words))
    row_list(about, "facts", "How it is reached", key=f"facts_{agent.name}")


def export(agents: Sequence[Agent], label: str, name: str) -> None:
    """Downloads of agents, with references in place of secrets."""
    with st.popover(label, icon=":material/download:"):
        st.caption("Keys are not in it, only their names.", width=220)
        for form, title in (("yaml", "YAML"), ("json", "JSON")):
            st.download_button(
                title,
                data=lambda form=form: write_agents(agents, form),  # type: ignore[misc]
                file_name=f"{name}.{form}",
                mime="application/json" if form == "json" else "application/yaml",
                on_click="ignore",
                key=f"export_{name}_{form}",
                width="stretch",
            )


def copy_of(agent: Agent, library: AgentLibrary) -> Agent:
    """Save a copy of an agent under a free name."""
    title = f"{agent.title or agent.name}, copy"
    return library.save(
        agent.model_copy(
            update={"name": free_name(f"{agent.name}-copy", set(library.all())), "title": title}
        )
    )
