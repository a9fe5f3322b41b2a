"""Call: place a call, watch it live, look at it afterwards."""

import streamlit as st

from harness.console import (
    call_after,
    cards,
    first_run,
    grading_view,
    metrics_view,
    place,
    service,
    setup,
    show_error,
    theme,
)
from harness.console.components import call_view, status_bar
from harness.errors import NotFound, RingbackError


def call(request):
    """Place a call and go to its address."""
    try:
        st.query_params["call"] = place(request()).id
    except RingbackError as error:
        show_error(error)
        return
    st.rerun()


@st.dialog("Set up a call", width="medium", position="left")
def edit():
    """Ask what to call, then call it."""
    chosen = setup.edit_form()
    if chosen is not None:
        setup.keep(chosen)
        call(chosen.request)


def first():
    """No call: what can be called, and what the address asks for."""
    chosen = first_run.draw()
    script = st.query_params.pop("scenario", "") if "scenario" in st.query_params else ""
    wanted = st.query_params.pop("agent", "") if "agent" in st.query_params else chosen
    if chosen == setup.DEMO:
        call(setup.demo().request)
    elif wanted:
        setup.choose(wanted)
        edit()
    elif script:
        setup.choose_scenario(script)
        edit()


def show(call_id, view):
    """A call: live, or as it was."""
    calls = service()
    over = view.state.is_final
    status_bar(call_id, view=view if over else None)
    left, middle, right = st.columns([226, 700, 336])

    with left:
        with st.container(border=True, gap="xxsmall"):
            if call_after.head(over=over):
                edit()
            cards.facts(view, key="facts")
            if over:
                st.space("xxsmall")
                call_after.draw(view, call, edit)
        if over and view.session:
            with st.container(border=True, gap="xsmall"):
                cards.session(view.session, view.milestones.agent_joined, key="session")
        connecting = st.container(border=True, gap="xsmall")
        planned = st.container(border=True, height="stretch", gap="xsmall")

    with middle:
        call_view(call_id, view if over else None)

    with right:
        timing = st.container(border=True, gap="xsmall")
        with st.container(border=True, height="stretch", gap="xsmall"):
            titles = ["Checks", "Figures", "Agent's log", *(["Versions"] if over else [])]
            tabs = st.tabs(titles, height="stretch", key=f"details_{over}")
            judged, measured, logged, *versions = (
                t.container(height="stretch", gap="xxsmall") for t in tabs
            )
            for part in versions:
                with part:
                    grading_view.draw(view, key="versions")
        well = st.container(border=True, gap="xsmall")

    @st.fragment(run_every=None if over else 1.0)
    def progress():
        """Everything beside the call itself, once a second while it runs."""
        now = calls.view(call_id)
        if now.state.is_final and not over:
            st.rerun()
        colours = theme.palette(theme.current())
        with connecting:
            st.markdown("**Getting connected**", help="Seconds since the call was taken up.")
            cards.connected(now, calls.progress(), key="connected")
        with planned:
            cards.plan(now, key="plan")
        with timing:
            cards.latency(now, colours, key="latency")
        with judged:
            cards.checks(now, colours, key="checks")
        with measured:
            metrics_view.draw(now, key="figures")
        with logged:
            cards.agent_log(calls.agent_log(call_id, 100), key="log")
        with well:
            cards.health(now, colours, key="health")

    progress()


def found(call_id):
    """The call of the address, if there is one."""
    try:
        return service().view(call_id) if call_id else None
    except NotFound as error:
        show_error(error)
        return None


call_id = st.query_params.get("call", "")
view = found(call_id)
if view is None:
    first()
else:
    show(call_id, view)
