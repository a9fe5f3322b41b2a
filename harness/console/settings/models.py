"""Language models on the Settings page: they judge, play callers and write scenarios."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import streamlit as st
from pydantic import ValidationError

from harness.console._errors import show_error
from harness.console._text import plain
from harness.errors import EndpointError, RingbackError
from harness.grade import HttpJudge, Panel, facts_of
from harness.nouns import CheckVerdict, Criterion, LlmEndpoint, Span, Turn, Vote
from harness.secrets import is_reference
from harness.settings import get_settings
from harness.store import EndpointLibrary

__all__ = ["draw"]

_EDITED = "llm_edited"
_TROUBLE = "llm_trouble"
_TRIED = "llm_tried"
_ASKED = "llm_asked"
_NEW = " new"
"""Stands for one that is not saved yet; no name begins with a space."""


def draw() -> None:
    """The language models by name, and the form of one."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(
            "**Language models**",
            width="content",
            help="They judge what rules cannot, play simulated people and draft scenarios. OpenAI, "
            "Ollama, vLLM or whatever else answers OpenAI's chat completions.",
        )
        st.button("Add", icon=":material/add:", key="llm_new", on_click=_edit, args=(_NEW,))
    asked = st.session_state.pop(_ASKED, None)
    if asked:
        with st.spinner(f"Asking {asked} one question"):
            _try(asked)
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        show_error(trouble)
    library = EndpointLibrary(get_settings())
    try:
        known = library.all()
    except RingbackError as error:
        show_error(error)
        return
    edited = st.session_state.get(_EDITED)
    if not known and edited is None:
        st.caption(
            "None. Rules judge all they can; a criterion in words is not run, and simulated people "
            "follow written rules only."
        )
    for index, endpoint in enumerate(known.values()):
        _row(endpoint, usual=index == 0)
        if edited == endpoint.name:
            _form(endpoint, usual=index == 0)
    if edited == _NEW:
        _form(None, usual=False)


def _row(endpoint: LlmEndpoint, *, usual: bool) -> None:
    name = endpoint.name
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        badge = "\u2002:gray-badge[Usual]" if usual else ""
        told = f":small[:gray[{plain(endpoint.model)} · {plain(endpoint.url)}]]"
        st.markdown(
            f"{plain(name)}{badge}  \n{told}  \n:small[{_state(endpoint)}]", width="stretch"
        )
        st.button(
            "Try",
            icon=":material/network_check:",
            key=f"llm_try_{name}",
            on_click=lambda: st.session_state.update({_ASKED: name}),
            help="Ask it one small question",
        )
        st.button(
            "Edit", icon=":material/edit:", key=f"llm_edit_{name}", on_click=_edit,
            args=(name,),
        )  # fmt: skip


def _state(endpoint: LlmEndpoint) -> str:
    tried = st.session_state.get(_TRIED, {}).get(endpoint.name)
    if tried is not None:
        good, told = tried
        if good:
            return f":green[:material/check_circle: {plain(told)}]"
        return f":red[:material/cancel: {plain(told)}]"
    if endpoint.key.startswith("env:"):
        return f":gray[Its key comes from {plain(endpoint.key[4:])}]"
    return ":gray[Its key is kept]" if endpoint.key else ":gray[Without a key]"


def _try(name: str) -> None:
    """Ask one question, and remember what came back."""
    tried = st.session_state.setdefault(_TRIED, {})
    try:
        access = EndpointLibrary(get_settings()).access(name)
        vote = asyncio.run(_ask(HttpJudge(access)))
    except RingbackError as error:
        tried[name] = (False, f"{error.message} {error.remedy}".strip())
        return
    if vote.verdict is CheckVerdict.ERROR:
        tried[name] = (False, vote.error or "It gave no usable answer.")
    else:
        tried[name] = (True, f"Answers, with {vote.tokens_in + vote.tokens_out} tokens")


def _edit(name: str) -> None:
    st.session_state[_EDITED] = name


