"""How a scenario's caller sounds, line by line."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr
import streamlit as st

from harness.caller import Samples
from harness.caller.speech import synthesize
from harness.console._errors import show_error
from harness.console._text import plain
from harness.errors import RingbackError, ScenarioError
from harness.nouns import Caller, RulesBrain, Scenario, ScriptStep

__all__ = ["CALLER", "Part", "all_parts", "can_be_heard", "first_line", "hear", "lines", "parts_of"]
__all__ += ["sound_of", "step_can_be_heard", "why_not"]

Part = str | int | tuple[str, int]
"""A text, a pause in milliseconds, or a recording: its path and the time it was changed."""

CALLER = -2
"""In place of a step: the caller as such is heard."""

_RATE = 24000
_BETWEEN_S = 0.6


def can_be_heard(caller: Caller) -> bool:
    """Whether this caller's voice can be had at once, on this computer."""
    return caller.by == "voice" and caller.stack == "offline"


def step_can_be_heard(step: ScriptStep, caller: Caller) -> bool:
    """Whether what the caller says in a step can be had at once: a recording always can."""
    if step.say is None or caller.by != "voice":
        return False
    return step.audio is not None or can_be_heard(caller)


def why_not(caller: Caller) -> str:
    """Why the lines cannot be heard beforehand."""
    if caller.by == "text":
        return "The caller types: there is nothing to hear."
    return f"The voices of the stack {plain(caller.stack)} are heard in a call only."


@st.cache_data(max_entries=200, show_spinner="Making the caller's voice")
def sound_of(
    parts: tuple[Part, ...], voice: str, speed: float, seed: int, volume_db: float
) -> bytes:
    """Texts spoken by a voice of this computer, pauses and recordings, as a WAV file.

    Raises:
        RingbackError: The voice cannot say it, or a recording cannot be read.
    """
    pieces: list[Samples] = []
    for part in parts:
        if isinstance(part, int):
            pieces.append(np.zeros(part * _RATE // 1000, np.int16))
        elif isinstance(part, str):
            pieces.append(synthesize(part, voice=voice, speed=speed, seed=seed, sample_rate=_RATE))
        else:
            pieces.append(_recorded(part[0]))
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


def _recorded(path: str) -> Samples:
    """A recording as the caller's track has it: mono, 16 bit."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        raise ScenarioError(
            f"The recording {Path(path).name} cannot be heard.",
            cause=f"The audio library says: {error}",
            remedy="Look whether the file is still there.",
        ) from error
    mono = soxr.resample(samples.mean(axis=1), rate, _RATE)
    return np.asarray(np.clip(mono, -1.0, 1.0) * 32767, np.int16)


def first_line(scenario: Scenario) -> str:
    """The first thing the caller says, or something like it."""
    said = next((step.say for step in scenario.steps if step.say), None)
    brain = scenario.simulation.brain if scenario.simulation else None
    if said is None and isinstance(brain, RulesBrain) and (lines := brain.states[brain.start].say):
        said = re.sub(r"\{(\w+)\}", lambda slot: brain.slots.get(slot[1], slot[0]), lines[0])
    return said or "Hello, I have a question."


def hear(parts: tuple[Part, ...], caller: Caller) -> None:
    """Play them at once, texts in the caller's voice, or say why not."""
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


def parts_of(step: ScriptStep) -> tuple[Part, ...]:
    """What is heard of one step."""
    if step.audio is not None:
        file = Path(step.audio)
        return ((step.audio, file.stat().st_mtime_ns if file.exists() else 0),)
    return step.parts or ((step.say,) if step.say else ())


def all_parts(scenario: Scenario) -> tuple[Part, ...]:
    """All lines with a short silence after each."""
    parts: list[Part] = []
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
