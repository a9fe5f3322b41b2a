"""The rules of docs/architecture.md about who may import whom, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LEVELS: tuple[tuple[str, ...], ...] = (
    ("app",),
    ("pages", "cli"),
    ("console",),
    ("report",),
    ("calibrate",),
    ("calls", "local"),
    ("agents", "caller", "scenarios", "grade", "store"),
    # Measuring is pure and the same live and afterwards, so what is live uses it too.
    ("measure",),
    ("secrets", "chat"),
    ("nouns", "settings"),
    ("errors",),
    ("_redact",),
)
"""From the top down: a room imports from lower levels only, and rooms on one level know nothing of
each other. `bot` is for customers and stands alone; so do the bots in `data/agents`."""

ALONE = ("bot",)

PIPECAT = ("harness/caller/", "harness/local/", "harness/bot/", "data/agents/")
PIPECAT_FILES = ("harness/scenarios/_compat.py", "harness/grade/_compat.py")
STREAMLIT = ("harness/console/", "pages/", "app.py")


@dataclass(frozen=True)
class Import:
    """One imported module or name."""

    file: str
    line: int
    module: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.full}"

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def top(self) -> str:
        return self.module.split(".")[0]


def imports_of(source: str, file: str) -> Iterator[Import]:
    """Every import of a file, wherever it stands."""
    for node in ast.walk(ast.parse(source, file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(file, node.lineno, node.module or "", alias.name)
        elif isinstance(node, ast.Call) and _is_import_call(node):
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield Import(file, node.lineno, argument.value)


def _is_import_call(node: ast.Call) -> bool:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("import_module", "__import__") and bool(node.args)


def room_of(file: str) -> str | None:
    """The room a file belongs to."""
    parts = Path(file).parts
    if parts[0] == "harness":
        return parts[1].removesuffix(".py") if len(parts) > 1 else None
    return parts[0].removesuffix(".py")


def rooms_used(found: Import) -> Iterator[str]:
    parts = found.full.split(".")
    if parts[0] == "harness" and len(parts) > 1:
        yield parts[1]
    elif parts[0] in ("pages", "app"):
        yield parts[0]


def level_of(room: str) -> int | None:
    return next((level for level, rooms in enumerate(LEVELS) if room in rooms), None)


def upward(found: Import) -> str | None:
    """What is wrong with the direction of an import, or None."""
    own = room_of(found.file)
    for used in rooms_used(found):
        if own is None or used == own:
            continue
        here, there = level_of(own), level_of(used)
        # The demo agent carries the observer as a customer's bot would.
        alone = own in ALONE or (used in ALONE and own != "data")
        # What has no level is a name of the package itself, such as harness.__version__.
        if alone or (here is not None and there is not None and there <= here):
            return f"{found}: `{own}` may not import `{used}`"
    return None


def forbidden_package(found: Import) -> str | None:
    """Pipecat or Streamlit where it does not belong."""
    if found.top == "pipecat" and not (
        found.file.startswith(PIPECAT) or found.file in PIPECAT_FILES
    ):
        return f"{found}: no Pipecat here"
    if found.top == "streamlit" and not found.file.startswith(STREAMLIT):
        return f"{found}: no Streamlit here"
    return None


def private_name(found: Import) -> str | None:
    """A private name of Pipecat or Streamlit outside a `_compat.py`."""
    if found.top not in ("pipecat", "streamlit") or found.file.endswith("/_compat.py"):
        return None
    if any(part.startswith("_") and not part.startswith("__") for part in found.full.split(".")):
        return f"{found}: a private name outside _compat.py"
    return None


def private_attributes(source: str, file: str) -> list[str]:
    """Private attributes reached through a module of Pipecat or Streamlit, as in `st._config`."""
    if file.endswith("/_compat.py"):
        return []
    tree = ast.parse(source, file)
    names = {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if _foreign(node.module if isinstance(node, ast.ImportFrom) else alias.name)
    }
    return [
        f"{file}:{node.lineno}: {node.value.id}.{node.attr}: a private name outside _compat.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    ]


def _foreign(module: str | None) -> bool:
    return (module or "").split(".")[0] in ("pipecat", "streamlit")


def problems_in(source: str, file: str) -> list[str]:
    """All that is wrong in one file."""
    found = [
        problem
        for each in imports_of(source, file)
        for problem in (upward(each), forbidden_package(each), private_name(each))
        if problem
    ]
    return found + private_attributes(source, file)


def our_files() -> list[Path]:
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "harness").rglob("*.py")]
    files += (ROOT / "data" / "agents").rglob("*.py")
    return sorted(files)


def test_the_rules_hold() -> None:
    problems: list[str] = []
    for path in our_files():
        file = path.relative_to(ROOT).as_posix()
        problems += problems_in(path.read_text(encoding="utf-8"), file)

    assert not problems, "\n" + "\n".join(problems)


def test_every_room_is_on_a_level() -> None:
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "harness").iterdir()}
    placed = {room for level in LEVELS for room in level} | set(ALONE)

    assert {room for room in rooms if not room.startswith(("_", "."))} <= placed | {"py.typed"}


def test_enough_is_read() -> None:
    files = our_files()
    assert len(files) > 50
    found = [each for path in files for each in imports_of(path.read_text(), path.name)]
    assert any(each.top == "pipecat" for each in found)
    assert any(each.top == "streamlit" for each in found)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("harness/nouns/_call.py", "from harness.calls import Engine"),
        ("harness/measure/_turns.py", "import harness.grade"),
        ("harness/grade/_said.py", "from harness import scenarios"),
        ("harness/calls/_engine.py", "from harness.local import LiveKit"),
        ("harness/local/_pool.py", "from harness.calls import CallService"),
        ("harness/calls/_engine.py", "def f():\n    from harness.console import shell"),
        ("harness/store/_store.py", "import importlib\nimportlib.import_module('harness.calls')"),
        ("harness/bot/observer.py", "from harness.nouns import Event"),
        ("harness/measure/_turns.py", "import pipecat.frames.frames"),
        ("harness/measure/_turns.py", "import streamlit as st"),
        ("harness/scenarios/_load.py", "from pipecat.evals.scenario import EvalScenarioFile"),
        ("harness/calls/_engine.py", "from pipecat.frames.frames import Frame"),
        ("harness/calls/_engine.py", "from streamlit.runtime import get_instance"),
        ("harness/cli/_main.py", "import streamlit"),
        ("harness/report/_page.py", "from harness.console import charts"),
        ("harness/report/_call_json.py", "import harness.cli"),
        ("harness/caller/_rtvi.py", "from pipecat.evals._session_subprocess import main"),
        ("harness/caller/_rtvi.py", "from pipecat.evals.scenario import _load_mapping"),
        ("harness/console/_shell.py", "import streamlit as st\nst._config.get_option('x')"),
        ("pages/call.py", "from streamlit._other import thing"),
    ],
)
def test_a_planted_violation_is_caught(file: str, source: str) -> None:
    assert problems_in(source, file)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("harness/grade/_said.py", "from harness.nouns import Turn\nfrom harness.errors import X"),
        ("harness/calls/_engine.py", "from harness.caller import Caller\nimport harness.store"),
        ("harness/console/_shell.py", "import streamlit as st\nst.write(st.__version__)"),
        ("harness/scenarios/_compat.py", "from pipecat.evals.scenario import _load_mapping"),
        ("harness/grade/_said.py", "from harness.grade._quote import find"),
        ("harness/console/export_menu.py", "from harness.report import call_report"),
        ("harness/report/_call_json.py", "from harness.calls import CallView"),
        ("harness/nouns/_call.py", "from harness.errors import RingbackError"),
        ("data/agents/front_desk/bot.py", "from pipecat.frames.frames import Frame"),
        ("app.py", "import streamlit as st\nfrom harness.console import build"),
    ],
)
def test_what_is_allowed_passes(file: str, source: str) -> None:
    assert problems_in(source, file) == []
