"""The form that asks for a LiveKit server to calibrate against: its address and its keys."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from harness.agents import RoomKeys, check_room_url
from harness.console._errors import show_error
from harness.errors import RingbackError
from harness.secrets import Secrets
from harness.settings import get_settings

__all__ = ["draw"]

_URL = "calibrate_url"
_KEYS = {
    "calibrate_key": ("API key", "LIVEKIT_API_KEY"),
    "calibrate_secret": ("API secret", "LIVEKIT_API_SECRET"),
}
_TROUBLE = "calibrate_trouble"


def draw(begin: Callable[[RoomKeys], None], *, disabled: bool) -> None:
    """The form.

    Args:
        begin: Is called with what was entered once it can be used.
        disabled: Whether a calibration goes on, or cannot.
    """
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        show_error(trouble)
    with (
        st.expander("A LiveKit server of yours", key="calibrate_there"),
        st.form("calibrate_form", border=False, enter_to_submit=False),
    ):
        st.text_input(
            "Address",
            key=_URL,
            placeholder="wss://my-project.livekit.cloud",
            help="Calls over this server show what is found here as their error bar. The agent of "
            "known delay runs on this computer in any case.",
        )
        for column, (field, (label, variable)) in zip(st.columns(2), _KEYS.items(), strict=True):
            with column:
                st.text_input(
                    label,
                    type="password",
                    key=field,
                    placeholder=f"env:{variable}",
                    help=f"env:NAME takes it from the environment, secret:NAME from the secrets; "
                    f"nothing is env:{variable}. A key that is pasted is used this once and not "
                    "kept.",
                    autocomplete="new-password",
                )
        st.form_submit_button(
            "Calibrate over it",
            icon=":material/straighten:",
            disabled=disabled,
            on_click=_entered,
            args=(begin,),
        )


def _entered(begin: Callable[[RoomKeys], None]) -> None:
    url = str(st.session_state.get(_URL) or "").strip()
    try:
        check_room_url(url)
        secrets = Secrets(get_settings())
        given = [
            secrets.resolve(str(st.session_state.get(field) or "").strip() or f"env:{variable}")
            for field, (_, variable) in _KEYS.items()
        ]
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
        return
    finally:
        for field in _KEYS:
            st.session_state[field] = ""
    begin(RoomKeys(url, *given))
