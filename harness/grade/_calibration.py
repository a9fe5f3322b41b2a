"""Measuring judges by labelled calls."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.grade._judge import Asks, Question
from harness.grade._panel import OF_A_REPLY
from harness.grade._prompts import prompt_name
from harness.grade._votes import verified
from harness.measure import Confusion, wilson
from harness.nouns import CheckVerdict, Span, ToolCall, Turn, Vote

__all__ = ["Agreement", "Case", "measure_judge", "read_cases"]

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A criterion, what was said, and whether the criterion holds.

    Attributes:
        turn: The reply it is about; None: the whole call.
    """

    id: str
    criterion: str
    holds: bool
    transcript: tuple[Turn, ...]
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a judge agrees with the labels.

    Attributes:
        n: Number of cases.
        decided: How many of them it answered with yes or no.
        accuracy: Share of all cases it answered as labelled; one it did not decide counts as wrong.
        accuracy_decided: Share of the decided ones; None if it decided none.
        kappa: Cohen's kappa between labels and answers, over the decided cases: 1 is perfect, 0 no
            better than chance. None if it is not defined.
        confusion: Number of cases by label (True holds) and verdict.
        accuracy_interval: 95 % interval of `accuracy`, by Wilson.
        kappa_interval: 95 % interval of `kappa`, by its large-sample variance (J. L. Fleiss,
            J. Cohen and B. S. Everitt, Psychological Bulletin 72, 1969). None if that is not
            defined or nought, as where all are answered as labelled: so few cases show no bound.
        wrong: The cases it decided wrongly, by id.
        errors: What went wrong when it was asked, and how often.
        tokens_in: What was sent.
        tokens_out: What was answered.
    """

    n: int
    decided: int
    accuracy: float
    accuracy_decided: float | None
    kappa: float | None
    confusion: Mapping[tuple[bool, CheckVerdict], int]
    accuracy_interval: tuple[float, float]
    kappa_interval: tuple[float, float] | None
    wrong: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)


async def measure_judge(
    judge: Asks, cases: Sequence[Case], answered: Callable[[], None] = lambda: None
) -> Agreement:
    """Ask a judge about labelled calls, its quotes verified as in a real call.

    Args:
        judge: The judge.
        cases: The labelled calls.
        answered: Called after each answer.

    Raises:
        ValueError: There are no cases.
    """
    if not cases:
        raise ValueError("there are no cases")
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(case: Case) -> Vote:
        kind, choices = ("call", ("yes", "no")) if case.turn is None else ("turn", OF_A_REPLY)
        known = [t for t in case.transcript if case.turn is None or t.index <= case.turn]
        asked = Question(prompt_name(kind), case.criterion, tuple(known), case.turn, choices)
        async with slots:
            vote = await judge.ask(asked)
        answered()
        held, _ = verified(vote, asked.transcript, case.turn)
        return held

    votes = await asyncio.gather(*(ask(case) for case in cases))
    verdicts = [vote.verdict for vote in votes]
    confusion = Counter(zip((case.holds for case in cases), verdicts, strict=True))
    right = confusion[True, CheckVerdict.MET] + confusion[False, CheckVerdict.NOT_MET]
    missed = confusion[True, CheckVerdict.NOT_MET]
    invented = confusion[False, CheckVerdict.MET]
    decided = right + missed + invented
    kappa = _kappa(confusion)
    return Agreement(
        n=len(cases),
        decided=decided,
        accuracy=right / len(cases),
        accuracy_decided=right / decided if decided else None,
        kappa=kappa,
        confusion=dict(confusion),
        accuracy_interval=wilson(right, len(cases)),
        kappa_interval=_kappa_interval(confusion, kappa),
        wrong=tuple(
            case.id
            for case, verdict in zip(cases, verdicts, strict=True)
            if verdict is (CheckVerdict.NOT_MET if case.holds else CheckVerdict.MET)
        ),
        tokens_in=sum(vote.tokens_in for vote in votes),
        tokens_out=sum(vote.tokens_out for vote in votes),
        errors=dict(Counter(vote.error for vote in votes if vote.error)),
    )


def _kappa(confusion: Mapping[tuple[bool, CheckVerdict], int]) -> float | None:
    answers = (CheckVerdict.MET, CheckVerdict.NOT_MET)
    cells = (confusion.get((holds, answer), 0) for holds in (True, False) for answer in answers)
    return Confusion(*cells).kappa


def _kappa_interval(
    confusion: Mapping[tuple[bool, CheckVerdict], int], kappa: float | None
) -> tuple[float, float] | None:
    answers = {True: CheckVerdict.MET, False: CheckVerdict.NOT_MET}
    counts = {(i, j): confusion.get((i, answers[j]), 0) for i in answers for j in answers}
    n = sum(counts.values())
    if kappa is None or not n:
        return None
    share = {cell: count / n for cell, count in counts.items()}
    label = {i: share[i, True] + share[i, False] for i in answers}
    answer = {j: share[True, j] + share[False, j] for j in answers}
    chance = sum(label[i] * answer[i] for i in answers)
    agreed = sum(share[i, i] * (1 - (label[i] + answer[i]) * (1 - kappa)) ** 2 for i in answers)
    apart = (1 - kappa) ** 2 * sum(
        share[i, j] * (answer[i] + label[j]) ** 2 for i in answers for j in answers if i is not j
    )
    rest = (kappa - chance * (1 - kappa)) ** 2
    variance = (agreed + apart - rest) / (n * (1 - chance) ** 2)
    if variance <= 1e-12:
        return None
    half = 1.96 * math.sqrt(variance)
    return max(-1.0, kappa - half), min(1.0, kappa + half)


def read_cases(data: Sequence[Mapping[str, Any]]) -> tuple[Case, ...]:
    """Labelled calls as they stand in ``data/judge/*.yaml``, once the YAML is read.

    Raises:
        ValueError: A case lacks something, or two have one id.
    """
    cases = tuple(_case(entry) for entry in data)
    doubled = [name for name, times in Counter(case.id for case in cases).items() if times > 1]
    if doubled:
        raise ValueError(f"two cases are called {doubled[0]}")
    return cases


def _case(entry: Mapping[str, Any]) -> Case:
    lacking = {"id", "criterion", "holds", "talk"} - entry.keys()
    if lacking or not isinstance(entry.get("holds"), bool):
        raise ValueError(f"a case lacks {', '.join(sorted(lacking)) or 'a label'}: {entry}")
    return Case(
        str(entry["id"]),
        str(entry["criterion"]),
        entry["holds"],
        _turns(entry["talk"]),
        entry.get("turn"),
    )


def _turns(talk: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """Lines of `a`gent, `c`aller and `f`unction calls as turns."""
    turns: list[dict[str, Any]] = [{"index": 0, "agent_text": "", "tools": ()}]
    for line in talk:
        ((who, what),) = line.items()
        match who:
            case "c":
                index = len(turns)
                turns.append({"index": index, "caller_text": what, "caller": Span(0.0, 0.0)})
                turns[-1] |= {"agent_text": "", "tools": ()}
            case "a":
                turns[-1]["agent_text"] = f"{turns[-1]['agent_text']} {what}".strip()
            case "f":
                calls = [ToolCall("", name, dict(args or {}), 0.0) for name, args in what.items()]
                turns[-1]["tools"] = (*turns[-1]["tools"], *calls)
            case _:
                raise ValueError(f"a line is of neither a, c nor f: {line}")
    return tuple(Turn(**turn) for turn in turns)
