"""What stands above a comparison: A and B by name, what can be done, and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from harness.calls import CallView, RunSummary, versions_of
from harness.console import address
from harness.console._text import MINUS, ago, plain, signed
from harness.console.compare.choice import choose
from harness.console.export_menu import export_menu
from harness.console.runs.actions import pin
from harness.console.shell_parts import pages
from harness.nouns import RunHead

__all__ = ["by", "call_name", "chip", "count", "head", "run_name", "strip"]


def head(
    title: str,
    ids: tuple[str, str],
    sentence: str,
    names: Mapping[str, str],
    runs: tuple[RunHead, ...] = (),
) -> None:
    """What is compared, other ones to choose, and the two changed for each other.

    Args:
        title: Of the page.
        ids: Of A and B.
        sentence: What the comparison says.
        names: What can be chosen as A and B, by id.
        runs: A and B, if they are runs, one of which may become the baseline.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(plain(title), anchor=False, width="content")
        choose("A", ids, names)
        st.button(
            "Swap",
            icon=":material/swap_horiz:",
            help="Swap A and B",
            type="tertiary",
            on_click=address.replace,
            args=({"a": ids[1], "b": ids[0]},),
        )
        choose("B", ids, names)
        st.space("stretch")
        if runs and any(run.suite for run in runs):
            with st.popover("Baseline", icon=":material/keep:", width="content"):
                for name, run in zip("AB", runs, strict=True):
                    pin(run, name)
                st.caption("What later runs of the suite are compared with, unless told otherwise.")
        export_menu(
            ids[1], "export", label="Export B", compared=f"Compared with {ids[0]}: {sentence}"
        )


def call_name(view: CallView) -> str:
    """A call in few words."""
    return f"{view.agent_title}, {ago(view.created_at)}"


def run_name(run: RunSummary) -> str:
    """A run in few words."""
    versions = {version.text for version in versions_of(run).values()}
    # A run of one version is told by it, unless a person gave the run a name.
    told = run.head.label or (versions.pop() if len(versions) == 1 else "")
    return ", ".join(filter(None, (told, ago(run.head.created_at))))


def strip(
    figures: Sequence[tuple[str, str, str, str, str]],
    sides: tuple[tuple[str, dict[str, str]], ...],
) -> None:
    """What differs, and the way to each of both.

    Args:
        figures: Label, A, B, what changed as a coloured chip, and what the label means.
        sides: Of A and B what it is, and the address of its own page.
    """
    with st.container(border=True, horizontal=True, gap="medium"):
        for label, a, b, chip, tip in figures:
            with st.container(width="content", gap=None):
                st.markdown(f":small[{label}]", help=tip or None)
                st.markdown(f":gray[{a}] → **{b}** {chip}")
        st.space("stretch")
        with st.container(width="content", gap="xsmall"):
            for name, (told, query) in zip("AB", sides, strict=True):
                page = pages.INSPECT if "call" in query else pages.RUNS
                st.page_link(page, label=f"{name} · {plain(told)}", query_params=query)


def chip(text: str, good: bool | None) -> str:
    """A badge: green, red, or grey where nobody can say."""
    colour = "gray" if good is None else "green" if good else "red"
    return f":{colour}-badge[{text}]"


def by(a: float | None, b: float | None) -> str:
    """The difference of two latencies; under 0.2 s it stays grey."""
    if a is None or b is None:
        return ""
    return chip(signed(b - a), None if abs(b - a) < 0.2 else b < a)


def count(counts: Sequence[int], more_is_better: bool) -> str:
    """How many more or fewer there are in B."""
    a, b = counts
    if a == b:
        return ""
    sign = "+" if b > a else MINUS
    return chip(f"{sign}{abs(b - a)}", (b > a) is more_is_better)
