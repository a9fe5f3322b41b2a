"""The cards of the Settings page."""

from __future__ import annotations

import asyncio
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from harness.caller.speech import get_stack, stack_names
from harness.console._errors import show_error
from harness.console.components import Row, row_list
from harness.console.data_use import DataUse, data_use, size
from harness.console.theme import current
from harness.errors import RingbackError
from harness.local import CONSOLE_PORT, Finding, doctor
from harness.secrets import Secrets
from harness.settings import get_settings

__all__ = ["data", "findings", "livekit", "look_again", "looked", "speech", "theme", "versions"]

LIVEKIT = "LiveKit server"
_KEYS = {
    "CARTESIA_API_KEY": ("Cartesia", "Speaks in the cloud stack."),
    "DEEPGRAM_API_KEY": ("Deepgram", "Hears in the cloud stack."),
    "OPENAI_API_KEY": ("OpenAI", "Speaks with its own voices, and hears without Deepgram."),
}
_STACKS = {
    "offline": "Offline: hibari speaks, pocketsphinx hears",
    "local": "Local: Kokoro speaks, Moonshine or Whisper hears",
    "cloud": "Cloud: Cartesia speaks, Deepgram hears",
}
_VERSIONS = {
    "Ringback": "ringback",
    "Pipecat": "pipecat-ai",
    "Pipecat Cloud client": "pipecatcloud",
    "LiveKit SDK": "livekit",
    "LiveKit API": "livekit-api",
    "Streamlit": "streamlit",
}
_LOOKS = {
    "ok": ("check_circle", "Fine", "good"),
    "warn": ("warning", "Works, with a remark", "close"),
    "missing": ("cancel", "Missing", "bad"),
}
_TROUBLE = "settings_trouble"


@st.cache_data(ttl=600, show_spinner="Looking at this computer: about two seconds")
def _look(data_folder: str) -> list[Finding]:
    """Findings by data folder, so that another one is looked at anew."""
    return asyncio.run(doctor(get_settings()))


@st.cache_data(ttl=30, show_spinner="Measuring the data folder")
def _use(data_folder: str) -> DataUse:
    return data_use(get_settings())


def looked() -> list[Finding]:
    """What the doctor finds, at most ten minutes old."""
    found = _look(str(get_settings().data))
    return [_ours(finding) for finding in found]


def look_again() -> None:
    """Forget what was found."""
    _look.clear()
    _use.clear()


def _ours(finding: Finding) -> Finding:
    """The port that is busy is the one this page comes from."""
    if finding.name == "Ports" and finding.status == "warn":
        port = st.get_option("server.port")
        if port == CONSOLE_PORT:
            return Finding("Ports", "ok", f"this console listens on {port}")
    return finding


def livekit(finding: Finding | None) -> None:
    """Which LiveKit server is used for what."""
    settings = get_settings()
    st.markdown("**LiveKit**", help="Calls are rooms on a LiveKit server.")
    own = str(settings.livekit_server) if settings.livekit_server else "found by itself"
    rows = [
        Row(
            "home",
            "Ringback's own",
            "Demo agent and bot files: Ringback's own server",
            below=(
                "Started when it is first needed, on this computer only, with keys of its own.",
                f"RINGBACK_LIVEKIT_SERVER: {own}",
            ),
        ),
        Row(
            "cloud",
            "The agent's",
            "All other agents: their own LiveKit server",
            below=(
                "Its address comes with the session, or stands with the agent: LiveKit address, "
                "API key and secret.",
            ),
        ),
    ]
    row_list(rows, "facts", "LiveKit", key="livekit_facts")
    if finding is not None:
        row_list([_row(finding)], "checks", "Found", key="livekit_found")


