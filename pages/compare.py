"""Compare: two calls, or two runs, beside each other; without ids the latest."""

import streamlit as st

from harness.console import service
from harness.console.compare import view
from harness.console.components import status_bar
from harness.console.own_links import settle_address
from harness.console.shell_parts import pages

settle_address()
archive = service().archive
for running in service().live()[-1:]:
    status_bar(running.id, elsewhere=True)
asked = [st.query_params[side] for side in ("a", "b") if side in st.query_params]
chosen = asked if len(asked) == 2 else view.latest(archive, asked)
if len(chosen) == 2:
    both_runs = all(each.startswith("run_") for each in chosen)
    (view.draw_runs if both_runs else view.draw_calls)(archive, *chosen)
else:
    with st.container(horizontal_alignment="center"):
        st.space("large")
        st.title("Fewer than two calls", anchor=False, text_alignment="center")
        st.markdown(":gray[Two calls that have ended can be compared.]", text_alignment="center")
        if st.button("Place a call", type="primary", icon=":material/call:"):
            st.switch_page(pages.CALL)
