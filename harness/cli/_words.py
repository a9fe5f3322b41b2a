"""Words and numbers as the terminal shows them."""

from __future__ import annotations

import unicodedata

__all__ = ["clean", "clock", "seconds"]


def clean(text: str) -> str:
    """`text` on one line and without characters that steer a terminal: agents write it, too."""
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text
        if unicodedata.category(letter) not in ("Cf", "Cs")
    )


def seconds(value: float | None) -> str:
    """``1.32 s``, with a real minus sign; a dash if there is no value."""
    return "–" if value is None else f"{value:.2f} s".replace("-", "\N{MINUS SIGN}")


def clock(at: float | None) -> str:
    """``0:42``, or as much room."""
    return "    " if at is None else f"{int(at) // 60}:{int(at) % 60:02d}"
