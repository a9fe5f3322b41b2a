"""One thing that is graded by hand: thumbs or a verdict, and a note, kept at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import streamlit as st

from harness.calls import GradeTarget, put_down
from harness.console import grader
from harness.console._errors import show_error
from harness.console._service import service
from harness.errors import RingbackError
from harness.nouns import LONGEST_GRADE_NOTE, Grade, GradeValue, JudgedAs
from harness.store import new_id

__all__ = ["VALUES", "give", "grade_row", "trouble"]

VALUES: dict[GradeValue, str] = {
    "met": "Met",
    "not_met": "Not met",
    "unsure": "Unsure",
    "up": "Good",
    "down": "Bad",
}
_OF_CHECK: tuple[GradeValue, ...] = ("met", "not_met", "unsure")
_THUMBS: tuple[GradeValue, GradeValue] = ("down", "up")
"""As :func:`st.feedback` counts them."""
_TROUBLE = "grade_trouble"
_Args: TypeAlias = tuple[str, GradeTarget, JudgedAs | None, bool, str]
_Kept: TypeAlias = tuple[str, GradeTarget, JudgedAs | None, bool, str, GradeValue | None]


def grade_row(
    call_id: str,
    target: GradeTarget,
    own: Grade | None,
    *,
    label: str,
    told: str,
    judged: JudgedAs | None = None,
    unseen: bool = False,
    by_key: Callable[[], bool] | None = None,
) -> None:
    """Draw it: what is chosen is kept, chosen again it is taken back.

    Args:
        call_id: Of a stored call.
        target: What is graded.
        own: What this person gave it so far.
        label: Markdown before the buttons; empty for none.
        told: What is graded, for who does not see the page.
        judged: What judges say of it now.
        unseen: Whether that is hidden from this person.
        by_key: Has a check graded by the keys 1, 2 and 3, once on a page, while it gives true: a
            key that comes late, when another is shown, grades nothing.
    """
    key = f"grade_{call_id}_{target}_{grader.name()}"
    args = (call_id, target, judged, unseen, key)
    value = own.value if own else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if label:
            st.markdown(label, width=128)
        if target.check and by_key is not None:
            _buttons(value, by_key, args)
        elif target.check:
            st.segmented_control(
                told,
                _OF_CHECK,
                default=value,
                format_func=VALUES.__getitem__,
                key=key,
                on_change=_chosen,
                args=args,
                label_visibility="collapsed",
            )
        else:
            given = _THUMBS.index(value) if value in _THUMBS else None
            st.feedback("thumbs", default=given, key=key, on_change=_chosen, args=args)
        # What was given stands as a default, not in the state of the session: in a pop-up that is
        # opened some runs later the browser would not be told of that any more.
        st.text_input(
            f"Note: {told}",
            own.note if own else "",
            max_chars=LONGEST_GRADE_NOTE,
            placeholder="Note" if own else "Grade it, then write why",
            disabled=own is None,
            key=f"{key}_note",
            on_change=_noted,
            args=args,
            label_visibility="collapsed",
            width="stretch",
        )


def _buttons(value: GradeValue | None, still: Callable[[], bool], args: _Args) -> None:
    """Its values as buttons, each with its key; the chosen one has a tick."""
    for number, one in enumerate(_OF_CHECK, start=1):
        chosen = one == value
        st.button(
            VALUES[one],
            icon=":material/check:" if chosen else None,
            type="primary" if chosen else "secondary",
            shortcut=str(number),
            # Of one identity for all criteria: no button of the one before is left to a key.
            key=f"grade_by_key_{one}",
            on_click=_pressed,
            args=(still, *args, None if chosen else one),
        )


def _pressed(still: Callable[[], bool], *args: *_Kept) -> None:
    if still():
        _keep(*args)


def give(
    call_id: str,
    target: GradeTarget,
    value: GradeValue,
    *,
    note: str = "",
    judged: JudgedAs | None = None,
    unseen: bool = False,
) -> Grade | None:
    """Keep a grade of the person at this browser.

    Returns:
        It as it is kept; None if it could not be: :func:`trouble` tells why.
    """
    store = service().archive.store
    now = datetime.now(UTC)
    grade = Grade(
        id=new_id("grade"),
        call_id=call_id,
        grader=grader.name(),
        value=value,
        created_at=now,
        changed_at=now,
        check=target.check,
        turn=target.turn,
        at=target.at,
        note=note,
        judged=judged,
    )
    try:
        before = target.of(store.grades_of(call_id), grade.grader)
        return store.put_grade(put_down(before, grade, unseen=unseen))
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
        return None


def trouble() -> None:
    """Say what could not be kept a moment ago, if anything."""
    error = st.session_state.pop(_TROUBLE, None)
    if isinstance(error, RingbackError):
        show_error(error)


def _chosen(
    call_id: str, target: GradeTarget, judged: JudgedAs | None, unseen: bool, key: str
) -> None:
    chosen = st.session_state[key]
    of_check = target.check or chosen is None
    _keep(call_id, target, judged, unseen, key, chosen if of_check else _THUMBS[chosen])


def _keep(
    call_id: str,
    target: GradeTarget,
    judged: JudgedAs | None,
    unseen: bool,
    key: str,
    value: GradeValue | None,
) -> None:
    if value is None:
        _take_back(call_id, target)
        st.session_state[f"{key}_note"] = ""
        return
    note = str(st.session_state.get(f"{key}_note") or "")
    give(call_id, target, value, note=note, judged=judged, unseen=unseen)


def _noted(
    call_id: str, target: GradeTarget, judged: JudgedAs | None, unseen: bool, key: str
) -> None:
    own = target.of(service().archive.store.grades_of(call_id), grader.name())
    if own is not None:
        note = str(st.session_state[f"{key}_note"] or "").strip()
        give(call_id, target, own.value, note=note, judged=judged, unseen=unseen)


def _take_back(call_id: str, target: GradeTarget) -> None:
    store = service().archive.store
    try:
        own = target.of(store.grades_of(call_id), grader.name())
        if own is not None:
            store.drop_grade(own.id)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
