"""The cards of the Call page: a CallView in, Streamlit elements out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import streamlit as st

from harness.agents import SessionDetails
from harness.calls import RULE, CallView, Doubt, PlanStep
from harness.console import charts, judge_view
from harness.console._text import clock, seconds
from harness.console.components import Row, row_list
from harness.console.data_use import size
from harness.console.theme import Palette
from harness.measure import LIMITS
from harness.nouns import CheckResult, CheckVerdict

__all__ = [
    "agent_log",
    "check_rows",
    "checks",
    "connected",
    "facts",
    "health",
    "latency",
    "listed",
    "plan",
    "plan_rows",
    "session",
    "trust_badge",
    "words_from",
]

_VOICES = {"heart": "Heart, higher voice", "deep": "Deep, lower voice"}
_SOURCES = {
    "rtvi": "its words: by RTVI, its own",
    "lk.transcription": "its words: by lk.transcription",
    "stt": "its words: recognised from its voice",
}
_STRIP_ROWS = 6
"""Checks drawn turn by turn, those that need a look first: all of them stand in the list below."""

_WARNINGS = 4
"""How many stand beside the call."""

_NO_DOUBTS: Mapping[str, Doubt] = MappingProxyType({})

_VERDICTS: dict[CheckVerdict, tuple[str, str, str]] = {
    CheckVerdict.MET: ("check_circle", "good", "Met"),
    CheckVerdict.NOT_MET: ("cancel", "bad", "Failed"),
    CheckVerdict.NOT_PROVEN: ("help", "close", "Not proven"),
    CheckVerdict.NOT_RUN: ("do_not_disturb_on", "faint", "Not run"),
    CheckVerdict.PENDING: ("radio_button_unchecked", "faint", "Not yet"),
    CheckVerdict.ERROR: ("error", "close", "Could not be judged"),
}
_ORDER = [
    CheckVerdict.NOT_MET,
    CheckVerdict.ERROR,
    CheckVerdict.NOT_PROVEN,
    CheckVerdict.MET,
    CheckVerdict.PENDING,
    CheckVerdict.NOT_RUN,
]


def facts(view: CallView, key: str, *, hidden: bool = False) -> None:
    """Agent, scenario and caller of a call; of how many checks nothing where some are hidden."""
    body = view.agent_body or {}
    fault = body.get("fault")
    count = len(listed(view.checks, view.implied)[0])
    many = "" if hidden else f"{count or 'No'} check{'' if count == 1 else 's'} · "
    voice = _VOICES.get(view.voice, view.voice)
    by_text = view.caller is not None and view.caller.by == "text"
    row_list(
        [
            Row(
                "smart_toy",
                "Agent",
                view.agent_title,
                below=(
                    view.agent_where,
                    *((f"made to fail: {fault}",) if fault else ()),
                    *words_from(view),
                ),
            ),
            Row(
                "assignment",
                "Scenario",
                view.scenario_title or "No script",
                below=(f"{many}budget {view.budget_s:.1f} s a reply",),
            ),
            Row(
                "keyboard" if by_text else "record_voice_over",
                "Caller",
                "Simulated caller",
                below=("types, sends no sound" if by_text else voice,),
            ),
        ],
        "facts",
        "Set-up",
        key=key,
    )


def words_from(view: CallView) -> tuple[str, ...]:
    """Where the agent's words in the transcript come from; nothing before it spoke."""
    sources = dict.fromkeys(t.agent_text_source for t in view.turns if t.agent_text_source)
    return tuple(_SOURCES.get(source, f"words from {source}") for source in sources)


