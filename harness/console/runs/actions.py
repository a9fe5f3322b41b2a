"""What can be done with a run: call again, repeat, cancel, resume, pin, compare, hand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from harness.calls import Cell, RunSummary, regressions_of
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import ago, plain
from harness.console.export_menu import export_menu
from harness.console.runs import deleting
from harness.console.runs.marks import mark_of
from harness.console.runs.table import cell_title
from harness.console.runs.words import goes_on, size_of
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.nouns import RunHead, RunPlan, RunState

__all__ = ["below", "head", "pin", "told"]

_TROUBLE = "run_trouble"
_RESUMABLE = (RunState.INTERRUPTED, RunState.CANCELLED, RunState.STOPPED)


def head(summary: RunSummary, plan: RunPlan | None, baseline: RunHead | None) -> None:
    """The run's name, and what concerns all of it."""
    run = summary.head
    live = goes_on(run, summary)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            pages.RUNS,
            label="All runs",
            icon=":material/arrow_back:",
            query_params={},
            width="content",
        )
        st.title(plain(run.name or "Run"), anchor=False, width="content")
        st.caption(" · ".join(_about(summary, plan)), width="content")
        if run.parent_id is not None:
            st.page_link(
                pages.RUNS,
                label="Failed calls of an earlier run",
                query_params={"run": run.parent_id},
                width="content",
            )
        st.space("stretch")
        if live and run.state is not None:
            st.button(
                "Cancel run",
                icon=":material/cancel:",
                disabled=run.state is RunState.STOPPING,
                help="Hangs up the calls under way and places no further ones.",
                on_click=_try,
                args=(service().cancel_run, run.id),
            )
        if run.state in _RESUMABLE:
            st.button(
                "Resume",
                icon=":material/play_arrow:",
                help="Places the calls that are left; what is done is not called again.",
                on_click=_try,
                args=(service().resume_run, run.id),
            )
        if not live:
            pin(run)
            if plan is not None:
                st.button(
                    "Run again",
                    icon=":material/replay:",
                    help="A new run of the same plan.",
                    on_click=_go_to_new,
                    args=(lambda: service().start_run(plan),),
                )
            export_menu(run.id, "export")
            if run.deleted_at is None:
                st.button(
                    "Delete",
                    icon=":material/delete:",
                    key="delete_run",
                    help="Deletes this run with its calls. It can be undone.",
                    on_click=_delete,
                    args=(run.id,),
                )
        if baseline is not None and not live:
            day = f"{baseline.created_at.astimezone():%d %b}".lstrip("0")
            if st.button(
                f"Compare with {day}",
                type="primary",
                icon=":material/compare_arrows:",
                help=f"{plain(baseline.name)}, {plain(baseline.label or ago(baseline.created_at))}",
            ):
                st.switch_page(
                    pages.COMPARE, query_params={"run": run.id, "a": baseline.id, "b": run.id}
                )


def _delete(run_id: str) -> None:
    deleting.delete_runs([run_id])
    st.query_params.clear()


def told() -> None:
    """What went wrong with what was just asked for."""
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        show_error(trouble)


def below(summary: RunSummary, plan: RunPlan | None, chosen: Sequence[Cell]) -> None:
    """What concerns the scenarios that are chosen in the table; without any, all of them."""
    cells = list(chosen) or list(summary.cells)
    failed = [call for cell in cells for call in cell.calls if mark_of(call) == "failed"]
    bad = summary.rate.failed + summary.rate.undecided
    missing = max(0, summary.head.planned - summary.rate.calls)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        opened = st.button(
            "Inspect first failed call", icon=":material/troubleshoot:", disabled=not failed
        )
        if opened and failed:
            first = min(failed, key=lambda call: (call.created_at, call.id))
            # The run stays in the address: the way back of the browser leads to it.
            st.switch_page(pages.INSPECT, query_params={"run": summary.head.id, "call": first.id})
        if plan is not None:
            if summary.head.state is RunState.DONE:
                _add_repeats(summary.head.id, plan, chosen)
            st.button(
                "Rerun failed",
                icon=":material/restart_alt:",
                disabled=not bad + missing,
                help="A new run of the calls of this one that did not pass: in the same run they "
                "would spoil its rate.",
                on_click=_go_to_new,
                args=(lambda: service().rerun_failed(summary.head.id),),
            )
        st.caption(_chosen_told(chosen), width="content")


def _chosen_told(chosen: Sequence[Cell]) -> str:
    if not chosen:
        return "Select scenarios to work with them alone."
    one = plain(cell_title(chosen[0])) if len(chosen) == 1 else f"{len(chosen)} scenarios"
    return (
        f"{one} selected. A wide range means few repeats: add some before you call a small change "
        "real."
    )


def _about(summary: RunSummary, plan: RunPlan | None) -> list[str]:
    run = summary.head
    told = [
        f"{run.created_at.astimezone():%a} {run.created_at.astimezone().day} "
        f"{run.created_at.astimezone():%b %Y, %H:%M}"
    ]
    if run.label:
        told.append(plain(run.label))
    if plan is not None:
        told.append(size_of(plan))
    return told


def pin(run: RunHead, name: str = "") -> None:
    """A suite's baseline: what its later runs are compared with.

    Args:
        run: Nothing is drawn unless it is of a suite, and finished.
        name: What the page calls it, where there are several.
    """
    if not run.suite or run.state is not RunState.DONE:
        return
    store = service().archive.store
    pinned = store.baseline(run.suite) == run.id
    label = "Baseline" if pinned else "Pin as baseline"
    if name:
        label = f"Unpin {name}" if pinned else f"Pin {name}"
    st.button(
        label,
        icon=":material/keep_off:" if pinned else ":material/keep:",
        help="Later runs of this suite are compared with this one. Click to unpin."
        if pinned
        else "Compare later runs of this suite with this one.",
        on_click=(lambda: store.unpin_baseline(run.suite)) if pinned else (lambda: _pin(run)),
    )


def _pin(run: RunHead) -> None:
    archive = service().archive
    archive.store.pin_baseline(run.suite, run.id)
    # The list of runs tells what is worse than this one: found now, it is drawn at once.
    regressions_of(archive)


def _add_repeats(run_id: str, plan: RunPlan, chosen: Sequence[Cell]) -> None:
    """More calls in the same run: of all, or of the chosen scenarios."""
    scenarios = tuple(dict.fromkeys(cell.key[1] for cell in chosen))
    with st.popover("Add repeats", icon=":material/add:", width="content"):
        many = st.number_input("Repeats of each", 1, 100, 3, key="run_repeats")
        cells = {(item.agent, item.scenario, item.caller) for item in plan.items}
        wanted = [key for key in cells if not scenarios or key[1] in scenarios]
        calls = int(many) * len(wanted)
        of = "of all scenarios" if not scenarios else f"of {len(scenarios)} selected"
        st.button(
            f"Place {calls} more call{'' if calls == 1 else 's'}, {of}",
            type="primary",
            on_click=_try,
            args=(lambda id: service().add_repeats(id, int(many), scenarios), run_id),
        )


def _try(act: Callable[[str], object], run_id: str) -> None:
    try:
        act(run_id)
    except RingbackError as error:
        st.session_state[_TROUBLE] = error


def _go_to_new(begin: Callable[[], RunHead]) -> None:
    """Begin a run and show it."""
    try:
        run = begin()
    except RingbackError as error:
        st.session_state[_TROUBLE] = error
    else:
        st.query_params.from_dict({"run": run.id})
