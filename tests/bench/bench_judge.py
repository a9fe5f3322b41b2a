"""How well judges agree with the labelled calls of data/judge; run by `make bench` or on its own.

The rule judge on the half its rules were made for and on the half that was held back. With a
language model, any OpenAI-compatible address, the same figures for it:

    python -m tests.bench.bench_judge --url http://127.0.0.1:11434/v1 --model gemma3:12b
        [--key env:OPENAI_API_KEY] [--wrong]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from pathlib import Path

import yaml

from harness.grade import Agreement, Asks, HttpJudge, RuleJudge, measure_judge, read_cases
from harness.nouns import CheckVerdict, LlmAccess, LlmEndpoint

DATA = Path(__file__).parents[2] / "data" / "judge"
HALVES = ("labelled", "held_back")


def show(judge: str, half: str, found: Agreement, took_s: float, wrong: bool) -> None:
    """One judge on one half."""
    kappa = "-" if found.kappa is None else f"{found.kappa:.2f}"
    decided = "-" if found.accuracy_decided is None else f"{found.accuracy_decided:.2f}"
    print(
        f"{judge} on {half}: n {found.n}, decided {found.decided}, accuracy {found.accuracy:.2f} "
        f"(of the decided {decided}), kappa {kappa}, {took_s:.2f} s"
    )
    for holds in (True, False):
        counts = {v.value: found.confusion.get((holds, v), 0) for v in CheckVerdict}
        told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        print(f"  label {'holds' if holds else 'does not hold'}: {told}")
    if found.tokens_in:
        print(f"  tokens: {found.tokens_in:,} in, {found.tokens_out:,} out")
    if wrong and found.wrong:
        print(f"  decided wrongly: {', '.join(found.wrong)}")


async def measure(judge: Asks, wrong: bool) -> None:
    """Both halves."""
    for half in HALVES:
        cases = read_cases(yaml.safe_load((DATA / f"{half}.yaml").read_text(encoding="utf-8")))
        began = time.perf_counter()
        found = await measure_judge(judge, cases)
        show(judge.name, half, found, time.perf_counter() - began, wrong)


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
