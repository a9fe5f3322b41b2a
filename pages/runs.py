"""Runs: one run; without one what happened lately, trends, and the calls so far."""

import streamlit as st

from harness.console import history_view, run_view, service
from harness.console.components import status_bar

for running in service().live()[-1:]:  # of several, the one placed last
    status_bar(running.id, elsewhere=True)
chosen = st.query_params.get("run")
if chosen:
    run_view.draw(chosen)
else:
    history_view.draw()
