"""Scenarios: find, hear, write and call what a caller does."""

import streamlit as st

from harness.console import service, show_error
from harness.console.call import setup
from harness.console.components import status_bar
from harness.console.scenarios import again as scenario_again
from harness.console.scenarios import editor, from_call, generate, listing
from harness.console.scenarios import work as scenario_work
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.scenarios import read_library


def go(**to):
    """Show another part of the page: its address is the state."""
    st.query_params.from_dict({name: value for name, value in to.items() if value})


def leave():
    """Back to the list."""
    scenario_work.leave()
    go()


def edit(scenario):
    """Open one of this person's own, or a copy of a built-in one."""
    go(**scenario_work.address_of(scenario))


def saved(work):
    """After it was saved: the address is that of the file."""
    shown = work.shown
    work.address = (("file", work.name),)
    go(file=work.name, scenario=shown.name if shown else "")


def made(work):
    """Edit what was made here."""
    go(draft=dict(work.address)["draft"])


def call(scenario):
    """Call with it whom this tab called last; gives the call."""
    return setup.choose_scenario(scenario.name).place().id


def called(work, scenario):
    """After it was saved: call as the call it was opened from, or whom this tab called last."""
    again = work.again
    saved(work)
    show_call(scenario, editor.call_again(scenario, again) if again else call(scenario))


def show_call(scenario, call_id=""):
    """Go to a call once the page runs, or to what sets one up."""
    to = {"call": call_id} if call_id else {"scenario": scenario.name}
    st.session_state["scenarios_go"] = to


to = st.session_state.pop("scenarios_go", None)
if to:
    scenario_work.leave()
    st.switch_page(pages.CALL, query_params=to)
for running in service().live()[-1:]:
    status_bar(running.id, elsewhere=True)
query = st.query_params
work = trouble = None
if scenario_work.asked(query):
    try:
        work = scenario_work.opened(query, scenario_again.work_of)
    except RingbackError as error:
        trouble = error

# No st.stop here: what the shell draws after the page would not be drawn.
if query.get("from"):
    try:
        from_call.draw(service().view(query["from"]), leave, made)
    except RingbackError as error:
        trouble = error
elif query.get("new") == "text":
    generate.draw(leave, made)
elif work is not None:
    if query.get("again"):
        scenario_again.choice(work, go)
    editor.draw(work, leave, saved, called)
elif trouble is None:
    shelf = read_library()
    listing.notices()
    listing.problems(shelf, lambda name: go(file=name))
    kinds = ["script", *(["simulation"] if scenario_work.can_simulate() else [])]
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        listing.head(shelf.scenarios, lambda kind: go(new=kind), kinds)
        shown = listing.select(shelf.scenarios)
        chosen = listing.table(shown, query.get("scenario", ""))
    with right:
        for scenario in shown:
            if scenario.name == chosen:
                listing.card(
                    scenario,
                    lambda one: listing.try_to(lambda: show_call(one, call(one))),
                    show_call,
                    edit,
                    lambda scenario: go(copy=scenario.name),
                    listing.delete,
                )
if trouble is not None:
    show_error(trouble)
    st.button("Scenarios", icon=":material/arrow_back:", on_click=leave, key="back")
