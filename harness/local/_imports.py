"""Imports of a bot that its Python does not have: what to write, or what to install, instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agents.bot_files import BotLaunch, Gone, Inside, Wanted, look_inside
from harness.errors import AgentConfigError
from harness.local._crash import Crash, Raised
from harness.local._moves import CLASSES, MODULES, OTHER_PACKAGES, REMARKS

__all__ = ["Finding", "import_trouble", "is_own", "where"]

_NO_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_NOT_A_PACKAGE = re.compile(r"'([\w.]+)' is not a package")
_NO_NAME = re.compile(r"cannot import name '(\w+)' from (?P<half>partially initialized module )?")
_FROM = re.compile(r"from '([\w.]+)'|module '([\w.]+)'")
_NEEDS_EXTRA = re.compile(
    r"In order to use (?P<what>.+?), you need to .*?pipecat-ai\[(?P<extra>[\w.,-]+)\]"
)
_NEEDS_PACKAGE = re.compile(
    r"In order to use (?P<what>.+?), you need to `uv add (?P<name>[\w.-]+)`"
)
_NEEDS_RUNNER = re.compile(r"Runner dependencies required|To use Pipecat runners, install")
_STATEMENT = re.compile(r"^(?:from\s+(pipecat[\w.]*)\s+import\s+(.*)|import\s+(pipecat[\w.]*).*)$")
_CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_MOST_LINES = 8

_RUNNER_MODULES = ("fastapi", "uvicorn", "dotenv", "pipecat_ai_prebuilt")
_PACKAGES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "daily": "daily-python",
    "dateutil": "python-dateutil",
    "deepgram": "deepgram-sdk",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "git": "GitPython",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "multipart": "python-multipart",
    "PIL": "pillow",
    "pinecone": "pinecone",
    "psycopg2": "psycopg2-binary",
    "riva": "nvidia-riva-client",
    "sklearn": "scikit-learn",
    "telegram": "python-telegram-bot",
    "yaml": "PyYAML",
}
"""Modules whose package goes by another name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong and what to do, in sentences."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Statement:
    file: str
    line: int
    wanted: tuple[Wanted, ...]


async def import_trouble(launch: BotLaunch, crash: Crash, lines: Sequence[str]) -> Finding | None:
    """What is missing, if an import failed.

    Args:
        launch: The bot, whose own Python is asked where things are now.
        crash: Its last traceback.
        lines: What it wrote; Pipecat names a missing extra before it raises.
    """
    failed = next((each for each in crash.chain if _is_import(each)), None)
    if failed is None:
        return None
    if shadow := _shadowed(launch, failed):
        return shadow
    module = _missing_module(failed)
    statements = list(_statements(launch, failed))
    try:
        inside = await look_inside(launch, [each for one in statements for each in one.wanted])
    except AgentConfigError:
        foreign = module is not None and module.split(".")[0] != "pipecat"
        return _not_installed(launch, failed, module) if foreign and module else None
    if inside.pipecat is None and (module or "").split(".")[0] == "pipecat":
        return _no_pipecat(launch, inside)
    if module in OTHER_PACKAGES:
        now = OTHER_PACKAGES[module]
        return Finding(
            f"{where(launch, failed)}: `{module}` is part of Pipecat now.",
            f"Write `{now}` instead of `{module}`.",
        )
    if inside.gone:
        return _gone(statements, inside)
    if extra := _extra(launch, failed, module, inside, lines):
        return extra
    if module is not None and module.split(".")[0] != "pipecat":
        return _not_installed(launch, failed, module)
    return _other_version(launch, failed, inside)


def _is_import(raised: Raised) -> bool:
    return raised.name in ("ModuleNotFoundError", "ImportError")


def _missing_module(raised: Raised) -> str | None:
    found = _NO_MODULE.search(raised.text)
    return found[1] if found else None


def where(launch: BotLaunch, raised: Raised) -> str:
    """The last place in the bot's own files, for people."""
    for frame in reversed(raised.frames):
        if is_own(launch, frame.file):
            return f"{Path(frame.file).name} line {frame.line}"
    return launch.file.name


def is_own(launch: BotLaunch, file: str) -> bool:
    """Whether a file of a traceback is the bot's, not an installed one."""
    path = Path(file)
    if not path.is_absolute():
        path = launch.folder / path
    if {"site-packages", "dist-packages"} & set(path.parts) or file.startswith("<"):
        return False
    return any(path.is_relative_to(folder) for folder in (launch.file.parent, launch.folder))


