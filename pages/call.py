"""Call: place a call, watch it live, look at it afterwards."""

import streamlit as st

from harness.console import blind, cards, service, show_error, theme
from harness.console.call import after, by_hand, first_run, layout, setup
from harness.console.call.grade_live import grade_live
from harness.console.components import call_view, status_bar, width
from harness.console.inspect import judging, metrics
from harness.errors import NotFound, RingbackError


def call(place):
    """Place a call and go to its address."""
    try:
        st.query_params["call"] = place().id
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
        call(chosen.place)


def first():
    """No call: what can be called, and what the address asks for."""
    chosen = first_run.draw()
    script = st.query_params.pop("scenario", "") if "scenario" in st.query_params else ""
    wanted = st.query_params.pop("agent", "") if "agent" in st.query_params else chosen
    if chosen == setup.DEMO:
        call(setup.demo().place)
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
    view, hidden = blind.seen_view(call_id)
    status_bar(call_id, view=view if over else None, hidden=hidden)
    at = layout.places(width(), over=over, session=over and view.session is not None)

    with at.setup:
        if after.head(over=over):
            edit()
        cards.facts(view, key="facts", hidden=hidden)
        if over and not hidden:
            after.of_run(view)
        elif over:
            blind.waits("The result is hidden: you grade blind.")
        else:
            hands, thumbs = st.columns(2, gap="xsmall")
            with hands:
                by_hand.draw(call_id, by_voice=view.caller is None or view.caller.by == "voice")
            with thumbs:
                grade_live(call_id)
    if over:
        with at.actions or at.setup:
            after.actions(view, call, edit, below=at.actions is None)
    if at.session:
        with at.session:
            cards.session(view.session, view.milestones.agent_joined, key="session")
    with at.call:
        call_view(call_id, view if over else None, taken=at.taken)
    with at.details:
        fill = "stretch" if at.details_fill else "content"
        titles = ["Checks", "Figures", "Agent's log", *(["Versions"] if over else [])]
        tabs = st.tabs(titles, height=fill, key=f"details_{over}")
        judged, measured, logged, *versions = (
            t.container(height=fill, gap="xxsmall") for t in tabs
        )
        for part in versions:
            with part:
                if hidden:
                    blind.waits("Versions tell what judges said.")
                else:
                    judging.draw(view, key="versions", fill=at.details_fill)

    @st.fragment(run_every=None if over else 1.0)
    def progress():
        """Everything beside the call itself, once a second while it runs."""
        now, waits = blind.seen_view(call_id)
        if now.state.is_final and not over:
            st.rerun()
        colours = theme.palette(theme.current())
        with at.connecting:
            st.markdown("**Getting connected**", help="Seconds since the call was taken up.")
            cards.connected(now, calls.progress(), key="connected")
        with at.plan:
            cards.plan(now, key="plan", fill=at.plan_fills)
        with at.timing:
            cards.latency(now, colours, key="latency")
        with judged:
            if waits:
                blind.waits("What judges decide, and what follows from it, is left out.")
            if now.checks or not waits:
                cards.checks(now, colours, key="checks", fill=at.details_fill)
        with measured:
            metrics.draw(now, key="figures", fill=at.details_fill)
        with logged:
            cards.agent_log(calls.agent_log(call_id, 100), key="log", fill=at.details_fill)
        with at.health:
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
