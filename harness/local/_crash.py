"""Reads the last traceback in what a process wrote, plain or as loguru prints it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Crash", "Frame", "Raised", "ending", "read_crash"]

_HEAD = re.compile(r"^\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^[>\s]*File "(?P<file>.+?)", line (?P<line>\d+)(?:, in (?P<where>.+))?\s*$')
_RAISED = re.compile(r"^(?P<kind>(?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:: (?P<text>.*))?$")
_BRANCH = re.compile(r"^\s*[|+]\s?(?:-+.*)?")
_DECORATION = re.compile(r"[│└├]")
_LINKS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_SYNTAX = ("SyntaxError", "IndentationError", "TabError")
_LONGEST_LINE = 300
_LAST_LINES = 6


@dataclass(frozen=True, slots=True)
class Frame:
    """One place in a traceback; `code` is the source line, if it was printed."""

    file: str
    line: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception: its class with the module in front, its message, where it passed."""

    kind: str
    text: str
    frames: tuple[Frame, ...]
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        """The class without its module."""
        return self.kind.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Crash:
    """The last exception and, before it, those it came from."""

    chain: tuple[Raised, ...]

    @property
    def last(self) -> Raised:
        """The one that ended it."""
        return self.chain[-1]


def read_crash(lines: Sequence[str]) -> Crash | None:
    """The last traceback with its chain of causes; None if there is none."""
    plain = [_BRANCH.sub("", line) if _is_branch(line) else line for line in lines]
    chain: list[Raised] = []
    at = 0
    linked = False
    while at < len(plain):
        if plain[at].strip() in _LINKS:
            linked = True
        elif _begins(plain, at):
            raised, at = _read(plain, at)
            if raised is not None:
                chain = [*chain, raised] if linked else [raised]
                linked = False
            continue
        at += 1
    return Crash(tuple(chain)) if chain else None


def ending(
    lines: Sequence[str], crash: Crash | None = None, own: Callable[[str], bool] = lambda _: False
) -> str:
    """The end of a traceback, else the last lines, short enough to be read; may be empty.

    Args:
        lines: All that was written.
        crash: The traceback, if there is one.
        own: Whether a file is the bot's: the last place in one of those is always shown.
    """
    of = list(crash.last.lines) if crash else [line for line in lines if line.strip()]
    shown = of[-_LAST_LINES:]
    places = [
        at for at, line in enumerate(of) if (place := _FRAME.match(line)) and own(place["file"])
    ]
    if places and places[-1] < len(of) - _LAST_LINES:
        at = places[-1]
        shown = [*of[at : at + 2], "  ...", *of[-_LAST_LINES + 2 :]]
    return "\n".join(_readable(line) for line in shown)


def _begins(lines: Sequence[str], at: int) -> bool:
    if _HEAD.match(lines[at]):
        return True
    # A file that is no Python at all has no traceback: only its place and the error.
    place = _FRAME.match(lines[at])
    return (
        place is not None
        and place["where"] is None
        and any(line.startswith(_SYNTAX) for line in lines[at + 1 : at + 5])
    )


def _read(lines: Sequence[str], at: int) -> tuple[Raised | None, int]:
    """The exception whose traceback begins here, and the line after it."""
    frames: list[Frame] = []
    kept: list[str] = []
    start = at
    while at < len(lines):
        line = lines[at]
        place = _FRAME.match(line)
        if place is not None:
            after = lines[at + 1].strip() if at + 1 < len(lines) else ""
            code = "" if _FRAME.match(after) or _RAISED.match(after) else after
            frames.append(Frame(place["file"], int(place["line"]), code))
        elif at > start and line[:1] not in ("", " ", "\t"):
            raised = _RAISED.match(line)
            if raised is None or _HEAD.match(line):
                return None, max(at, start + 1)
            text, after_it = _message(lines, at, raised["text"] or "")
            kept += [line, *lines[at + 1 : after_it]]
            return Raised(raised["kind"], text, tuple(frames), tuple(_shown(kept))), after_it
        kept.append(line)
        at += 1
    return None, at


def _message(lines: Sequence[str], at: int, text: str) -> tuple[str, int]:
    """A message may go on for some lines, indented or not, until something else begins."""
    after = at + 1
    while (
        after < len(lines)
        and lines[after].startswith((" ", "\t"))
        and not _FRAME.match(lines[after])
        and after - at < _LAST_LINES
    ):
        text += "\n" + lines[after].strip()
        after += 1
    return text, after


def _shown(lines: Sequence[str]) -> list[str]:
    """Without what loguru draws between the lines, and without the marks under them."""
    return [
        line.rstrip()
        for line in lines
        if line.strip() and not _DECORATION.search(line) and line.strip().strip("~^")
    ]


def _is_branch(line: str) -> bool:
    return line.lstrip().startswith(("| ", "+ Exception Group", "+-"))


def _readable(line: str) -> str:
    shown = "".join(mark for mark in line if mark.isprintable())
    return shown if len(shown) <= _LONGEST_LINE else shown[:_LONGEST_LINE] + "..."
