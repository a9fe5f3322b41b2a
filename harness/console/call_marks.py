"""Star, tags and note of calls, wherever one looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from harness.console._errors import show_error
from harness.errors import RingbackError
from harness.nouns import Call
from harness.store import LONGEST_NOTE, LONGEST_TAG, Store

__all__ = ["buttons", "menu"]

_TROUBLE = "tag_trouble"


def buttons(store: Store, chosen: Sequence[Call], tags: Mapping[str, Sequence[str]]) -> None:
    """A button each, for the calls that are chosen; what is changed is changed for all.

    Args:
        store: Where they are.
        chosen: The calls; none: the buttons do nothing.
        tags: Of these calls, by their ids.
    """
    _star(store, chosen)
    with st.popover("Tags", icon=":material/sell:", disabled=not chosen, key="tags"):
        if chosen:
            _tags(store, chosen, tags)
    with st.popover("Note", icon=":material/edit_note:", disabled=len(chosen) != 1, key="noting"):
        if len(chosen) == 1:
            _note(store, chosen[0])


def menu(store: Store, call: Call) -> None:
    """All three of one call behind one button, which tells whether there are any."""
    tags = store.tags_of(call.id)
    count = len(tags) + bool(call.note)
    with st.popover(
        f"Marks {count}" if count else "Marks",
        icon=":material/star:" if call.starred else ":material/bookmark_add:",
        type="tertiary",
        help="Star, tags and note: by these a call is found again.",
        key="marks",
    ):
        _star(store, [call])
        _tags(store, [call], {call.id: tags})
        _note(store, call)


def _star(store: Store, chosen: Sequence[Call]) -> None:
    starred = bool(chosen) and all(call.starred for call in chosen)
    st.button(
        "Unstar" if starred else "Star",
        icon=":material/star:",
        disabled=not chosen,
        key="star",
        help="Starred calls are never removed to free space.",
        on_click=_keep_star,
        args=(store, chosen, not starred),
    )


def _keep_star(store: Store, chosen: Sequence[Call], starred: bool) -> None:
    for call in chosen:
        store.mark_call(call.id, starred=starred)


def _tags(store: Store, chosen: Sequence[Call], tags: Mapping[str, Sequence[str]]) -> None:
    """Tags that all of the calls have."""
    shared = set.intersection(*(set(tags.get(call.id, ())) for call in chosen))
    key = f"tags_{hash(tuple(call.id for call in chosen))}"
    st.session_state[key] = sorted(shared)
    st.multiselect(
        "Tags" if len(chosen) == 1 else f"Tags that all {len(chosen)} calls have",
        sorted({*store.tags(), *shared}),
        accept_new_options=True,
        placeholder="Choose or type one",
        help=f"Up to {LONGEST_TAG} characters, no comma; kept in small letters.",
        width=330,
        key=key,
        on_change=_keep_tags,
        args=(store, [call.id for call in chosen], shared, key),
    )
    if trouble := st.session_state.pop(_TROUBLE, None):
        show_error(trouble)


def _keep_tags(store: Store, call_ids: Sequence[str], before: set[str], key: str) -> None:
    wanted = set(st.session_state[key])
    try:
        for call_id in call_ids:
            for tag in wanted - before:
                store.tag_call(call_id, tag)
            for tag in before - wanted:
                store.untag_call(call_id, tag)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error


def _note(store: Store, call: Call) -> None:
    key = f"note_{call.id}"
    st.text_area(
        "Note",
        value=call.note,
        max_chars=LONGEST_NOTE,
        placeholder="What is worth knowing about this call",
        width=420,
        key=key,
    )
    st.button("Keep note", key="keep_note", on_click=_keep_note, args=(store, call.id, key))


def _keep_note(store: Store, call_id: str, key: str) -> None:
    store.mark_call(call_id, note=str(st.session_state[key] or ""))
