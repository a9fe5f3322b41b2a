"""The review queue on the Inspect page: what to grade next, one criterion of one call at a time."""

from __future__ import annotations

import streamlit as st

from harness.calls import (
    LOW_AGREEMENT,
    QUEUES,
    SAMPLE,
    Queue,
    ReviewItem,
    graded_of,
    review_queue,
)
from harness.console import grader
from harness.console._service import service

__all__ = ["asked_check", "asks", "draw", "first_call", "menu"]

_TITLES: dict[Queue, str] = {
    "disagreements": "Disagreements",
    "uncertain": "Uncertain judge",
    "sample": "Random sample",
}
_MEANINGS: dict[Queue, str] = {
    "disagreements": "The judge said yes and a person no, or the other way round.",
    "uncertain": f"Fewer than {LOW_AGREEMENT:.0%} of the judge's votes agree.",
    "sample": f"Up to {SAMPLE} criteria that judges decided, drawn by a number of yours.",
}
_LARGEST_SEED = 2**31 - 1


def menu() -> None:
    """What opens a queue."""
    with st.popover("Review", icon=":material/checklist_rtl:"):
        st.number_input("Number of the sample", 0, _LARGEST_SEED, _seed(), key="review_seed")
        for queue in QUEUES:
            if st.button(
                _TITLES[queue], help=_MEANINGS[queue], key=f"review_{queue}", width="stretch"
            ):
                _open(queue, int(st.session_state["review_seed"]))


def draw(call_id: str) -> None:
    """The queue of the address: where in it this call is, how much is done, what comes next."""
    queue = _asked()
    if queue is None:
        return
    found, done = _items(queue)
    here = next((n for n, one in enumerate(found) if _is(one, call_id, asked_check())), None)
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="small", key="review_bar"
    ):
        title = f"{_TITLES[queue]} {_seed()}" if queue == "sample" else _TITLES[queue]
        if found:
            place = "" if here is None else f" · {here + 1} of {len(found)}"
            told = f"**{title}**{place} · {len(done)} of {len(found)} graded by you"
        else:
            told = f"**{title}** · nothing to review"
        st.markdown(told, help=_MEANINGS[queue], width="content")
        st.space("stretch")
        before = None if here is None else here - 1
        after = 0 if here is None else here + 1
        _step("Previous", ":material/chevron_left:", "P", found, before)
        _step("Next", ":material/chevron_right:", "N", found, after)
        if st.button("Close", icon=":material/close:", type="tertiary", key="review_close"):
            for name in ("queue", "seed", "check"):
                st.query_params.pop(name, None)
            st.rerun()


def asked_check() -> str:
    """Name of the check that the address asks to review; empty if none."""
    return st.query_params.get("check", "") if _asked() is not None else ""


def asks(call_id: str, check: str) -> bool:
    """Whether the address asks to review this check of this call just now."""
    return asked_check() == check and st.query_params.get("call", "") == call_id


def first_call() -> str | None:
    """Have an address that names a queue and no call name its first criterion to grade.

    Returns:
        The call; None if no queue is named, or it is empty.
    """
    queue = _asked()
    if queue is None or st.query_params.get("call"):
        return None
    return _begin(queue)


def _begin(queue: Queue) -> str | None:
    found, done = _items(queue)
    if not found:
        return None
    item = next((one for n, one in enumerate(found) if n not in done), found[0])
    _go(item)
    return item.call_id


def _open(queue: Queue, seed: int) -> None:
    st.query_params.pop("check", None)
    st.query_params.update({"queue": queue, "seed": str(seed)})
    if _begin(queue) is None:
        st.query_params["tab"] = "grades"
    st.rerun()


def _step(label: str, icon: str, key: str, found: tuple[ReviewItem, ...], to: int | None) -> None:
    there = to is not None and 0 <= to < len(found)
    # Where it goes stands in the address before anything else of this run is done: a key that is
    # pressed meanwhile is not taken for one of the criterion before.
    pressed = st.button(
        label,
        icon=icon,
        shortcut=key,
        disabled=not there,
        key=f"review_{label}",
        on_click=_go,
        args=(found[to],) if there and to is not None else (),
    )
    if pressed:
        st.rerun()


def _go(item: ReviewItem) -> None:
    for name in ("turn", "t", "from", "to"):
        st.query_params.pop(name, None)
    st.query_params.update({"call": item.call_id, "check": item.check, "tab": "grades"})


def _items(queue: Queue) -> tuple[tuple[ReviewItem, ...], set[int]]:
    """What is in the queue, and the places in it of what this person has graded."""
    archive = service().archive
    found = review_queue(archive, queue, _seed())
    return found, graded_of(found, archive.store.graded_checks(grader.name()))


def _asked() -> Queue | None:
    wanted = st.query_params.get("queue", "")
    return next((queue for queue in QUEUES if queue == wanted), None)


def _seed() -> int:
    told = st.query_params.get("seed", "")
    known = told.isascii() and told.isdigit() and len(told) <= len(str(_LARGEST_SEED))
    return min(int(told), _LARGEST_SEED) if known else 0


def _is(item: ReviewItem, call_id: str, check: str) -> bool:
    return (item.call_id, item.check) == (call_id, check)
