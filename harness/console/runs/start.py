"""The dialog that starts a run: a suite, or agents x scenarios x callers."""

from __future__ import annotations

import os
from collections.abc import Callable

import streamlit as st

from harness.agents.choosing import agent_of
from harness.agents.library import AgentLibrary
from harness.calls import expected_of
from harness.console._errors import show_error
from harness.console._service import busy_sentence, service
from harness.console._text import plain
from harness.console.call.setup import DEMO
from harness.console.runs import more as run_more
from harness.console.runs.words import minutes, size_of
from harness.errors import RingbackError
from harness.nouns import Agent, CallerVariant, RunPlan, Suite
from harness.scenarios import (
    AS_WRITTEN,
    library,
    personas,
    plan_of,
    read_suites,
    scenario_plan,
)
from harness.settings import get_settings

__all__ = ["button", "dialog"]

_VOICES = {"heart": "Heart, higher voice", "deep": "Deep, lower voice"}
_WAYS = {"suite": "A suite", "choice": "My choice"}
_MOST_AT_ONCE = 32
_TYPED = (
    "A saved agent; or type the address of a runner (http://localhost:7860) or of a room "
    "(wss://...), or the path of an agent's file. The token of a room is taken from "
    "RINGBACK_ROOM_TOKEN."
)


def button(*, primary: bool = True) -> None:
    """What opens the dialog."""
    kind = "primary" if primary else "secondary"
    if st.button("Start a run", type=kind, icon=":material/playlist_play:", key="start_run"):  # type: ignore[arg-type]
        dialog()


@st.dialog("Start a run", width="large")
def dialog() -> None:
    """Shows the size of what was chosen before anything is called."""
    shelf = read_suites()
    by = st.segmented_control(
        "What is called",
        ["suite", "choice"],
        default="suite" if shelf.suites else "choice",
        required=True,
        format_func=lambda name: _WAYS[name],
        label_visibility="collapsed",
        key="start_by",
    )
    make = _suite(shelf.suites) if by == "suite" else _choice()
    if by == "suite" and shelf.problems:
        names = ", ".join(path.name for path, _ in shelf.problems)
        st.caption(f":material/warning: Not usable: {plain(names)}. `ringback suites` says why.")
    repeat, at_once, label = _how_often()
    more = run_more.ask(written=by == "suite")
    if sentence := busy_sentence():
        st.warning(sentence, icon=":material/speed:")
    if make is None:
        st.caption("Choose at least one agent and one scenario.")
        return
    try:
        plan = make(repeat, at_once, more).model_copy(update={"label": label})
        _offer(more.put_into(plan))
    except RingbackError as error:
        show_error(error)


_Make = Callable[[int | None, int | None, run_more.More], RunPlan]


def _suite(suites: tuple[Suite, ...]) -> _Make | None:
    by = {suite.name: suite for suite in suites}
    name = st.selectbox(
        "Suite",
        list(by),
        index=list(by).index("smoke") if "smoke" in by else 0,
        format_func=lambda name: f"{by[name].title or name} ({name})",
        key="start_suite",
    )
    if name is None:
        return None
    suite = by[name]
    for note in suite.notes:
        st.caption(plain(note))
    agents = _agents()
    other = st.selectbox(
        "Agent",
        list(agents),
        index=None,
        format_func=lambda name: agents.get(name, name),
        placeholder="As the suite says",
        accept_new_options=True,
        key="start_agent",
        help=f"In place of the suite's own. {_TYPED}",
    )

    def make(repeat: int | None, at_once: int | None, more: run_more.More) -> RunPlan:
        return plan_of(
            suite if more.order is None else suite.model_copy(update={"order": more.order}),
            _agent,
            agent=(other or "").strip(),
            repeat=repeat,
            concurrency=at_once,
            seed=more.seed,
        )

    return make


def _agents() -> dict[str, str]:
    """The agents that can be chosen, by name, with their titles."""
    saved = AgentLibrary(get_settings()).all()
    return {DEMO: "Clinic front desk (demo)"} | {
        name: agent.title or name for name, agent in saved.items()
    }


