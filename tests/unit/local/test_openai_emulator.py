"""The OpenAI emulator, spoken to by OpenAI's own client."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import openai
import pytest
import soundfile
from openai import AsyncOpenAI
from pydantic import BaseModel

from harness.caller.speech import synthesize
from harness.local.openai_emulator import (
    ChatAnswer,
    ChatRequest,
    Faults,
    FunctionCall,
    OpenAiEmulator,
)

MODEL = "gpt-4.1"
ASK: list[Any] = [{"role": "user", "content": "Is it booked?"}]


@asynccontextmanager
async def emulated(
    answer: ChatAnswer | None = None, faults: Faults | None = None, **options: Any
) -> AsyncIterator[tuple[OpenAiEmulator, AsyncOpenAI]]:
    emulator = await OpenAiEmulator.start(
        lambda _: answer or ChatAnswer("Yes, it is booked."), faults or Faults(), **options
    )
    client = AsyncOpenAI(
        api_key="sk-test-key-0123456789", base_url=emulator.url, max_retries=0, timeout=5
    )
    try:
        yield emulator, client
    finally:
        await client.close()
        await emulator.stop()


async def test_a_completion_in_one_piece() -> None:
    async with emulated() as (emulator, client):
        done = await client.chat.completions.create(model=MODEL, messages=ASK)

    assert done.choices[0].message.content == "Yes, it is booked."
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None and done.usage.total_tokens > 0
    (request,) = emulator.requests
    assert (request.model, request.last, request.stream) == (MODEL, "Is it booked?", False)
    assert request.key == "sk-test-key-0123456789"
    assert "sk-test" not in repr(request)


async def test_a_completion_in_pieces_ends_with_what_it_cost() -> None:
    async with emulated(ChatAnswer("Yes, it is booked.", tokens_in=7, tokens_out=5)) as (_, client):
        stream = await client.chat.completions.create(
            model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]

    words = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert words == ["Yes,", " it", " is", " booked."]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None and chunks[-1].usage.total_tokens == 12
    assert all(chunk.usage is None for chunk in chunks[:-1])


@pytest.mark.parametrize("stream", [True, False])
async def test_functions_are_called_with_their_arguments(stream: bool) -> None:
    answer = ChatAnswer(
        calls=(FunctionCall("end_call", {"success": True, "reason": "it is booked"}),)
    )
    tools: list[Any] = [
        {"type": "function", "function": {"name": "end_call", "parameters": {"type": "object"}}}
    ]
    async with emulated(answer) as (emulator, client):
        if stream:
            async with client.chat.completions.stream(
                model=MODEL, messages=ASK, tools=tools
            ) as events:
                done = await events.get_final_completion()
        else:
            done = await client.chat.completions.create(  # type: ignore[assignment]
                model=MODEL, messages=ASK, tools=tools
            )

    (call,) = done.choices[0].message.tool_calls or ()
    assert call.function.name == "end_call"
    assert json.loads(call.function.arguments) == {"success": True, "reason": "it is booked"}
    assert done.choices[0].finish_reason == "tool_calls"
    assert emulator.requests[0].functions == ("end_call",)


class Verdict(BaseModel):
    verdict: str
    quote: str


async def test_an_answer_that_keeps_to_a_schema() -> None:
    def answers(request: ChatRequest) -> ChatAnswer:
        assert request.schema is not None
        return ChatAnswer(json.dumps({key: "yes" for key in request.schema["properties"]}))

    emulator = await OpenAiEmulator.start(answers)
    async with AsyncOpenAI(api_key="sk-x", base_url=emulator.url) as client:
        done = await client.chat.completions.parse(
            model=MODEL, messages=ASK, response_format=Verdict
        )
    await emulator.stop()

    assert done.choices[0].message.parsed == Verdict(verdict="yes", quote="yes")


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    named = {"name": "verdict", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


TEXT = {"type": "string"}
CALLING = {
    "role": "assistant",
    "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ],
}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (strict({"type": "object", "properties": {"a": TEXT}, "required": ["a"]}), "additional"),
        (
            strict({"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}),
            "Missing 'a'",
        ),
        (
            strict(
                {
                    "type": "object",
                    "properties": {"a": {"type": "array", "items": {"type": "object"}}},
                    "required": ["a"],
                    "additionalProperties": False,
                }
            ),
            "('properties', 'a', 'items')",
        ),
        ({"response_format": {"type": "json_object"}}, "the word 'json'"),
        ({"messages": []}, "empty array"),
        ({"messages": [{"role": "person", "content": "x"}]}, "'person'"),
        ({"messages": [*ASK, CALLING, *ASK]}, "call_1"),
        ({"messages": [*ASK, CALLING]}, "call_1"),
        ({"messages": [*ASK, {"role": "tool", "tool_call_id": "call_1", "content": ""}]}, "tool"),
        ({"tools": [{"type": "function", "function": {"name": "end call"}}]}, "does not match"),
    ],
)
async def test_what_openai_refuses_is_refused(wrong: dict[str, Any], told: str) -> None:
    async with emulated() as (_, client):
        with pytest.raises(openai.BadRequestError, match="400") as caught:
            await client.chat.completions.create(**{"model": MODEL, "messages": ASK} | wrong)

    assert told in caught.value.message


async def test_answered_functions_are_taken() -> None:
    answered = {"role": "tool", "tool_call_id": "call_1", "content": "{}"}
    async with emulated() as (_, client):
        done = await client.chat.completions.create(
            model=MODEL,
            messages=[*ASK, CALLING, answered, *ASK],  # type: ignore[list-item]
        )
    assert done.choices[0].message.content


async def test_an_older_server_knows_no_schemas() -> None:
    async with emulated(schemas=False) as (_, client):
        with pytest.raises(openai.BadRequestError, match="not supported with this model"):
            await client.chat.completions.create(
                model=MODEL, messages=ASK, **strict({"type": "object"})
            )


async def test_only_the_right_key_and_a_known_model() -> None:
    async with emulated(key="sk-right", models=("small",)) as (emulator, client):
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.chat.completions.create(model="small", messages=ASK)
        assert caught.value.code == "invalid_api_key"
        assert "0123456789" not in caught.value.message
        right = client.with_options(api_key="sk-right")
        with pytest.raises(openai.NotFoundError, match="`large` does not exist"):
            await right.chat.completions.create(model="large", messages=ASK)
        assert (await right.chat.completions.create(model="small", messages=ASK)).choices
        assert [each.id for each in (await right.models.list()).data] == ["small"]
    assert len(emulator.requests) == 3


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(wrong_key=True), openai.AuthenticationError),
        (Faults(status=429, retry_after_s=20), openai.RateLimitError),
        (Faults(status=500), openai.InternalServerError),
        (Faults(status=503), openai.InternalServerError),
        (Faults(delay_s=30), openai.APITimeoutError),
        (Faults(cut_after_bytes=40), openai.APIConnectionError),
        (Faults(cut_after_bytes=0), openai.APIConnectionError),
        (Faults(bad_json=True), json.JSONDecodeError),
    ],
)
async def test_each_fault_of_an_answer(faults: Faults, error: type[Exception]) -> None:
    async with emulated(faults=faults) as (emulator, client):
        with pytest.raises(error) as caught:
            await client.with_options(timeout=1).chat.completions.create(model=MODEL, messages=ASK)
    if isinstance(caught.value, openai.RateLimitError):
        assert caught.value.response.headers["retry-after"] == "20"
        assert caught.value.code == "rate_limit_exceeded"
    assert len(emulator.requests) == 1


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(cut_after_bytes=700), httpx.RemoteProtocolError),
        (Faults(bad_json=True), json.JSONDecodeError),
    ],
)
async def test_each_fault_of_a_stream(faults: Faults, error: type[Exception]) -> None:
    async with emulated(faults=faults) as (_, client):
        stream = await client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
        with pytest.raises(Exception) as caught:
            async for _chunk in stream:
                pass
    assert error.__name__ in {
        type(each).__name__ for each in (caught.value, caught.value.__cause__)
    }


async def test_a_fault_that_happens_once_is_over_when_asked_again() -> None:
    async with emulated(faults=Faults(status=429, retry_after_s=0.01, once=True)) as (
        emulator,
        client,
    ):
        done = await client.with_options(max_retries=1).chat.completions.create(
            model=MODEL, messages=ASK
        )
    assert done.choices[0].message.content
    assert len(emulator.requests) == 2


async def test_it_speaks_and_hears_what_it_said() -> None:
    text = "I would like to book an appointment."
    async with emulated(sentences=[text]) as (emulator, client):
        sound = await client.audio.speech.create(
            model="gpt-4o-mini-tts", voice="alloy", input=text, response_format="wav"
        )
        samples, rate = soundfile.read(io.BytesIO(sound.content), dtype="int16")
        words = await client.audio.transcriptions.create(
            model="gpt-transcribe", file=("line.wav", sound.content)
        )

    assert rate == 24000
    assert samples.tobytes() == synthesize(text, voice="heart").tobytes()
    assert words.text == "i would like to book an appointment"
    assert (emulator.said, emulator.heard) == ([text], [words.text])


@pytest.mark.parametrize(
    "wrong",
    [{"voice": "nobody"}, {"input": ""}, {"input": "x" * 5000}, {"response_format": "mp3"}],
)
async def test_what_cannot_be_spoken_is_refused(wrong: dict[str, str]) -> None:
    right = {"model": "m", "voice": "alloy", "input": "Hello.", "response_format": "pcm"}
    async with emulated() as (_, client):
        with pytest.raises(openai.BadRequestError):
            await client.audio.speech.create(**right | wrong)  # type: ignore[arg-type]


async def test_what_is_no_sound_is_refused() -> None:
    async with emulated() as (_, client):
        with pytest.raises(openai.BadRequestError, match="corrupted or unsupported"):
            await client.audio.transcriptions.create(
                model="gpt-transcribe", file=("line.wav", b"no sound at all")
            )
