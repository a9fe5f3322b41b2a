"""What a Python has of Pipecat, told by that Python itself.

Run as a file by the interpreter in question, with the standard library only, on any Python from
3.8 on; nothing is imported to be looked at. One argument, a JSON object::

    {"beside": FOLDER, "imports": [[MODULE, NAME or null, [NAME ...], [MODULE ...]] ...]}

`beside` is where the bot file is: Python looks there first. Each import has the names and modules
that may stand for it today. The answer is one JSON object on standard output::

    {"python": "3.11.9", "executable": PATH, "pipecat": VERSION or null, "at": PATH or null,
     "extras": {DISTRIBUTION: [EXTRA ...]},
     "gone": [[MODULE, NAME or null, [[MODULE, NAME or null] ...]] ...]}

`gone` lists the imports that do not work, each with where it lives now, the likeliest first.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

MOST = 3
ASIDE = ("tests", "cli", "evals")


def main(question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question."""
    sys.path[0] = question["beside"]
    spec = importlib.util.find_spec("pipecat")
    places = list(spec.submodule_search_locations or []) if spec else []
    version, extras = told_by_metadata()
    package = Package(places[0]) if places else None
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "pipecat": version if package else None,
        "at": places[0] if places else (spec.origin if spec else None),
        "extras": extras,
        "gone": [
            [module, name, package.now(module, name, names, modules)]
            for module, name, names, modules in question["imports"]
            if package and not package.has(module, name)
        ],
    }


def told_by_metadata() -> tuple[str, dict[str, list[str]]]:
    """Version of the distribution, and which of its extras bring which others."""
    try:
        from importlib import metadata

        told = metadata.metadata("pipecat-ai")
    except Exception:
        return "unknown", {}
    extras: dict[str, list[str]] = {}
    for line in told.get_all("Requires-Dist") or []:
        wanted = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"extra\s*==\s*[\"']([^\"']+)", line)
        if wanted and extra and wanted.group() != "pipecat-ai":
            extras.setdefault(wanted.group().lower(), []).append(extra.group(1))
    return told["Version"], extras


class Package:
    """The files of an installed package."""

    def __init__(self, folder: str) -> None:
        self.files: dict[str, str] = {}
        for where, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            inside = os.path.relpath(where, os.path.dirname(folder)).split(os.sep)
            for name in files:
                if name.endswith(".py"):
                    last = [] if name == "__init__.py" else [name[:-3]]
                    self.files[".".join(inside + last)] = os.path.join(where, name)

    def text(self, module: str) -> str:
        """The source of a module."""
        with open(self.files[module], encoding="utf-8", errors="replace") as file:
            return file.read()

    def is_module(self, module: str) -> bool:
        """Whether there is such a module, or a folder of modules."""
        return module in self.files or any(each.startswith(module + ".") for each in self.files)

    def has(self, module: str, name: str | None) -> bool:
        """Whether `from module import name` works, as far as the source tells."""
        if not self.is_module(module):
            return False
        if name in (None, "*") or self.is_module(module + "." + name):
            return True
        return module in self.files and binds(self.text(module), name)

    def now(
        self, module: str, name: str | None, names: list[str], modules: list[str]
    ) -> list[list[str | None]]:
        """Where an import lives today, the likeliest first."""
        found: list[list[str | None]] = []
        for other in modules:
            if name is None and self.is_module(other):
                found.append([other, None])
            elif name is not None and module != other and self.has(other, name):
                found.append([other, name])
        for each in [name] + names if name else []:
            found += [[other, each] for other in self.homes(each, module)]
        if name and not found:
            for other, spelled in self.alike(name):
                found.append([other, spelled])
        if name is None and not found:
            last = module.split(".")[-1]
            same = [each for each in self.files if each.split(".")[-1] == last]
            same.sort(key=lambda each: nearness(each, module))
            found += [[each, None] for each in same]
        seen: list[list[str | None]] = []
        for place in found:
            if place not in seen:
                seen.append(place)
        return seen[:MOST]

    def homes(self, name: str, near: str) -> list[str]:
        """The modules that define a name."""
        defined = re.compile(rf"^(?:class|def|async def)\s+{re.escape(name)}\b", re.M)
        homes = [each for each in self.files if defined.search(self.text(each))]
        return sorted(public(homes, near), key=lambda each: nearness(each, near))

    def alike(self, name: str) -> list[tuple[str, str]]:
        """Names that differ in their capitals only."""
        defined = re.compile(rf"^class\s+({re.escape(name)})\b", re.M | re.I)
        found = []
        for each in public(self.files, ""):
            spelled = defined.search(self.text(each))
            if spelled:
                found.append((each, spelled.group(1)))
        return found


def public(modules: Iterable[str], near: str) -> list[str]:
    """Without what is private or a tool, unless the old name was there, too."""
    return [
        each
        for each in modules
        if not any(
            part.startswith("_") or (part in ASIDE and part not in near.split("."))
            for part in each.split(".")
        )
    ]


def nearness(module: str, old: str) -> tuple[int, int, str]:
    """Sort key: what shares more parts of its path with the old one comes first."""
    parts = module.split(".")
    return (-len(set(parts) & set(old.split("."))), len(parts), module)


def binds(text: str, name: str) -> bool:
    """Whether a module binds a name at its top level, or may do so in a way we cannot see."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return True
    if "sys.modules[__name__]" in text:
        return True
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            # A module that makes its names as they are asked for spells them out somewhere.
            if node.name == name or (node.name == "__getattr__" and quoted(text, name)):
                return True
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name == "*" or (alias.asname or alias.name).split(".")[0] == name:
                    return True
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name:
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


def quoted(text: str, name: str) -> bool:
    """Whether a name stands in quotes anywhere in a source."""
    return f'"{name}"' in text or f"'{name}'" in text


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