def speech() -> None:
    """The stacks a simulated caller speaks and hears with, and their keys."""
    st.markdown(
        "**Speech stacks**",
        help="What the simulated caller speaks and hears with. A scenario's caller names one.",
    )
    rows = []
    for name in stack_names():
        stack = get_stack(name)
        try:
            stack.check(stack.voices[0])
        except RingbackError as error:
            below = (error.message, error.remedy)
            rows.append(Row("radio_button_unchecked", "Not ready", _STACKS[name], below=below))
        else:
            rows.append(Row("check_circle", "Ready", _STACKS[name], "good", right="Ready"))
    row_list(rows, "checks", "Speech stacks", key="stacks")
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        show_error(trouble)
    with st.form("keys", border=False, clear_on_submit=True, enter_to_submit=False):
        secrets = Secrets(get_settings())
        kept = secrets.names()
        for variable, (owner, what) in _KEYS.items():
            given = bool(os.environ.get(variable, "").strip())
            st.text_input(
                f"{owner} key",
                type="password",
                key=f"key_{variable}",
                disabled=given,
                help=f"{what} Kept in a file only you can read, under the name {variable}, and "
                "never shown again.",
                placeholder=f"Comes from the environment: {variable}"
                if given
                else "Kept. Type to replace it"
                if variable in kept
                else f"Paste it here, or set {variable}",
                autocomplete="new-password",
            )
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button("Keep keys", icon=":material/key:", on_click=_keep)
            for variable, (owner, _) in _KEYS.items():
                if variable in kept:
                    st.form_submit_button(
                        f"Forget {owner}'s", on_click=_forget, args=(variable,), type="tertiary"
                    )


def _keep() -> None:
    secrets = Secrets(get_settings())
    try:
        for variable in _KEYS:
            typed = str(st.session_state.get(f"key_{variable}") or "").strip()
            if typed:
                secrets.put(variable, typed)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error


def _forget(variable: str) -> None:
    try:
        Secrets(get_settings()).remove(variable)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error


def data() -> None:
    """Where calls are kept, and how much that is."""
    settings = get_settings()
    st.markdown("**Data folder**", help="Set RINGBACK_DATA to another folder to move it.")
    use = _use(str(settings.data))
    kept = "in the system's keyring" if settings.secrets == "keyring" else "in secrets.json"
    rows = [
        Row("folder", "Folder", str(settings.data), below=("RINGBACK_DATA",)),
        Row("call", "Calls", _many(use.calls, "call"), right=size(use.events)),
        Row("graphic_eq", "Recordings", _many(use.recordings, "recording"), right=size(use.sound)),
        Row("database", "Other", "Database, agents, logs", right=size(use.rest)),
        Row("key", "Keys", f"Keys are kept {kept}", below=("RINGBACK_SECRETS",)),
    ]
    if use.free is not None:
        rows.append(Row("hard_drive", "Free", "Free on this disk", right=size(use.free)))
    row_list(rows, "facts", "Data folder", key="data")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def theme() -> None:
    """Which theme is shown, and how to switch."""
    st.markdown("**Theme**")
    st.markdown(
        f"{current().capitalize()} now. Light, dark or as your system: in the menu "
        ":material/more_vert: at the top right, under Settings."
    )


def versions(finding: Finding | None) -> None:
    """What runs here."""
    st.markdown("**Versions**")
    rows = [Row("", "", name, right=_version(package)) for name, package in _VERSIONS.items()]
    if finding is not None and finding.status == "ok":
        rows.insert(5, Row("", "", LIVEKIT, right=finding.found.split(" ")[0]))
    rows.append(Row("", "", "Python", right=platform.python_version()))
    row_list(rows, "pairs", "Versions", key="versions")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def findings(found: list[Finding]) -> None:
    """What this computer has and lacks."""
    bad = sum(finding.status == "missing" for finding in found)
    remarks = sum(finding.status == "warn" for finding in found)
    many = f"{remarks} remark{'' if remarks == 1 else 's'}"
    told_remarks = f" :gray[· {many}]" if remarks else ""
    if bad:
        told = f":red[{bad} missing: calls cannot work]"
    else:
        told = f":green[Calls can be placed]{told_remarks}"
    st.markdown(f":small[{told}]")
    row_list([_row(finding) for finding in found], "checks", "Findings", key="findings")


def _row(finding: Finding) -> Row:
    mark, word, tone = _LOOKS[finding.status]
    below = (finding.found, finding.fix) if finding.fix else (finding.found,)
    return Row(mark, word, finding.name, tone, below=below)  # type: ignore[arg-type]
