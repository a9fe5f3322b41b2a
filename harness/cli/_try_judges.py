"""``ringback judges test`` and ``ringback judges measure``: is it there, and how good is it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from rich.text import Text

from harness.cli._terminal import Terminal, print_problem
from harness.cli._words import clean, seconds
from harness.errors import JudgeError
from harness.grade import (
    HALVES,
    HalfMeasured,
    HttpJudge,
    JudgeProbe,
    RuleJudge,
    agreement_lines,
    measure_halves,
    probe_judge,
)
from harness.nouns import LlmEndpoint
from harness.report import problem
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["Half", "measure_endpoint", "try_endpoint"]

Half = Literal["all", "tuned", "held_back"]

RULES = "rules"
"""The judge that needs no language model, in place of a name."""


def try_endpoint(name: str, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Put one tiny question to a language model, and tell what ``--json`` prints.

    Raises:
        UnknownName: There is none of that name.
        MissingSecret: Its key is not there.
    """
    access = EndpointLibrary(settings).access(name)
    terminal = Terminal(stderr=not to_stdout)
    endpoint = access.endpoint
    terminal.print(Text(f"Asking {endpoint.model} at {clean(endpoint.url)}", "dim"), soft_wrap=True)
    try:
        probe = asyncio.run(probe_judge(access))
    except JudgeError as error:
        print_problem(Terminal(stderr=True), error)
        return _tried(endpoint, None) | {
            "exit_code": error.exit_code,
            "error": problem(error).model_dump(mode="json"),
        }
    _print_probe(probe, terminal)
    return _tried(endpoint, probe) | {"exit_code": 0, "error": None}


def _tried(endpoint: LlmEndpoint, probe: JudgeProbe | None) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "ok": probe is not None,
        "model": probe.model if probe else endpoint.model,
        "right": probe.right if probe else None,
        "latency_s": round(probe.latency_s, 3) if probe else None,
        "tokens_in": probe.tokens_in if probe else 0,
        "tokens_out": probe.tokens_out if probe else 0,
    }


def _print_probe(probe: JudgeProbe, terminal: Terminal) -> None:
    figures = f"{seconds(probe.latency_s)}, {probe.tokens_in:,} tokens in, {probe.tokens_out:,} out"
    terminal.print(
        Text.assemble(("✓ Works", "bold green"), f"   {clean(probe.model)}: {figures}"),
        soft_wrap=True,
    )
    if not probe.right:
        told = (
            "But its answer to a question that is clearly a yes was none, or without the words "
            "that show it. Measure it: ringback judges measure"
        )
        terminal.print(Text(told, "yellow"), soft_wrap=True)


def measure_endpoint(
    name: str, half: Half, settings: Settings, *, to_stdout: bool
) -> dict[str, Any]:
    """Ask a judge about the labelled calls, and tell what ``--json`` prints.

    Raises:
        UnknownName: There is no language model of that name.
        MissingSecret: Its key is not there.
        JudgeError: It answered nothing at all.
    """
    halves = tuple(HALVES) if half == "all" else (half,)
    measured = asyncio.run(_measure(name, halves, settings))
    errors = [error for each in measured for error in each.found.errors]
    if errors and not any(_answered(each) for each in measured):
        raise JudgeError(
            errors[0],
            cause=f"None of {sum(each.found.n for each in measured)} questions was answered.",
            remedy=f"Find out more: ringback judges test {name}",
        )
    if to_stdout:
        for each in measured:
            for line in agreement_lines(each, wrong=True):
                Terminal().print(Text(clean(line)), soft_wrap=True)
    return {"judge": name, "halves": [_as_json(each) for each in measured]}


async def _measure(
    name: str, halves: Sequence[str], settings: Settings
) -> tuple[HalfMeasured, ...]:
    told = f"Asking {name} about labelled calls"
    judge = RuleJudge() if name == RULES else HttpJudge(EndpointLibrary(settings).access(name))
    try:
        with Terminal(stderr=True).status(told) as status:
            return await measure_halves(
                judge, halves, lambda done, of: status.update(f"{told}: {done} of {of}")
            )
    finally:
        if isinstance(judge, HttpJudge):
            await judge.aclose()


def _answered(measured: HalfMeasured) -> bool:
    return sum(measured.found.errors.values()) < measured.found.n


def _as_json(measured: HalfMeasured) -> dict[str, Any]:
    found = measured.found
    return {
        "half": measured.half,
        "n": found.n,
        "decided": found.decided,
        "undecided": found.n - found.decided,
        "accuracy": found.accuracy,
        "accuracy_interval": list(found.accuracy_interval),
        "accuracy_decided": found.accuracy_decided,
        "kappa": found.kappa,
        "kappa_interval": list(found.kappa_interval) if found.kappa_interval else None,
        "confusion": [
            {"holds": holds, "verdict": verdict.value, "n": count}
            for (holds, verdict), count in sorted(found.confusion.items(), reverse=True)
        ],
        "wrong": list(found.wrong),
        "errors": dict(found.errors),
        "tokens_in": found.tokens_in,
        "tokens_out": found.tokens_out,
        "took_s": round(measured.took_s, 3),
    }
