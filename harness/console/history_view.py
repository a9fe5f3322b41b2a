"""The table of the calls so far: filter, open, play, delete with undo."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from harness.console import conversation_import, history, theme
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import plain
from harness.console.components import call_view
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.nouns import Call

__all__ = ["draw"]


def draw() -> None:
    """All stored calls, or the way to the first one."""
    calls = service().history()
    if not calls:
        _empty()
    gone = st.session_state.get("deleted")
    if gone:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(":gray[Deleted.]", width="content")
            st.button("Undo", icon=":material/undo:", key="undo", on_click=_restore, args=(gone,))
    if calls:
        shown, by = _filtered(calls)
        if shown:
            _overview(shown, by, calls)
        else:
            st.caption("No call matches. Take away a filter or a word.")


def _delete(call_id: str) -> None:
    """Delete a call and offer to take it back."""
    service().delete(call_id)
    st.session_state["deleted"] = call_id
    st.session_state.pop("played", None)


def _restore(call_id: str) -> None:
    """Take back what was deleted."""
    service().restore(call_id)
    del st.session_state["deleted"]


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
            conversation_import.button()


def _filtered(calls: Sequence[Call]) -> tuple[list[Call], str]:
    """The calls that filter and search leave, and what both of them are."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        only = st.pills(
            "Show",
            list(history.FILTERS),
            default="all",
            required=True,
            format_func=lambda name: history.FILTERS[name],
            label_visibility="collapsed",
            key="show",
            bind="query-params",
        )
        count = history.counts(calls)
        told = [f"{count[name]} {history.FILTERS[name].lower()}" for name in history.FILTERS][1:]
        many = f"{count['all']} call{'' if count['all'] == 1 else 's'}"
        st.caption(f"{many}: {', '.join(told)}", width="stretch")
        text = st.text_input(
            "Search",
            placeholder="Agent, scenario or result",
            label_visibility="collapsed",
            icon=":material/search:",
            width=260,
            key="find",
            bind="query-params",
        )
        conversation_import.button()
    conversation_import.told()
    return history.select(calls, only or "all", text or ""), f"{only}_{text}"


def _overview(shown: Sequence[Call], by: str, calls: Sequence[Call]) -> None:
    """The table of the calls that `by` leaves, and what can be done with the chosen one."""
    wanted = st.query_params.get("call")
    first = next((i for i, one in enumerate(shown) if one.id == wanted), None)
    colours = theme.palette(theme.current())
    picked = st.dataframe(
        history.styled(shown, colours, of=calls),
        hide_index=True,
        row_height=40,
        height="content" if len(shown) < 9 else 397,
        on_select="rerun",
        selection_mode="single-row",
        selection_default=None if first is None else {"selection": {"rows": [first]}},
        column_config=history.columns(),
        key=f"calls_{by}_{len(shown)}",
        alt="Calls, newest first",
    ).selection.rows
    chosen = shown[picked[0]] if picked and picked[0] < len(shown) else None

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        playable = chosen is not None and chosen.state.is_final
        opened = st.button("Open", icon=":material/open_in_new:", disabled=chosen is None)
        if opened and chosen is not None:
            st.switch_page(pages.CALL, query_params={"call": chosen.id})
        played = st.button("Play", icon=":material/play_arrow:", disabled=not playable)
        if played and chosen is not None:
            st.session_state["played"] = chosen.id
        st.button(
            "Delete",
            icon=":material/delete:",
            disabled=not playable,
            on_click=_delete,
            args=(chosen.id if chosen else "",),
        )
        st.caption(
            f"Selected: {plain(chosen.agent)}, {plain(chosen.scenario or 'no script')}"
            + (f" · {of_run}" if (of_run := history.run_told(chosen, calls)) else "")
            if chosen
            else "Select a call to open, play or delete it.",
            width="content",
        )

    if chosen is not None and st.session_state.get("played") == chosen.id:
        try:
            call_view(chosen.id, service().view(chosen.id), slim=True)
        except RingbackError as error:
            show_error(error)
