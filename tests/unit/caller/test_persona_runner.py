"""A simulated person against a played agent: turns, endings, manners and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pipecat.evals.results import EvalTrace
from played_call import PlayedCall

from harness.caller.evals import _persona_runner
from harness.caller.evals._brains import make_brain
from harness.caller.evals._habits import ASKS_TO_REPEAT
from harness.caller.evals._persona_runner import PersonaRunner
from harness.caller.evals._stream import RoomStream
from harness.errors import PersonaError
from harness.local.openai_emulator import (
    ChatAnswer,
    ChatRequest,
    Faults,
    FunctionCall,
    OpenAiEmulator,
)
from harness.nouns import (
    EventKind,
    Habits,
    LlmAccess,
    LlmEndpoint,
    OpenAiBrain,
    RulesBrain,
    Simulation,
)

LIMIT_S = 20.0

BRAIN = RulesBrain.model_validate(
    {
        "kind": "rules",
        "intents": {"booked": {"any": ["booked"]}, "full": {"any": ["full"]}},
        "start": "ask",
        "states": {
            "ask": {
                "say": "Friday, please.",
                "when": {
                    "booked": {"say": "Thank you, goodbye.", "end": True, "reason": "booked"},
                    "full": {"say": "Then not.", "end": False, "reason": "full"},
                },
                "at_most": 20,
            }
        },
    }
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "_GREETING_S": 0.3,
        "_WORDS_S": 0.1,
        "_LOOK_S": 0.01,
        "_AWAKE_S": 0.02,
        "_BEFORE_S": 0.0,
    }.items():
        monkeypatch.setattr(_persona_runner, name, value)
    monkeypatch.setattr("pipecat.evals.simulation_driver.CLOSING_REPLY_WAIT_S", 0.5)
    yield


def simulation(**changed: Any) -> Simulation:
    return Simulation(
        **{"persona": "Maria", "goal": "book", "success": "booked", "brain": BRAIN, **changed}
    )


def answering(*replies: str | None) -> Callable[[str], str | None]:
    """An agent that says these one after the other, then nothing."""
    left = list(replies)
    return lambda _line: left.pop(0) if left else None


async def hold(
    call: PlayedCall, plan: Simulation, access: LlmAccess | None = None, *, own_block: bool = True
) -> str:
    runner = PersonaRunner(plan, call, make_brain(plan.brain, access), own_block=own_block)
    try:
        return await asyncio.wait_for(runner.run(), LIMIT_S)
    finally:
        await call.close()


async def test_a_call_to_its_end_by_the_person():
    call = PlayedCall(answering("Booked for Friday.", "Goodbye."))
    assert await hold(call, simulation()) == "end_call"
    assert call.texts == ["Friday, please.", "Thank you, goodbye."]
    assert {line.source for line in call.lines} == {"persona"}
    assert call.tap.of(EventKind.PERSONA_TURN) == [
        {"state": "ask", "intent": None, "success": None},
        {"state": "ask", "intent": "booked", "success": True},
    ]
    assert call.tap.of(EventKind.PERSONA_ENDED) == [
        {"ended_by": "end_call", "success": True, "reason": "booked"}
    ]


async def test_the_goodbye_is_out_before_the_call_is_taken_for_over():
    call = PlayedCall(answering("Booked.", "Bye."))
    await hold(call, simulation())
    kinds = [event["type"] for event in call.stream.events_seen]
    assert kinds[-3:] == ["persona_turn", "end_call", "response"]


async def test_giving_up_is_told():
    call = PlayedCall(answering("All full.", "Bye."))
    assert await hold(call, simulation()) == "end_call"
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["success"] is False


async def test_an_agent_that_says_nothing_to_the_goodbye_is_not_waited_for_for_ever():
    call = PlayedCall(answering("Booked."))
    assert await hold(call, simulation()) == "end_call"


async def test_the_person_waits_until_the_agent_is_done():
    call = PlayedCall(answering("Let me see.|Booked for Friday.", "Bye."), greeting="Hi.|Welcome.")
    call.stream = RoomStream(call.floor, 0.15, EvalTrace())  # the agent pauses for 0.06 s
    assert await hold(call, simulation()) == "end_call"
    assert call.texts == ["Friday, please.", "Thank you, goodbye."]


async def test_the_limit_of_turns():
    call = PlayedCall(lambda line: "What?")
    assert await hold(call, simulation(max_turns=3)) == "max_turns"
    assert len(call.texts) == 3
    # Its last line is answered before it hangs up.
    assert call.stream.events_seen[-1]["type"] == "response"


async def test_the_limit_of_time():
    call = PlayedCall(lambda line: "What?")
    assert await hold(call, simulation(max_duration_s=1.0)) == "max_duration"


async def test_a_silent_agent_is_asked_once_and_then_it_is_silence():
    call = PlayedCall(answering(None), greeting="Hello.")
    assert await hold(call, simulation(max_silence_s=0.8)) == "silence"
    assert call.texts == ["Friday, please.", "Hello? Are you still there?"]
    assert len(call.tap.of(EventKind.CALLER_GAVE_UP)) == 2


async def test_who_does_not_ask_again_waits():
    call = PlayedCall(answering(None), greeting="Hello.")
    call.change(asks_again=False)
    assert await hold(call, simulation(max_silence_s=0.8)) == "silence"
    assert call.texts == ["Friday, please."]
    assert len(call.tap.of(EventKind.CALLER_GAVE_UP)) == 1


@pytest.mark.parametrize(("greeting", "said"), [("Hello.", ["Friday, please."]), (None, [])])
async def test_without_a_block_of_ours_the_person_only_ever_answers(
    greeting: str | None, said: list[str]
):
    call = PlayedCall(answering(None), greeting=greeting)
    assert call.caller.asks_again
    assert await hold(call, simulation(max_silence_s=0.8), own_block=False) == "silence"
    assert call.texts == said


async def test_long_speech_is_no_silence():
    call = PlayedCall(answering("Booked.", "Bye."))
    call.reply_s = 0.7
    assert await hold(call, simulation(max_silence_s=0.3)) == "end_call"


async def test_without_a_greeting_the_person_opens():
    call = PlayedCall(answering("Booked.", "Bye."), greeting=None)
    assert await hold(call, simulation()) == "end_call"
    assert call.texts[0] == "Friday, please."


async def test_without_a_greeting_who_does_not_ask_keeps_silent():
    call = PlayedCall(answering("Booked."), greeting=None)
    call.change(asks_again=False)
    assert await hold(call, simulation(max_silence_s=0.8)) == "silence"
    assert call.texts == []


async def test_the_agent_hangs_up():
    call = PlayedCall(answering("<hang up>"))
    assert await hold(call, simulation()) == "bot"
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["ended_by"] == "bot"


async def test_words_nobody_tells_are_not_understood():
    call = PlayedCall(answering("Mumble*", "Booked.", "Bye."))
    assert await hold(call, simulation()) == "end_call"
    assert call.texts == ["Friday, please.", "Friday, please.", "Thank you, goodbye."]


async def test_a_typing_person_sends_text():
    call = PlayedCall(answering("Booked.", "Bye."))
    call.change(by="text")
    assert await hold(call, simulation()) == "end_call"
    assert all(line.as_text for line in call.lines)


async def test_the_same_call_twice_is_the_same():
    said = []
    for _ in range(2):
        call = PlayedCall(answering("What?", "Sorry?", "Booked.", "Bye."))
        habits = Habits(fillers=("um", "well,"), repeats_question=0.5, extra_lines=("It rains.",))
        await hold(call, simulation(habits=habits))
        said.append(call.texts)
    assert said[0] == said[1]


async def test_asking_to_repeat_is_not_an_answer():
    call = PlayedCall(answering("Booked for Friday.", "I said, booked for Friday.", "Bye."))
    plan = simulation(habits=Habits(asks_to_repeat_every=2))
    assert await hold(call, plan) == "end_call"
    assert call.texts == ["Friday, please.", ASKS_TO_REPEAT, "Thank you, goodbye."]


@pytest.mark.parametrize("stubborn", [False, True])
async def test_cutting_in(stubborn: bool):
    call = PlayedCall(answering("Booked, and now a long story.", "Bye."))
    call.reply_s, call.stubborn = 1.5, stubborn
    plan = simulation(habits=Habits(cuts_in_after_s=0.2))
    assert await hold(call, plan) == "end_call"
    assert call.texts == ["Friday, please.", "Thank you, goodbye."]
    assert call.talked_over == [True, True]


async def test_what_is_told_while_it_cuts_in_is_of_the_reply_it_cuts_into():
    class Telling(PlayedCall):
        async def open_line(self, line: Any) -> Any:
            if not self.texts:
                await self.stream.append({"type": "response", "text": "It is full."})
            return await super().open_line(line)

    call = Telling(answering("What?", "Booked.", "Bye."))
    call.reply_s = 1.5
    plan = simulation(habits=Habits(cuts_in_after_s=0.2))
    assert await hold(call, plan) == "end_call"
    assert call.texts == ["Friday, please.", "Friday, please.", "Thank you, goodbye."]


async def test_nobody_cuts_into_what_is_short():
    call = PlayedCall(answering("Booked.", "Bye."))
    plan = simulation(habits=Habits(cuts_in_after_s=5.0))
    assert await hold(call, plan) == "end_call"
    assert call.talked_over == [False, False]


async def test_a_typed_line_and_its_answer_come_before():
    call = PlayedCall(answering("Booked.", "Bye."))
    call.stream.interjecting = True
    runner = PersonaRunner(simulation(), call, make_brain(BRAIN, None))
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0.6)
    assert call.texts == []
    call.stream.interjecting = False
    assert await asyncio.wait_for(running, LIMIT_S) == "end_call"
    await call.close()


async def test_being_stopped_from_outside_leaves_nothing_behind():
    before = len(asyncio.all_tasks())
    call = PlayedCall(lambda line: "What?")
    runner = PersonaRunner(simulation(), call, make_brain(BRAIN, None))
    running = asyncio.create_task(runner.run())
    while len(call.texts) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert not runner.done
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await call.close()
    assert call.tap.of(EventKind.PERSONA_ENDED) == []
    assert len(asyncio.all_tasks()) == before


async def test_a_voice_that_fails_ends_the_call_with_its_error():
    call = PlayedCall(answering("Booked."))

    async def mute(line: Any) -> Any:
        raise PersonaError("No voice.")

    call.open_line = mute  # type: ignore[method-assign]
    with pytest.raises(PersonaError, match="No voice"):
        await hold(call, simulation())
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["ended_by"] == "error"


# A language model as the person


def playing(*answers: ChatAnswer) -> Callable[[ChatRequest], ChatAnswer]:
    left = list(answers)
    return lambda _request: left.pop(0)


@asynccontextmanager
async def model(
    answers: Callable[[ChatRequest], ChatAnswer], faults: Faults | None = None
) -> AsyncIterator[tuple[OpenAiEmulator, LlmAccess]]:
    emulator = await OpenAiEmulator.start(answers, faults or Faults())
    endpoint = LlmEndpoint(
        name="player", url=emulator.url, model="gpt-4.1", extra={"top_k": 3}, timeout_s=2.0
    )
    try:
        yield emulator, LlmAccess(endpoint, "sk-test-123456789012345678901234")
    finally:
        await emulator.stop()


def hangs_up(text: str = "", success: bool = True) -> ChatAnswer:
    call = FunctionCall("end_call", {"success": success, "reason": "It is booked."})
    return ChatAnswer(text, (call,))


MODEL = simulation(brain=OpenAiBrain())


async def test_a_language_model_plays_the_person():
    played = playing(ChatAnswer("**Friday**, please."), hangs_up("Thanks, goodbye."))
    async with model(played) as (emulator, access):
        call = PlayedCall(answering("Booked for Friday.", "Bye."))
        assert await hold(call, MODEL, access) == "end_call"
    assert call.texts == ["Friday, please.", "Thanks, goodbye."]
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["reason"] == "It is booked."
    first, second = emulator.requests
    assert "Maria" in first.prompt and "book" in first.prompt
    assert first.functions == ("end_call",) and first.body["top_k"] == 3
    assert first.key == "sk-test-123456789012345678901234"
    said = [(each["role"], each["content"]) for each in second.messages[1:]]
    assert said == [
        ("user", "How can I help?"),
        ("assistant", "Friday, please."),
        ("user", "Booked for Friday."),
    ]


async def test_hanging_up_without_a_word():
    async with model(playing(ChatAnswer("Friday."), hangs_up(success=False))) as (_, access):
        call = PlayedCall(answering("Booked.", "Bye."))
        assert await hold(call, MODEL, access) == "end_call"
    assert call.texts == ["Friday."]
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["success"] is False


async def test_it_speaks_the_callers_language():
    async with model(playing(hangs_up("Tschüss."))) as (emulator, access):
        call = PlayedCall(answering("Bye."))
        call.change(language="de")
        await hold(call, MODEL, access)
    assert "code de" in emulator.requests[0].prompt


async def test_without_a_key_none_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    async with model(playing(hangs_up("Bye."))) as (emulator, access):
        call = PlayedCall(answering("Bye."))
        await hold(call, MODEL, LlmAccess(access.endpoint))
    assert "somebody" not in emulator.requests[0].key


async def test_an_agent_that_was_not_done_is_heard_to_its_end():
    thinking = asyncio.Event()
    heard: list[Sequence[str]] = []

    def slow(request: ChatRequest) -> ChatAnswer:
        heard.append([m["content"] for m in request.messages if m["role"] == "user"])
        thinking.set()
        return ChatAnswer(f"Answer {len(heard)}.")

    async with model(slow, Faults(delay_s=0.15)) as (_, access):
        # The agent's second piece comes while the answer to the first is thought of.
        call = PlayedCall(answering(None), greeting="Hello.|How can I help?")
        call.reply_s = 0.4
        assert await hold(call, simulation(brain=OpenAiBrain(), max_turns=1), access) == "max_turns"
    assert heard == [["Hello."], ["Hello. How can I help?"]]
    assert call.texts == ["Answer 2."]


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        (Faults(wrong_key=True), "refuses the key (401)"),
        (Faults(status=404), "is not there (404)"),
        (Faults(status=429, retry_after_s=0.01), "no more requests for now (429)"),
        (Faults(status=500), "answers with an error (500)"),
        (Faults(cut_after_bytes=300), "broke off"),
        (Faults(bad_json=True), "broke off"),
        (Faults(silent=True), "no answer in time"),
    ],
    ids=["401", "404", "429", "500", "cut", "bad-json", "silent"],
)
async def test_a_model_that_fails_is_our_trouble(faults: Faults, says: str):
    async with model(playing(*[ChatAnswer("A long answer of many words.")] * 9), faults) as (
        _,
        access,
    ):
        call = PlayedCall(answering("Booked."))
        with pytest.raises(PersonaError) as error:
            await hold(call, MODEL, access)
    assert says in error.value.message and error.value.exit_code == 3
    assert error.value.cause and error.value.remedy
    assert "sk-test" not in str(error.value)
    assert call.texts == []
    assert call.tap.of(EventKind.PERSONA_ENDED)[0]["ended_by"] == "error"


async def test_a_model_that_is_not_there():
    endpoint = LlmEndpoint(name="gone", url="http://127.0.0.1:9/v1", model="m", timeout_s=5.0)
    with pytest.raises(PersonaError, match="cannot be reached"):
        await hold(PlayedCall(answering()), MODEL, LlmAccess(endpoint))


def test_no_model_is_told_before_the_call():
    with pytest.raises(PersonaError, match="No language model"):
        make_brain(OpenAiBrain(), None)


async def test_it_does_what_is_whispered_and_nobody_else_hears_it():
    def agent(line: str) -> str:
        if line == "Hello.":
            runner.whisper("ask for Friday instead")
            return "Thursday at ten?"
        return "Noted."

    said = [ChatAnswer("Hello."), *[ChatAnswer("Friday instead.")] * 3]
    async with model(playing(*said)) as (emulator, access):
        call = PlayedCall(agent)
        plan = simulation(brain=OpenAiBrain(), max_turns=2)
        runner = PersonaRunner(plan, call, make_brain(plan.brain, access))
        try:
            await asyncio.wait_for(runner.run(), LIMIT_S)
        finally:
            await call.close()
    assert call.texts == ["Hello.", "Friday instead."]
    first, second = emulator.requests[:2]
    assert [m["role"] for m in first.messages[1:]] == ["user"]
    told = [(m["role"], m["content"]) for m in second.messages[1:]][-2:]
    assert told[0][0] == "system" and told[0][1].endswith("ask for Friday instead")
    assert told[1] == ("user", "Thursday at ten?")


async def test_a_whisper_has_it_speak_when_nobody_does():
    async with model(playing(*[ChatAnswer("Hello.")] * 3)) as (_, access):
        # The agent waits after a greeting that asks for nothing more.
        call = PlayedCall(answering("Noted."), greeting=None)
        call.change(answer_timeout_s=LIMIT_S, asks_again=False)
        plan = simulation(brain=OpenAiBrain(), max_turns=1, max_silence_s=LIMIT_S)
        runner = PersonaRunner(plan, call, make_brain(plan.brain, access))
        running = asyncio.ensure_future(runner.run())
        await call.floor.awaited.wait()
        runner.whisper("say hello")
        try:
            assert await asyncio.wait_for(running, LIMIT_S) == "max_turns"
        finally:
            await call.close()
    assert call.texts == ["Hello."]


async def test_while_a_person_has_the_call_it_says_nothing_and_it_is_no_silence():
    call = PlayedCall(answering("Booked.", "Bye."))
    call.stream.held = True
    limits = {"max_silence_s": 0.4, "max_duration_s": 3.0}
    runner = PersonaRunner(simulation(**limits), call, make_brain(BRAIN, None))
    running = asyncio.ensure_future(runner.run())
    done, _ = await asyncio.wait({running}, timeout=3.3)
    assert not done and call.texts == []
    runner.spoken_for()
    call.stream.held = False
    try:
        assert await asyncio.wait_for(running, LIMIT_S) == "end_call"
    finally:
        await call.close()
    assert call.texts == ["Friday, please.", "Thank you, goodbye."]


async def test_words_that_were_spoken_for_it_are_its_own():
    async with model(playing(*[ChatAnswer("Then Friday.")] * 9)) as (emulator, access):
        call = PlayedCall(answering("Noted."), greeting=None)
        plan = simulation(brain=OpenAiBrain(), max_turns=1)
        runner = PersonaRunner(plan, call, make_brain(plan.brain, access))
        call.stream.held = True
        running = asyncio.ensure_future(runner.run())
        await call.floor.awaited.wait()
        await call._agent("Clinic, hello.")
        runner.spoken_at(7)
        runner.said_for(7, "Where can I park?")
        await call._agent("Behind the house.")
        runner.spoken_for()
        call.stream.held = False
        try:
            assert await asyncio.wait_for(running, LIMIT_S) == "max_turns"
        finally:
            await call.close()
    said = [(m["role"], m["content"]) for m in emulator.requests[0].messages[1:]]
    assert said[:2] == [("user", "Clinic, hello."), ("assistant", "Where can I park?")]
    assert said[2][0] == "system" and "stands in this conversation as yours" in said[2][1]
    assert said[3] == ("user", "Behind the house.")
