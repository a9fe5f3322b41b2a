"""The script in the scenario form: the caller's lines, and what must come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.console.scenarios import context, preview
from harness.console.scenarios import expect as scenario_expect
from harness.console.scenarios.fields import Fields, Place
from harness.console.scenarios.kept import kept
from harness.console.scenarios.line import said, with_line, with_recording, with_sound
from harness.nouns import SOUNDS, ScriptStep
from harness.scenarios import Draft

__all__ = ["draw"]

_LATER = "-"
"""In place of an event: the line comes so long after the step before."""
_LATER_MS = 1000
_SOUNDS = {name: name.replace("_", "-").capitalize() for name in SOUNDS}


def draw(fields: Fields) -> None:
    """The steps of the script one below the other."""
    turns = fields.value("turns")
    turns = turns if isinstance(turns, list) else []
    context.draw(fields)
    line = 0
    for index, turn in enumerate(turns):
        if isinstance(turn, dict):
            line += _speaks(turn)
            _step(fields, index, turn, line, len(turns))
    with st.container(horizontal=True, gap="xsmall"):
        for label, icon, step in (
            ("Add a line", "add", {"user": "…", "expect": [{"event": "response"}]}),
            ("Add keys", "dialpad", {"dtmf": "1", "expect": [{"event": "response"}]}),
            ("Add a sound", "graphic_eq", {"ringback": {"sound": next(iter(SOUNDS))}}),
            ("Add a wait", "hourglass_empty", {"expect": [{"event": "response"}]}),
        ):
            fields.button(icon, label, ("turns",), _adding(("turns",), step), words=True)


def _speaks(turn: dict[str, Any]) -> bool:
    return turn.get("user") is not None or turn.get("dtmf") is not None


def _is_sound(turn: dict[str, Any]) -> bool:
    block = turn.get("ringback")
    return isinstance(block, dict) and bool(block.get("sound"))


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
            elif _is_sound(turn):
                st.markdown(":gray[:material/graphic_eq: A sound, no line]", width="stretch")
            else:
                first = index == 0
                told = "The caller listens: the greeting" if first else "The caller only listens"
                st.markdown(f":gray[:material/hourglass_empty: {told}]", width="stretch")
            _tools(fields, where, index, of, turn)
        fields.wrong(where)
        for key in ("audio", "image"):
            fields.wrong((*where, key))
        step = _heard(fields, index)
        if fields.work.playing == index and step and fields.work.shown:
            preview.hear(preview.parts_of(step), fields.work.shown.caller)
        kept(fields, where, "turn")
        if isinstance(turn.get("ringback"), dict):
            kept(fields, (*where, "ringback"), "turn block")
        expect = turn.get("expect")
        for number, expectation in enumerate(expect if isinstance(expect, list) else []):
            if isinstance(expectation, dict):
                scenario_expect.draw(fields, (*where, "expect", number), expectation)


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


def _heard(fields: Fields, index: int) -> ScriptStep | None:
    """The step as it is, if its line can be heard beforehand."""
    shown = fields.work.shown
    if shown is None or index >= len(shown.steps):
        return None
    step = shown.steps[index]
    return step if preview.step_can_be_heard(step, shown.caller) else None


def _tools(fields: Fields, where: Place, index: int, of: int, turn: dict[str, Any]) -> None:
    if _heard(fields, index):
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
        fields.number((*where, "ringback", "pause_s"), "Silence before it, s", 0.0, 0.5)
        after = ("bot_started_speaking", "bot_stopped_speaking", "function_call")
        told = {"": "When the step before is over", _LATER: "After the step before"} | {
            event: f"After: {scenario_expect.TITLES[event].lower()}" for event in after
        }
        if _speaks(turn):
            _send_after(fields, where, told)
        if turn.get("user") is not None:
            _recording(fields, where)
        _sound(fields, where)
        fields.text(
            (*where, "image"), "Image the agent may look at", "A file beside the scenario.",
            placeholder="media/card.png",
        )  # fmt: skip
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
    written = fields.value(*place)
    now = fields.value(*place, "event") or (_LATER if isinstance(written, dict) else "")
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        event = st.session_state[key]
        whole = (*fields.work.root, *place)
        if event == _LATER:
            return draft.set(whole, {"delay_ms": fields.value(*place, "delay_ms") or _LATER_MS})
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
        fields.number((*place, "delay_ms"), "So long after it, s", 0.0, 0.1, scale=1000.0)
        kept(fields, place, "send_after")


def _sound(fields: Fields, where: Place) -> None:
    """A sound that is no line: alone in the step, or some time into the agent's reply."""
    place = (*where, "ringback", "sound")
    now = str(fields.value(*place) or "")
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        return with_sound(draft, fields.work.root, where, st.session_state[key])

    known = ["", *_SOUNDS] if now in ("", *_SOUNDS) else [now, "", *_SOUNDS]
    st.selectbox(
        "Sound of the caller",
        known,
        index=known.index(now),
        format_func=lambda name: _SOUNDS.get(name, name or "None"),
        key=key,
        help="One that nobody should answer.",
        disabled=fields.elsewhere(place),
        on_change=lambda: fields.attempt(taken, redraw=True),
    )
    if now:
        fields.number(
            (*where, "ringback", "into_reply_s"), "So long into the reply, s", None, 0.5,
            "Without it, in a step without a line: at once.",
        )  # fmt: skip
    fields.wrong(place)


def _recording(fields: Fields, where: Place) -> None:
    """A recording in place of the caller's voice."""
    place = (*where, "audio")
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        path = str(st.session_state[key]).strip()
        return with_recording(draft, fields.work.root, where, path)

    st.text_input(
        "Recording played as the line",
        str(fields.value(*place) or ""),
        key=key,
        help="A WAV, FLAC, OGG or MP3 file beside the scenario; the line is what it says.",
        placeholder="media/hello.wav",
        disabled=fields.elsewhere(place),
        on_change=lambda: fields.attempt(taken),
    )


def _adding(where: Place, value: Any) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.add((*root, *where), value)


def _dropping(where: Place) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.remove((*root, *where))


def _moving(where: Place, to: int) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.move((*root, *where), to)
