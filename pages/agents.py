"""Agents: save how to reach them, test the connection, call them."""

import streamlit as st

from harness.agents.library import AgentLibrary
from harness.console import service, show_error
from harness.console.agents import connection_test, importing, listing, sessions
from harness.console.agents import form as agent_form
from harness.console.agents import ways as agent_ways
from harness.console.components import status_bar
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.settings import get_settings

library = AgentLibrary(get_settings())


def go(**to):
    """Show another part of the page: its address is the state."""
    st.query_params.from_dict({name: value for name, value in to.items() if value})


def try_to(act, *args):
    """Act, or say why not at the top of the page."""
    st.session_state.pop("agents_trouble", None)
    try:
        return act(*args)
    except RingbackError as error:
        st.session_state["agents_trouble"] = error


def test(name):
    """Start a connection test, and show it."""
    go(agent=name)
    try_to(lambda: connection_test.begin(library.get(name)))


def saved(agent, tested):
    """After the form: show the agent, tested if so wished."""
    test(agent.name) if tested else go(agent=agent.name)


def imported(agents):
    """After the import: show the first, and say what came."""
    go(agent=agents[0].name)
    listing.tell_imported(agents)


def copy(name):
    """Duplicate an agent, and open the copy."""
    made = try_to(lambda: listing.copy_of(library.get(name), library))
    if made:
        go(edit=made.name)


def delete(name):
    """Delete an agent and offer to take it back."""
    try_to(library.delete, name)
    listing.offer_undo(name)
    go()


def restore(name):
    """Take back what was deleted."""
    try_to(library.restore, name)
    go(agent=name)


def form(name, way):
    """Set an agent up, or change it."""
    agent = library.get(name) if name else None
    agent_form.draw(agent.provider if agent else way, agent, saved, lambda: go(agent=name))


def ways(agents):
    """Choose how the agent to be set up is reached."""
    way = listing.ways(go if agents else None)
    if way:
        go(new=way)
        st.rerun()


def overview(agents):
    """All agents, and one of them."""
    chosen = agents.get(st.query_params.get("agent", "")) or next(iter(agents.values()))
    shown = list(agents.values())
    running = connection_test.running(shown)
    wide, narrow = st.columns([1.25, 1], gap="medium")
    with wide:
        listing.head(shown, go)
        wanted = listing.rows(shown, chosen.name, running, lambda name: go(agent=name), test)
    with narrow:
        listing.card(chosen, go, copy, delete)
        with st.container(border=True, gap="xsmall"):
            connection_test.draw(chosen, running.get(chosen.name), test)
        sessions.draw(chosen)
    if wanted:
        st.switch_page(pages.CALL, query_params={"agent": wanted})


for call in service().live()[-1:]:
    status_bar(call.id, elsewhere=True)
trouble = st.session_state.pop("agents_trouble", None)
if trouble is not None:
    show_error(trouble)

new, edit = st.query_params.get("new"), st.query_params.get("edit")
if new == "import":
    importing.draw(imported, go)
elif edit or new in agent_ways.WAYS:
    form(edit, new)
else:
    agents = library.all()
    listing.notices(restore)
    for problem in library.problems().values():
        show_error(problem)
    if new or not agents:
        ways(agents)
    else:
        overview(agents)