def session(told: SessionDetails, joined: float | None, key: str) -> None:
    """What the platform told of the session, beside the second the agent joined."""
    rows = []
    if told.cold_start is not None:
        rows.append(Row("", "", "Cold start", right="yes" if told.cold_start else "no"))
    if told.boot_s is not None:
        rows.append(Row("", "", "Booted in", right=seconds(told.boot_s)))
    if joined is not None:
        rows.append(Row("", "", "Joined after", right=seconds(joined)))
    if told.completion:
        rows.append(Row("", "", "Ended", right=told.completion))
    for name, share in (told.cpu or {}).items():
        rows.append(Row("", "", f"CPU {name}", right=f"{share:.2f} cores"))
    for name, taken in (told.memory or {}).items():
        rows.append(Row("", "", f"Memory {name}", right=size(round(taken))))
    st.markdown("**Session**", help="As the platform tells it.")
    row_list(rows, "pairs", "Session", key=key)


def connected(view: CallView, preparing: Sequence[str], key: str) -> None:
    """How far the call has come, with the second each step was reached."""
    reached = view.milestones
    steps = [
        ("Session started", reached.session_started),
        ("Agent joined room", reached.agent_joined),
        ("Agent events on", reached.agent_ready),
        ("First words heard", reached.first_words),
    ]
    over = view.state.is_final
    rows = []
    current = True
    for text, at in steps:
        if at is not None:
            rows.append(Row("check_circle", "Reached", text, "good", right=seconds(at)))
        elif over:
            rows.append(Row("remove", "Not reached", text, "faint", "soft"))
        else:
            mark = "pending" if current else "radio_button_unchecked"
            rows.append(Row(mark, "Not yet", text, "caller" if current else "faint", "soft"))
            current = False
    rows[:0] = [Row("hourglass_empty", "Waited", text, "close", "soft") for text in view.waits]
    if not over and reached.session_started is None:
        rows += [Row("hourglass_empty", "Preparing", text, "soft", "soft") for text in preparing]
    row_list(rows, "steps", "Getting connected", key=key)


def plan_rows(steps: Sequence[PlanStep]) -> list[Row]:
    """The caller's plan: what is done, what is next."""
    looks = {
        "done": ("check", "Done", "soft", "soft"),
        "current": ("arrow_forward", "Now", "caller", "strong"),
        "skipped": ("remove", "Not reached", "faint", "soft"),
        "todo": ("radio_button_unchecked", "To come", "faint", "plain"),
    }
    rows = []
    for step in steps:
        mark, word, tone, weight = looks[step.status]
        now = step.status == "current"
        rows.append(Row(mark, word, step.label, tone, weight, now=now))  # type: ignore[arg-type]
    return rows


def plan(view: CallView, key: str, *, fill: bool = True) -> None:
    """The caller's plan with a count of what is done; `fill` scrolls it inside its card."""
    done = sum(step.status == "done" for step in view.plan)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        person = view.kind == "simulation"
        st.markdown("**What the person does**" if person else "**Caller's plan**", width="content")
        if view.plan and not person:
            st.caption(f"{done} of {len(view.plan)}", width="content")
    if view.plan:
        row_list(plan_rows(view.plan), "plan", "Caller's plan", key=key, fill=fill)
    elif view.kind == "import":
        st.caption("Imported: a conversation from a file, without audio and times.")
    else:
        over = view.state.is_final
        st.caption(
            "There was no script." if over else "No script. Type what the caller should say."
        )


def listed(
    results: Sequence[CheckResult], implied: Mapping[str, str]
) -> tuple[list[CheckResult], dict[str, list[str]]]:
    """One check an idea: what another check says too is left to it.

    Args:
        results: The checks.
        implied: Names of those that another one implies, and its name.

    Returns:
        Those to show, failed ones first, and the names of the others by the check that stands for
        them.
    """
    also: dict[str, list[str]] = {}
    for name, other in implied.items():
        also.setdefault(other, []).append(name)
    shown = [check for check in results if check.name not in implied]
    return sorted(shown, key=lambda check: _ORDER.index(check.verdict)), also