def _form(endpoint: LlmEndpoint | None, *, usual: bool) -> None:
    """Everything of one; its key is write-only."""
    name = endpoint.name if endpoint else _NEW
    start = endpoint or LlmEndpoint(name="new", url="https://api.openai.com/v1", model="gpt-4.1")
    with st.form(f"llm_{name}", enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            st.text_input(
                "Name",
                "" if endpoint is None else name,
                key=f"llm.{name}.name",
                disabled=endpoint is not None,
                placeholder="ollama",
            )
            st.text_input("Model", start.model, key=f"llm.{name}.model")
        with right:
            st.text_input(
                "Address",
                start.url,
                key=f"llm.{name}.url",
                help="As far as /v1. Ollama: http://localhost:11434/v1",
            )
            st.number_input(
                "Waits for an answer, s", 1.0, 600.0, start.timeout_s, 5.0, format="%.0f",
                key=f"llm.{name}.timeout_s",
            )  # fmt: skip
        variable = start.key[4:] if start.key.startswith("env:") else ""
        kept = bool(start.key) and not variable
        left, right = st.columns(2)
        with left:
            st.text_input(
                "Key",
                type="password",
                key=f"llm.{name}.key",
                placeholder="Kept. Type to replace it" if kept else "Paste it, if it needs one",
                help="Kept in a file only you can read, and never shown again.",
                autocomplete="new-password",
            )
        with right:
            st.text_input(
                "Or the name of an environment variable",
                variable,
                key=f"llm.{name}.variable",
                placeholder="OPENAI_API_KEY",
            )
        st.text_input(
            "Sent with every question, JSON",
            json.dumps(start.extra) if start.extra else "",
            key=f"llm.{name}.extra",
            placeholder='{"reasoning_effort": "low"}',
        )
        if not usual:
            st.checkbox("The usual one", key=f"llm.{name}.usual", help="Taken where none is named.")
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button("Save", type="primary", on_click=_save, args=(endpoint,))
            st.form_submit_button("Cancel", on_click=_close)
            if endpoint is not None:
                st.form_submit_button(
                    "Delete", icon=":material/delete:", on_click=_delete, args=(name,)
                )


def _close() -> None:
    st.session_state.pop(_EDITED, None)


def _delete(name: str) -> None:
    try:
        EndpointLibrary(get_settings()).delete(name)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
        return
    _close()


def _save(before: LlmEndpoint | None) -> None:
    at = f"llm.{before.name if before else _NEW}"
    given = {part: st.session_state.get(f"{at}.{part}") for part in ("name", "url", "model")}
    try:
        endpoint = _read(
            at, {part: str(value or "").strip() for part, value in given.items()}, before
        )
        library = EndpointLibrary(get_settings())
        if before is None and endpoint.name in library.all():
            raise EndpointError(
                f"There is a language model {endpoint.name} already.", remedy="Choose another name."
            )
        library.put(endpoint, usual=bool(st.session_state.get(f"{at}.usual")))
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
        return
    st.session_state.setdefault(_TRIED, {}).pop(endpoint.name, None)
    _close()


def _read(at: str, given: dict[str, str], before: LlmEndpoint | None) -> LlmEndpoint:
    """What was entered.

    Raises:
        EndpointError: Something in it cannot be used; never with a key in the message.
    """
    key = str(st.session_state.get(f"{at}.key") or "").strip()
    variable = str(st.session_state.get(f"{at}.variable") or "").strip()
    if variable and not variable.replace("_", "a").isalnum():
        raise EndpointError(
            "What was entered is not the name of an environment variable.",
            cause="A name has letters, digits and _.",
            remedy="Paste a key into the field Key.",
        )
    was = before.key if before and not before.key.startswith("env:") else ""
    reference = key or (f"env:{variable}" if variable else was)
    if key and is_reference(key):
        raise EndpointError("That is a reference, not a key.", remedy="Paste the key itself.")
    extra: Any = {}
    text = str(st.session_state.get(f"{at}.extra") or "").strip()
    if text:
        try:
            extra = json.loads(text)
        except (ValueError, RecursionError):
            extra = None
        if not isinstance(extra, dict):
            raise EndpointError(
                "What is sent with every question is not a JSON object.",
                remedy='Write an object such as {"reasoning_effort": "low"}, or nothing.',
            )
    try:
        return LlmEndpoint(
            name=before.name if before else given["name"],
            url=given["url"],
            model=given["model"],
            key=reference,
            extra=extra,
            timeout_s=float(st.session_state.get(f"{at}.timeout_s") or 20.0),
        )
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = str(first["loc"][0])
        if first["type"] == "value_error":  # our own words, without the value
            raise EndpointError(
                f"What stands in {field} cannot be used: {first['ctx']['error']}."
            ) from None
        raise EndpointError(_WRONG.get(field, f"{field} cannot be used.")) from None


_WRONG = {
    "name": "A name has letters, digits, _, - and dots, and is not empty.",
    "url": "The address must begin with http:// or https://.",
    "model": "The model is missing.",
}


async def _ask(judge: HttpJudge) -> Vote:
    """What it says of a call of one sentence."""
    said = Turn(0, agent=(Span(0.0, 1.0),), agent_text="Hello, how can I help?")
    asked = Criterion(rule="criterion", name="Try", text="The agent offers help.")
    panel = Panel([judge])
    try:
        judgement = await panel.decide(asked, facts_of((said,), ()), None)
    finally:
        await panel.aclose()
    return judgement.votes[0]
