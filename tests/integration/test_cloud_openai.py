"""Whole calls with OpenAI's voice, ear and language models, emulated on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.calls import Engine
from harness.local import LocalHost
from harness.local.openai_emulator import (
    ChatAnswer,
    ChatRequest,
    Faults,
    FunctionCall,
    OpenAiEmulator,
)
from harness.nouns import (
    Caller,
    CallState,
    LlmEndpoint,
    OpenAiBrain,
    Outcome,
    Scenario,
    Simulation,
    Verdict,
)
from harness.settings import Settings, get_settings
from harness.store import EndpointLibrary
from tests.integration.calls_support import FAREWELL, demo_call, wait_for_end

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

KEY = "key-0123456789-openai"
AGENT_SAYS = (
    "Northgate Clinic, this is Ava. How can I help you?",
    "Thank you for calling Northgate Clinic. Goodbye, and take care.",
)
GOODBYE = "That is all, goodbye."

Start = Callable[..., OpenAiEmulator]


def as_a_person(_request: ChatRequest) -> ChatAnswer:
    """A person who has nothing to ask."""
    claim = {"success": True, "reason": "There was nothing to ask."}
    return ChatAnswer(GOODBYE, (FunctionCall("end_call", claim),))


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Starts emulators on a loop of their own: other processes talk to them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started: list[OpenAiEmulator] = []

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    def begin(*what: Any, **how: Any) -> OpenAiEmulator:
        started.append(run(OpenAiEmulator.start(*what, **how)))
        return started[-1]

    yield begin
    for emulator in started:
        run(emulator.stop())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def openai(start: Start) -> OpenAiEmulator:
    return start(key=KEY, sentences=AGENT_SAYS)


@pytest.fixture(scope="module")
def engine(openai: OpenAiEmulator) -> Iterator[Engine]:
    """An engine with a key for OpenAI and for nobody else."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RINGBACK_OPENAI_URL", openai.url)
        patched.setenv("OPENAI_API_KEY", KEY)
        for name in ("DEEPGRAM_API_KEY", "CARTESIA_API_KEY"):
            patched.delenv(name, raising=False)
        get_settings.cache_clear()
        settings: Settings = get_settings()
        engine = Engine(settings, LocalHost(settings))
        engine.start()
        yield engine
        engine.stop()
    get_settings.cache_clear()


def person(url: str) -> Scenario:
    """A simulated person whom the language model at `url` plays."""
    endpoint = LlmEndpoint(name="player", url=url, model="m")
    EndpointLibrary(get_settings()).put(endpoint)
    brain = OpenAiBrain(endpoint="player")
    return Scenario(
        name="test/nothing",
        title="Nothing to ask",
        path="test",
        kind="simulation",
        simulation=Simulation("Ann", "nothing", "goodbye", brain=brain, max_turns=4),
        checks=FAREWELL.checks,
    )


async def test_openai_plays_the_person_speaks_and_hears_and_may_be_busy_once(
    engine: Engine, start: Start, openai: OpenAiEmulator
) -> None:
    llm = start(as_a_person, Faults(status=429, retry_after_s=0.5, once=True))
    request = demo_call(person(llm.url))
    caller = Caller(stack="cloud", voice="nova", answer_timeout_s=5.0)
    agent = request.agent.model_copy(update={"transcript": "stt"})
    call = engine.place(request.model_copy(update={"caller": caller, "agent": agent}))
    view = await wait_for_end(engine, call.id)

    assert (view.state, view.failure) == (CallState.DONE, None)
    assert view.verdict is Verdict.PASSED, view.checks
    # Asked again after a moment, with what the ear had heard.
    assert len(llm.requests) == 2 and llm.requests[0].messages == llm.requests[1].messages
    assert "northgate clinic" in llm.requests[0].last.lower()
    assert openai.said == [GOODBYE] and len(openai.heard) >= 2
    assert [turn.outcome for turn in view.turns][1:] == [Outcome.ANSWERED]
    assert {turn.agent_text_source for turn in view.turns} == {"stt"}
    assert view.warnings == ()
    assert KEY not in engine.store.artifacts(call.id).events.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (Faults(status=429, retry_after_s=0.01), "takes no more requests for now (429)."),
        (Faults(cut_after_bytes=300), "broke off its answer."),
    ],
    ids=["429", "cut"],
)
async def test_a_language_model_that_fails_the_person_ends_the_call_and_is_not_the_agents_fault(
    engine: Engine, start: Start, faults: Faults, message: str
) -> None:
    llm = start(as_a_person, faults)
    call = engine.place(demo_call(person(llm.url)))
    view = await wait_for_end(engine, call.id)
    assert llm.requests
    assert (view.state, view.exit_code) == (CallState.FAILED, 3)
    assert view.failure is not None and view.failure.kind == "persona_error"
    assert view.failure.message == (f"The language model player, which plays the caller, {message}")
    # The agent was heard and is blamed for nothing.
    assert view.turns[0].agent and not any(turn.caller_text for turn in view.turns)
    assert view.verdict is not Verdict.FAILED