def check_rows(
    results: Sequence[CheckResult],
    implied: Mapping[str, str],
    *,
    audible: bool = False,
    doubts: Mapping[str, Doubt] = _NO_DOUBTS,
) -> list[Row]:
    """Checks with their evidence, failed ones first.

    Args:
        results: The checks.
        implied: Names of those that another one implies, and its name: they stand below it.
        audible: Whether the call can be played: then its quotes lead to their second.
        doubts: By name of the check why its judge is not to be trusted blindly.
    """
    rows = []
    shown_checks, also = listed(results, implied)
    for check in shown_checks:
        mark, tone, word = _VERDICTS[check.verdict]
        evidence = check.evidence
        shown = f"“{evidence.quote}”" if evidence and evidence.quote else check.message
        failed = check.verdict is CheckVerdict.NOT_MET
        waiting = check.verdict is CheckVerdict.PENDING
        doubt = doubts.get(check.name)
        at = clock(evidence.at) if evidence and evidence.at is not None else ""
        below = [shown] if shown and not waiting else []
        if failed and evidence and evidence.quote and check.message:
            below.append(check.message)
        below += judge_view.told(check)
        if not check.required:
            below.append("advisory")
        if check.name in also:
            below.append(f"says too: {', '.join(also[check.name])}")
        rows.append(
            Row(
                mark,
                word,
                check.name,
                tone,  # type: ignore[arg-type]
                "strong" if failed else "soft" if waiting else "plain",
                right=at or ("" if check.verdict is CheckVerdict.MET else word),
                below=tuple(below),
                seek=evidence.at if audible and shown and evidence and not waiting else None,
                chip=doubt.word if doubt else "",
                chip_tip=f"{doubt.sentence} {RULE}" if doubt else "",
            )
        )
    return rows


def checks(
    view: CallView,
    colours: Palette,
    key: str,
    *,
    fill: bool = True,
    chosen: int | None = None,
    on_turn: Callable[[int], None] | None = None,
) -> None:
    """Counts, how each check stood after each turn, and the list with evidence.

    Args:
        view: The call.
        colours: Of the theme.
        key: Stable key of its elements.
        fill: Scroll the list inside the height there is.
        chosen: Number of the turn that one looks at, where a turn can be chosen.
        on_turn: Told the number of a turn that was clicked; None where none can be.
    """
    if not view.checks:
        st.caption("This call has no checks: a scenario brings them.")
        return
    ordered, _ = listed(view.checks, view.implied)
    count = {verdict: 0 for verdict in CheckVerdict}
    for check in ordered:
        count[check.verdict] += 1
    parts = [
        f":{colour}[{count[verdict]} {word}]"
        for verdict, colour, word in (
            (CheckVerdict.MET, "green", "met"),
            (CheckVerdict.NOT_MET, "red", "failed"),
            (CheckVerdict.NOT_PROVEN, "orange", "not proven"),
            (CheckVerdict.ERROR, "orange", "could not be judged"),
            (CheckVerdict.PENDING, "gray", "not yet"),
            (CheckVerdict.NOT_RUN, "gray", "not run"),
        )
        if count[verdict]
    ]
    counts = "\u2002".join(parts)
    st.markdown(f":small[{counts}]")
    drawn = ordered[:_STRIP_ROWS]
    if any(check.by_turn for check in drawn):
        alt = "Met, failed or not yet, by check and turn"
        figure = charts.checks_strip(drawn, colours)
        if on_turn is None:
            strip = f"{key}_strip"
            st.plotly_chart(figure, theme=None, key=strip, config=charts.CONFIG, alt=alt)
        else:
            strip = f"{key}_strip_{view.call_id}_{chosen}"
            st.plotly_chart(
                figure,
                theme=None,
                key=strip,
                config=charts.CONFIG,
                on_select=partial(_turn_clicked, strip, on_turn),
                selection_mode="points",
                alt=f"{alt}; one that is clicked leads to its turn",
            )
    judge_view.summary(view)
    doubts = judge_view.doubts(view.checks) if view.state.is_final else _NO_DOUBTS
    rows = check_rows(view.checks, view.implied, audible=view.has_recording, doubts=doubts)
    row_list(rows, "checks", "Checks", key=f"{key}_list", fill=fill)


