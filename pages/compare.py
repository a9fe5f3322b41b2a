"""Compare: two calls beside each other. Without ids the two latest, the older one first."""

import streamlit as st

from harness.console import compare_view, service
from harness.console.components import status_bar
from harness.console.shell_parts import pages


def latest():
    """The ids of the two newest calls that have ended, the older one first; fewer if there are."""
    over = [call.id for call in service().history() if call.state.is_final]
    return over[1::-1]


for running in service().live()[-1:]:
    status_bar(running.id, elsewhere=True)
asked = [st.query_params[side] for side in ("a", "b") if side in st.query_params]
chosen = asked if len(asked) == 2 else latest()
if len(chosen) == 2:
    compare_view.draw_calls(*(service().view(call_id) for call_id in chosen))
else:
    with st.container(horizontal_alignment="center"):
        st.space("large")
        st.title("Fewer than two calls", anchor=False, text_alignment="center")
        st.markdown(":gray[Two calls that have ended can be compared.]", text_alignment="center")
        if st.button("Place a call", type="primary", icon=":material/call:"):
            st.switch_page(pages.CALL)