def _choice() -> _Make | None:
    agents = _agents()
    scenarios = {each.name: each for each in library()}
    people = personas()
    callers = {AS_WRITTEN: "As the scenario says", **_VOICES}
    callers |= {f"persona:{name}": person.title or name for name, person in people.items()}
    chosen_agents = st.multiselect(
        "Agents",
        list(agents),
        default=[DEMO],
        format_func=lambda name: agents.get(name, name),
        accept_new_options=True,
        key="start_agents",
        help=_TYPED,
    )
    chosen = st.multiselect(
        "Scenarios",
        list(scenarios),
        format_func=lambda name: scenarios[name].title,
        key="start_scenarios",
    )
    by = st.multiselect(
        "Callers",
        list(callers),
        default=[AS_WRITTEN],
        format_func=lambda name: callers[name],
        key="start_callers",
        help="Each calls every agent with every scenario.",
    )
    if not chosen_agents or not chosen or not by:
        return None

    def make(repeat: int | None, at_once: int | None, more: run_more.More) -> RunPlan:
        return scenario_plan(
            [_agent(name.strip()) for name in chosen_agents],
            [scenarios[name] for name in chosen],
            [_variant(name) for name in by],
            repeat,
            concurrency=at_once,
            order=more.order or "interleaved",
            seed=more.seed or 0,
        )

    return make


def _variant(name: str) -> CallerVariant:
    if name in _VOICES:
        return CallerVariant(name=name, voice=name)
    kind, colon, persona = name.partition(":")
    return CallerVariant(name=persona, persona=persona) if colon else CallerVariant(name=kind)


def _agent(text: str) -> Agent:
    """The agent that stands in a suite or was typed, as the command line takes it."""
    return agent_of(text, get_settings())


def _slots() -> int:
    """How many calls this computer carries at once."""
    return get_settings().concurrency or max(1, (os.cpu_count() or 2) - 1)


def _how_often() -> tuple[int | None, int | None, str]:
    slots = _slots()
    repeats, at_once, label = st.columns([1, 1, 2])
    with repeats:
        repeat = st.number_input(
            "Repeats",
            1,
            100,
            None,
            placeholder="As written",
            key="start_repeats",
            help="Calls of each combination. Left empty: what the suite or scenario says.",
        )
    with at_once:
        together = st.number_input(
            "At once",
            1,
            _MOST_AT_ONCE,
            None,
            placeholder=f"As many as fit: {slots}",
            key="start_at_once",
            help=f"This computer carries {slots} without spoiling latencies; RINGBACK_CONCURRENCY "
            "raises that.",
        )
    with label:
        told = st.text_input(
            "Label",
            placeholder="prompt v12",
            max_chars=80,
            key="start_label",
            help="What is new in the agent. It stands beside the run and on the axis of its "
            "trends.",
        )
    if together is not None and together > slots:
        st.caption(f"This computer carries {slots} at once: the others wait.")
    return (
        None if repeat is None else int(repeat),
        None if together is None else int(together),
        told.strip(),
    )


def _offer(plan: RunPlan) -> None:
    size = expected_of(service().archive, plan, _slots())
    many = f"{size.calls} call{'' if size.calls == 1 else 's'}"
    told = f"{plain(size_of(plan))}: **{many}**" if len(plan.items) > 1 else f"**{many}**"
    if size.took_s is not None:
        told += f", about **{minutes(size.took_s)}**"
    st.markdown(told)
    if size.took_s is None:
        st.caption("None of the scenarios was called here before, so how long it takes is unknown.")
    elif size.unknown:
        are = "scenario was" if size.unknown == 1 else "scenarios were"
        st.caption(f"{size.unknown} {are} never called here: the usual length is taken.")
    if st.button(f"Place {many}", type="primary", icon=":material/call:", key="start_now"):
        run = service().start_run(plan)
        st.query_params.from_dict({"run": run.id})
        st.rerun()
