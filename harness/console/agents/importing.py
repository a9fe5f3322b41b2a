"""Import of agents: files, or what was pasted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from harness.agents import PROVIDERS, provider_for
from harness.agents.library import AgentLibrary, read_agents
from harness.console._errors import show_error
from harness.console.agents.draft import free_name
from harness.errors import AgentConfigError, RingbackError
from harness.nouns import Agent
from harness.settings import get_settings

__all__ = ["bring_in", "draw"]

_ERROR = "agents_import_error"
_EXAMPLE = """{
  "provider": "pipecat",
  "config": {"api_key": "...", "agent_name": "my-agent"}
}"""


def draw(done: Callable[[list[Agent]], None], leave: Callable[[], None]) -> None:
    """Upload or paste agents; what was pasted stays if it cannot be used."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Agents", icon=":material/arrow_back:", type="tertiary", on_click=leave, key="back"
        )
        st.markdown("**Import agents**", width="content")
    wide, _ = st.columns([1.75, 1], gap="medium")
    with wide, st.container(border=True):
        given, error = st.session_state.get(_ERROR, ((), None))
        if error is not None and given == _given():
            show_error(error)
        if not any(given):
            st.session_state.pop(_ERROR, None)  # the next visit begins like that
        st.text_area(
            "Paste YAML or JSON",
            key="import_text",
            height=210,
            placeholder=_EXAMPLE,
            help="One agent or several, as Ringback exports them, or an agent of Preclinical. "
            "Keys in it are moved to a file only you can read.",
        )
        st.file_uploader(
            "Or files",
            type=["yaml", "yml", "json"],
            accept_multiple_files=True,
            key="import_files",
            max_upload_size=1,
        )
        st.button("Import", type="primary", key="import", on_click=_import, args=(done,))


def _given() -> tuple[str, ...]:
    """What is to be imported: an error belongs to it, and goes when it is changed."""
    files = st.session_state.get("import_files") or ()
    return (str(st.session_state.get("import_text") or ""), *(file.file_id for file in files))


def _import(done: Callable[[list[Agent]], None]) -> None:
    texts = [(file.name, file.getvalue()) for file in st.session_state.get("import_files") or ()]
    pasted = str(st.session_state.get("import_text") or "")
    try:
        if pasted.strip():
            texts.append(("The pasted text", pasted.encode()))
        saved = bring_in(texts, AgentLibrary(get_settings()))
    except RingbackError as error:
        st.session_state[_ERROR] = (_given(), error)
        return
    st.session_state.pop(_ERROR, None)
    done(saved)


def bring_in(texts: Sequence[tuple[str, bytes]], library: AgentLibrary) -> list[Agent]:
    """Save the agents of some texts, all or none; a name that is taken gets a number.

    Args:
        texts: What each comes from, and its bytes.
        library: Where to.

    Raises:
        AgentConfigError: One cannot be used, or there is none.
    """
    found: list[Agent] = []
    for source, content in texts:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise AgentConfigError(
                f"{source}: it is no text in UTF-8.",
                cause="It is another kind of file.",
                remedy="Choose a YAML or JSON file.",
            ) from None
        found += read_agents(text, source)
    if not found:
        raise AgentConfigError(
            "There is nothing to import.",
            cause="No file was chosen and nothing was pasted.",
            remedy="Paste an agent, or choose a file.",
        )
    taken = set(library.all()) | set(library.problems())
    fitting = []
    for agent in found:
        if agent.provider not in PROVIDERS:
            provider_for(agent)  # says so
        name = free_name(agent.name, taken)
        taken.add(name)
        fitting.append(agent.model_copy(update={"name": name}))
    return [library.save(agent) for agent in fitting]
