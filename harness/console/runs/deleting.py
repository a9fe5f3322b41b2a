"""Deleting calls, and runs with their calls; what went last can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import streamlit as st

from harness.console._service import service

__all__ = ["delete_calls", "delete_runs", "gone", "undo"]

_Kind: TypeAlias = Literal["call", "run"]
_GONE = "deleted"


def delete_calls(call_ids: Iterable[str]) -> None:
    """Delete calls that have ended."""
    _offer("call", service().archive.store.delete_calls(call_ids))


def delete_runs(run_ids: Iterable[str]) -> None:
    """Delete runs that are over, each with its calls."""
    _offer("run", service().archive.store.delete_runs(run_ids))


def undo(kind: _Kind) -> None:
    """What was deleted last, if it was of that kind, and the button that takes it back."""
    found, gone = st.session_state.get(_GONE, (None, ()))
    if found != kind:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        many = "Deleted." if len(gone) == 1 else f"Deleted {len(gone):,} {kind}s."
        if kind == "run":
            many = "Deleted with its calls." if len(gone) == 1 else f"{many[:-1]} with their calls."
        st.markdown(f":gray[{many}]", width="content")
        st.button("Undo", icon=":material/undo:", key="undo", on_click=_restore)


def gone(run_id: str) -> None:
    """Says of a run that it was deleted, with the way to have it back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            ":gray[This run was deleted, with its calls. They are kept until space is freed.]",
            width="content",
        )
        st.button(
            "Restore", icon=":material/undo:", on_click=service().archive.store.restore_runs,
            args=([run_id],),
        )  # fmt: skip


def _offer(kind: _Kind, gone: list[str]) -> None:
    # A click that is heard twice deletes nothing more, and takes nothing back from the undo.
    if gone:
        st.session_state[_GONE] = (kind, gone)


def _restore() -> None:
    kind, gone = st.session_state.pop(_GONE, (None, ()))
    store = service().archive.store
    (store.restore_runs if kind == "run" else store.restore_calls)(gone)
