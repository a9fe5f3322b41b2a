"""Progress: lines in the terminal, and below them what is going on right now."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from harness.cli._terminal import Terminal
from harness.cli._words import clean

__all__ = ["Progress"]


class Progress:
    """What shows a call while it goes on begins with this; see :class:`harness.cli._place.Display`.

    Args:
        terminal: Where to.
        margin: Before what is being prepared.
        stopping: What is said once somebody wants it to stop.
    """

    def __init__(self, terminal: Terminal, *, margin: str, stopping: str) -> None:
        self._terminal = terminal
        self._margin = margin
        self._stopping = stopping
        self._preparing = ""
        self._status = terminal.status("")

    def preparing(self, sentences: Sequence[str]) -> None:
        """Say what is being prepared; the same sentence again says nothing."""
        if not sentences or sentences[-1] == self._preparing:
            return
        self._preparing = sentences[-1]
        self._spin(self._preparing)
        if not self._terminal.is_terminal:
            self._print(Text(f"{self._margin}{clean(self._preparing)}", "dim"))

    def hanging_up(self) -> None:
        """Say that the wish to stop was understood."""
        self._print(Text(f"{self._stopping} Press Ctrl-C again to stop at once.", "yellow"))

    def stop(self) -> None:
        """Give the terminal back."""
        self._status.stop()

    def _spin(self, sentence: str) -> None:
        """Say what is going on, until something else is."""
        if self._terminal.is_terminal:
            self._status.update(Text(clean(sentence)))
            self._status.start()

    def _print(self, line: Text) -> None:
        self._terminal.print(line, soft_wrap=True)
