"""How far to trust each judge: a card of Settings that holds judges to what people say."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from harness.calls import (
    RULE,
    Archive,
    Example,
    Trust,
    TrustBook,
    doubt_of,
    judged_as,
    trust_of,
)
from harness.console import grader, judge_view
from harness.console._figures import two_digits
from harness.console._service import service
from harness.console._text import ago, clock, plain
from harness.console.export_menu import hidden_by
from harness.console.inspect.place import told
from harness.console.shell_parts import pages
from harness.errors import RingbackError
from harness.measure import JUDGE_METRICS, Interval
from harness.nouns import Evidence
from harness.report import ReportOptions, write_examples

__all__ = ["draw", "examples_of"]

_ROW_PX = 36
_MOST_ROWS = 8
_SHOWN = 8
"""So many disagreements stand in the card, and so many more at a time."""
_MORE = "trust_more"
_COLUMNS = {
    "Accuracy": "judge_accuracy",
    "Precision": "judge_precision",
    "Recall": "judge_recall",
    "Kappa": "judge_kappa",
    "AC1": "judge_ac1",
}


def draw() -> None:
    """The judges on each criterion, and of the chosen one what people and judge call what."""
    try:
        archive = service().archive
        book = trust_of(archive)
    except RingbackError:  # the page says above why there is no engine
        _title()
        st.caption("Told once the engine has started.")
        return
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        _title()
        if book.labels:
            _export(archive)
    if not book.rows:
        _nobody(book)
        return
    chosen = _table(book.rows)
    _about(chosen)
    left, right = st.columns([1, 1.25], gap="medium")
    with left:
        _confusion(chosen)
    with right:
        _disagreements(archive, chosen)


def _title() -> None:
    st.markdown(
        "**Trust in judges**",
        width="content",
        help="What judges said of criteria, held to what people say of them, for each model and "
        "each version of the prompt. The same as: ringback judges trust",
    )


def _nobody(book: TrustBook) -> None:
    graded = " No judge was asked of what was graded so far." if book.labels else ""
    st.caption(
        f"Nobody has graded what a judge decided.{graded} Open a call whose criteria a judge "
        "decided, and say under Grades whether each is met; blind is best. From 20 on the figures "
        "begin to tell."
    )
    st.page_link(
        pages.INSPECT,
        label="Grade a random sample",
        icon=":material/rate_review:",
        query_params={"queue": "sample", "tab": "grades"},
        width="content",
    )


def _table(rows: Sequence[Trust]) -> Trust:
    """All of them; returns the one that is chosen."""
    columns = {
        title: st.column_config.TextColumn(title, help=JUDGE_METRICS[key].tooltip)
        for title, key in _COLUMNS.items()
    }
    picked = st.dataframe(
        pd.DataFrame([_row(row) for row in rows]),
        column_config=columns
        | {
            "Criterion": st.column_config.TextColumn("Criterion", width="medium"),
            "Trust": st.column_config.TextColumn("Trust", help=RULE),
            "n": st.column_config.NumberColumn(
                "n", width=48, help="Examples that both people and judge decided."
            ),
        },
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if len(rows) <= _MOST_ROWS else _ROW_PX * (_MOST_ROWS + 1),
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [0]}},
        key=f"trust_{len(rows)}",
        alt="Each criterion and judge, with how well it agrees with people",
    ).selection.rows
    return rows[picked[0] if picked and picked[0] < len(rows) else 0]


def _row(row: Trust) -> dict[str, str | int]:
    found, doubt = row.agreement, doubt_of(row)
    return {
        "Criterion": row.check,
        "Judge": row.judge.told,
        "Trust": "Proven" if doubt is None else doubt.word.removeprefix("Judge ").capitalize(),
        "n": found.confusion.n,
        "Kappa": _figure(found.kappa),
        "Recall": _figure(found.recall),
        "Precision": _figure(found.precision),
        "Accuracy": _figure(found.accuracy),
        "AC1": _figure(found.ac1),
        "Prompt": row.judge.prompts,
    }


def _figure(figure: Interval) -> str:
    if figure.value is None:
        return "–"
    value = two_digits(figure.value)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{two_digits(figure.low)}, {two_digits(figure.high)}]"


def _about(row: Trust) -> None:
    """The chosen judge in words: whether it is proven, and what counts nowhere."""
    doubt, kappa = doubt_of(row), row.agreement.kappa
    mark = ":green-badge[Judge proven]" if doubt is None else judge_view.badge(doubt)
    named = f"**{plain(row.check)}**, judged by {plain(row.judge.told)}."
    agrees = f"It agrees with people: kappa {_figure(kappa)} by {kappa.n} examples."
    st.markdown(f"{mark} {named} {plain(agrees if doubt is None else doubt.sentence)}", help=RULE)
    graders = ", ".join(map(plain, row.graders))
    parts = [
        f"Graded by {graders}",
        f"{row.blind} of {row.agreement.confusion.n} blind",
        f"{row.undecided} left undecided by the judge" if row.undecided else "",
        f"{row.tied} on which people are divided" if row.tied else "",
        f"{row.unsure} not sure" if row.unsure else "",
    ]
    st.caption(" · ".join(filter(None, parts)))


def _confusion(row: Trust) -> None:
    count = row.agreement.confusion
    st.markdown(
        "**People and judge**",
        help="Failures it missed are those that go unnoticed; what it calls failed and people do "
        "not is a false alarm.",
    )
    st.markdown(
        "| Examples | Judge: met | Judge: failed |\n"
        "|---|---:|---:|\n"
        f"| **People: met** | {count.both_met} | {_wrong(count.false_alarm, 'false alarm')} |\n"
        f"| **People: failed** | {_wrong(count.missed, 'missed')} | {count.both_failed} |"
    )


def _wrong(count: int, word: str) -> str:
    if not count:
        return "0"
    return f":red[**{count}** {word}{'s' if word == 'false alarm' and count > 1 else ''}]"


def _disagreements(archive: Archive, row: Trust) -> None:
    """What people and judge say otherwise; to a blind grader only what they have graded."""
    apart, waiting = list(row.disagreements), 0
    if grader.blind():
        own = grader.name()
        apart = [one for one in apart if own in {each.grader for each in one.label.grades}]
        waiting = len(row.disagreements) - len(apart)
    st.markdown("**Where they disagree**")
    if waiting:
        told = "is" if waiting == 1 else "are"
        st.caption(
            f":material/visibility_off: {waiting} more {told} shown once you have graded them: you "
            "grade blind."
        )
    elif not apart:
        both = row.agreement.confusion.n > 0
        st.caption("Nowhere so far." if both else "Nothing was decided by both.")
    shown = min(len(apart), int(st.session_state.get(_MORE, _SHOWN)))
    for example in apart[:shown]:
        _disagreement(archive, example)
        grader.saw(example.label.call_id)
    if shown < len(apart):
        st.button(
            f"Show {min(_SHOWN, len(apart) - shown)} more of {len(apart) - shown}",
            key="trust_show_more",
            on_click=lambda: st.session_state.update({_MORE: shown + _SHOWN}),
        )


def _disagreement(archive: Archive, example: Example) -> None:
    label = example.label
    call = archive.store.get_call(label.call_id)
    place = _place(archive, example)
    turn = label.turn if label.turn is not None else place.turn if place is not None else None
    # Who has not told a name yet would be asked for it there.
    query = {"call": label.call_id, "tab": "grades" if grader.name() else "checks"}
    query |= {} if turn is None else {"turn": str(turn)}
    when = ""
    if place is not None and place.at is not None:
        query["t"] = f"{told(place.at):.1f}"
        when = f" at {clock(place.at)}"
    where = "" if turn is None else f", turn {turn}{when}"
    said = "met, the judge says failed" if label.met else "failed, the judge says met"
    title = call.scenario or call.agent_name or "Call"
    st.page_link(
        pages.INSPECT,
        label=f"{plain(title)}{where}, {ago(call.created_at)}: people say {said}",
        icon=":material/troubleshoot:",
        query_params=query,
        help=plain("; ".join(grade.note for grade in label.grades if grade.note)) or None,
        width="content",
    )


def _place(archive: Archive, example: Example) -> Evidence | None:
    """What the judge cited; None if nothing, or if it said so in a grading that is gone."""
    label, judged = example.label, example.judged
    results = archive.view(label.call_id).checks
    for grading in archive.store.gradings_of(label.call_id):
        if grading.id == judged.grading:
            results = grading.results
    for check in results:
        if check.name != label.check or judged_as(check, label.turn, judged.grading) != judged:
            continue
        said = [one for one in check.judgements if label.turn in (None, one.turn)]
        return next((one.evidence for one in said if one.evidence is not None), check.evidence)
    return None


def _export(archive: Archive) -> None:
    with st.popover("Export", icon=":material/download:", key="trust_export", width="content"):
        hide = st.checkbox(
            "Hide personal data",
            value=True,
            key="trust_hide",
            help="Names of graders and callers, numbers of four digits or more, e-mail and street "
            "addresses. Keys and tokens are taken out always.",
        )
        names = st.text_input(
            "Names to hide",
            placeholder="Maya Osei, Northgate",
            key="trust_names",
            disabled=not hide,
            help="With commas between.",
        )
        options = ReportOptions(redact=hidden_by(names), personal=hide)
        st.download_button(
            "Labelled examples :gray[.jsonl]",
            data=functools.partial(examples_of, archive, options),
            file_name="labelled.jsonl",
            mime="application/jsonl",
            on_click="ignore",
            key="trust_download",
            help="One JSON object a line: criterion, transcript, what people say, what judges say.",
            width="stretch",
        )


def examples_of(archive: Archive, options: ReportOptions) -> bytes:
    """The file that is downloaded."""
    out = io.BytesIO()
    write_examples(archive, out, options)
    return out.getvalue()
