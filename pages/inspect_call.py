"""Inspect: one call that has ended, opened where it went wrong. Without an id the latest one."""

import streamlit as st

from harness.console import service
from harness.console.components import status_bar
from harness.console.inspect import review_bar
from harness.console.inspect import view as inspect_view
from harness.console.shell_parts import pages
from harness.nouns import CallQuery


def latest():
    """The id of the newest call that has ended; None if there is none."""
    newest = service().archive.search(CallQuery()).calls
    return next((call.id for call in newest if call.state.is_final), None)


def show(view):
    """A call as it was; one that still goes on is watched on its own page."""
    if view.state.is_final:
        inspect_view.draw(view.call_id)
        return
    st.info(
        "This call still goes on. It can be inspected once it has ended.", icon=":material/call:"
    )
    st.page_link(
        pages.CALL,
        label="Watch it",
        icon=":material/open_in_new:",
        query_params={"call": view.call_id},
    )


for running in service().live()[-1:]:
    status_bar(running.id, elsewhere=True)
chosen = st.query_params.get("call") or review_bar.first_call() or latest()
if chosen:
    show(service().view(chosen))
else:
    with st.container(horizontal_alignment="center"):
        st.space("large")
        st.title("No calls yet", anchor=False, text_alignment="center")
        st.markdown(
            ":gray[Here you see and hear where in a call it went wrong.]", text_alignment="center"
        )
        if st.button("Place the first call", type="primary", icon=":material/call:"):
            st.switch_page(pages.CALL)
