"""``ringback scenarios generate``: scenarios that a language model writes from a text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.text import Text

from harness.cli._drafts import Put, draft_as_json, put, wrong_with
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.errors import InputError, NoJudge
from harness.report import prepare_folder
from harness.scenarios import KINDS, LONGEST_SOURCE, generate
from harness.settings import Settings
from harness.store import EndpointLibrary

__all__ = ["Wanted", "generate_scenarios"]

_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed after ``ringback scenarios generate``."""

    source: str
    way: Literal["script", "simulation"] = "script"
    kinds: Sequence[str] = ()
    count: int = 4
    model: str = ""
    where: Put = Put()


def generate_scenarios(wanted: Wanted, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Have scenarios written, and tell what ``--json`` prints.

    Raises:
        InputError: The text cannot be read or is empty, or a variation is not known.
        NoJudge: No language model is set up.
        UnknownName: There is none of that name.
        MissingSecret: Its key is not there.
        JudgeError: It gave no usable answer.
        DataFolderError: They cannot be written.
    """
    unknown = [kind for kind in wanted.kinds if kind not in KINDS]
    if unknown:
        raise InputError(
            f"There is no variation {unknown[0]!r}.", remedy=f"There are: {', '.join(KINDS)}."
        )
    source = _read(wanted.source)
    endpoints = EndpointLibrary(settings)
    usual = endpoints.usual()
    if not wanted.model and usual is None:
        raise NoJudge(
            "A language model writes scenarios, and none is set up.",
            remedy="Add one: ringback judges add NAME --url URL --model MODEL",
        )
    access = endpoints.access(wanted.model or (usual.name if usual is not None else ""))
    if wanted.where.folder is not None:
        prepare_folder(wanted.where.folder)  # better known before the model is paid
    terminal = Terminal(stderr=True)
    told = f"{access.endpoint.model} at {clean(access.endpoint.url)} is writing"
    terminal.print(Text(told, "dim"), soft_wrap=True)
    drafts = asyncio.run(generate(access, source, wanted.kinds, wanted.count, wanted.way))
    done = put(drafts, wanted.where, settings)
    if to_stdout:
        for draft, path in done:
            print(f"Wrote {path}" if path is not None else f"---\n{draft.text}", end="\n")
    for draft, _ in done:
        for problem in wrong_with(draft):
            name = clean(str(draft.get(("name",))))
            what = f"{name}, line {problem.line}: {clean(problem.message)}"
            terminal.print(Text(f"Not written: {what}", "red"), soft_wrap=True)
    return {
        "model": access.endpoint.name,
        "scenarios": [draft_as_json(draft, path) for draft, path in done],
    }


def _read(source: str) -> str:
    """The text of a file, or of standard input."""
    try:
        if source == _STDIN:
            text = sys.stdin.read(LONGEST_SOURCE + 1)
        else:
            with Path(source).open(encoding="utf-8") as file:
                text = file.read(LONGEST_SOURCE + 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InputError(
            f"{source} cannot be read.",
            cause=f"The system says: {why or error}.",
            remedy="Give a text file, or - for standard input.",
        ) from error
    if not text.strip():
        raise InputError("The text is empty.", remedy="Say what the scenarios are about.")
    if len(text) > LONGEST_SOURCE:
        raise InputError(
            f"The text is longer than {LONGEST_SOURCE:,} characters.", remedy="Give a part of it."
        )
    return text
