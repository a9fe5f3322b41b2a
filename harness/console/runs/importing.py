"""Calls brought in on the Runs page: bundles of another Ringback, Pipecat conversations."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import streamlit as st

from harness.console._errors import show_error
from harness.console._service import service
from harness.errors import ConversationError, RingbackError
from harness.grade import events_of_conversation
from harness.report import read_bundle
from harness.scenarios import find_scenario, library

__all__ = ["button", "form", "read", "told"]

_LIMIT_MB = 10
_BUNDLE_MB = 500
_BUNDLE = ".ringback"
_DONE = "conversations_imported"
_REMEDY = "Give a .conversation.json that Pipecat Evals or Ringback wrote."


class _File(Protocol):
    """What was uploaded."""

    name: str

    def getvalue(self) -> bytes:
        """All of it."""
        ...


@dataclass(frozen=True, slots=True)
class _Done:
    """What was brought in, for people, and the id of the first call."""

    sentence: str
    first: str


def button() -> None:
    """What opens the dialog."""
    if st.button(
        "Import calls",
        icon=":material/upload_file:",
        help="Bundles .ringback of another Ringback, with their sound; or files "
        ".conversation.json of Pipecat Evals: kept as calls without sound, and judged.",
        key="import_conversation",
    ):
        _ask()


@st.dialog("Import calls", width="medium")
def _ask() -> None:
    form()


def form() -> None:
    """Which files, and by which scenario they are judged; what was wrong goes with a change."""
    titles: dict[str, str] = {"": "Nothing: only keep it"}
    titles |= {scenario.name: scenario.title for scenario in library() if scenario.checks}
    files = st.file_uploader(
        "Bundles or conversation files",
        type=["ringback", "json"],
        accept_multiple_files=True,
        max_upload_size=_BUNDLE_MB,
        help="What Ringback exports as .ringback; what pipecat eval run writes as "
        f".conversation.json. A bundle over {_BUNDLE_MB} MB: ringback import FILE.",
        key="import_conversation_files",
    )
    by = st.selectbox(
        "Judge conversations by the checks of",
        list(titles),
        format_func=lambda name: titles[name],
        help="What only sound or an agent's events can show is left out. They can be judged "
        "again later, by other criteria. A bundle has its own checks.",
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
        with st.spinner("Reading, keeping and judging"):
            done = _bring_in(files, by)
    except RingbackError as error:
        show_error(error)
        return
    st.session_state[_DONE] = done.sentence
    if done.first:
        st.query_params["call"] = done.first
    st.rerun()


def told() -> None:
    """What was just brought in."""
    if sentence := st.session_state.pop(_DONE, ""):
        st.markdown(f":gray[:material/check: {sentence}]", width="content")


def _bring_in(files: Sequence[_File], by: str) -> _Done:
    """Conversations all or, if one cannot be used, none; then bundles, each whole or not at all."""
    conversations = [
        (file.name, read(file.name, file.getvalue()))
        for file in files
        if not file.name.endswith(_BUNDLE)
    ]
    scenario = find_scenario(by) if by else None
    bundles = [
        read_bundle(service().archive, io.BytesIO(file.getvalue()), file.name)
        for file in files
        if file.name.endswith(_BUNDLE)
    ]
    calls = [
        service().import_conversation(messages, _title(name), scenario).id
        for name, messages in conversations
    ]
    new = [*calls, *(id for found in bundles for id in found.calls)]
    there = [id for found in bundles for id in found.there]
    told = f"Imported {len(new)} call{'' if len(new) == 1 else 's'}"
    told += f"; {len(there)} were here already." if there else "."
    return _Done(told, next(iter((*new, *there)), ""))


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
