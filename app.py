"""The console: `streamlit run app.py`."""

import streamlit as st

from harness.console import StartableService, app_arguments


def _engine() -> StartableService:
    from harness.calls import Engine
    from harness.local import LocalHost
    from harness.settings import get_settings

    settings = get_settings()
    return Engine(settings, LocalHost(settings))


app = st.App(**app_arguments(_engine))
