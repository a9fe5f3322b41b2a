"""Figures that a bench writes into docs/measurement.md, between its markers."""

from __future__ import annotations

import re

from harness.settings import ROOT


def write(name: str, table: str, bench: str) -> None:
    """Put a table into the docs in place of the one that is there.

    Args:
        name: Of the table.
        table: Markdown.
        bench: Which module writes it.
    """
    page = ROOT / "docs" / "measurement.md"
    begin, end = f"<!-- {name}: written by {bench} -->", f"<!-- {name}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    text, places = pattern.subn(lambda _: f"{begin}\n{table}\n{end}", page.read_text("utf-8"))
    assert places == 1, f"docs/measurement.md has no place for {name}"
    page.write_text(text, "utf-8")
