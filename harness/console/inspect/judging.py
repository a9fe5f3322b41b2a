"""Judging a stored call again, and its versions side by side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from harness.calls import CallView
from harness.console import cards, judge_view
from harness.console._errors import show_error
from harness.console._service import service
from harness.console._text import ago, clock, plain
from harness.console.components import row_list
from harness.console.inspect.place import told
from harness.console.shell_parts import pages
from harness.errors import InputError, RingbackError
from harness.nouns import CheckResult, CheckSpec, Criterion, Grading, JudgePlan, Verdict
from harness.scenarios import Draft
from harness.settings import get_settings
from harness.store import EndpointLibrary

__all__ = ["checks_from", "draw", "side_by_side"]

_VERDICTS: dict[Verdict | None, str] = {
    Verdict.PASSED: "Passed",
    Verdict.FAILED: "Failed",
    Verdict.NOT_RUN: "Not run",
    None: "Nothing asked",
}
_HERE = "In the call"
_WANTED = "judge_again"


def draw(view: CallView, key: str, *, fill: bool = True) -> None:
    """The versions of a call that is over: what makes another, and each with its quotes.

    Args:
        view: The call.
        key: Stable key of its elements.
        fill: Scroll the list inside the height there is.
    """
    _judge_again(view)
    versions = service().gradings(view.call_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if st.button(
            "Judge again",
            icon=":material/gavel:",
            help="By other judges or other criteria. Nothing is called; what was judged during "
            "the call stays.",
            key=f"{key}_again",
        ):
            _ask(view)
        if versions and st.button(
            "Side by side", icon=":material/view_column:", key=f"{key}_compare"
        ):
            _compare(view, versions)
        st.download_button(
            ":material/download:",
            type="tertiary",
            help="The conversation as a file, for pipecat eval judge",
            data=lambda: _conversation(view.call_id),
            file_name=f"{view.call_id}.conversation.json",
            mime="application/json",
            on_click="ignore",
            key=f"{key}_conversation",
        )
    if not versions:
        st.caption("Judged once, in the call. Other judges and criteria can look at it again.")
        return
    newest_first = list(reversed(versions))
    titles = [*(_title(one) for one in newest_first), _HERE]
    verdicts = [*(one.verdict for one in newest_first), view.verdict]
    at = st.selectbox(
        "Version",
        range(len(titles)),
        format_func=lambda i: f"{titles[i]}: {_VERDICTS[verdicts[i]].lower()}",
        label_visibility="collapsed",
        key=f"{key}_shown_{len(titles)}",
    )
    grading = newest_first[at] if at < len(newest_first) else None
    results = grading.results if grading else view.checks
    implied = _implied(view, results)
    st.caption(
        f"{_counts(cards.listed(results, implied)[0])}{f' · {_about(grading)}' if grading else ''}"
    )
    doubts = judge_view.doubts(results)
    rows = cards.check_rows(results, implied, audible=view.has_recording, doubts=doubts)
    row_list(rows, "checks", "Checks of this version", key=f"{key}_checks", fill=fill)


def _implied(view: CallView, results: Sequence[CheckResult]) -> dict[str, str]:
    """What another check says too in this version: those that came to the same verdict again."""
    if results is view.checks:
        return view.implied
    verdicts = {result.name: result.verdict for result in results}
    return {
        name: other
        for name, other in view.implied.items()
        if name in verdicts and verdicts[name] is verdicts.get(other)
    }


def _conversation(call_id: str) -> str:
    return json.dumps(service().conversation(call_id), indent=2, ensure_ascii=False)


def _counts(results: Sequence[CheckResult]) -> str:
    count = Counter(result.verdict for result in results)
    return ", ".join(
        f"{many} {judge_view.WORDS[verdict].lower()}" for verdict, many in count.most_common()
    )


def _title(grading: Grading) -> str:
    return grading.label or f"Judged {ago(grading.created_at)}"


def _about(grading: Grading) -> str:
    judged = [vote for r in grading.results for j in r.judgements for vote in j.votes]
    models = ", ".join(dict.fromkeys(vote.model or vote.judge for vote in judged)) or "rules only"
    tokens = grading.tokens_in + grading.tokens_out
    repeats = f" · {grading.judge.repeats} times each" if grading.judge.repeats > 1 else ""
    told = f"{plain(models)}{repeats}"
    return f"{told} · {tokens:,} tokens" if tokens else told


@st.dialog("Judge this call again", width="medium")
def _ask(view: CallView) -> None:
    """Who judges, by which criteria."""
    try:
        known = EndpointLibrary(get_settings()).all()
    except RingbackError as error:
        show_error(error)
        return
    if _WANTED in st.session_state:
        st.rerun()
    with st.form("judge_again", border=False):
        st.multiselect(
            "Judges",
            list(known),
            default=list(known)[:1],
            placeholder="Rules only",
            disabled=not known,
            help="Language models of the Settings page. Several vote, and the majority decides.",
            key="judge_again_judges",
        )
        if not known:
            st.caption("No language model is set up on the Settings page: rules judge.")
        st.number_input("How often each is asked", 1, 9, 1, key="judge_again_repeats")
        if view.checks:
            st.checkbox("With the checks of its scenario", True, key="judge_again_kept")
        st.text_area(
            "Criteria of your own, one a line",
            height=110,
            placeholder="The agent confirms day and time before it books.",
            disabled=not known,
            key="judge_again_criteria",
        )
        st.text_input("Name of this version", placeholder="Stricter judge", key="judge_again_label")
        st.form_submit_button(
            "Judge", type="primary", icon=":material/gavel:", on_click=_want, args=(view.call_id,)
        )


def _want(call_id: str) -> None:
    """Keep what was asked for: the page does it, and says so while it takes."""
    asked = st.session_state
    plan = JudgePlan(
        endpoints=tuple(asked["judge_again_judges"]), repeats=int(asked["judge_again_repeats"])
    )
    lines = (line.strip() for line in str(asked["judge_again_criteria"] or "").splitlines())
    asked[_WANTED] = (
        call_id,
        plan,
        tuple(dict.fromkeys(line for line in lines if line)),
        bool(asked.get("judge_again_kept")),
        str(asked["judge_again_label"] or "").strip(),
    )


def _judge_again(view: CallView) -> None:
    """Do what was asked for in the dialog, if anything."""
    call_id, plan, lines, kept, label = st.session_state.pop(_WANTED, ("", None, (), False, ""))
    if call_id != view.call_id:
        return
    checks: Sequence[CheckSpec] | None = None
    try:
        if lines or not kept:
            own = [Criterion(rule="criterion", name=text, text=text) for text in lines]
            checks = (*(checks_from(view) if kept else ()), *own)
        with st.spinner("Asking the judges"):
            service().regrade(view.call_id, plan, checks, label)
    except RingbackError as error:
        show_error(error)


def checks_from(view: CallView) -> tuple[CheckSpec, ...]:
    """The checks of the scenario of a call, as it was when it was called.

    Raises:
        InputError: They are not known any more.
    """
    scenarios, _ = Draft(view.scenario_source).load() if view.scenario_source else ((), ())
    found = [one for one in scenarios if one.name == view.scenario]
    if not found:
        raise InputError(
            "The checks of this call's scenario cannot be read any more.",
            cause="It was called before its text was kept, or its file includes others.",
            remedy="Judge by your own criteria alone: take the tick away.",
        )
    return found[0].checks


@st.dialog("Versions side by side", width="large")
def _compare(view: CallView, versions: Sequence[Grading]) -> None:
    """Each check in each version; the selected one with quotes and reasons."""
    shown = [(_HERE, view.checks), *((_title(one), one.results) for one in versions)]
    table = side_by_side(shown)
    picked = st.dataframe(
        table,
        hide_index=True,
        row_height=36,
        height="content" if len(table) < 12 else 440,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [0]}},
        key=f"compare_{len(table)}_{len(shown)}",
        alt="Checks by version",
    ).selection.rows
    if not picked or picked[0] >= len(table):
        return
    name = str(table.iloc[picked[0]]["Check"])
    for column, (title, results) in zip(st.columns(len(shown)), shown, strict=True):
        with column:
            st.markdown(f":small[**{plain(title)}**]")
            _detail(view, next((one for one in results if one.name == name), None))


def side_by_side(shown: Sequence[tuple[str, Sequence[CheckResult]]]) -> pd.DataFrame:
    """Checks as rows, versions as columns; two of one title are told apart."""
    names = dict.fromkeys(result.name for _, results in shown for result in results)
    columns: dict[str, list[str]] = {"Check": list(names)}
    for title, results in shown:
        by_name = {result.name: result for result in results}
        wanted, count = title, 1
        while wanted in columns:
            count += 1
            wanted = f"{title} ({count})"
        columns[wanted] = [_cell(by_name.get(name)) for name in names]
    return pd.DataFrame(columns)


def _cell(result: CheckResult | None) -> str:
    if result is None:
        return "–"
    word = f"{judge_view.MARKS[result.verdict]} {judge_view.WORDS[result.verdict]}"
    votes = [vote for one in result.judgements for vote in one.votes if not vote.error]
    if len(votes) < 2:
        return word
    least = min(one.agreement for one in result.judgements)
    return f"{word}, {least:.0%} agree"


def _detail(view: CallView, result: CheckResult | None) -> None:
    if result is None:
        st.caption("Not asked.")
        return
    evidence = result.evidence
    if evidence and evidence.quote:
        st.markdown(f"“{plain(evidence.quote)}”")
    if evidence and evidence.at is not None:
        st.page_link(
            pages.INSPECT,
            label=f"At {clock(evidence.at)}",
            icon=":material/troubleshoot:",
            query_params={
                "call": view.call_id,
                "turn": str(evidence.turn),
                "t": f"{told(evidence.at):.1f}",
            },
            help="Inspect the call at the second of this quote.",
        )
    said = list(dict.fromkeys(text for text in (result.message, *judge_view.told(result)) if text))
    for text in said:
        st.markdown(f":small[:gray[{plain(text)}]]")
