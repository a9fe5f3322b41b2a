"""How a scenario's caller sounds, line by line."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable

import numpy as np
import streamlit as st

from harness.caller.speech import synthesize
from harness.console._errors import show_error
from harness.console._text import plain
from harness.errors import RingbackError
from harness.nouns import Caller, Scenario, ScriptStep

__all__ = ["CALLER", "can_be_heard", "first_line", "hear", "lines", "sound_of", "why_not"]

CALLER = -2
"""In place of a step: the caller as such is heard."""

_RATE = 24000
_BETWEEN_S = 0.6


def can_be_heard(caller: Caller) -> bool:
    """Whether this caller's voice can be had at once, on this computer."""
    return caller.by == "voice" and caller.stack == "offline"


def why_not(caller: Caller) -> str:
    """Why the lines cannot be heard beforehand."""
    if caller.by == "text":
        return "The caller types: there is nothing to hear."
    return f"The voices of the stack {plain(caller.stack)} are heard in a call only."


@st.cache_data(max_entries=200, show_spinner="Making the caller's voice")
def sound_of(
    parts: tuple[str | int, ...], voice: str, speed: float, seed: int, volume_db: float
) -> bytes:
    """Texts and pauses (milliseconds) spoken by a voice of this computer, as a WAV file.

    Raises:
        RingbackError: The voice cannot say it.
    """
    pieces = [
        np.zeros(part * _RATE // 1000, np.int16)
        if isinstance(part, int)
        else synthesize(part, voice=voice, speed=speed, seed=seed, sample_rate=_RATE)
        for part in parts
    ]
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    if volume_db:
        louder = samples.astype(np.float32) * 10 ** (volume_db / 20)
        samples = np.clip(louder, -32768, 32767).astype(np.int16)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def first_line(scenario: Scenario) -> str:
    """The first thing the caller says, or something like it."""
    return next((step.say for step in scenario.steps if step.say), "Hello, I have a question.")


def hear(parts: tuple[str | int, ...], caller: Caller) -> None:
    """Play texts and pauses at once in the caller's voice, or say why not."""
    try:
        sound = sound_of(parts, caller.voice, caller.speed, caller.seed, caller.volume_db)
    except RingbackError as error:
        show_error(error)
        return
    st.audio(sound, format="audio/wav", autoplay=True)


def lines(
    scenario: Scenario, playing: int | None, play: Callable[[int | None], None], key: str
) -> None:
    """What the caller says, each line with a button to hear it.

    Args:
        scenario: A scripted one.
        playing: The step that is heard now, -1 for all of them.
        play: Called with another one.
        key: Start of the elements' keys.
    """
    spoken = [index for index, step in enumerate(scenario.steps) if step.say]
    heard = can_be_heard(scenario.caller)
    if not heard:
        st.caption(why_not(scenario.caller))
    number = 0
    for index, step in enumerate(scenario.steps):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            number += index in spoken
            st.markdown(_told(step, number), width="stretch")
            if heard and index in spoken:
                st.button(
                    "Hear",
                    icon=":material/volume_up:",
                    type="tertiary",
                    key=f"{key}_hear_{index}",
                    on_click=play,
                    args=(index,),
                )
        if playing == index and heard:
            hear(parts_of(step), scenario.caller)
    if heard and len(spoken) > 1:
        st.button(
            "Hear all lines",
            icon=":material/volume_up:",
            key=f"{key}_hear_all",
            on_click=play,
            args=(-1,),
        )
        if playing == -1:
            hear(all_parts(scenario), scenario.caller)


def parts_of(step: ScriptStep) -> tuple[str | int, ...]:
    """Texts and pauses of one step."""
    return step.parts or ((step.say,) if step.say else ())


def all_parts(scenario: Scenario) -> tuple[str | int, ...]:
    """All lines with a short silence after each."""
    parts: list[str | int] = []
    for step in scenario.steps:
        if step.say:
            parts += [*parts_of(step), round((_BETWEEN_S + step.pause_s) * 1000)]
    return tuple(parts)


def _told(step: ScriptStep, number: int) -> str:
    if step.say:
        return f":blue-badge[{number}] {plain(step.say)}"
    if step.dtmf:
        return f":gray[:material/dialpad: Presses {plain(step.dtmf)}]"
    return f":gray[:material/hourglass_empty: {plain(step.label or 'Waits')}]"
