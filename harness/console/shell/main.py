"""The script Streamlit runs: navigation, logo and what holds on every page."""

import streamlit as st

from harness.console import address, check_listening, show_error
from harness.console.components import theme_watch
from harness.console.shell_parts import logo, pages
from harness.errors import RingbackError
from harness.settings import get_settings

st.set_page_config(
    page_title="Ringback",
    page_icon=logo.icon(),
    layout="wide",
    menu_items={
        "About": "**Ringback**: place a real call to your voice agent, hear what it is like."
    },
)
st.logo(logo.wordmark(), size="medium")
page = st.navigation(
    [
        st.Page(pages.CALL, title="Call", icon=":material/call:", url_path="call", default=True),
        st.Page(pages.RUNS, title="Runs", icon=":material/checklist:", url_path="runs"),
        st.Page(
            pages.INSPECT,
            title="Inspect",
            icon=":material/troubleshoot:",
            url_path="inspect",
        ),
        st.Page(
            pages.COMPARE,
            title="Compare",
            icon=":material/compare_arrows:",
            url_path="compare",
        ),
        st.Page(
            pages.SCENARIOS,
            title="Scenarios",
            icon=":material/assignment:",
            url_path="scenarios",
        ),
        st.Page(pages.AGENTS, title="Agents", icon=":material/smart_toy:", url_path="agents"),
        st.Page(pages.SETTINGS, title="Settings", icon=":material/settings:", url_path="settings"),
    ],
    position="top",
)
try:
    check_listening(get_settings())
    address.follow(page.url_path)
    page.run()
except RingbackError as error:
    show_error(error)
finally:
    theme_watch()
