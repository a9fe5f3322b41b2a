"""``ringback judges test`` and ``ringback judges measure``: is it there, and how good is it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich.text import Text

from harness.cli._terminal import Terminal, print_problem
from harness.cli._words import clean, seconds
from harness.errors import InputError, JudgeError
from harness.grade import (
    HALVES,
    Case,
    HalfMeasured,
    HttpJudge,
    JudgeProbe,
    RuleJudge,
    agreement_lines,
    labelled_cases,
    measure_sets,
    probe_judge,
)
from harness.nouns import LlmEndpoint
from harness.report import problem, read_examples
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
    name: str, half: Half, settings: Settings, *, to_stdout: bool, examples: Path | None = None
) -> dict[str, Any]:
    """Ask a judge about labelled calls, and tell what ``--json`` prints.

    Args:
        name: Of a language model, or ``rules``.
        half: Of the labelled calls that come along.
        settings: Where language models are kept.
        to_stdout: Whether it is printed for people.
        examples: A file of labelled examples, asked in place of those that come along.

    Raises:
        UnknownName: There is no language model of that name.
        MissingSecret: Its key is not there.
        InputError: The examples cannot be read, or a half is asked for besides.
        JudgeError: It answered nothing at all.
    """
    if examples is None:
        halves = tuple(HALVES) if half == "all" else (half,)
        measured = _measured(name, {each: labelled_cases(each) for each in halves}, settings)
        _print_measured(measured, to_stdout=to_stdout)
        return {"judge": name, "halves": [_as_json(each, "half") for each in measured]}
    if half != "all":
        raise InputError(
            "A half is of the labelled calls that come along.",
            cause=f"--half {half} and --examples were both given.",
            remedy="Leave one of them out.",
        )
    read = read_examples(examples)
    measured = _measured(name, read.by_check, settings)
    _print_measured(measured, to_stdout=to_stdout)
    if to_stdout and read.left_out:
        many = f"{read.left_out} example{'' if read.left_out == 1 else 's'}"
        told = f"Left out: {many} whose criterion is not known in words."
        Terminal().print(Text(told, "dim"), soft_wrap=True)
    criteria = [_as_json(each, "check") for each in measured]
    return {
        "judge": name,
        "examples": str(examples),
        "left_out": read.left_out,
        "criteria": criteria,
    }


def _measured(
    name: str, cases: Mapping[str, Sequence[Case]], settings: Settings
) -> tuple[HalfMeasured, ...]:
    measured = asyncio.run(_measure(name, cases, settings))
    errors = [error for each in measured for error in each.found.errors]
    if errors and not any(_answered(each) for each in measured):
        raise JudgeError(
            errors[0],
            cause=f"None of {sum(each.found.n for each in measured)} questions was answered.",
            remedy=f"Find out more: ringback judges test {name}",
        )
    return measured


def _print_measured(measured: Sequence[HalfMeasured], *, to_stdout: bool) -> None:
    if to_stdout:
        for each in measured:
            for line in agreement_lines(each, wrong=True):
                Terminal().print(Text(clean(line)), soft_wrap=True)


async def _measure(
    name: str, cases: Mapping[str, Sequence[Case]], settings: Settings
) -> tuple[HalfMeasured, ...]:
    told = f"Asking {name} about labelled calls"
    judge = RuleJudge() if name == RULES else HttpJudge(EndpointLibrary(settings).access(name))
    try:
        with Terminal(stderr=True).status(told) as status:
            return await measure_sets(
                judge, cases, lambda done, of: status.update(f"{told}: {done} of {of}")
            )
    finally:
        if isinstance(judge, HttpJudge):
            await judge.aclose()


def _answered(measured: HalfMeasured) -> bool:
    return sum(measured.found.errors.values()) < measured.found.n


def _as_json(measured: HalfMeasured, called: str) -> dict[str, Any]:
    found = measured.found
    return {
        called: measured.half,
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
