"""The calls so far: search them, open, hear, star, note, tag them, delete with undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from harness.calls import Archive
from harness.console import call_marks, history, theme
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import plain
from harness.console.blind import unseen, unseen_told
from harness.console.components import call_view, room
from harness.console.runs import deleting, history_filters, importing
from harness.console.runs.table import HEAD_PX, clicked
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.nouns import Call, CallPage, CallQuery

__all__ = ["WANTED_PX", "draw"]

_ROW_PX = 40
_TAKEN_PX, _CHIPS_PX, _LEAST_PX = 275, 46, 200
"""Pixels of a window around the table, those of a row of filters, and the least of the table."""
WANTED_PX = _TAKEN_PX + 280
"""What a list of calls wants of a window: what stands above it takes less where that is little."""
_PLAYED = "played"
_ANEW = "history_anew"
"""Counts up when rows were taken away: what was selected is not the same row any more."""


def draw(above_px: int = 0) -> None:
    """All stored calls, or the way to the first one.

    Args:
        above_px: How much of the window is taken above, pixels.
    """
    archive = service().archive
    query = history_filters.query_of(st.query_params)
    counts = archive.counts(query)
    found = archive.search(query)
    if found.total and not found.calls:  # a page that is no more
        del st.query_params["page"]
        query = history_filters.query_of(st.query_params)
        found = archive.search(query)
    query, found = _page_of_chosen(archive, query, found)
    nothing_asked = not history_filters.params_of(query)
    if nothing_asked and not counts.all:
        _empty()
        deleting.undo("call")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        history_filters.draw(archive, query, counts)
        st.space("stretch")
        importing.button()
    history_filters.chips(query, found=found.total)
    importing.told()
    deleting.undo("call")
    if found.calls:
        _overview(archive, query, found, above_px)
    else:
        st.caption("No call matches. Take away a filter or a word.")


def _page_of_chosen(
    archive: Archive, query: CallQuery, found: CallPage
) -> tuple[CallQuery, CallPage]:
    """The page that the call of the address is on, unless the address says which page."""
    wanted = st.query_params.get("call", "")
    if not wanted or "page" in st.query_params or any(call.id == wanted for call in found.calls):
        return query, found
    every = archive.store.call_ids(query)
    if wanted not in every:
        return query, found
    query = replace(query, offset=every.index(wanted) // query.limit * query.limit)
    return query, archive.search(query)


def _delete(call_ids: Iterable[str]) -> None:
    """Delete calls that have ended, and offer to take it back."""
    deleting.delete_calls(call_ids)
    st.session_state[_ANEW] = st.session_state.get(_ANEW, 0) + 1
    st.session_state.pop(_PLAYED, None)
    st.query_params.pop("call", None)


def _delete_found(archive: Archive, query: CallQuery) -> None:
    _delete(archive.store.call_ids(query))


def _empty() -> None:
    with st.container(horizontal_alignment="center"):
        st.space("large")
        st.title("No calls yet", anchor=False, text_alignment="center")
        st.markdown(
            ":gray[Every call you place is kept here with its recording, transcript and checks.]",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
            if st.button("Place the first call", type="primary", icon=":material/call:"):
                st.switch_page(pages.CALL)
            importing.button()


def _overview(archive: Archive, query: CallQuery, found: CallPage, above_px: int) -> None:
    """A page of calls, and above it what can be done with those that are ticked."""
    shown = found.calls
    hidden = unseen(shown)
    unseen_told(hidden)
    wanted = st.query_params.get("call")
    first = next((i for i, one in enumerate(shown) if one.id == wanted), None)
    by = [*history_filters.params_of(query).items(), query.offset, st.session_state.get(_ANEW, 0)]
    actions = st.container(gap="xsmall")
    taken = _TAKEN_PX + above_px + (_CHIPS_PX if history_filters.narrowed(query) else 0)
    most = room(taken, _LEAST_PX)
    selection = st.dataframe(
        history.styled(
            shown,
            theme.palette(theme.current()),
            places=archive.places(call.id for call in shown),
            tags=found.tags,
            hidden=hidden,
        ),
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if _ROW_PX * len(shown) + HEAD_PX <= most else most,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default=None if first is None else {"selection": {"rows": [first]}},
        column_config=history.columns(),
        key=f"calls_{by}",
        alt="Calls",
    ).selection
    opened = clicked(selection, shown)
    if opened is not None:
        _open(opened)
    chosen = [shown[row] for row in selection.rows if row < len(shown)]
    if len(chosen) == 1:
        st.query_params["call"] = chosen[0].id
    else:
        st.query_params.pop("call", None)
    with actions:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _one(chosen)
            _two(chosen)
            call_marks.buttons(archive.store, chosen, found.tags)
            _deleting(archive, query, found, chosen)
            st.space("stretch")
            history_filters.pages(query, found.total)
        st.caption(_selected(archive, chosen))
        if len(chosen) == 1 and st.session_state.get(_PLAYED) == chosen[0].id:
            try:
                call_view(chosen[0].id, service().view(chosen[0].id), slim=True)
            except RingbackError as error:
                show_error(error)


def _open(call: Call) -> None:
    """Where one looks at a call: Inspect, or its own page while it goes on."""
    page = pages.INSPECT if call.state.is_final else pages.CALL
    st.switch_page(page, query_params={"call": call.id})


def _one(chosen: Sequence[Call]) -> None:
    """What can be done with a single call."""
    one = chosen[0] if len(chosen) == 1 else None
    ended = one is not None and one.state.is_final
    if st.button("Open", icon=":material/open_in_new:", disabled=one is None) and one:
        st.switch_page(pages.CALL, query_params={"call": one.id})
    if st.button("Inspect", icon=":material/troubleshoot:", disabled=not ended) and one:
        st.switch_page(pages.INSPECT, query_params={"call": one.id})
    if st.button("Play", icon=":material/play_arrow:", disabled=not ended) and one:
        st.session_state[_PLAYED] = one.id


def _two(chosen: Sequence[Call]) -> None:
    ready = len(chosen) == 2 and all(call.state.is_final for call in chosen)
    if st.button("Compare", icon=":material/compare_arrows:", disabled=not ready):
        a, b = sorted(chosen, key=lambda call: (call.created_at, call.id))
        st.switch_page(pages.COMPARE, query_params={"a": a.id, "b": b.id})


def _deleting(archive: Archive, query: CallQuery, found: CallPage, chosen: Sequence[Call]) -> None:
    ended = [call.id for call in chosen if call.state.is_final]
    st.button(
        f"Delete {len(ended)} calls" if len(ended) > 1 else "Delete",
        icon=":material/delete:",
        disabled=not ended,
        key="delete",
        on_click=_delete,
        args=(ended,),
    )
    if not chosen and history_filters.params_of(query) and found.total > 1:
        st.button(
            f"Delete all {found.total:,} found",
            icon=":material/delete_sweep:",
            type="tertiary",
            key="delete_found",
            help="All that the filters leave, on every page. It can be undone.",
            on_click=_delete_found,
            args=(archive, query),
        )


def _selected(archive: Archive, chosen: Sequence[Call]) -> str:
    if not chosen:
        return "Click a call to inspect it; tick calls to play, compare, mark or delete them."
    if len(chosen) > 1:
        return f"Selected: {len(chosen)} calls"
    call = chosen[0]
    told = f"Selected: {plain(call.agent)}, {plain(call.scenario or 'no script')}"
    if of_run := history.run_told(call, archive.calls_of(call.run_id)):
        told += f" · {of_run}"
    if call.note:
        told += f" · Note: {plain(call.note)}"
    return told
