"""The Scenarios page's list, and the card of one scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from harness.console import busy
from harness.console._errors import show_error
from harness.console._text import plain
from harness.console.call import setup
from harness.console.components import Row, room, row_list
from harness.console.scenarios import people, preview
from harness.console.scenarios.work import own_files
from harness.errors import RingbackError
from harness.grade import implied_by
from harness.nouns import CheckResult, CheckVerdict, Scenario
from harness.scenarios import Library, delete_file, is_own
from harness.settings import get_settings

__all__ = ["card", "delete", "head", "notices", "problems", "select", "table", "try_to", "undo"]

_DELETED = "scenarios_deleted"
_TROUBLE = "scenarios_trouble"
_PLAYING = "scenarios_playing"
_ROW_PX = 40
_WHOSE = {"all": "All", "mine": "Yours", "built_in": "Built in"}


def head(scenarios: Sequence[Scenario], make: Callable[[str], None], kinds: Sequence[str]) -> None:
    """How many there are, and what makes more.

    Args:
        scenarios: All of them.
        make: Called with the kind of a new one.
        kinds: Which kinds can be made here: script, simulation.
    """
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        many = len(scenarios)
        st.caption(f"{many} scenario{'' if many == 1 else 's'}", width="stretch")
        if st.button(
            "Personas",
            icon=":material/groups:",
            type="tertiary",
            key="people",
            help="Hear the kinds of caller there are.",
        ):
            people.show()
        st.button(
            "Write from a text",
            icon=":material/auto_awesome:",
            on_click=make,
            args=("text",),
            key="new_text",
            help="A language model drafts scenarios from a wish, a procedure or a prompt.",
        )
        if "simulation" in kinds:
            st.button(
                "New simulated person",
                icon=":material/person_add:",
                on_click=make,
                args=("simulation",),
                key="new_simulation",
                help="A person with a goal instead of a script.",
            )
        st.button(
            "New script",
            icon=":material/add:",
            type="primary",
            on_click=make,
            args=("script",),
            key="new_script",
        )


def select(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Tags, whose they are and search, and what they leave."""
    tags = list(dict.fromkeys(tag for s in scenarios for tag in s.tags))
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        whose = st.segmented_control(
            "Whose",
            list(_WHOSE),
            default="all",
            required=True,
            format_func=lambda name: _WHOSE[name],
            label_visibility="collapsed",
            key="whose",
            bind="query-params",
        )
        text = st.text_input(
            "Search",
            placeholder="Title, line, check or tag",
            label_visibility="collapsed",
            icon=":material/search:",
            width=240,
            key="find",
            bind="query-params",
        )
        wanted = st.multiselect(
            "Tags",
            tags,
            placeholder="All tags",
            label_visibility="collapsed",
            width="stretch",
            key="tags",
        )
    settings = get_settings()
    return [
        scenario
        for scenario in scenarios
        if set(wanted) <= set(scenario.tags)
        and (whose == "all" or is_own(scenario.path, settings) == (whose == "mine"))
        and _matches(scenario, text or "")
    ]


def _matches(scenario: Scenario, text: str) -> bool:
    words = text.casefold().split()
    about = [scenario.title, scenario.name, scenario.description, *scenario.tags]
    about += [step.say or "" for step in scenario.steps]
    about += [check.name for check in scenario.checks]
    whole = " ".join(about).casefold()
    return all(word in whole for word in words)


def table(scenarios: Sequence[Scenario], chosen: str) -> str:
    """The scenarios as a table; gives the name of the selected one, nothing of none."""
    if not scenarios:
        st.caption("No scenario matches. Take away a filter or a word.")
        return ""
    settings = get_settings()
    common = Counter(tag for s in scenarios for tag in s.tags)
    rows = pd.DataFrame(
        {
            "Scenario": [s.title for s in scenarios],
            "Caller": [_who(s) for s in scenarios],
            "Checks": [len(_checks(s)) for s in scenarios],
            "Tags": [sorted(s.tags, key=lambda tag: common[tag]) for s in scenarios],
            "From": ["Yours" if is_own(s.path, settings) else "Built in" for s in scenarios],
        }
    )
    first = next((i for i, s in enumerate(scenarios) if s.name == chosen), 0)
    names = ",".join(s.name for s in scenarios)
    picked = st.dataframe(
        rows,
        hide_index=True,
        row_height=_ROW_PX,
        height=min(_ROW_PX * (len(scenarios) + 1), room(taken=210, least=360)),
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [first]}},
        column_config={
            "Scenario": st.column_config.TextColumn(width=250),
            "Caller": st.column_config.TextColumn(width=92),
            "Checks": st.column_config.NumberColumn(width=56),
            "Tags": st.column_config.ListColumn(width=226, help="The rarest first"),
            "From": st.column_config.TextColumn(width=66),
        },
        key=f"scenarios_{hash(names)}",
        alt="Scenarios",
    ).selection.rows
    at = picked[0] if picked and picked[0] < len(scenarios) else first
    return scenarios[at].name


def _who(scenario: Scenario) -> str:
    if scenario.simulation is not None:
        return "Simulated"
    many = sum(step.say is not None or step.dtmf is not None for step in scenario.steps)
    return f"{many} line{'' if many == 1 else 's'}"