def _turn_clicked(key: str, act: Callable[[int], None]) -> None:
    points = st.session_state[key].selection.points
    turn = points[0].get("x") if points else None
    if isinstance(turn, int | float):
        act(int(turn))


def latency(view: CallView, colours: Palette, key: str) -> None:
    """Heard and bot-reported latency by turn."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            "**Latency by turn**",
            width="content",
            help="Heard: from the caller's last sound to the agent's first sound, measured in the "
            "audio the caller hears. Bot-reported: what the agent says its reply time was. It "
            "leaves out silence at the start of its speech, and the network. ±: how far each may "
            "be off, by the calibration of its LiveKit server, or else of this computer.",
        )
        bar = "" if view.error_s is None else f" ±{view.error_s * 1000:.0f} ms"
        st.markdown(
            f":small[:material/commit: heard{bar}\u2003"
            ":gray[:material/radio_button_unchecked:] bot-reported]",
            width="content",
        )
    st.plotly_chart(
        charts.latency_by_turn(view, colours),
        theme=None,
        key=key,
        config=charts.CONFIG,
        alt="Heard and bot-reported latency of each turn, with the budget",
    )


def health(view: CallView, colours: Palette, key: str) -> None:
    """The caller's own health: whether the timings can be trusted; and what else was noticed."""
    most_ms = LIMITS["loop_lag_ms"].over
    badge = trust_badge(view)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            "**Call health**",
            width="content",
            help="Loop lag: how late the caller's own process ran while it measured; over "
            f"{most_ms:.0f} ms the turn is marked and left out. Packet loss: sound that never "
            "arrived and was filled in. Jitter buffer: how long sound is held to even out the "
            "network; it is part of the heard latency.",
        )
        if badge:
            st.markdown(badge, width="content")
    st.plotly_chart(
        charts.health_lines(view.health, colours),
        theme=None,
        key=key,
        config=charts.CONFIG,
        alt="Loop lag, packet loss and jitter buffer over the last minute",
    )
    # An agent may report the same trouble a thousand times, and much of it.
    told = list(dict.fromkeys(view.warnings))
    if told:
        rows = [Row("warning", "Warning", text, "close") for text in told[:_WARNINGS]]
        if len(told) > _WARNINGS:
            more = f"and {len(told) - _WARNINGS} more, see the event log"
            rows.append(Row("more_horiz", "More", more, "faint", "soft"))
        row_list(rows, "steps", "Warnings", key=f"{key}_warnings")


def trust_badge(view: CallView) -> str:
    """Whether this computer kept up while it measured; empty before there is a timing."""
    timed = view.milestones.first_words is not None or any(turn.outcome for turn in view.turns)
    if not view.health or not timed:
        return ""
    if view.spoiled:
        many = f"{view.spoiled} turn{'' if view.spoiled == 1 else 's'} left out"
        return f":orange-badge[:material/warning: {many}]"
    if any(h.loop_lag_ms > LIMITS["loop_lag_ms"].over for h in view.health):
        return ":orange-badge[:material/warning: Ran late]"
    return ":green-badge[:material/check: Timings can be trusted]"


def agent_log(lines: Sequence[str], key: str, *, fill: bool = True) -> None:
    """What the agent's process wrote, newest last; `fill` scrolls it in the height there is."""
    if lines:
        rows = [Row("", "", line) for line in lines]
        row_list(rows, "log", "Agent's log", key=key, fill=fill)
    else:
        st.caption(
            "Nothing yet. An agent that Ringback runs itself has its log here, such as the demo "
            "agent or a bot file, and one whose platform hands it out."
        )
