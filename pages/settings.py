"""Settings: LiveKit, speech, data, theme, versions, and what this computer lacks."""

import streamlit as st

from harness.console import (
    calibration_view,
    judges_settings,
    service,
    settings_view,
    show_error,
    storage_view,
    trust_view,
)
from harness.console.components import status_bar
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
        settings_view.speech()
    with st.container(border=True, gap="small"):
        judges_settings.draw()
    with st.container(border=True, gap="xsmall"):
        settings_view.theme()
    versions = st.container(border=True, gap="xsmall")
with right:
    with st.container(border=True, gap="xsmall"):
        settings_view.data()
    with st.container(border=True, gap="xsmall"):
        storage_view.draw()
    machine = st.container(border=True, gap="xsmall")
    with st.container(border=True, gap="xsmall"):
        calibration_view.draw()

with st.container(border=True, gap="small"):
    trust_view.draw()

with machine:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown("**This computer**", width="content", help="The same as: ringback doctor")
        st.button("Look again", icon=":material/refresh:", on_click=settings_view.look_again)
    found = settings_view.looked()
    settings_view.findings(found)

server = next((one for one in found if one.name == settings_view.LIVEKIT), None)
with livekit:
    settings_view.livekit(server)
with versions:
    settings_view.versions(server)
