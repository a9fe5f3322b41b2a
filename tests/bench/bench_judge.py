"""How well judges agree with the labelled calls of data/judge; run by `make bench` or on its own.

The rule judge on the half its rules were made for and on the half that was held back. With a
language model, any OpenAI-compatible address, the same figures for it, as `ringback judges measure`
prints them of one that is saved:

    python -m tests.bench.bench_judge --url http://127.0.0.1:11434/v1 --model gemma3:12b
        [--key env:OPENAI_API_KEY] [--wrong]
"""

from __future__ import annotations

import argparse
import asyncio
import os

from harness.grade import Asks, HttpJudge, RuleJudge, agreement_lines, measure_halves
from harness.nouns import LlmAccess, LlmEndpoint


async def measure(judge: Asks, wrong: bool) -> None:
    """Both halves."""
    for measured in await measure_halves(judge):
        print("\n".join(agreement_lines(measured, wrong=wrong)))


async def main() -> None:
    """The rule judge, and a language model if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="base address of an OpenAI-compatible server, as far as /v1")
    parser.add_argument("--model", default="gpt-4.1")
    parser.add_argument("--key", default="", help="env:NAME of the variable that holds the key")
    parser.add_argument("--wrong", action="store_true", help="name the wrong cases")
    asked = parser.parse_args()
    await measure(RuleJudge(), asked.wrong)
    if asked.url:
        key = os.environ.get(asked.key.removeprefix("env:"), "") if asked.key else ""
        endpoint = LlmEndpoint(name=asked.model.split(":")[0], url=asked.url, model=asked.model)
        judge = HttpJudge(LlmAccess(endpoint, key))
        try:
            await measure(judge, asked.wrong)
        finally:
            await judge.aclose()


if __name__ == "__main__":
    asyncio.run(main())
