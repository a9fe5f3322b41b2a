"""What calls take on disk, and how long they are kept: a card of Settings."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from harness.calls import (
    free_space,
    keep_retention,
    kept_retention,
    retention_plan,
)
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import ago
from harness.console.data_use import size
from harness.errors import RingbackError
from harness.nouns import Retention, RetentionPlan
from harness.store import Store

__all__ = ["draw"]

_GB = 1_000_000_000
_TOLD = "storage_told"


def draw() -> None:
    """The card; needs the engine's store."""
    try:
        store = service().archive.store
    except RingbackError:  # the page says above why there is no engine
        st.markdown("**How long calls are kept**")
        st.caption("Told once the engine has started.")
        return
    kept = kept_retention(store)
    st.markdown(
        "**How long calls are kept**",
        help="Starred calls, calls of starred runs and of a baseline, and calls and runs that go "
        "on always stay. Deleted calls go after 30 days in any case.",
    )
    days, gigabytes = _limits(kept)
    retention = Retention(days, None if gigabytes is None else round(gigabytes * _GB))
    try:
        plan = retention_plan(store, retention)
    except RingbackError as error:
        show_error(error)
        return
    _dry_run(plan, retention)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Keep to this",
            icon=":material/event_repeat:",
            disabled=retention == kept,
            help="From now on, what is beyond the limits is removed when Ringback starts, and once "
            "a day while it runs.",
            key="storage_keep",
            on_click=_keep,
            args=(store, retention),
        )
        st.button(
            f"Remove {_many(len(plan.calls))} now" if plan.calls else "Remove now",
            icon=":material/delete_forever:",
            disabled=not plan.calls,
            help="For good: rows, events and recordings. This cannot be undone.",
            key="storage_remove",
            on_click=_remove,
            args=(store, retention),
        )
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, RingbackError):
        show_error(told)
    elif told:
        st.markdown(f":gray[:material/check: {told}]")


def _limits(kept: Retention) -> tuple[int | None, float | None]:
    left, right = st.columns(2)
    with left:
        days = st.number_input(
            "Days",
            min_value=1,
            max_value=36_500,
            value=kept.keep_days,
            step=1,
            placeholder="No limit",
            key="storage_days",
        )
    with right:
        gigabytes = st.number_input(
            "Gigabytes",
            min_value=0.0,
            value=None if kept.keep_bytes is None else kept.keep_bytes / _GB,
            step=1.0,
            format="%.1f",
            placeholder="No limit",
            help="The oldest go first.",
            key="storage_gb",
        )
    return days, gigabytes


def _dry_run(plan: RetentionPlan, retention: Retention) -> None:
    """What the limits would remove, before anything is removed."""
    if retention == Retention():
        st.caption("Nothing is removed by itself: there is no limit.")
        return
    stay = f" {_many(plan.kept_anyway)} beyond the limits stay." if plan.kept_anyway else ""
    if not plan.calls:
        st.caption(f"Nothing is beyond these limits.{stay}")
        return
    st.markdown(
        f"{_many(len(plan.calls)).capitalize()} would go, {size(plan.bytes)}: placed "
        f"{ago(plan.calls[0].created_at)} to {ago(plan.calls[-1].created_at)}.{stay}"
    )
    with st.expander("Which calls", key="storage_which"):
        agents = Counter((call.agent, call.scenario or "No script") for call in plan.calls)
        st.dataframe(
            [
                {"Agent": agent, "Scenario": scenario, "Calls": count}
                for (agent, scenario), count in agents.most_common()
            ],
            hide_index=True,
            height="content" if len(agents) < 8 else 300,
            alt="Calls that would go, by agent and scenario",
        )


def _keep(store: Store, retention: Retention) -> None:
    try:
        keep_retention(store, retention)
    except RingbackError as error:
        st.session_state[_TOLD] = error
    else:
        st.session_state[_TOLD] = (
            "No limit any more."
            if retention == Retention()
            else "Kept to: what is beyond the limits goes once a day."
        )


def _remove(store: Store, retention: Retention) -> None:
    try:
        removed = free_space(store, retention)
    except RingbackError as error:
        st.session_state[_TOLD] = error
    else:
        st.session_state[_TOLD] = f"Removed {_many(len(removed.calls))}, {size(removed.bytes)}."


def _many(count: int) -> str:
    return f"{count:,} call{'' if count == 1 else 's'}"
