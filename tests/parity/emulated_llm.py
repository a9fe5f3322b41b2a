"""The language model of both sides: an emulated OpenAI that judges and plays people by fixed rules.

A criterion of these files reads *The reply says "parking".*: it holds when the words in quotes
stand in the reply, in the function call or in what the agent said and did in the whole call,
whichever is judged. A goal reads *Ask "Where can I park?", then say "Goodbye." and hang up.*: the
person says what stands in quotes, one a turn, and then hangs up or, if that is not in the goal,
begins again. Each side asks in its own words.
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness.local.openai_emulator import ChatAnswer, ChatRequest, FunctionCall, OpenAiEmulator
from harness.nouns import LlmEndpoint
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["answer", "llm_access", "start_llm"]

_WANTED = re.compile(r'says \\*"([^"\\]+)\\*"')
_LINES = re.compile(r"<<<TRANSCRIPT (\w+)\n(.*?)\nTRANSCRIPT \1>>>(.*)", re.DOTALL)
_OF_TURN = re.compile(r"in turn (\d+)")
_QUESTION = re.compile(r'\n\nQuestion "([^"]+)": ')
_GOAL = re.compile(r"What you want from this call: (.*?)\n\n", re.DOTALL)
_END_CALL = "end_call"


async def start_llm() -> OpenAiEmulator:
    """Start it; stop it when done."""
    return await OpenAiEmulator.start(answer)


def llm_access(settings: Settings, url: str) -> None:
    """Make it the usual language model of Ringback."""
    endpoint = LlmEndpoint(name="emulated", url=url, model="emulated", key="no key")
    EndpointLibrary(settings).put(endpoint, usual=True)


def answer(request: ChatRequest) -> ChatAnswer:
    """What it says to either side."""
    if _END_CALL in request.functions:
        return _as_a_person(request)
    schema = request.schema or {}
    if "quote" in schema.get("properties", {}):
        return ChatAnswer(json.dumps(_to_ringback(request.last)))
    if request.last.startswith("Input:"):
        return ChatAnswer(json.dumps(_to_pipecat(request.last, schema)))
    return ChatAnswer(json.dumps(_reasons(schema)))


def _as_a_person(request: ChatRequest) -> ChatAnswer:
    """The line of its goal after so many replies, and the call of `end_call` with the last."""
    found = _GOAL.search(request.prompt)
    goal = found[1] if found else ""
    lines = re.findall(r'"([^"]+)"', goal)
    heard = sum(each["role"] == "user" for each in request.messages)
    if "hang up" in goal and heard >= len(lines):
        claim = {"success": True, "reason": "All was asked."}
        return ChatAnswer(lines[-1], (FunctionCall(_END_CALL, claim),))
    return ChatAnswer(lines[(heard - 1) % len(lines)])


def _to_ringback(prompt: str) -> dict[str, Any]:
    """An answer with its quote."""
    found = _LINES.search(prompt)
    assert found is not None
    words = _words(found[3])
    turn = _OF_TURN.search(found[3])
    for line in map(json.loads, reversed(found[2].splitlines())):
        text = line.get("called") or line.get("text", "")
        asked = turn is None or line["turn"] == int(turn[1])
        if line.get("speaker") != "caller" and asked and words in text:
            return {"verdict": "yes", "quote": text, "turn": line["turn"], "reason": "It says so."}
    return {"verdict": "no", "quote": "", "turn": None, "reason": f"It does not say {words}."}


def _to_pipecat(prompt: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One answer for each question, as Pipecat's classifier wants them."""
    state, *asked = _QUESTION.split(prompt)
    data = json.loads(state[state.index("{") :])
    if "call" in data:
        judged = json.dumps(data["call"])
    elif "latest_bot_reply" in data:
        judged = data["latest_bot_reply"]
    else:
        judged = "\n".join(
            each["text"] for each in data["conversation"] if each["speaker"] != "user"
        )
    answers: dict[str, Any] = {}
    for name, question in zip(asked[::2], asked[1::2], strict=True):
        holds = _words(question) in judged
        wanted = schema["properties"][name]["properties"]
        if "choice" in wanted:
            options = wanted["choice"]["enum"]
            choice = ("yes" if holds else "no") if "yes" in options else _OF_A_TURN[holds]
            shares = {option: float(option == choice) for option in options}
            answers[name] = {"choice": choice, "probabilities": shares}
        else:
            answers[name] = {"probability": float(holds)}
    return answers


_OF_A_TURN = {True: "meets", False: "fails"}


def _words(criterion: str) -> str:
    found = _WANTED.search(criterion)
    assert found is not None, f"no words in quotes: {criterion}"
    return found[1]


def _reasons(schema: dict[str, Any]) -> Any:
    """Pipecat wants a reason for each verdict that it has, in an object of its own shape."""
    if "properties" not in schema:
        return "The words stand there, or not." if schema else {"reason": "As told."}
    return {name: _reasons(inner) for name, inner in schema["properties"].items()}
