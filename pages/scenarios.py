"""Scenarios: find, hear, write and call what a caller does."""

import streamlit as st

from harness.console import (
    scenario_editor,
    scenario_list,
    scenario_work,
    service,
    show_error,
)
from harness.console.components import status_bar
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.scenarios import is_own, read_library
from harness.settings import get_settings


def go(**to):
    """Show another part of the page: its address is the state."""
    st.query_params.from_dict({name: value for name, value in to.items() if value})


def leave():
    """Back to the list."""
    scenario_work.leave()
    go()


def edit(scenario):
    """Open one of this person's own, or a copy of a built-in one."""
    if is_own(scenario.path, get_settings()):
        files = {path: name for name, path in scenario_work.own_files().items()}
        go(
            file=next(n for p, n in files.items() if str(p) == scenario.path),
            scenario=scenario.name,
        )
    else:
        go(copy=scenario.name)


def delete(scenario):
    """Delete a file and offer to take it back."""
    try:
        scenario_list.delete(scenario)
    except RingbackError as error:
        st.session_state["scenarios_trouble"] = error
    go()


def saved(work):
    """After it was saved: the address is that of the file."""
    shown = work.shown
    work.address = (("file", work.name),)
    go(file=work.name, scenario=shown.name if shown else "")


def called(work, scenario):
    """After it was saved: call it as the call it was opened from, or set a call up."""
    again = work.again
    saved(work)
    st.session_state["scenarios_go"] = {"scenario": scenario.name}
    if again:
        call_id = scenario_editor.call_again(scenario, again)
        if call_id:
            st.session_state["scenarios_go"] = {"call": call_id}


to = st.session_state.pop("scenarios_go", None)
if to:
    scenario_work.leave()
    st.switch_page(pages.CALL, query_params=to)
for running in service().live()[-1:]:
    status_bar(running.id, elsewhere=True)
trouble = st.session_state.pop("scenarios_trouble", None)
if trouble is not None:
    show_error(trouble)

query = st.query_params
if any(query.get(name) for name in scenario_work.ADDRESS):
    again = query.get("again")
    try:
        work = scenario_work.opened(query, service().view(again).scenario or "" if again else "")
    except RingbackError as error:
        show_error(error)
        st.button("Scenarios", icon=":material/arrow_back:", on_click=leave, key="back")
        st.stop()
    scenario_editor.draw(work, leave, saved, called)
    st.stop()

shelf = read_library()
scenario_list.notices()
scenario_list.problems(shelf, lambda name: go(file=name))
kinds = ["script", *(["simulation"] if scenario_work.can_simulate() else [])]
left, right = st.columns([1.35, 1], gap="medium")
with left:
    scenario_list.head(shelf.scenarios, lambda kind: go(new=kind), kinds)
    shown = scenario_list.select(shelf.scenarios)
    if not shown:
        st.caption("No scenario matches. Take away a filter or a word.")
        st.stop()
    chosen = scenario_list.table(shown, query.get("scenario", ""))
with right:
    scenario_list.card(
        next(one for one in shown if one.name == chosen),
        lambda name: st.session_state.update(scenarios_go={"scenario": name}),
        edit,
        lambda scenario: go(copy=scenario.name),
        delete,
    )
