"""Conversations of Pipecat Evals brought in on the Runs page, and judged."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from harness.console._errors import show_error
from harness.console._service import service
from harness.errors import ConversationError, RingbackError
from harness.grade import events_of_conversation
from harness.nouns import Call
from harness.scenarios import find_scenario, library

__all__ = ["button", "form", "read", "told"]

_LIMIT_MB = 10
_DONE = "conversations_imported"
_REMEDY = "Give a .conversation.json that Pipecat Evals or Ringback wrote."


def button() -> None:
    """What opens the dialog."""
    if st.button(
        "Import a conversation",
        icon=":material/upload_file:",
        help="Files .conversation.json of Pipecat Evals: kept as calls without sound, and judged.",
        key="import_conversation",
    ):
        _ask()


@st.dialog("Import a conversation", width="medium")
def _ask() -> None:
    form()


def form() -> None:
    """Which files, and by which scenario they are judged; what was wrong goes with a change."""
    titles: dict[str, str] = {"": "Nothing: only keep it"}
    titles |= {scenario.name: scenario.title for scenario in library() if scenario.checks}
    files = st.file_uploader(
        "Conversation files",
        type=["json"],
        accept_multiple_files=True,
        max_upload_size=_LIMIT_MB,
        help="What pipecat eval run writes as .conversation.json, or Ringback hands out.",
        key="import_conversation_files",
    )
    by = st.selectbox(
        "Judge it by the checks of",
        list(titles),
        format_func=lambda name: titles[name],
        help="What only sound or an agent's events can show is left out. It can be judged "
        "again later, by other criteria.",
        key="import_conversation_by",
    )
    wanted = st.button(
        "Import", type="primary", icon=":material/upload_file:", key="import_conversation_now"
    )
    if not wanted:
        return
    if not files:
        st.markdown(":red[:material/error: Choose a file first.]")
        return
    try:
        with st.spinner("Keeping and judging it"):
            calls = _bring_in([(file.name, file.getvalue()) for file in files], by)
    except RingbackError as error:
        show_error(error)
        return
    st.session_state[_DONE] = len(calls)
    st.query_params["call"] = calls[0].id
    st.rerun()


def told() -> None:
    """What was just brought in."""
    many = st.session_state.pop(_DONE, 0)
    if many:
        kept = "1 conversation" if many == 1 else f"{many} conversations"
        st.markdown(f":gray[:material/check: Imported {kept}.]", width="content")


def _bring_in(files: list[tuple[str, bytes]], by: str) -> list[Call]:
    """All files or, if one cannot be used, none."""
    conversations = [(name, read(name, content)) for name, content in files]
    scenario = find_scenario(by) if by else None
    return [
        service().import_conversation(messages, _title(name), scenario)
        for name, messages in conversations
    ]


def _title(name: str) -> str:
    return name.removesuffix(".json").removesuffix(".conversation")


def read(name: str, content: bytes) -> list[dict[str, Any]]:
    """The messages of a file.

    Raises:
        ConversationError: It is no conversation.
    """
    if len(content) > _LIMIT_MB * 1_000_000:
        raise _wrong(name, f"it is larger than {_LIMIT_MB} MB")
    try:
        messages = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _wrong(name, "it is no JSON") from error
    if not isinstance(messages, list):
        raise _wrong(name, "it is no list of messages")
    try:
        events_of_conversation(messages)
    except ConversationError as error:
        raise ConversationError(
            f"{name}: {error.message}", cause=error.cause, remedy=error.remedy or _REMEDY
        ) from error
    return messages


def _wrong(name: str, what: str) -> ConversationError:
    return ConversationError(
        f"{name} cannot be used: {what}.",
        cause="A conversation file is a JSON list of messages: user, assistant and tool_call.",
        remedy=_REMEDY,
    )
