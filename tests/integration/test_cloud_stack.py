"""Whole calls with the cloud's voice and ear, whose services are emulated on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from harness.caller.speech import get_stack, synthesize
from harness.calls import CallView, Engine, PersonEar
from harness.local import LocalHost
from harness.local.cartesia_emulator import CartesiaEmulator, Faults
from harness.local.deepgram_emulator import DeepgramEmulator
from harness.nouns import (
    LANE_RATE,
    Caller,
    CallState,
    CheckVerdict,
    Outcome,
    Person,
    Verdict,
)
from harness.settings import Settings, get_settings
from tests.integration.calls_support import HOURS, demo_call, speak, wait_for, wait_for_end

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

KEY = "key-0123456789-abcdef"
AGENT_SAYS = (
    "Northgate Clinic, this is Ava. How can I help you?",
    "We are open Monday to Friday from eight to six, and Saturday from nine to one.",
    "We are closed on Sundays.",
    "Is there anything else I can do for you?",
    "Thank you for calling Northgate Clinic. Goodbye, and take care.",
)
QUESTION = "Where can I park?"
HEARD = (*AGENT_SAYS, QUESTION)


class Cloud:
    """The emulators on a loop of their own, at addresses that outlive each of them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.cartesia = self._run(CartesiaEmulator.start(key=KEY))
        self.deepgram = self._run(DeepgramEmulator.start(key=KEY, sentences=HEARD))

    def fail(self, faults: Faults) -> None:
        """Have Cartesia fail from now on."""
        port = int(self.cartesia.url.rpartition(":")[2])
        self._run(self.cartesia.stop())
        self.cartesia = self._run(CartesiaEmulator.start(faults, port=port))

    def lose_ears(self) -> None:
        """Have Deepgram go away, with whatever is connected to it."""
        self._run(self.deepgram.stop())

    def find_ears(self) -> None:
        """Have it come back where it was."""
        port = int(self.deepgram.url.rpartition(":")[2])
        self.deepgram = self._run(DeepgramEmulator.start(key=KEY, sentences=HEARD, port=port))

    def stop(self) -> None:
        for emulator in (self.cartesia, self.deepgram):
            self._run(emulator.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    cloud = Cloud()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def engine(cloud: Cloud) -> Iterator[Engine]:
    """An engine whose calls find the services by the environment, as a user's do."""
    environment = {
        "RINGBACK_CARTESIA_URL": cloud.cartesia.url,
        "RINGBACK_DEEPGRAM_URL": cloud.deepgram.url,
        "CARTESIA_API_KEY": KEY,
        "DEEPGRAM_API_KEY": KEY,
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        get_settings.cache_clear()
        settings: Settings = get_settings()
        engine = Engine(settings, LocalHost(settings))
        engine.start()
        yield engine
        engine.stop()
    get_settings.cache_clear()


def cloud_call() -> Any:
    request = demo_call(HOURS)
    caller = Caller(stack="cloud", voice="katie", answer_timeout_s=5.0)
    agent = request.agent.model_copy(update={"transcript": "stt"})
    return request.model_copy(update={"caller": caller, "agent": agent})


async def test_a_whole_call_is_spoken_by_cartesia_and_heard_by_deepgram(
    engine: Engine, cloud: Cloud
) -> None:
    call = engine.place(cloud_call())
    view = await wait_for_end(engine, call.id)

    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    assert cloud.cartesia.said == [step.say for step in HOURS.steps if step.say]
    assert [turn.outcome for turn in view.turns][1:] == [Outcome.ANSWERED] * 2
    assert {turn.agent_text_source for turn in view.turns} == {"stt"}
    assert "Northgate Clinic" in view.turns[0].agent_text.title()
    assert len(cloud.deepgram.heard) >= 3
    stored = engine.store.artifacts(call.id).events.read_text(encoding="utf-8")
    assert KEY not in stored


async def test_an_ear_that_breaks_leaves_a_warning_and_the_call_goes_on(
    engine: Engine, cloud: Cloud
) -> None:
    call = engine.place(cloud_call())
    await wait_for(engine, call.id, lambda view: any(turn.agent_text for turn in view.turns))
    cloud.lose_ears()
    try:
        view = await wait_for_end(engine, call.id)
    finally:
        cloud.find_ears()

    # It is said and heard to its end: only words are missing, and what rests on them is not asked.
    assert (view.state, view.failure) == (CallState.DONE, None)
    assert [turn.outcome for turn in view.turns][1:] == [Outcome.ANSWERED] * 2
    assert any(turn.agent_text for turn in view.turns) and not view.turns[-1].agent_text
    (warning,) = view.warnings
    assert warning.startswith("Deepgram did not hear for the caller.")
    assert warning.endswith("Words may be missing.")
    verdicts = {check.name: check.verdict for check in view.checks}
    assert verdicts["No missed turn"] is CheckVerdict.MET
    assert verdicts["Says goodbye"] is CheckVerdict.NOT_RUN
    assert KEY not in str(view)


async def test_what_a_person_says_is_written_down_by_deepgram(engine: Engine, cloud: Cloud) -> None:
    await get_stack("offline").prepare("heart", [QUESTION], speed=1.0, seed=0)
    mic = synthesize(QUESTION, voice="heart", speed=1.0, seed=0, sample_rate=LANE_RATE)
    silent = replace(HOURS, steps=HOURS.steps[:1], checks=())
    connections = cloud.deepgram.connections
    # The caller's own stack is offline: only for the person Deepgram is asked, and only then.
    call = engine.place(demo_call(silent).model_copy(update={"person_ear": "cloud"}))
    ringing = await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    assert ringing.person_ear == PersonEar("cloud", "Deepgram", cloud=True)
    assert cloud.deepgram.connections == connections
    hold = engine.take(call.id, Person("a1", "Ann"))

    def answered(count: int, view: CallView) -> bool:
        turns = [turn for turn in view.turns if turn.caller_source == "person"]
        return len(turns) == count and turns[-1].outcome is not None

    speaking = asyncio.create_task(speak(engine, hold, mic))
    try:
        known = await wait_for(
            engine, call.id, lambda view: answered(1, view) and bool(view.turns[-1].caller_text)
        )
        cloud.lose_ears()
        speaking.cancel()
        speaking = asyncio.create_task(speak(engine, hold, mic, first=60 * LANE_RATE))
        deaf = await wait_for(engine, call.id, partial(answered, 2))
    finally:
        speaking.cancel()
        cloud.find_ears()
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id)

    said = known.turns[-1]
    assert {"where", "park"} <= set((said.caller_text or "").casefold().strip("?.").split())
    assert (said.caller_text_source, said.caller_text_by) == ("stt", "Deepgram")
    assert "park" in said.agent_text.lower()
    # Without it words are missing, and nothing else: the harness says so, not the agent's fault.
    assert deaf.turns[-1].caller_text is None and "park" in deaf.turns[-1].agent_text.lower()
    assert view.state is CallState.DONE and view.failure is None
    (warning,) = view.warnings
    assert warning.startswith("Deepgram did not hear")
    assert warning.endswith("What a person says in the caller's place may not be written down.")
    assert KEY not in engine.store.artifacts(call.id).events.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        (Faults(wrong_key=True), "It refuses the key. (status 401)"),
        (Faults(cut_after_bytes=30_000), "The connection broke off in the middle of it."),
    ],
)
async def test_a_voice_that_fails_ends_the_call_and_is_not_the_agents_fault(
    engine: Engine, cloud: Cloud, faults: Faults, cause: str
) -> None:
    cloud.fail(faults)
    call = engine.place(cloud_call())
    view = await wait_for_end(engine, call.id)

    assert view.state is CallState.FAILED
    assert view.exit_code == 3
    assert view.failure is not None
    assert (view.failure.kind, view.failure.cause) == ("speech_failed", cause)
    assert view.failure.message == "Cartesia did not speak for the caller."
    assert KEY not in str(view)
