"""The Compare page: two calls, or two runs, beside each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pandas as pd
import streamlit as st

from harness.calls import (
    Archive,
    CallComparison,
    CallView,
    RunComparison,
    ScenarioComparison,
    baseline_of,
    compare_calls,
    compare_runs,
    doubts_of_runs,
)
from harness.console import address, charts, judge_view, theme
from harness.console._figures import greyed
from harness.console._text import MINUS, clock, plain, seconds, signed
from harness.console.blind import seen_view, unseen, unseen_told
from harness.console.compare import charts as compare_charts
from harness.console.compare.choice import calls_to_choose, runs_to_choose
from harness.console.compare.head import by, call_name, chip, count, head, run_name, strip
from harness.console.components import Row, compare_rows, room, row_list, take_turn
from harness.console.shell_parts import pages
from harness.measure import PASS_RATE, Difference, Flip, info_of
from harness.nouns import CallQuery, CheckVerdict, Outcome, Verdict

__all__ = ["draw_calls", "draw_runs", "latest"]

_P50, _P95 = info_of("response_latency_p50"), info_of("response_latency_p95")
_RESULTS = {Verdict.PASSED: "Passed", Verdict.FAILED: "Failed", Verdict.NOT_RUN: "Not run"}
_CHECKS = {
    CheckVerdict.MET: "Met",
    CheckVerdict.NOT_MET: "Failed",
    CheckVerdict.NOT_PROVEN: "Not proven",
    CheckVerdict.NOT_RUN: "Not run",
    CheckVerdict.PENDING: "Not yet",
    CheckVerdict.ERROR: "Could not be judged",
}
_ROWS = 10
"""A longer table scrolls."""
_ICONS = {"worse": ("cancel", "bad"), "better": ("check_circle", "good")}


def draw_calls(archive: Archive, a: str, b: str) -> None:
    """Two calls: what is different, then turn by turn.

    Raises:
        NotFound: One of them is not there.
    """
    found = compare_calls(archive, a, b, lambda call_id: seen_view(call_id)[0])
    hidden = unseen(map(archive.store.get_call, (a, b)))
    take_turn(found, lambda row: address.change({"turn": str(row)}))
    head(
        found.b.scenario_title or "No script",
        (a, b),
        found.sentence,
        calls_to_choose(archive, found.a, found.b),
    )
    sides = (call_name(found.a), {"call": a}), (call_name(found.b), {"call": b})
    strip(_call_figures(found, hidden), sides)
    st.markdown(plain(found.sentence))
    unseen_told(hidden)
    turns, side = st.columns([870, 365], gap="small")
    with turns:
        _turns(found)
    with side:
        with st.container(border=True, gap="xsmall"):
            _curves(
                _latencies(found.a),
                _latencies(found.b),
                found.b.budget_s,
                "replies of the call",
            )
        with st.container(border=True, gap="xsmall", height="stretch"):
            _flips(found.flips)
            judge_view.rests(
                judge_view.doubts((*found.a.checks, *found.b.checks)), "The checks rest"
            )


def draw_runs(archive: Archive, a: str, b: str) -> None:
    """Two runs: the conclusion, the figures, then scenario by scenario.

    Raises:
        NotFound: One of them is not there.
    """
    found = compare_runs(archive, a, b)
    head(
        found.b.head.name,
        (a, b),
        found.sentence,
        runs_to_choose(archive, found.a.head, found.b.head),
        (found.a.head, found.b.head),
    )
    sides = (run_name(found.a), {"run": a}), (run_name(found.b), {"run": b})
    strip(_run_figures(found), sides)
    st.markdown(plain(found.sentence))
    for warning in filter(None, (*found.warnings, found.left_out)):
        st.caption(f":material/warning: {plain(warning)}")
    judge_view.rests(doubts_of_runs(archive, (a, b), required=False), "Pass rates and checks rest")
    table, side = st.columns([870, 365], gap="small")
    with table:
        _scenarios(found)
    with side:
        with st.container(border=True, gap="xsmall"):
            _curves(*found.replies_s, _budget(archive, found), "replies of scenarios in both")
        with st.container(border=True, gap="xsmall", height="stretch"):
            _shares(found)


# Parts


def _call_figures(
    found: CallComparison, hidden: Collection[str]
) -> list[tuple[str, str, str, str, str]]:
    a, b = found.a, found.b

    def result(view: CallView) -> str:
        if view.call_id in hidden:
            return "Hidden"
        return _RESULTS[view.verdict] if view.verdict else "Not judged"

    results = [result(a), result(b)]
    judged = {a.verdict, b.verdict} == {Verdict.PASSED, Verdict.FAILED}
    change = chip("better" if b.verdict is Verdict.PASSED else "worse", b.verdict is Verdict.PASSED)
    met = [sum(check.verdict is CheckVerdict.MET for check in view.checks) for view in (a, b)]
    values = [{metric.key: metric.value for metric in view.metrics} for view in (a, b)]
    silent = [sum(turn.outcome is Outcome.NO_ANSWER for turn in view.turns) for view in (a, b)]
    slowest = [max(_latencies(view), default=None) for view in (a, b)]
    p50 = [value.get(_P50.key) for value in values]
    return [
        ("Result", results[0], results[1], change if judged else "", ""),
        (
            "Checks met",
            f"{met[0]} of {len(a.checks)}",
            f"{met[1]} of {len(b.checks)}",
            count(met, True),
            "",
        ),
        (_P50.title, seconds(p50[0]), seconds(p50[1]), by(*p50), _P50.tooltip),
        ("Slowest reply", seconds(slowest[0]), seconds(slowest[1]), by(*slowest), ""),
        (
            "No answer",
            str(silent[0]),
            str(silent[1]),
            count(silent, False),
            "The caller had to speak again before the agent made any sound.",
        ),
        ("Call length", clock(a.t), clock(b.t), "", ""),
    ]


def _run_figures(found: RunComparison) -> list[tuple[str, str, str, str, str]]:
    def of(difference: Difference, told: Callable[[float], str], unit: str) -> str:
        by = difference.by
        if by.value is None:
            return ""
        good = {"better": True, "worse": False}.get(difference.conclusion)
        changed = chip(f"{told(by.value)} {unit}", good)
        if by.low is None or by.high is None:
            return changed
        return f"{changed} :small[:gray[{told(by.low)} to {told(by.high)}]]"

    def percent(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.0f} %"

    def points(value: float) -> str:
        return f"{MINUS if value < 0 else '+'}{abs(100 * value):.0f}"

    silent = found.no_answer
    return [
        (
            PASS_RATE.title,
            percent(found.rate.a.value),
            greyed(percent(found.rate.b.value), found.rate.b),
            of(found.rate, points, "points"),
            PASS_RATE.tooltip,
        ),
        (
            _P50.title,
            seconds(found.p50.a.value),
            greyed(seconds(found.p50.b.value), found.p50.b),
            of(found.p50, _plus, "s"),
            _P50.tooltip,
        ),
        (
            _P95.title,
            seconds(found.p95.a.value),
            greyed(seconds(found.p95.b.value), found.p95.b),
            of(found.p95, _plus, "s"),
            _P95.tooltip,
        ),
        (
            "No answer",
            f"{silent[0][0]} of {silent[0][1]}",
            f"{silent[1][0]} of {silent[1][1]}",
            "",
            "Turns in which the caller had to speak again before the agent made any sound, in the "
            "scenarios that were called in both.",
        ),
        (
            "Calls",
            str(found.rate.a.n),
            str(found.rate.b.n),
            "",
            "With a verdict, in the scenarios that came to one in both.",
        ),
    ]


def _latencies(view: CallView) -> list[float]:
    """Of the turns that this machine did not spoil, seconds."""
    return [
        turn.response_latency_s
        for turn in view.turns
        if turn.index > 0 and turn.response_latency_s is not None and not turn.flags
    ]


def _budget(archive: Archive, found: RunComparison) -> float | None:
    """The budget of B's calls, where they all have the same."""
    calls = [call for cell in found.b.cells for call in cell.calls]
    budgets = {figures.budget_s for figures in archive.figures(calls).values()}
    return budgets.pop() if len(budgets) == 1 else None


