"""A part of a call: what an address may ask for, and what of the call lies in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.calls import Archive, CallView
from harness.console.inspect.window import (
    Window,
    checks_in,
    counted,
    tools_in,
    turns_in,
    window_of,
)
from harness.nouns import CheckResult, CheckVerdict, Evidence, Outcome, Span, ToolCall, Turn
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> CallView:
    """A call of a minute and a quarter."""
    folder: Path = tmp_path_factory.mktemp("data")
    settings = Settings(data=folder)
    store = Store.open(settings)
    found = Archive(store, settings).view(seed_call(store, recording=False).id)
    store.close()
    return found


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ("3", "9.5", (3.0, 9.5)),
        ("-4", "9", (0.0, 9.0)),
        ("", "9", None),
        ("3", "", None),
        ("9", "3", None),
        ("3", "3.05", None),
        ("nan", "3", None),
        ("3", "nan", None),
        ("x", "y", None),
        ("900", "999", None),
    ],
)
def test_what_an_address_may_ask_for(
    view: CallView, start: str, end: str, wanted: tuple[float, float] | None
) -> None:
    found = window_of(view, start, end)
    assert (found.ends if found else None) == wanted


def test_a_part_ends_with_the_call(view: CallView) -> None:
    assert window_of(view, "10", "9999") == window_of(view, "10", "inf") == Window(10.0, view.t)


def test_how_a_part_is_told() -> None:
    part = Window(38.2, 51.3)
    assert part.told == "0:38–0:52"
    assert counted(4, 9, "reply", part) == "4 of 9 replies in 0:38–0:52"
    assert counted(0, 1, "check", part) == "0 of 1 check in 0:38–0:52"
    assert counted(2, 2, "stretch", None) == "2 stretches"


TURNS = (
    Turn(0, agent=(Span(1.0, 3.0),)),
    Turn(1, Outcome.ANSWERED, caller=Span(5.0, 7.0), agent=(Span(8.0, 9.0), Span(10.0, 12.0))),
    Turn(2, Outcome.NO_ANSWER, caller=Span(14.0, 15.0), waited_s=6.0),
    Turn(3, Outcome.ANSWERED, caller=Span(22.0, 23.0), agent=(Span(24.0, None),)),
    Turn(4),
)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (0.0, 99.0, [0, 1, 2, 3]),
        (3.1, 4.9, []),
        (7.2, 7.8, [1]),  # the wait is a part of the turn
        (9.2, 9.8, [1]),
        (16.0, 20.0, [2]),  # waiting for an answer that never came
        (3.0, 5.0, [0, 1]),
        (23.5, 99.0, [3]),
    ],
)
def test_a_turn_lies_in_a_part_if_any_of_it_does(
    start: float, end: float, inside: list[int]
) -> None:
    assert [turn.index for turn in turns_in(TURNS, Window(start, end))] == inside


def test_without_a_part_all_is_in_it(view: CallView) -> None:
    assert turns_in(TURNS, None) == list(TURNS)
    assert checks_in(view, None) == list(view.checks)


def check(name: str, evidence: Evidence | None) -> CheckResult:
    return CheckResult(name=name, rule="criterion", verdict=CheckVerdict.MET, evidence=evidence)


def test_a_check_lies_where_its_evidence_is_heard_else_in_its_turn(view: CallView) -> None:
    checks = (
        check("heard", Evidence("yes", 1, 11.0)),
        check("turn", Evidence("", 2)),
        check("elsewhere", Evidence("no", 1, 5.5)),
        check("never", None),
    )
    seen = replace(view, turns=TURNS, checks=checks)
    assert [each.name for each in checks_in(seen, Window(10.5, 16.0))] == ["heard", "turn"]
    assert checks_in(seen, Window(3.1, 4.9)) == []


def test_a_function_lies_where_it_runs() -> None:
    tools = [
        ToolCall("a", "find", None, 5.0, 8.0),
        ToolCall("b", "book", None, 9.0),
        ToolCall("c", "end", None, 20.0, 21.0),
    ]
    assert [tool.id for tool in tools_in(tools, Window(6.0, 7.0))] == ["a"]
    assert [tool.id for tool in tools_in(tools, Window(8.0, 9.0))] == ["a", "b"]
    assert [tool.id for tool in tools_in(tools, Window(10.0, 19.0))] == []
    assert tools_in(tools, None) == tools
