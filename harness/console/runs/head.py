"""The head of a run: what it is, how far it has come and how it stands, on every tab."""

from __future__ import annotations

import streamlit as st

from harness.calls import RunSummary
from harness.console._figures import greyed
from harness.console._service import service
from harness.console._text import plain, seconds
from harness.console.runs.words import STATES, goes_on, minutes, percent
from harness.measure import GREY_BELOW, METRICS, PASS_RATE, Interval
from harness.nouns import RunProgress

__all__ = ["budget_of", "draw"]

_P50, _P95 = METRICS["response_latency_p50"], METRICS["response_latency_p95"]
_SPOILED = METRICS["flagged_turns"]
_MOST_NAMES = 3
_FEW = "too few to rely on."
_RANGE = "Beside it: the range it would lie in if the same calls were placed again."


def draw(run_id: str) -> None:
    """The strip of figures; once a second while the run goes on, by itself.

    Raises:
        NotFound: No such run.
    """
    archive = service().archive
    summary = archive.summary(run_id)
    if goes_on(summary.head, summary):
        _live(run_id)
    else:
        _strip(summary, None)


@st.fragment(run_every=1.0)
def _live(run_id: str) -> None:
    """Holds no widget; runs the page once when the run has ended."""
    progress = service().run_progress(run_id)
    summary = service().archive.summary(run_id)
    if not goes_on(progress.head, summary):
        st.rerun()
    _strip(summary, progress)


def budget_of(summary: RunSummary) -> float | None:
    """The budget of all its scenarios, seconds; None if they differ or none is known."""
    budgets = {cell.budget_s for cell in summary.cells if cell.budget_s is not None}
    return budgets.pop() if len(budgets) == 1 else None


def _strip(summary: RunSummary, progress: RunProgress | None) -> None:
    rate, budget = summary.rate, budget_of(summary)
    decided = rate.passed + rate.failed
    low, high = rate.interval
    slow = budget is not None and summary.p95.value is not None and summary.p95.value > budget
    late = seconds(summary.p95.value)
    few = 0 < decided < GREY_BELOW
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            _state(summary)
            if progress is None:
                not_run = f"{rate.undecided} not run" if rate.undecided else ""
                _figure("Calls", str(rate.calls), not_run)
            else:
                planned = progress.queued + len(progress.live) + progress.done
                _figure("Done", str(progress.done), f"of {planned}, {len(progress.live)} live")
            _figure("Passed", str(rate.passed), f"of {decided}")
            share = rate.passed / decided if decided else None
            bounds = f"{100 * low:.0f}–{100 * high:.0f} %" if decided else ""
            told = percent(share)
            _figure(
                PASS_RATE.title,
                f":gray[{told}]" if few else told,
                bounds,
                PASS_RATE.tooltip + (f" From {decided} calls: {_FEW}" if few else ""),
            )
            _figure(
                "Heard p50",
                greyed(seconds(summary.p50.value), summary.p50),
                _bounds(summary.p50),
                _P50.tooltip + _about(summary.p50),
            )
            _figure(
                "Heard p95",
                f":red[{late}]" if slow else greyed(late, summary.p95),
                _bounds(summary.p95),
                _P95.tooltip + _about(summary.p95),
            )
            _figure(
                "No answer",
                str(summary.no_answer),
                f"of {summary.turns} turns",
                "Turns in which the caller had to speak again before the agent made any sound. "
                "They are in no latency.",
            )
            if summary.spoiled:
                _figure(
                    _SPOILED.title,
                    str(summary.spoiled),
                    f"of {summary.turns} turns",
                    _SPOILED.tooltip,
                )
            if progress is None:
                _figure("Took", minutes(summary.took_s), "")
            elif progress.eta_s is not None:
                _figure("Left", f"about {minutes(progress.eta_s)}", "")
            for sentence in summary.goal_missed if progress is None else ():
                st.markdown(
                    f":red-badge[:material/trending_down: {plain(sentence.rstrip('.'))}]",
                    width="content",
                )
        if progress is not None:
            planned = max(1, progress.queued + len(progress.live) + progress.done)
            st.progress(min(1.0, progress.done / planned), text=_under_way(progress))
        if summary.head.stop_reason:
            st.caption(plain(summary.head.stop_reason))


def _state(summary: RunSummary) -> None:
    state = summary.head.state
    word, colour, icon = STATES[state] if state else ("Finished", "gray", "check")
    if state is None and summary.rate.running:
        word, colour, icon = "Running", "blue", "play_circle"
    agents = list(dict.fromkeys(cell.agent for cell in summary.cells))
    told = ", ".join(agents[:_MOST_NAMES])
    if len(agents) > _MOST_NAMES:
        told += f" and {len(agents) - _MOST_NAMES} more"
    with st.container(width="content", gap=None):
        st.markdown(f":small[{plain(told) or 'No agent yet'}]")
        st.markdown(f":{colour}-badge[:material/{icon}: {word}]")


def _figure(label: str, value: str, beside: str, tip: str = "") -> None:
    with st.container(width="content", gap=None):
        st.markdown(f":small[{label}]", help=tip or None)
        st.markdown(f"**{value}**" + (f" :small[:gray[{beside}]]" if beside else ""))


def _bounds(figure: Interval) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.2f}–{figure.high:.2f}"


def _about(figure: Interval) -> str:
    """What a tooltip adds: that a figure rests on few replies, and what its range is."""
    told = f" From {figure.n} replies: {_FEW}" if figure.grey and figure.value is not None else ""
    return f"{told} {_RANGE}" if figure.low is not None else told


def _under_way(progress: RunProgress) -> str:
    """Which calls go on."""
    if not progress.live:
        return "Waiting for a free place" if progress.queued else "Ending"
    names = [call.scenario or "No script" for call in progress.live]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"On the line: {plain(', '.join(names[:_MOST_NAMES]))}{more}"
