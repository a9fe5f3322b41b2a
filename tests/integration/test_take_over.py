"""A person in a real call: they speak in the caller's place, are answered, and hand it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest
import pytest_asyncio
from calls_support import HOURS, demo_call, speak, wait_for, wait_for_end

from harness.caller.speech import get_stack
from harness.caller.speech._voice import synthesize
from harness.calls import Engine, read_lane
from harness.errors import CallHeld, CannotWhisper, NotFound
from harness.local import LocalHost
from harness.measure import speech_bounds
from harness.nouns import LANE_RATE, CallState, EventKind, Person, ScriptStep
from harness.settings import get_settings
from harness.store import read_events

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="module")]

ANN, BEN = Person("a1", "Ann"), Person("b2", "Ben")
QUESTION = "Where can I park?"
LONG = "I would like to know when you are open on all of the days of the week, and so on."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(get_settings(), LocalHost(get_settings()))
    await asyncio.to_thread(engine.start)
    yield engine
    await asyncio.to_thread(engine.stop)


async def test_a_person_takes_a_call_over_is_answered_and_hands_it_back(engine: Engine):
    await get_stack("offline").prepare("heart", [QUESTION], speed=1.0, seed=0)
    mic = synthesize(QUESTION, voice="heart", speed=1.0, seed=0, sample_rate=LANE_RATE)
    said = speech_bounds(mic, LANE_RATE)
    assert said is not None and said.end is not None
    steps = (ScriptStep(None), ScriptStep(LONG), HOURS.steps[-1])
    call = engine.place(demo_call(replace(HOURS, steps=steps, checks=())))
    # In the middle of a line that the script says.
    await wait_for(engine, call.id, lambda view: len(view.turns) > 1)
    hold = engine.take(call.id, ANN)
    with pytest.raises(CallHeld, match="Ann"):
        engine.take(call.id, BEN)
    with pytest.raises(CannotWhisper):
        engine.whisper(call.id, BEN, "ask for Friday")
    speaking = asyncio.create_task(speak(engine, hold, mic))
    try:
        answered = await wait_for(
            engine,
            call.id,
            lambda view: any(
                turn.caller_source == "person" and turn.outcome is not None and turn.agent_text
                for turn in view.turns
            ),
        )
    finally:
        speaking.cancel()
    (turn,) = [turn for turn in answered.turns if turn.caller_source == "person"]
    assert "park" in turn.agent_text.lower(), turn
    assert turn.caller_text is None and turn.response_latency_s is not None
    engine.give_back(hold)
    engine.speak(hold, 0, b"\0\0")  # what is late does nothing

    view = await wait_for_end(engine, call.id)
    assert (view.state, view.failure) == (CallState.DONE, None)
    sources = [turn.caller_source for turn in view.turns if turn.caller is not None]
    assert sources == ["script", "person", "script"]
    files = engine.store.artifacts(call.id)
    events = list(read_events(files.events))
    took, back = (
        [event for event in events if event.kind == kind]
        for kind in (EventKind.PERSON_TOOK, EventKind.PERSON_GAVE_BACK)
    )
    assert (took[0].data["who"], back[0].data["why"]) == ("Ann", "handed_back")
    with pytest.raises(NotFound):
        engine.take(call.id, ANN)

    # The recording has the question where the turn says, to 50 ms.
    (spoke,) = [turn.caller for turn in view.turns if turn.caller_source == "person"]
    assert spoke is not None and spoke.end is not None
    assert spoke.end - spoke.start == pytest.approx(said.end - said.start, abs=0.05)
    lane = read_lane(files.recording, "caller").astype(np.float64)
    first = round(said.start * LANE_RATE)
    word = mic[first + 2400 : first + 12_000].astype(np.float64)
    expected = round(spoke.start * LANE_RATE) + 2400
    around = lane[expected - 2400 : expected + 2400 + len(word)]
    size = 1 << int(np.ceil(np.log2(len(around) + len(word))))
    match = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(word, size)), size)
    off = int(np.argmax(match[:4800])) - 2400
    assert abs(off) <= 0.05 * LANE_RATE
    found = around[off + 2400 : off + 2400 + len(word)]
    assert np.corrcoef(found, word)[0, 1] > 0.99
    assert took[0].data["at"] <= spoke.start and spoke.end <= back[0].data["at"]
