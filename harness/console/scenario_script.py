"""The script in the scenario form: the caller's lines, and what must come back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.console import scenario_preview
from harness.console.scenario_fields import Fields, Place
from harness.nouns import Caller
from harness.scenarios import EVENTS, Draft

__all__ = ["draw", "pieces", "said", "with_line"]

_PAUSE = re.compile(r"\s*\[(\d+) ms\]\s*")
_REPLIES = ("response", "llm_response", "tts_response")
_CALLS = ("function_call", "function_call_stopped")
_TITLES = {
    "response": "A reply",
    "llm_response": "A reply, as its LLM wrote it",
    "tts_response": "A reply, as its voice read it",
    "llm_started": "Its LLM begins",
    "llm_marker": "A marker of its LLM",
    "bot_started_speaking": "It starts to speak",
    "bot_stopped_speaking": "It stops speaking",
    "bot_interrupted": "It is interrupted",
    "bot_backchannel": "A short sound of it",
    "user_started_speaking": "It hears the caller start",
    "user_stopped_speaking": "It hears the caller stop",
    "vad_user_started_speaking": "Its ear hears speech start",
    "vad_user_stopped_speaking": "Its ear hears speech stop",
    "user_transcription": "It understood the caller",
    "user_backchannel": "A short sound of the caller",
    "function_call": "A function call",
    "function_call_stopped": "A function call has ended",
    "image": "An image",
}
_SPEECH: dict[str, Any] = {"service": "kokoro", "voice": "af_heart"}
_HAS_TEXT = (*_REPLIES, "user_transcription")


def draw(fields: Fields) -> None:
    """The steps of the script one below the other."""
    turns = fields.value("turns")
    turns = turns if isinstance(turns, list) else []
    line = 0
    for index, turn in enumerate(turns):
        if isinstance(turn, dict):
            line += _speaks(turn)
            _step(fields, index, turn, line, len(turns))
    with st.container(horizontal=True, gap="xsmall"):
        for label, icon, step in (
            ("Add a line", "add", {"user": "…", "expect": [{"event": "response"}]}),
            ("Add keys", "dialpad", {"dtmf": "1", "expect": [{"event": "response"}]}),
            ("Add a wait", "hourglass_empty", {"expect": [{"event": "response"}]}),
        ):
            fields.button(icon, label, ("turns",), _adding(("turns",), step), words=True)


def _speaks(turn: dict[str, Any]) -> bool:
    return turn.get("user") is not None or turn.get("dtmf") is not None


def _step(fields: Fields, index: int, turn: dict[str, Any], line: int, of: int) -> None:
    where: Place = ("turns", index)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if turn.get("dtmf") is not None:
                st.markdown(f":blue-badge[:material/dialpad: {line}]", width="content")
                fields.text((*where, "dtmf"), "Keys to press", quiet=True)
            elif turn.get("user") is not None:
                st.markdown(f":blue-badge[{line}]", width="content")
                _line(fields, where, turn["user"])
            else:
                first = index == 0
                told = "The caller listens: the greeting" if first else "The caller only listens"
                st.markdown(f":gray[:material/hourglass_empty: {told}]", width="stretch")
            _tools(fields, where, index, of, turn)
        fields.wrong(where)
        caller = _caller(fields)
        if fields.work.playing == index and caller and turn.get("user"):
            scenario_preview.hear(pieces(turn["user"]), caller)
        expect = turn.get("expect")
        for number, expectation in enumerate(expect if isinstance(expect, list) else []):
            if isinstance(expectation, dict):
                _expectation(fields, (*where, "expect", number), expectation)


def _line(fields: Fields, where: Place, user: Any) -> None:
    """What is said, with pauses between its pieces as ``[500 ms]``."""
    place = (*where, "user")
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        return with_line(draft, fields.work.root, where, str(st.session_state[key]).strip())

    st.text_input(
        "What the caller says",
        said(user),
        key=key,
        label_visibility="collapsed",
        placeholder="What the caller says",
        on_change=lambda: fields.attempt(taken),
        width="stretch",
    )


def with_line(draft: Draft, root: Place, turn: Place, text: str) -> Draft:
    """A draft in which the caller says `text` in a turn, with pauses as ``[500 ms]``.

    Pipecat takes pauses only in a scenario that is spoken, so it is made one; who speaks there is
    no matter here, where `ringback.caller` says it.
    """
    parts = pieces(text)
    if len(parts) < 2 or not any(isinstance(part, str) for part in parts):
        return draft.set((*root, *turn, "user"), text or "…")
    if draft.effective((*root, "user", "modality")) != "audio":
        speech: Any = draft.effective((*root, "user", "speech")) or _SPEECH
        draft = draft.set((*root, "user"), {"modality": "audio", "speech": speech})
    written = [{"pause_ms": part} if isinstance(part, int) else part for part in parts]
    return draft.set((*root, *turn, "user"), written)  # type: ignore[arg-type]


def said(user: Any) -> str:
    """A line of the file as one text: pauses between its pieces stand as ``[500 ms]``."""
    if not isinstance(user, list):
        return str(user)
    return " ".join(
        f"[{piece.get('pause_ms')} ms]" if isinstance(piece, dict) else str(piece) for piece in user
    )


def pieces(user: Any) -> tuple[str | int, ...]:
    """Texts and pauses (milliseconds) of a line, from the file or as :func:`said` shows it."""
    parts: list[str | int] = []
    for index, piece in enumerate(_PAUSE.split(said(user))):
        if index % 2:
            parts.append(int(piece))
        elif piece.strip():
            parts.append(piece.strip())
    return tuple(parts)


def _caller(fields: Fields) -> Caller | None:
    """The caller as the form has it, if its voice can be heard beforehand."""
    shown = fields.work.shown
    return shown.caller if shown and scenario_preview.can_be_heard(shown.caller) else None


def _tools(fields: Fields, where: Place, index: int, of: int, turn: dict[str, Any]) -> None:
    if turn.get("user") is not None and _caller(fields):
        st.button(
            ":material/volume_up:",
            key=fields.key((*where, "hear")),
            type="tertiary",
            help="Hear it",
            on_click=_play,
            args=(fields, index),
        )
    with st.popover(":material/tune:", type="tertiary", help="More of this step"):
        fields.text((*where, "ringback", "label"), "Short text for the plan")
        fields.number((*where, "ringback", "pause_s"), "Silence before it, s", 0.0, 0.0, 60.0, 0.5)
        after = ("bot_started_speaking", "bot_stopped_speaking", "function_call")
        told = {"": "When the step before is over"} | {
            event: f"After: {_TITLES[event].lower()}" for event in after
        }
        _send_after(fields, where, told)
        with st.container(horizontal=True, gap="xsmall"):
            fields.button(
                "arrow_upward", "Up", where, _moving(where, index - 1), words=True,
                disabled=index == 0,
            )  # fmt: skip
            fields.button(
                "arrow_downward", "Down", where, _moving(where, index + 1), words=True,
                disabled=index + 1 == of,
            )  # fmt: skip
        reply = {"event": "response"}
        fields.button(
            "add", "Expect something", (*where, "expect"), _adding((*where, "expect"), reply),
            words=True,
        )  # fmt: skip
        fields.button("delete", "Take the step away", where, _dropping(where), words=True)


def _play(fields: Fields, index: int) -> None:
    fields.work.playing = index


def _send_after(fields: Fields, where: Place, told: dict[str, str]) -> None:
    """When the line begins: in its turn, or so long after an event, which may be a cut-in."""
    place = (*where, "send_after")
    now = fields.value(*place, "event") or ""
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        event = st.session_state[key]
        whole = (*fields.work.root, *place)
        return draft.set((*whole, "event"), event) if event else draft.remove(whole)

    known = list(told) if now in told else [now, *told]
    st.selectbox(
        "Begins",
        known,
        index=known.index(now),
        format_func=lambda event: told.get(event, event),
        key=key,
        on_change=lambda: fields.attempt(taken),
        help="After it has started to speak: the caller cuts in.",
    )
    if now:
        fields.number(
            (*place, "delay_ms"), "So long after it, s", 0.0, 0.0, 60.0, 0.1, scale=1000.0
        )


def _expectation(fields: Fields, where: Place, expectation: dict[str, Any]) -> None:
    event = str(expectation.get("event", ""))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(":violet[:material/subdirectory_arrow_right:]", width="content")
        fields.choice(
            (*where, "event"), "What must come", None, {e: _TITLES.get(e, e) for e in EVENTS},
            quiet=True, width=190,
        )  # fmt: skip
        if event in _CALLS:
            _calls(fields, where, expectation)
        elif event in _HAS_TEXT:
            fields.text(
                (*where, "text_contains"), "With the words", placeholder="any words", quiet=True
            )
        else:
            st.space("stretch")
        with st.popover(":material/tune:", type="tertiary", help="More of this expectation"):
            fields.number(
                (*where, "within_ms"), "Within, s", None, 0.1, 600.0, 0.5,
                "Judged by what is heard, from the caller's last sound.", scale=1000.0,
            )  # fmt: skip
            if event in _HAS_TEXT:
                fields.text((*where, "text_excludes"), "Without the words")
            if event in (*_HAS_TEXT, "function_call"):
                fields.text(
                    (*where, "eval"), "Judged in words", "A language model judges it.", area=True
                )
            fields.yes((*where, "absent"), "It must not come", False)
            fields.choice(
                (*where, "check_from"), "Looked for", "previous",
                {"previous": "After the one above", "turn_start": "From the start of the step"},
            )  # fmt: skip
            fields.button("delete", "Take it away", where, _dropping(where), words=True)
    fields.wrong(where)


def _calls(fields: Fields, where: Place, expectation: dict[str, Any]) -> None:
    """One function by name and arguments; several stand in the text."""
    calls = expectation.get("calls")
    if isinstance(calls, list) and len(calls) > 1:
        names = ", ".join(
            str(call.get("name") if isinstance(call, dict) else call) for call in calls
        )
        st.markdown(f":gray[{len(calls)} calls, in the text: {names}]", width="stretch")
        return
    inside: Place = where
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        inside = (*where, "calls", 0)
    elif calls:
        st.markdown(f":gray[{calls[0]}, in the text]", width="stretch")
        return
    fields.text((*inside, "name"), "Function", placeholder="any function", quiet=True, width=150)
    fields.json((*inside, "args"), "Its arguments", '{"doctor": "Osei"}', quiet=True)


def _adding(where: Place, value: Any) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.add((*root, *where), value)


def _dropping(where: Place) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.remove((*root, *where))


def _moving(where: Place, to: int) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.move((*root, *where), to)