def _shadowed(launch: BotLaunch, raised: Raised) -> Finding | None:
    """A file of the bot that has the name of a package hides the package."""
    found = _NOT_A_PACKAGE.search(raised.text)
    name = found[1].split(".")[0] if found else None
    half = _NO_NAME.search(raised.text)
    if name is None and half and half["half"] and (of := _FROM.search(raised.text)):
        name = (of[1] or of[2]).split(".")[0]
    if name is None:
        return None
    for folder in dict.fromkeys((launch.file.parent, launch.folder)):
        if (folder / f"{name}.py").is_file():
            return Finding(
                f"The file {name}.py of the bot hides the package `{name}`.",
                f"Give {name}.py another name.",
            )
    return None


def _statements(launch: BotLaunch, raised: Raised) -> Iterator[_Statement]:
    """The Pipecat imports of the bot file and of its other files on the way to the failure."""
    files = [frame.file for frame in raised.frames if is_own(launch, frame.file)]
    for file in dict.fromkeys([str(launch.file), *files]):
        path = launch.folder / file
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            yield from _as_printed(raised, file)
            continue
        for node in _imports(tree):
            if wanted := tuple(_wanted(node)):
                yield _Statement(path.name, node.lineno, wanted)


def _as_printed(raised: Raised, file: str) -> Iterator[_Statement]:
    """The statement in the traceback, of a file that our own Python cannot read."""
    for frame in raised.frames:
        found = _STATEMENT.match(frame.code) if frame.file == file else None
        if found is None:
            continue
        names = re.findall(r"(\w+)(?:\s+as\s+\w+)?\s*(?:,|$|\))", found[2] or "") or [None]
        module = found[1] or found[3]
        wanted = tuple(_as_wanted(module, name) for name in names)
        yield _Statement(Path(file).name, frame.line, wanted)


def _imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that has to work: not those whose failure is caught, or for types only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not _is_optional(node):
            yield from _imports(node)


def _is_optional(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.Try) and any(map(_catches, node.handlers))


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(each, ast.Name) and each.id in _CAUGHT for each in ast.walk(handler.type))


def _wanted(node: ast.Import | ast.ImportFrom) -> Iterator[Wanted]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "pipecat":
                yield _as_wanted(alias.name, None)
    elif not node.level and (node.module or "").split(".")[0] == "pipecat":
        for alias in node.names:
            yield _as_wanted(node.module or "", alias.name)


def _as_wanted(module: str, name: str | None) -> Wanted:
    return Wanted(module, name, CLASSES.get(name or "", ()), MODULES.get(module, ()))


def _no_pipecat(launch: BotLaunch, inside: Inside) -> Finding:
    what = launch.install("pipecat-ai[runner,livekit]")
    return Finding(
        f"The Python that runs the bot has no Pipecat ({inside.executable}).",
        f"Set the agent's `python` to the environment that has it, or install it: {what}",
    )


def _gone(statements: Sequence[_Statement], inside: Inside) -> Finding:
    """All stale imports at once: mending them one by one is a long day."""
    gone = {(each.module, each.name): each for each in inside.gone}
    told: list[str] = []
    first = ""
    for statement in statements:
        missing = [
            gone[each.module, each.name]
            for each in statement.wanted
            if (each.module, each.name) in gone
        ]
        if not missing:
            continue
        first = first or f"{statement.file} line {statement.line}: {_old(missing)}"
        told += [f"{statement.file} line {statement.line}: {line}" for line in _new(missing)]
    told = list(dict.fromkeys(told))
    if len(told) > _MOST_LINES:
        told = [*told[:_MOST_LINES], f"and {len(told) - _MOST_LINES} more"]
    # It may be gone, or newer than the installed version: both are "not in it".
    return Finding(
        f"{first} is not in Pipecat {inside.pipecat}, which the bot runs with.",
        "Write instead:\n" + "\n".join(told),
    )


def _old(missing: Sequence[Gone]) -> str:
    names = [each.name for each in missing if each.name]
    if not names:
        return f"`import {missing[0].module}`"
    return f"`from {missing[0].module} import {', '.join(names)}`"


