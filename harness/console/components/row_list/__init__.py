"""A list of short rows with a mark each: facts, steps, the caller's plan, checks.

Texts may come from an agent; they are shown letter by letter, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

from harness.console.components._load import script, style

__all__ = ["Look", "Row", "row_list"]

Look = Literal["facts", "steps", "plan", "checks", "log", "tests", "pairs", "figures"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        icon: Name of a Material symbol; empty for none.
        word: What the symbol says, for those who do not see it.
        text: The row itself.
        tone: Colour of the mark.
        weight: How strongly the text speaks.
        right: Something short at the right edge.
        below: Lines under the text.
        now: Keep this row in view.
        seek: A second of the call: its player goes there when the row is clicked.
        tip: What the text means, for who points at it.
        head: A heading between rows.
        chip: A word of warning after the text, and what it means for who points at it.
    """

    icon: str
    word: str
    text: str
    tone: Literal["good", "bad", "close", "caller", "soft", "faint"] = "soft"
    weight: Literal["plain", "strong", "soft"] = "plain"
    right: str = ""
    below: tuple[str, ...] = ()
    now: bool = False
    seek: float | None = None
    tip: str = ""
    head: bool = False
    chip: str = ""
    chip_tip: str = ""


_component = st.components.v2.component(
    "ringback_row_list",
    css=style("row_list/row_list.css"),
    js=script("row_list/row_list.js"),
)


def row_list(rows: Sequence[Row], look: Look, label: str, *, key: str, fill: bool = False) -> None:
    """Show rows.

    Args:
        rows: The rows.
        look: Sizes and lines.
        label: What the list is, for those who do not see it.
        key: Stable key of the element.
        fill: Take the height there is and scroll inside it.
    """
    _component(
        key=key,
        data={
            "rows": [asdict(row) for row in rows],
            "look": look,
            "label": label,
            "fill": fill,
        },
        height="stretch" if fill else "content",
    )
