"""The tree of errors: as its docstring draws it, and as docs/errors.md lists it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from harness import errors
from harness.errors import RingbackError
from harness.settings import ROOT

PAGE = ROOT / "docs" / "errors.md"
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (\d) \| (.+) \| (.*) \|$", re.MULTILINE)
BRANCH = re.compile(r"^    (?P<stem>[│ ]*)[├└]── (?P<name>\w+) +(?P<when>\S.*)$", re.MULTILINE)


def family(top: type[RingbackError]) -> Iterator[type[RingbackError]]:
    """All below a class."""
    for below in top.__subclasses__():
        if below.__module__.startswith(f"{errors.__name__}."):
            yield below
            yield from family(below)


def drawn() -> list[tuple[str, str]]:
    """Each class of the drawing with the one it hangs on."""
    above = ["RingbackError"]
    found = []
    for branch in BRANCH.finditer(errors.__doc__ or ""):
        depth = len(branch["stem"]) // 4
        del above[depth + 1 :]
        found.append((branch["name"], above[-1]))
        above.append(branch["name"])
    return found


CLASSES: list[type[RingbackError]] = [getattr(errors, name) for name, _ in drawn()]
"""In the order of the drawing."""


def when(error: type[RingbackError]) -> str:
    return (error.__doc__ or "").strip().split("\n")[0].rstrip(".")


def test_the_drawing_is_the_tree() -> None:
    tree = [(error.__name__, error.__base__.__name__) for error in family(RingbackError)]  # type: ignore[union-attr]
    assert sorted(drawn()) == sorted(tree)


def test_every_error_can_be_imported() -> None:
    named = {name for name in errors.__all__ if inspect.isclass(getattr(errors, name))}
    assert named == {error.__name__ for error in [RingbackError, *CLASSES]}


def test_the_page_lists_every_error_as_it_is() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert [row[:4] for row in rows] == [
        (error.__name__, error.kind, str(error.exit_code), when(error)) for error in CLASSES
    ]
    for row in rows:
        assert len(row[4]) > 8, f"{row[0]}: what to do?"


def test_a_kind_is_one_class_or_a_family() -> None:
    """`error` is Pipecat Evals' own word for the harness; else a kind tells the class."""
    kinds: dict[str, str] = {}
    for error in CLASSES:
        other = kinds.setdefault(error.kind, error.__name__)
        assert other == error.__name__, f"{error.__name__} and {other} are both {error.kind}"


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_an_exit_code_is_one_of_the_families(error: type[RingbackError]) -> None:
    assert error.exit_code in (1, 2, 3)
    top = next(one for one in RingbackError.__subclasses__() if issubclass(error, one))
    assert error.exit_code == top.exit_code


def test_a_judge_that_fails_is_our_trouble_and_one_that_is_missing_is_not() -> None:
    """Nothing that a language model or a speech service gets wrong is the agent's failure."""
    for ours in (errors.JudgeError, errors.PersonaError, errors.SpeechFailed):
        assert ours.exit_code == errors.HarnessError.exit_code
    for given in (errors.NoJudge, errors.BrainError, errors.EndpointError):
        assert given.exit_code == errors.InputError.exit_code
