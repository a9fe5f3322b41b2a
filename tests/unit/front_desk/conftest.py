"""The demo agent's modules are plain siblings of its bot file: tests import them as it does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.settings import ROOT

# Last on the path: nothing of theirs may hide a module of another test.
sys.path.append(str(ROOT / "data" / "agents" / "front_desk"))

from brain import OPENING, Brain
from desk import Desk
from dialogue import Call, Say
from front_desk_support import TODAY, exchange

Talk = Callable[[Sequence[str]], tuple[list[Call], list[Say]]]


@pytest.fixture
def desk() -> Desk:
    return Desk(TODAY)


@pytest.fixture
def talk() -> Talk:
    """Hold a conversation in text: the functions called, and what was said, greeting first."""

    def hold(lines: Sequence[str], *, diagnoses: bool = False) -> tuple[list[Call], list[Say]]:
        brain, desk = Brain(TODAY, diagnoses=diagnoses), Desk(TODAY)
        messages: list[dict[str, Any]] = [{"role": "developer", "content": OPENING}]
        calls: list[Call] = []
        said: list[Say] = []
        for line in (None, *lines):
            if line is not None:
                messages.append({"role": "user", "content": line})
            while isinstance(action := brain.decide(messages), Call):
                calls.append(action)
                messages += exchange(action, getattr(desk, action.name)(**action.arguments))
            said.append(action)
            messages.append({"role": "assistant", "content": action.text})
        return calls, said

    return hold
