"""Words and numbers as the pages write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["MINUS", "ago", "clock", "marked", "plain", "seconds", "signed"]

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:&.=@^])")
_CODE = re.compile(r"`([^`\[\]]{1,200})`")
MINUS = "\N{MINUS SIGN}"
"""The real minus sign."""


def plain(text: str) -> str:
    """`text` as Markdown that shows it letter by letter.

    An agent's words must never become a link, a picture or a coloured badge.
    """
    return _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    # A colon is followed by an invisible word joiner: directives and icons (:red[..]) are looked
    # for after backslashes have been taken away.
    return _MARKUP.sub(r"\\\1", text).replace("\\:", "\\:\u2060")


def marked(text: str) -> str:
    """`text` of ours as Markdown: what stands between backticks is shown as code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(f"`{part}`" if n % 2 else _escaped(part) for n, part in enumerate(parts))


def seconds(value: float | None) -> str:
    """``1.32 s``; a dash if there is no value."""
    if value is None:
        return "–"
    return f"{MINUS if round(value, 2) < 0 else ''}{abs(value):.2f} s"


def signed(value: float) -> str:
    """``+0.78 s``, with a real minus sign."""
    return f"{MINUS if round(value, 2) < 0 else '+'}{abs(value):.2f} s"


def clock(value: float | None) -> str:
    """``0:42``; a dash if there is no value."""
    if value is None:
        return "–"
    whole = int(max(0.0, value))
    return f"{whole // 60}:{whole % 60:02d}"


def ago(then: datetime, now: datetime | None = None, *, year: bool = True) -> str:
    """How long ago something was: ``just now``, ``5 min ago``, ``3 h ago``, then the date.

    Args:
        then: When it was.
        now: This moment, if None.
        year: Whether the date tells the year if it is the present one.
    """
    now = now or datetime.now(UTC)
    passed = (now - then).total_seconds()
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 86400:
        return f"{int(passed // 3600)} h ago"
    day = then.astimezone()
    told = f"{day:%Y}" if year or day.year != now.astimezone().year else ""
    return f"{day:%a} {day.day} {day:%b} {told}".rstrip() + f", {day:%H:%M}"