def _new(missing: Sequence[Gone]) -> list[str]:
    """What to write: one line for each module that the names are in now."""
    by_module: dict[str, list[str]] = {}
    successors: dict[tuple[str, str], list[str]] = {}
    lines: list[str] = []
    for each in missing:
        shown = each.name or each.module
        if not each.now:
            remark = REMARKS.get(each.name or "")
            lines.append(
                f"{shown}: {remark}"
                if remark
                else f"{shown}: nothing of that name is in it; it was removed, or is newer"
            )
            continue
        module, name = each.now[0]
        if name is None:
            lines.append(f"import {module}")
        elif name == each.name:
            by_module.setdefault(module, []).append(name)
        else:
            successors.setdefault((module, name), []).append(each.name or "")
    return [
        *(f"from {module} import {', '.join(names)}" for module, names in by_module.items()),
        *(
            f"from {module} import {name}  (it took the place of {', '.join(names)})"
            for (module, name), names in successors.items()
        ),
        *lines,
    ]


def _extra(
    launch: BotLaunch,
    raised: Raised,
    module: str | None,
    inside: Inside,
    lines: Sequence[str],
) -> Finding | None:
    """The extra of Pipecat that brings what is missing."""
    text = "\n".join(lines)
    if _NEEDS_RUNNER.search(text):
        return _needs(launch, "Pipecat's runner", "runner")
    if told := list(_NEEDS_EXTRA.finditer(text)):
        return _needs(launch, told[-1]["what"], told[-1]["extra"])
    if package := _NEEDS_PACKAGE.search(text):
        return Finding(
            f"{package['what']} needs the package {package['name']}, which is not installed.",
            f"Install it: {launch.install(package['name'])}",
        )
    inner = raised.frames[-1].file if raised.frames else ""
    parts = Path(inner).parts
    if module is None or "pipecat" not in parts:
        return None
    inner_parts = parts[parts.index("pipecat") + 1 :]
    top = module.split(".")[0]
    if "runner" in inner_parts and top in _RUNNER_MODULES:
        return _needs(launch, "Pipecat's runner", "runner")
    named = _PACKAGES.get(top, top).lower().replace("_", "-")
    for package_name, extras in inside.extras.items():
        if package_name.replace("_", "-") == named:
            best = next((each for each in extras if each in (*inner_parts, top)), extras[0])
            return _needs(launch, f"`{module}`, which {Path(inner).name} of Pipecat uses,", best)
    return None


def _needs(launch: BotLaunch, what: str, extra: str) -> Finding:
    package = f"pipecat-ai[{extra}]"
    what = what[:1].upper() + what[1:]
    return Finding(
        f"{what} needs the extra `{extra}` of Pipecat, which is not installed.",
        f"Install it: {launch.install(package)}",
    )


def _not_installed(launch: BotLaunch, raised: Raised, module: str) -> Finding:
    at = where(launch, raised)
    top = module.split(".")[0]
    for folder in launch.file.parents:
        # A bot inside a package is run from above it by its author: Python looks beside it only.
        if folder != launch.file.parent and ((folder / top).is_dir() or _is_file(folder / top)):
            return Finding(
                f"{at}: there is no module `{module}` where Python looks for it.",
                f"It is in {folder}: add PYTHONPATH with the value {folder} to the agent's `env`.",
            )
        if (folder / ".git").exists():
            break
    package = _PACKAGES.get(top, top)
    return Finding(
        f"{at}: the package of `{module}` is not installed for the Python that runs the bot.",
        f"Install it: {launch.install(package)}\nOr set the agent's `python` to the "
        "environment that has it.",
    )


def _is_file(path: Path) -> bool:
    return path.with_name(f"{path.name}.py").is_file()


def _other_version(launch: BotLaunch, raised: Raised, inside: Inside) -> Finding:
    inner = Path(raised.frames[-1].file) if raised.frames else launch.file
    name = next(
        (
            after
            for before, after in zip(inner.parts, inner.parts[1:], strict=False)
            if before in ("site-packages", "dist-packages")
        ),
        None,
    )
    if name in (None, "pipecat"):
        return Finding(
            f"{where(launch, raised)}: an import failed: {raised.text.splitlines()[0][:200]}.",
            "Check that the installed packages fit each other, then call again.",
        )
    return Finding(
        f"The package `{name}` does not fit the other packages of the bot.",
        f"Install versions that fit each other (Pipecat is {inside.pipecat}): "
        f"{launch.install(str(name))}",
    )
