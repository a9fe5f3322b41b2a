"""The terminal: where text goes, and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli._words import clean

if TYPE_CHECKING:
    from harness.errors import RingbackError
    from harness.nouns import Failure

__all__ = ["Terminal", "new_table", "print_problem", "print_table"]

_PIPE_WIDTH = 400


class Terminal(Console):
    """Standard output or standard error; words are not coloured by guessing what they mean.

    Args:
        stderr: Whether it is standard error.
        width: Columns, if they are not to be found out.
    """

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, highlight=False)

    def on_broken_pipe(self) -> NoReturn:
        """Leave it to the command's end to say nothing (Rich would end with exit code 1)."""
        raise BrokenPipeError


def print_problem(terminal: Terminal, problem: RingbackError | Failure) -> None:
    """What happened, the likely cause and what to do; lines of code in it stay lines."""
    message = (clean(problem.message), "bold")
    terminal.print(Text.assemble(("Error: ", "bold red"), message), soft_wrap=True)
    for text in (problem.cause, problem.remedy):
        for line in text.splitlines():
            if line.strip():
                terminal.print(Text(f"  {clean(line)}"), soft_wrap=True)


def new_table(*titles: str) -> Table:
    """A table without lines; its first column is never cut, so that it can be copied."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for place, title in enumerate(titles):
        table.add_column(title, no_wrap=True, overflow="fold" if place == 0 else "ellipsis")
    return table


def print_table(table: Table, *, stderr: bool = False) -> None:
    """Print a table as wide as the terminal; a pipe has no width, nothing is cut off for it."""
    terminal = Terminal(stderr=stderr)
    (terminal if terminal.is_terminal else Terminal(stderr=stderr, width=_PIPE_WIDTH)).print(table)
