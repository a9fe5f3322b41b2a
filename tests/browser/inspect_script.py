"""A page that does with the parts of the inspector what a page does, and says what was picked."""

import streamlit as st

from harness.console import service
from harness.console.components import (
    copy_link,
    event_list,
    inspect_transcript,
    inspect_wave,
    take_picks,
)

st.set_page_config(layout="wide")
calls = service().archive.store.calls(limit=2)
view = service().view(calls[int(st.query_params.get("n", 0))].id)


@st.fragment
def body():
    """Everything that follows the place."""
    state = st.session_state

    def went(t, turn):
        state.at = t
        st.query_params.update(t=f"{t:.1f}", turn=str(turn))

    take_picks(view.call_id, went, lambda part: state.update(part=part), st.stop)
    part = state.get("part")
    inspect_wave(view, at=state.get("at", 4.0), part=part, again=state.get("again", 0))
    left, right = st.columns(2)
    with left:
        inspect_transcript(view, taken=420)
    with right:
        event_list(view, part=part, height=300)
    copy_link(view, at=state.get("at", 4.0))
    st.text(f"Part: {part}")

    def to_twenty():
        state.at = 20.0
        state.again = state.get("again", 0) + 1

    st.button("To second 20", on_click=to_twenty)


body()