def _checks(scenario: Scenario) -> list[str]:
    """Names of its checks, one an idea, as a call of it lists them."""
    open_ones = [CheckResult(one.name, one.rule, CheckVerdict.PENDING) for one in scenario.checks]
    implied = implied_by(scenario, open_ones)
    return [one.name for one in scenario.checks if one.name not in implied]


def problems(shelf: Library, edit: Callable[[str], None]) -> None:
    """Files that cannot be used, with a way to mend those of this person."""
    own = {path: name for name, path in own_files().items()}
    for path, problem in shelf.problems:
        show_error(problem)
        if path in own:
            st.button(
                f"Mend {path.name}",
                icon=":material/edit:",
                key=f"mend_{own[path]}",
                on_click=edit,
                args=(own[path],),
            )


def card(
    scenario: Scenario,
    call: Callable[[Scenario], None],
    set_up: Callable[[Scenario], None],
    edit: Callable[[Scenario], None],
    copy: Callable[[Scenario], None],
    delete: Callable[[Scenario], None],
) -> None:
    """One scenario: what it is for, what can be done with it, what the caller says."""
    own = is_own(scenario.path, get_settings())
    with st.container(border=True, gap="small", height=room(taken=106, least=420)):
        st.markdown(f"**{plain(scenario.title)}**")
        if scenario.description:
            st.markdown(f":gray[{plain(scenario.description)}]")
        _facts(scenario)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.button(
                "Call",
                icon=":material/call:",
                type="primary",
                key="call",
                on_click=call,
                args=(scenario,),
                help=f"Calls {plain(setup.current().told) or 'an agent'} at once.",
            )
            st.button(
                "Set up",
                icon=":material/tune:",
                key="set_up",
                on_click=set_up,
                args=(scenario,),
                help="Choose the agent, the caller and how many calls, then call.",
            )
            st.button(
                "Edit" if own else "Edit a copy",
                icon=":material/edit:",
                key="edit",
                on_click=edit,
                args=(scenario,),
                help=None if own else "Built-in scenarios stay as they are.",
            )
            if own:
                st.button(
                    "Duplicate",
                    icon=":material/content_copy:",
                    key="duplicate",
                    on_click=copy,
                    args=(scenario,),
                )
                st.button(
                    "Delete",
                    icon=":material/delete:",
                    key="delete",
                    on_click=delete,
                    args=(scenario,),
                )
            st.download_button(
                "YAML",
                icon=":material/download:",
                data=lambda: Path(scenario.path).read_bytes(),
                file_name=Path(scenario.path).name,
                mime="application/yaml",
                on_click="ignore",
                key="yaml",
            )
            busy.badge()
        with st.container(gap="xsmall"):
            st.space("xsmall")
            if scenario.simulation is None:
                st.markdown("**What the caller says**")
                playing = st.session_state.get(_PLAYING)
                now = playing[1] if playing and playing[0] == scenario.name else None
                preview.lines(scenario, now, lambda i: _play(scenario.name, i), "card")
            else:
                _person(scenario)


def _play(name: str, index: int | None) -> None:
    st.session_state[_PLAYING] = (name, index)


def _person(scenario: Scenario) -> None:
    simulation = scenario.simulation
    assert simulation is not None
    st.markdown("**Who calls**")
    rows = [
        Row("person", "Person", " ".join(simulation.persona.split())),
        Row("flag", "Goal", f"Wants: {simulation.goal}"),
        Row("check_circle", "Success", f"Good when: {simulation.success}"),
        Row(
            "schedule",
            "Limits",
            f"At most {simulation.max_turns} lines, {simulation.max_duration_s:.0f} s",
        ),
    ]
    row_list(rows, "facts", "Who calls", key=f"person_{scenario.name}")


def _facts(scenario: Scenario) -> None:
    caller, checks = scenario.caller, _checks(scenario)
    by = "types" if caller.by == "text" else f"{caller.voice}, speed {caller.speed:.2f}"
    rows = [
        Row("assignment", "Name", scenario.name, below=(Path(scenario.path).name,)),
        Row("record_voice_over", "Caller", caller.name, below=(by,)),
        Row(
            "checklist",
            "Checks",
            f"{len(checks)} check{'' if len(checks) == 1 else 's'} · "
            f"budget {scenario.budget_s:.1f} s a reply",
            below=(*checks[:4], *((f"and {len(checks) - 4} more",) if len(checks) > 4 else ())),
        ),
    ]
    rows += [Row("warning", "Warning", told, "close") for told in scenario.warnings[:3]]
    row_list(rows, "facts", "About it", key=f"facts_{scenario.name}")


def try_to(act: Callable[[], None]) -> None:
    """Act, or have :func:`notices` say why not."""
    try:
        act()
    except RingbackError as error:
        st.session_state[_TROUBLE] = error


def delete(scenario: Scenario) -> None:
    """Delete the file of a scenario, to be taken back by :func:`undo`."""
    path = Path(scenario.path)
    st.query_params.clear()

    def gone() -> None:
        st.session_state[_DELETED] = (path, delete_file(path, get_settings()))

    try_to(gone)


def undo() -> None:
    """Take back what was deleted last."""
    path, text = st.session_state.pop(_DELETED)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def notices() -> None:
    """What was just deleted, with undo, or why it was not."""
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble is not None:
        show_error(trouble)
    gone = st.session_state.get(_DELETED)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":gray[Deleted {plain(gone[0].name)}.]", width="content")
            st.button("Undo", icon=":material/undo:", key="undo", on_click=undo)
