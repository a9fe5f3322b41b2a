"""Runs without a chosen run: what goes on, what happened lately, what became worse."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from harness.agents.library import AgentLibrary
from harness.calls import Regression, regressions_of
from harness.console import history, theme
from harness.console._service import service
from harness.console._text import ago, plain, seconds
from harness.console.agents import connection_test
from harness.console.blind import unseen
from harness.console.call.setup import Setup
from harness.console.components import room
from harness.console.runs import deleting, history_view
from harness.console.runs.marks import TALLY_PX, tally
from harness.console.runs.table import HEAD_PX, clicked
from harness.console.runs.words import STATES, minutes, share
from harness.console.shell_parts import pages
from harness.measure import PASS_RATE, info_of
from harness.nouns import CallQuery, RunDigest, RunHead, RunState
from harness.settings import get_settings

__all__ = ["draw", "running_runs"]

_LATELY = 10
_SHOWN_ROWS, _FEWEST_ROWS = 5, 2
_ROW_PX = 38
_MOST_WORSE, _MOST_AGENTS = 3, 5
_LIVE_PX, _LATELY_PX, _CARDS_PX, _LINE_PX = 77, 110, 150, 30
"""Heights: of a run that goes on, of what is around the rows, of the cards, of a line in them."""
_P95 = info_of("response_latency_p95")
_GOES_ON = (RunState.RUNNING, RunState.STOPPING)


def draw() -> int:
    """What goes on, then the latest runs beside what became worse and the agents.

    Returns:
        About how many pixels high that is beside each other.
    """
    live = len(running_runs())
    if live:
        _live()
    archive = service().archive
    over = [head for head in archive.runs(kind="suite", limit=2 * _LATELY) if not _on(head)]
    if not over:
        deleting.undo("run")
        return live * _LIVE_PX
    # Where calls and runs go on, or the window is low, less of each is shown.
    spare = room(history_view.WANTED_PX + live * _LIVE_PX, 0)
    rows = max(_FEWEST_ROWS, min(_SHOWN_ROWS, (spare - _LATELY_PX) // _ROW_PX))
    most = max(2, (spare - _CARDS_PX) // _LINE_PX)
    left, right = st.columns([860, 420], gap="small")
    with left:
        _lately(over[:_LATELY], rows)
    with right:
        with st.container(border=True, gap="xsmall"):
            lines = _regressions(min(_MOST_WORSE, most - 1))
        with st.container(border=True, gap="xsmall"):
            lines += _agents(min(_MOST_AGENTS, most - lines))
    rows = min(len(over), rows)
    return live * _LIVE_PX + max(_LATELY_PX + rows * _ROW_PX, _CARDS_PX + lines * _LINE_PX)


def running_runs() -> list[RunHead]:
    """Runs of suites that go on, here or in another process."""
    return [head for head in service().archive.runs(kind="suite", limit=50) if _on(head)]


def _on(head: RunHead) -> bool:
    return head.state in _GOES_ON


@st.fragment(run_every=1.0)
def _live() -> None:
    """A bar for each run that goes on; the page runs again once one has ended, or begun."""
    runs = running_runs()
    ids = [head.id for head in runs]
    before = st.session_state.get("landing_live", ids)
    st.session_state["landing_live"] = ids
    if ids != before:
        st.rerun()
    for head in runs:
        now = service().run_progress(head.id)
        planned = max(1, now.queued + len(now.live) + now.done)
        left = f", about {minutes(now.eta_s)} left" if now.eta_s is not None else ""
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
            word, colour, icon = STATES[head.state or RunState.RUNNING]
            st.markdown(f":{colour}-badge[:material/{icon}: {word}]", width="content")
            st.page_link(
                pages.RUNS,
                label=f"**{plain(head.name)}**",
                query_params={"run": head.id},
                width="content",
            )
            st.progress(
                min(1.0, now.done / planned),
                text=f"{now.done} of {planned} calls done, {len(now.live)} live{left}",
            )


def _lately(heads: list[RunHead], rows: int) -> None:
    archive = service().archive
    kept = archive.digests(head.id for head in heads)
    digests = [kept.get(head.id) or archive.digest(head.id) for head in heads]
    colours = theme.palette(theme.current())
    text = st.column_config.TextColumn
    rows = min(len(heads), rows)
    chosen = st.dataframe(
        pd.DataFrame([_row(h, d, colours) for h, d in zip(heads, digests, strict=True)]),
        column_config={
            "When": text(width=132),
            "Calls": st.column_config.ImageColumn(
                width=_widest(digests), help="Passed, failed, not run.", alignment="left"
            ),
            PASS_RATE.title: text(width=104, alignment="right", help=PASS_RATE.tooltip),
            "Heard p95": text(width=84, alignment="right", help=_P95.tooltip),
        },
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if rows == len(heads) else _ROW_PX * rows + HEAD_PX + _ROW_PX // 2,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        # What is ticked are rows: of other runs, nothing is.
        key=f"lately_{'_'.join(head.id for head in heads)}",
        alt="The latest runs, newest first",
    ).selection
    opened = clicked(chosen, heads)
    if opened is not None:
        st.query_params.from_dict({"run": opened.id})
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _chosen([heads[row] for row in sorted(chosen.rows) if row < len(heads)])
        deleting.undo("run")


def _chosen(chosen: list[RunHead]) -> None:
    """What can be done with the runs that are ticked: two are compared, the older one first."""
    if not chosen:
        st.caption("Click a run to open it; tick runs to compare or delete them.", width="content")
        return
    if st.button("Compare runs", icon=":material/compare_arrows:", disabled=len(chosen) != 2):
        b, a = chosen
        st.switch_page(pages.COMPARE, query_params={"a": a.id, "b": b.id})
    st.button(
        f"Delete {len(chosen)} runs" if len(chosen) > 1 else "Delete run",
        icon=":material/delete:",
        help="With the calls. It can be undone.",
        on_click=deleting.delete_runs,
        args=([head.id for head in chosen],),
    )


def _widest(digests: list[RunDigest]) -> int:
    most = max(d.rate.passed + d.rate.failed + d.rate.not_run for d in digests)
    return min(TALLY_PX, max(100, 14 * most)) + 18


def _row(head: RunHead, digest: RunDigest, colours: theme.Palette) -> dict[str, str]:
    rate = digest.rate
    name = f"{head.name}, {head.label}" if head.label else head.name
    if head.state is not None and head.state is not RunState.DONE:
        name += f" ({STATES[head.state][0].lower()})"
    return {
        "Run": name,
        "When": ago(head.created_at, year=False),
        "Calls": tally(rate.passed, rate.failed, rate.not_run, colours),
        PASS_RATE.title: share(rate.value, rate.low, rate.high),
        "Heard p95": seconds(digest.p95.value),
    }


def _regressions(most: int) -> int:
    """What is surely worse, the worst first; how many lines that is."""
    st.markdown(
        "**Worst regressions**",
        help="The newest finished run of each suite against its baseline: only what is worse by an "
        "interval that excludes no change.",
    )
    found, compared = regressions_of(service().archive, most)
    if not compared:
        st.caption("A suite that was run twice is compared here.")
        return 1
    if not found:
        many = "its baseline" if compared == 1 else f"their baselines, in {compared} suites"
        st.caption(f"Nothing is surely worse than in {many}.")
    for regression in found:
        st.page_link(
            pages.COMPARE,
            label=_told(regression),
            icon=":material/trending_down:",
            query_params={"a": regression.baseline.id, "b": regression.run.id},
        )
    return max(1, len(found))


def _told(found: Regression) -> str:
    where = plain(found.what or found.run.name)
    a, b = found.by.a.value, found.by.b.value
    if found.figure == "pass_rate":
        was, now = ("–" if value is None else f"{100 * value:.0f} %" for value in (a, b))
        return f"**{where}**: :red[{now} passed], was {was}"
    return f"**{where}**: :red[heard {found.figure} {seconds(b)}], was {seconds(a)}"


def _agents(most: int) -> int:
    """Whether each agent worked when it was last tried; how many there are."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown("**Agents**", width="content")
        st.page_link(pages.AGENTS, label="All", width="content")
    saved = AgentLibrary(get_settings()).all()
    agents = [Setup().agent(), *saved.values()]
    for agent in agents[:most]:
        title = agent.title or agent.name
        last = next(iter(service().archive.search(CallQuery(agent=title, limit=1)).calls), None)
        tested = connection_test.last_test(agent)
        told = [connection_test.badge(agent)] if tested or last is None else []
        if last is not None:
            became = plain(history.result(last, unseen([last])))
            told.append(f":gray[last call {became}, {ago(last.created_at)}]")
        st.markdown(f"{plain(title)} :small[{' '.join(told)}]")
    return len(agents[:most])
