"""The judge of both sides: an emulated OpenAI that knows one kind of criterion.

A criterion of these files reads *The reply says "parking".*: it holds when the words in quotes
stand in the reply, or in the function call, that is judged. Each side asks in its own words.
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness.local.openai_emulator import ChatAnswer, ChatRequest, OpenAiEmulator
from harness.nouns import LlmEndpoint
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["answer", "judge_access", "start_judge"]

_WANTED = re.compile(r'says \\*"([^"\\]+)\\*"')
_LINES = re.compile(r"<<<TRANSCRIPT (\w+)\n(.*?)\nTRANSCRIPT \1>>>", re.DOTALL)


async def start_judge() -> OpenAiEmulator:
    """Start it; stop it when done."""
    return await OpenAiEmulator.start(answer)


def judge_access(settings: Settings, url: str) -> None:
    """Make it the usual language model of Ringback."""
    endpoint = LlmEndpoint(name="emulated", url=url, model="emulated", key="no key")
    EndpointLibrary(settings).put(endpoint, usual=True)


def answer(request: ChatRequest) -> ChatAnswer:
    """What it says to either side."""
    wanted = _WANTED.findall(request.last)
    words = wanted[-1] if wanted else ""
    schema = request.schema or {}
    if "quote" in schema.get("properties", {}):
        return ChatAnswer(json.dumps(_to_ringback(request.last, words)))
    if not request.last.startswith("Input:"):  # Pipecat wants a reason for the verdict it has
        names = schema.get("properties", {"reason": {}})
        return ChatAnswer(json.dumps({name: "The words stand there, or not." for name in names}))
    return ChatAnswer(json.dumps(_to_pipecat(request.last, words, schema)))


def _to_ringback(prompt: str, words: str) -> dict[str, Any]:
    """An answer with its quote."""
    found = _LINES.search(prompt)
    lines = [json.loads(line) for line in found[2].splitlines()] if found else []
    for line in reversed(lines):
        text = line.get("called") or line.get("text", "")
        if line.get("speaker") != "caller" and words in text:
            return {"verdict": "yes", "quote": text, "turn": line["turn"], "reason": "It says so."}
    return {"verdict": "no", "quote": "", "turn": None, "reason": f"It does not say {words}."}


def _to_pipecat(prompt: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One answer for each question, as Pipecat's classifier wants them."""
    state, _, _ = prompt.partition('\n\nQuestion "')
    data = json.loads(state[state.index("{") :])
    judged = json.dumps(data["call"]) if "call" in data else str(data.get("latest_bot_reply", data))
    holds = words in judged
    answers: dict[str, Any] = {}
    for name, question in schema["properties"].items():
        if "choice" in question["properties"]:
            options = question["properties"]["choice"]["enum"]
            choice = "yes" if holds else "no"
            shares = {option: float(option == choice) for option in options}
            answers[name] = {"choice": choice, "probabilities": shares}
        else:
            answers[name] = {"probability": float(holds)}
    return answers
