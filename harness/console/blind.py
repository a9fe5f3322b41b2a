"""What of a call may be on a page: all of it, or what a blind grader may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import streamlit as st

from harness.calls import (
    CallRequest,
    CallView,
    Graded,
    blinded,
    criteria_of,
    hidden_from,
    shown_to,
)
from harness.console import grader
from harness.console._service import service
from harness.errors import NotFound
from harness.nouns import Call, CheckSpec, Grade

__all__ = ["Seen", "seen", "seen_view", "unseen", "unseen_told", "waits"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as its reader may see it. The page draws from this alone.

    Attributes:
        view: The call; without what is hidden.
        criteria: What people grade of it, with what judges said: of hidden ones nothing of that
            may be drawn.
        hidden: Names of the criteria of which the reader may not know the verdict yet.
        grades: All of them.
        shown: Those that the reader may see.
    """

    view: CallView
    criteria: tuple[Graded, ...]
    hidden: frozenset[str]
    grades: tuple[Grade, ...]
    shown: tuple[Grade, ...]


def seen(call_id: str) -> Seen:
    """The call as the person at this browser may see it.

    Raises:
        NotFound: No such call.
    """
    view = service().view(call_id)
    store = service().archive.store
    asked = _asked(call_id)
    criteria = criteria_of(view.checks, service().gradings(call_id), asked)
    grades = store.grades_of(call_id)
    blind = grader.blind()
    ungraded = hidden_from(criteria, grades, grader.name())
    hidden = ungraded if blind else frozenset()
    if not blind and criteria:
        grader.saw(call_id)
    shown = shown_to(grades, grader.name(), blind=blind, hidden=hidden)
    return Seen(blinded(view, hidden), criteria, hidden, tuple(grades), tuple(shown))


def seen_view(call_id: str) -> tuple[CallView, bool]:
    """The call as the person at this browser may see it, and whether anything of it is hidden.

    Raises:
        NotFound: No such call.
    """
    if grader.blind():
        found = seen(call_id)
        return found.view, bool(found.hidden)
    grader.saw(call_id)
    return service().view(call_id), False


def unseen(calls: Iterable[Call]) -> frozenset[str]:
    """Ids of those calls whose results a blind grader may not be told yet; else none."""
    if not grader.blind():
        return frozenset()
    ids = [call.id for call in calls]
    return frozenset(service().archive.store.ungraded(ids, grader.name()))


def unseen_told(hidden: Collection[str]) -> None:
    """Say why results of calls in a list are not shown, and what is all the same."""
    if hidden:
        many = "1 call is" if len(hidden) == 1 else f"{len(hidden)} calls are"
        st.caption(
            f":material/visibility_off: You grade blind: the results of {many} hidden until you "
            "have graded all criteria. Figures and filters of many calls count them."
        )


def waits(what: str) -> None:
    """Say that something is not shown to a blind grader yet."""
    st.caption(f":material/visibility_off: {what} Shown once you have graded all criteria.")


def _asked(call_id: str) -> tuple[CheckSpec, ...]:
    """The checks of its scenario, for what they say in words; none if it is not stored."""
    try:
        plan = service().archive.store.plan(call_id)
    except NotFound:
        return ()
    scenario = CallRequest.model_validate(plan).scenario
    return scenario.checks if scenario is not None else ()