def _curves(a: Sequence[float], b: Sequence[float], budget_s: float | None, of: str) -> None:
    st.markdown("**Heard latency**", help=_P95.tooltip)
    st.caption(
        f"Share of replies heard within a given time, all {of}: {len(a)} in A (dashed), "
        f"{len(b)} in B"
    )
    colours = theme.palette(theme.current())
    st.plotly_chart(
        compare_charts.latency_curves(a, b, budget_s, colours),
        key="curves",
        config=charts.CONFIG,
    )


def _turns(found: CallComparison) -> None:
    with st.container(height=room(316, 360), border=False):
        asked = st.query_params.get("turn", "")
        chosen = int(asked) if asked.isdecimal() and int(asked) < len(found.pairs) else None
        compare_rows(found, (call_name(found.a), call_name(found.b)), chosen)


def _flips(flips: Sequence[Flip]) -> None:
    counts = {
        change: sum(flip.change == change for flip in flips)
        for change in ("worse", "better", "same")
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Checks that changed**", width="stretch")
        st.caption(" · ".join(f"{n} {change}" for change, n in counts.items()), width="content")
    if not flips:
        st.caption("Neither call has a check.")
        return
    row_list([_flip_row(flip) for flip in flips], "checks", "Checks of both calls", key="flips")


def _flip_row(flip: Flip) -> Row:
    if flip.change == "same":
        told = _CHECKS[flip.b.verdict] if flip.b else ""
        return Row("check", "Same", flip.name, weight="soft", right=f"Same, {told.lower()}")
    icon, tone = _ICONS.get(flip.change, ("help", "close"))
    change = " → ".join(_CHECKS[side.verdict] if side else "none" for side in (flip.a, flip.b))
    below = (f"B: {flip.b.message}",) if flip.b and flip.b.message else ()
    return Row(icon, flip.change.capitalize(), flip.name, tone, "strong", change, below)  # type: ignore[arg-type]


def _shares(found: RunComparison) -> None:
    """Checks by how often they were met in both."""
    st.markdown("**Checks that changed**")
    if not found.checks:
        st.caption("The two runs have no check in common.")
        return
    rows = []
    for check in found.checks:
        if check.a[0] * check.b[1] == check.b[0] * check.a[1]:
            continue
        icon, tone = _ICONS.get(check.by.conclusion, ("help", "soft"))
        told = " → ".join(f"{met} of {of}" for met, of in (check.a, check.b))
        words = {"worse": "Worse", "better": "Better"}.get(check.by.conclusion, "Cannot tell")
        weight = "strong" if check.by.conclusion in _ICONS else "soft"
        rows.append(Row(icon, words, check.name, tone, weight, told))  # type: ignore[arg-type]
    if same := len(found.checks) - len(rows):
        st.caption(f"{same} of {len(found.checks)} held as often in both.")
    if not rows:
        return
    row_list(rows, "checks", "Checks of both runs", key="shares")


def _scenarios(found: RunComparison) -> None:
    if not found.scenarios:
        st.caption("No scenario was called in both runs.")
        return

    def rate(passed: int, failed: int) -> str:
        return f"{passed} of {passed + failed}" if passed + failed else "–"

    many = len({row.agent for row in found.scenarios}) > 1
    table = pd.DataFrame(
        {
            "Scenario": [
                f"{row.scenario} · {row.agent}" if many else row.scenario for row in found.scenarios
            ],
            "Passed, A": [rate(row.a.passed, row.a.failed) for row in found.scenarios],
            "Passed, B": [rate(row.b.passed, row.b.failed) for row in found.scenarios],
            "p50, B − A, s": [_ranged(row.p50) for row in found.scenarios],
            "p95, B − A, s": [_ranged(row.p95) for row in found.scenarios],
            "Conclusion": [row.conclusion for row in found.scenarios],
        }
    )
    picked = st.dataframe(
        table,
        key=f"scenarios_{found.a.head.id}_{found.b.head.id}",
        hide_index=True,
        height="content" if len(table) <= _ROWS else room(336, 300),
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = picked.selection.rows if picked else []
    if chosen:
        _detail(found.scenarios[chosen[0]])
    else:
        st.caption(
            "In brackets the 95 % range of a difference, by resampling calls. Select a scenario to "
            "read it in words."
        )


def _detail(row: ScenarioComparison) -> None:
    for difference in row.differences:
        st.caption(plain(difference.sentence))
    calls = [cell.calls[0].id for cell in (row.a, row.b) if cell.calls]
    if len(calls) == 2:
        st.page_link(
            pages.COMPARE,
            label="Compare the first call of each",
            icon=":material/compare_arrows:",
            query_params={"a": calls[0], "b": calls[1]},
        )


def _ranged(difference: Difference) -> str:
    """``+0.35 (+0.10 to +0.61)``."""
    by = difference.by
    if by.value is None:
        return "–"
    if by.low is None or by.high is None:
        return _plus(by.value)
    return f"{_plus(by.value)} ({_plus(by.low)} to {_plus(by.high)})"


def _plus(value: float) -> str:
    return signed(value).removesuffix(" s")


def latest(archive: Archive, asked: Sequence[str] = ()) -> list[str]:
    """What is compared when the address does not name both.

    Of one that is named, what it is best compared with; else the newest finished run of a suite
    with its baseline; else the two newest calls that have ended, of one scenario if there are two.
    """
    for run_id in asked or [run.id for run in archive.runs(kind="suite", limit=20)]:
        if run_id.startswith("run_"):
            before = baseline_of(archive, archive.run(run_id))
            if before is not None:
                return [before.id, run_id]
    over = [call for call in archive.search(CallQuery(limit=50)).calls if call.state.is_final]
    for call_id in asked:
        over.sort(key=lambda call: call.id != call_id)
    if not over:
        return []
    others = [call for call in over[1:] if call.scenario == over[0].scenario] or over[1:]
    return [others[0].id, over[0].id] if others else []
