"""Labelled examples read back, to measure another judge by them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.errors import InputError
from harness.grade import Case
from harness.nouns import Span, ToolCall, Turn
from harness.report._examples import ExampleReport, SaidReport

__all__ = ["ExampleCases", "read_examples"]

_LARGEST = 200_000_000
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class ExampleCases:
    """What a file of labelled examples holds.

    Attributes:
        by_check: Cases by name of the criterion, in the order of the file; each is called by the
            call it is of, with ``@`` and the reply if it is of one.
        left_out: Examples whose criterion is not known in words any more: no judge can be asked.
    """

    by_check: dict[str, tuple[Case, ...]]
    left_out: int


def read_examples(path: Path) -> ExampleCases:
    """The examples of a file that :func:`harness.report.write_examples` or a person wrote.

    Args:
        path: JSONL, one :class:`harness.report.ExampleReport` a line; empty lines are passed over.

    Raises:
        InputError: It cannot be read, a line is no example, or no judge can be asked of any.
    """
    found: dict[str, dict[str, Case]] = {}
    left_out = 0
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            example = ExampleReport.model_validate_json(line)
        except ValidationError as error:
            raise _bad(f"Line {number}: {_first(error)}") from None
        if not example.criterion.strip():
            left_out += 1
            continue
        if example.turn is not None and all(s.turn != example.turn for s in example.transcript):
            raise _bad(f"Line {number}: its transcript has no turn {example.turn}.")
        case = _case(example)
        of_check = found.setdefault(example.check, {})
        if case.id in of_check:
            raise _bad(f"Line {number}: {case.id} is labelled twice on {example.check!r}.")
        of_check[case.id] = case
    if not found:
        raise InputError(
            f"There is nothing in {path.name} that a judge can be asked.",
            cause="It has no example with a criterion in words.",
            remedy="Grade criteria on the Inspect page, then: ringback judges export --out FILE",
        )
    return ExampleCases({check: tuple(of.values()) for check, of in found.items()}, left_out)


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _bad(f"{path.name} has more than {_LARGEST // 1_000_000} MB.")
        return path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"{path} cannot be read: {error}") from error


def _case(example: ExampleReport) -> Case:
    name = example.call_id if example.turn is None else f"{example.call_id}@{example.turn}"
    transcript = tuple(map(_turn, example.transcript))
    return Case(name, example.criterion, example.label == "met", transcript, example.turn)


def _turn(said: SaidReport) -> Turn:
    calls = tuple(
        ToolCall("", each.name, each.arguments, 0.0, result=each.result, cancelled=each.cancelled)
        for each in said.functions
    )
    return Turn(
        index=said.turn,
        caller=None if said.caller is None else Span(0.0, 0.0),
        caller_text=said.caller,
        agent_text=said.agent,
        tools=calls,
    )


def _first(error: ValidationError) -> str:
    what = error.errors()[0]
    place = ".".join(map(str, what["loc"]))
    return f"{place}: {what['msg']}" if place else str(what["msg"])


def _bad(cause: str) -> InputError:
    return InputError(
        "These examples cannot be read.",
        cause=cause,
        remedy="Give a file that ringback judges export wrote; docs/grading.md tells its form.",
    )
