"""Runs: one run; without one what happened lately, trends, and the calls so far."""

import streamlit as st

from harness.console import service
from harness.console.components import status_bar
from harness.console.own_links import settle_address
from harness.console.runs import deleting, history_view, landing, start, trends
from harness.console.runs import view as run_view

settle_address()
for running in service().live()[-1:]:  # of several, the one placed last
    status_bar(running.id, elsewhere=True)
chosen = st.query_params.get("run")
archive = service().archive
if chosen:
    run_view.draw(chosen)
elif archive.runs(limit=1):
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Runs", anchor=False, width="content")
        view = st.segmented_control(
            "View",
            ["lately", "trends"],
            default="trends" if st.query_params.get("view") == "trends" else "lately",
            required=True,
            format_func=str.capitalize,
            label_visibility="collapsed",
            key="runs_view",
        )
        st.space("stretch")
        start.button()
    if view == "trends":
        st.query_params["view"] = view
        trends.draw()
    else:
        st.query_params.pop("view", None)
        history_view.draw(above_px=landing.draw())
else:
    history_view.draw()
    deleting.undo("run")
    with st.container(horizontal_alignment="center"):
        start.button(primary=False)
