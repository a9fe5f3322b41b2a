"""A language model that judges as a test says, behind the emulated OpenAI, on a loop of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from harness.local.openai_emulator import ChatAnswer, ChatRequest, Faults, OpenAiEmulator

KEY = "swordfish-of-the-judge"


class Says(NamedTuple):
    """What it answers to a statement."""

    verdict: str
    quote: str = ""
    turn: int | None = None


class EmulatedJudge:
    """Answers by the statement that is asked of it; to Pipecat's own classifier too.

    Attributes:
        says: By a part of the statement; what is not in it is answered by yes without a quote.
    """

    def __init__(self) -> None:
        self.says: dict[str, Says] = {}
        self.emulator: OpenAiEmulator

    @property
    def url(self) -> str:
        return self.emulator.url

    @property
    def requests(self) -> list[ChatRequest]:
        return self.emulator.requests

    def answer(self, request: ChatRequest) -> ChatAnswer:
        wanted = (request.schema or {}).get("properties") or {}
        found = [says for part, says in self.says.items() if part in request.prompt]
        says = found[0] if found else Says("yes")
        if "verdict" in wanted:
            answer: dict[str, Any] = {**says._asdict(), "reason": "So it is."}
        else:
            answer = {name: _classified(shape, says) for name, shape in wanted.items()}
        return ChatAnswer(json.dumps(answer), tokens_in=100, tokens_out=10)


def _classified(shape: dict[str, Any], says: Says) -> dict[str, Any]:
    options = list(shape["properties"].get("probabilities", {}).get("properties", {}))
    yes = says.verdict == "yes"
    if not options:
        return {"probability": 0.95 if yes else 0.05}
    choice = options[0] if yes else options[1]
    return {"choice": choice, "probabilities": {name: float(name == choice) for name in options}}


@contextmanager
def emulated_judge(
    faults: Faults = Faults(),  # noqa: B008
    *,
    key: str | None = KEY,
    models: Sequence[str] | None = None,
) -> Iterator[EmulatedJudge]:
    """One that runs while the block does, also for commands that have a loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    judge = EmulatedJudge()
    start = OpenAiEmulator.start(judge.answer, faults, key=key, models=models)
    judge.emulator = asyncio.run_coroutine_threadsafe(start, loop).result(30)
    try:
        yield judge
    finally:
        asyncio.run_coroutine_threadsafe(judge.emulator.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
