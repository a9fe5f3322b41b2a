"""Settings: LiveKit, speech, data, theme, versions, and what this computer lacks."""

import streamlit as st

from harness.console import service, show_error
from harness.console.components import status_bar
from harness.console.settings import calibration, models, storage, trust, view
from harness.errors import RingbackError

try:
    for running in service().live()[-1:]:
        status_bar(running.id, elsewhere=True)
except RingbackError as error:  # the engine could not start: this page helps to see why
    show_error(error)

left, right = st.columns([1.25, 1], gap="small")
with left:
    livekit = st.container(border=True, gap="xsmall")
    with st.container(border=True, gap="small"):
        view.speech()
    with st.container(border=True, gap="small"):
        models.draw()
    with st.container(border=True, gap="xsmall"):
        view.theme()
    versions = st.container(border=True, gap="xsmall")
with right:
    with st.container(border=True, gap="xsmall"):
        view.data()
    with st.container(border=True, gap="xsmall"):
        storage.draw()
    machine = st.container(border=True, gap="xsmall")
    with st.container(border=True, gap="xsmall"):
        calibration.draw()

with st.container(border=True, gap="small"):
    trust.draw()

with machine:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown("**This computer**", width="content", help="The same as: ringback doctor")
        st.button("Look again", icon=":material/refresh:", on_click=view.look_again)
    found = view.looked()
    view.findings(found)

server = next((one for one in found if one.name == view.LIVEKIT), None)
with livekit:
    view.livekit(server)
with versions:
    view.versions(server)
