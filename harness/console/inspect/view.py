"""The Inspect page: one call that has ended, opened where something went wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from harness.calls import CallView
from harness.console import address, call_marks
from harness.console._service import service
from harness.console._text import ago, clock, plain
from harness.console.blind import Seen, seen
from harness.console.components import (
    bar_height,
    copy_link,
    inspect_transcript,
    inspect_wave,
    room,
    take_picks,
    width,
)
from harness.console.export_menu import export_menu
from harness.console.inspect import tabs
from harness.console.inspect.place import (
    Place,
    failed_checks,
    failures,
    next_failure,
    opening_place,
)
from harness.console.inspect.url import go_to, look_at
from harness.console.inspect.window import Window, window_of
from harness.console.shell_parts import pages
from harness.nouns import CallQuery, CallState, Failure, Verdict
from harness.store import Beside

__all__ = ["draw"]

_TAKEN_PX = 413
"""Navigation, head, waveform and what is left free below."""
_LEAST_PX = 300
_TABS_PX = 78
"""The row of tabs, and the edges of their panel."""
_BANNER_PX = 64
_OTHERS = 20
"""Newest calls of a scenario among which another one is looked for."""
_AGAIN = "inspect_again"
_HIDDEN = "inspect_hidden"
_BLIND = ("Verdict hidden", "gray", "visibility_off")
"""Of a call of which a blind grader has not graded all criteria."""
_BADGES = {
    Verdict.PASSED: ("Passed", "green", "check_circle"),
    Verdict.FAILED: ("Failed", "red", "cancel"),
    Verdict.NOT_RUN: ("Not run", "gray", "do_not_disturb_on"),
}


def draw(call_id: str) -> None:
    """The head, then sound and words on the left, what is known of them on the right.

    Raises:
        NotFound: No such call.
    """
    found = seen(call_id)
    st.session_state[_HIDDEN] = found.hidden
    _take(found.view)
    _head(found)
    _body(call_id)


def _head(found: Seen) -> None:
    view = found.view
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.title(plain(view.scenario_title or "No script"), anchor=False, width="content")
        word, colour, icon = _BLIND if found.hidden else _badge(view)
        st.markdown(
            f":{colour}-badge[:material/{icon}: {word}]",
            width="content",
            help="You grade blind: grade its criteria to see it." if found.hidden else None,
        )
        st.page_link(
            pages.CALL,
            label=plain(view.agent_title),
            icon=":material/call:",
            query_params={"call": view.call_id},
            help="Open in Call: what was called and how, and to call it again.",
            width="content",
        )
        _when(found)
        if width() != "narrow":
            st.space("stretch")
        place, _ = _asked(view)
        copy_link(view, at=place.t, turn=place.turn)
        if _can_be_compared(view):
            st.page_link(
                pages.COMPARE,
                label="Compare",
                icon=":material/compare_arrows:",
                query_params={"b": view.call_id},
                help="With the newest other call of this scenario.",
                width="content",
            )
        store = service().archive.store
        call_marks.menu(store, store.get_call(view.call_id))
        if not found.hidden:
            export_menu(view.call_id, "export")


def _badge(view: CallView) -> tuple[str, str, str]:
    if view.verdict is not None:
        return _BADGES[view.verdict]
    if view.state is CallState.DONE:
        return "Nothing asked", "gray", "remove"
    return view.state.value.capitalize(), "gray", "do_not_disturb_on"


def _when(found: Seen) -> None:
    """When it was placed, or the run that it is one call of, with the way to its others."""
    view, archive = found.view, service().archive
    number, of = archive.places([view.call_id]).get(view.call_id, (1, 1))
    if of == 1:
        length = [] if view.kind == "import" else [clock(view.t)]
        st.caption(" · ".join([ago(view.created_at), *length]), width="content")
        return
    run, beside = archive.run(view.run_id), _beside(found)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.page_link(
            pages.RUNS,
            label=plain(run.label or run.name),
            icon=":material/playlist_play:",
            query_params={"run": run.id},
            help=f"The run that this call belongs to. The call was placed {ago(view.created_at)}.",
            width="content",
        )
        st.caption(f"{number} of {of}", width="content")
        _step("Previous", "The call before it in the run. Key P", beside.before)
        _step("Next", "The call after it in the run. Key N", beside.after)
        if beside.failed is not None:
            _step("Next failed", "The next failed call of the run. Shift and F", beside.failed)


def _beside(found: Seen) -> Beside:
    """The calls of its run around it; who grades blind is not told the verdicts of others."""
    beside = service().archive.beside(found.view.call_id)
    return replace(beside, failed=None) if found.hidden else beside


def _step(label: str, tip: str, call_id: str | None) -> None:
    st.button(
        label,
        key=f"step_{label}",
        help=tip,
        type="tertiary",
        disabled=call_id is None,
        on_click=_open,
        args=(call_id or "",),
    )


def _open(call_id: str) -> None:
    """Another call of the run, at its own place, with the same tab."""
    kept = {name: st.query_params[name] for name in ("run", "tab") if name in st.query_params}
    address.replace({**kept, "call": call_id})


def _can_be_compared(view: CallView) -> bool:
    same = CallQuery(scenario=view.scenario_title or "", limit=_OTHERS)
    return bool(same.scenario) and any(
        call.id != view.call_id and call.state.is_final
        for call in service().archive.search(same).calls
    )


@st.fragment
def _body(call_id: str) -> None:
    """Everything that follows the place in the call: only this runs again when it is another."""
    found = seen(call_id)
    if found.hidden != st.session_state.get(_HIDDEN, found.hidden):
        # What the head may tell has changed.
        st.rerun()
    view = found.view
    address.follow()
    _take(view)
    if st.query_params.get("call", call_id) != call_id:
        # By a key, to another call of the run.
        st.rerun()
    if st.query_params and "call" not in st.query_params:
        # What the address says is of this call, also when a newer one has ended.
        address.change({"call": call_id})
    place, window = _asked(view)
    narrow = width() == "narrow"
    if narrow:
        # Where all stands below each other, first what is wrong.
        _trouble(view, place)
    inspect_wave(
        view,
        at=place.t,
        part=window.ends if window else None,
        again=st.session_state.get(_AGAIN, 0),
        beside=_beside(found),
    )
    if found.hidden and "t" not in st.query_params:
        # Where it opens may be another place once nothing is hidden: stay here.
        go_to(place)
    left, right = st.columns([556, 720], gap="small")
    with left:
        inspect_transcript(view, taken=_TAKEN_PX + bar_height())
    height = room(_TAKEN_PX, _LEAST_PX)
    failed = len(failed_checks(view))
    told = failed > 0 or view.failure is not None
    # There the page scrolls, and not a panel in it.
    panel: int | Literal["content"] = "content" if narrow else height
    with right, st.container(border=True, gap="xsmall", height=panel):
        if not narrow:
            _trouble(view, place)
        left_over = height - _TABS_PX - (_BANNER_PX if told else 0)
        tabs.draw(found, place, window, failed=failed, height=left_over)


def _asked(view: CallView) -> tuple[Place, Window | None]:
    """What the address says."""
    asked = st.query_params
    place = opening_place(view, asked.get("turn", ""), asked.get("t", ""))
    return place, window_of(view, asked.get("from", ""), asked.get("to", ""))


def _take(view: CallView) -> None:
    """Have the address say what was picked in the waveform."""

    def went(t: float, turn: int | None) -> None:
        go_to(opening_place(view, "" if turn is None else str(turn), str(t)))

    def looked_at(part: tuple[float, float] | None) -> None:
        look_at(None if part is None else Window(*part))

    take_picks(view.call_id, went, looked_at, _open)


def _trouble(view: CallView, place: Place) -> None:
    if view.failure is not None:
        _broken(view.failure)
    _banner(view, place)


def _broken(failure: Failure) -> None:
    """Why the call could not be carried through, and what to do."""
    more = " ".join(text for text in (failure.cause, failure.remedy) if text)
    told = f"**{plain(failure.message)}**"
    st.error(f"{told}  \n{plain(more)}" if more else told, icon=":material/error:")


def _banner(view: CallView, place: Place) -> None:
    """What failed: the check that shows here, else all of them, and the way to the next."""
    failed = failed_checks(view)
    if not failed:
        return
    here = next((check for check in failed if check.name == place.check), None)
    only = here or (failed[0] if len(failed) == 1 else None)
    found = failures(view)
    unplaced = len(failed) - len(found)
    if only is None:
        head, told = f"{len(failed)} checks failed", ", ".join(check.name for check in failed)
        if unplaced:
            told += f". {_without_second(unplaced, len(failed))}"
    else:
        head, told = only.name, only.message
        if here is not None and len(failed) > 1:
            number = [each.check for each in found].index(here.name) + 1
            told = f"{told} {number} of {len(found)} failed checks".lstrip()
            told += f" with a second, {unplaced} more without." if unplaced else "."
    following = next_failure(view, place.t)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        parts = [f"**{plain(head)}**", *([plain(told)] if told else [])]
        st.error("\u2002".join(parts), icon=":material/cancel:", width="stretch")
        if following is not None and following.check != place.check:
            st.button(
                "Next failure",
                icon=":material/skip_next:",
                on_click=_go_again,
                args=(following,),
                help="Key F" + (f". {_without_second(unplaced, len(failed))}" if unplaced else ""),
            )


def _without_second(count: int, of: int) -> str:
    """That the way from failure to failure does not lead to some of them."""
    if count == of:
        return "They are about what never happened: no second shows them."
    one = count == 1
    return (
        f"{count} of them {'is' if one else 'are'} about what never happened: no second shows "
        f"{'it' if one else 'them'}."
    )


def _go_again(place: Place) -> None:
    """To a place, also if it is the one that was asked for last and the player has gone on."""
    go_to(place)
    st.session_state[_AGAIN] = st.session_state.get(_AGAIN, 0) + 1
