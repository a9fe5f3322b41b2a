"""Grading a call while it runs: this moment, and the call, without leaving it."""

from __future__ import annotations

import streamlit as st

from harness.calls import GradeTarget
from harness.console import grader
from harness.console._service import service
from harness.console._text import clock, plain
from harness.console.grade_row import give, grade_row, trouble
from harness.nouns import GradeValue

__all__ = ["grade_live"]


def grade_live(call_id: str) -> None:
    """What opens it: what is in it lies above the page, so that nothing moves.

    Args:
        call_id: Of a call that goes on.
    """
    with st.popover("Grade", icon=":material/thumbs_up_down:", type="tertiary"):
        _choose(call_id)


@st.fragment
def _choose(call_id: str) -> None:
    trouble()
    if not grader.name():
        grader.ask()
        return
    st.caption(f":material/person: {plain(grader.name())}")
    st.markdown(
        "**This moment**",
        help="The second at which you press is graded. Turns and criteria can be graded on the "
        "Inspect page once the call is over.",
    )
    with st.container(horizontal=True, gap="small"):
        for label, icon, value in (("Good", "thumb_up", "up"), ("Bad", "thumb_down", "down")):
            st.button(
                label,
                icon=f":material/{icon}:",
                on_click=_grade_now,
                args=(call_id, value),
                key=f"grade_now_{value}",
            )
    grades = service().archive.store.grades_of(call_id)
    own = [each for each in grades if each.grader == grader.name()]
    seconds = [each for each in own if each.at is not None]
    if seconds:
        last = seconds[-1]
        told = f"Second {clock(last.at)}"
        grade_row(call_id, GradeTarget(at=last.at), last, label=f"**{told}**", told=told)
    whole = GradeTarget()
    grade_row(call_id, whole, whole.of(own, grader.name()), label="**This call**", told="This call")
    grader.remember()


def _grade_now(call_id: str, value: GradeValue) -> None:
    give(call_id, GradeTarget(at=round(service().view(call_id).t, 1)), value)
