"""The form side of the scenario editor: each field changes one place of the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from harness.caller.speech import VOICES, stack_names
from harness.console import scenario_checks, scenario_people, scenario_preview, scenario_script
from harness.console.scenario_fields import Fields
from harness.console.scenario_work import Work
from harness.nouns import speeds_of
from harness.scenarios import Draft

__all__ = ["draw"]

_CALLER = ("ringback", "caller")


def draw(work: Work, height: int) -> None:
    """The form of the scenario that is shown, part by part, `height` pixels high."""
    if not work.data:
        st.caption(
            "The text cannot be read, so there is no form of it. Mend the marked line on the right."
        )
        return
    simulated = work.value("persona") is not None
    parts = {
        "script": "Person" if simulated else "Script",
        "checks": f"Checks {len(work.value('ringback', 'checks') or [])}",
        "caller": "Caller",
        "about": "About",
    }
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        part = st.segmented_control(
            "Part",
            list(parts),
            default=work.part or "script",
            required=True,
            format_func=lambda name: parts[name],
            label_visibility="collapsed",
            key=f"scenario_part_{simulated}",
        )
        work.part = part or "script"
        _which(work)
    fields = Fields(work)
    body = st.container(gap="small", height=height, border=False)
    with body:
        if part == "checks":
            scenario_checks.draw(fields)
        elif part == "caller":
            _caller(fields)
        elif part == "about":
            _about(fields)
        elif simulated:
            _person(fields)
        else:
            scenario_script.draw(fields)


def _which(work: Work) -> None:
    """Which scenario of the file is shown, if there are several."""
    if len(work.entries) < 2:
        return
    names = [str(entry.get("name", i)) for i, entry in enumerate(work.entries)]
    chosen = st.selectbox(
        "Scenario in this file",
        range(len(names)),
        index=work.index,
        format_func=lambda i: names[i],
        label_visibility="collapsed",
        width=200,
        key=f"scenario_index_{work.form}",
    )
    if chosen != work.index:
        work.index = chosen
        work.form += 1
        st.rerun()


def _about(fields: Fields) -> None:
    fields.text(("ringback", "title"), "Title", "Shown wherever the scenario is chosen.")
    fields.text(("ringback", "description"), "What it is for", area=True)
    fields.words(("ringback", "tags"), "Tags", "Parted by commas: words to find it by.")
    fields.number(
        ("ringback", "budget_s"), "Budget of a reply, s", 2.0, 0.1, 60.0, 0.1,
        "For colours and the chart. A check of its own decides.",
    )  # fmt: skip
    fields.choice(
        ("stop_on_failure",), "After a failed step", True,
        {True: "The script ends", False: "The caller goes on"},
    )  # fmt: skip
    work = fields.work

    def rename() -> None:
        work.name = str(st.session_state[f"file_name_{work.form}"]).strip()

    st.text_input(
        "File name",
        work.name,
        key=f"file_name_{work.form}",
        on_change=rename,
        help="In the folder scenarios of your data folder. Letters, digits, _ and -; folders are "
        "parted by /.",
    )
    if work.entries:
        fields.text(("name",), "Name in the file", "With the file's own name: its full name.")


def _caller(fields: Fields) -> None:
    fields.text((*_CALLER, "name"), "Name")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        fields.choice(
            (*_CALLER, "persona"), "Persona", "", fields.personas(),
            help="Its voice, pace and habits; what is set here goes before them.",
        )  # fmt: skip
        if st.button("Hear them all", icon=":material/groups:", key="people"):
            scenario_people.show(lambda name: _be(fields, name))
        shown = fields.work.shown
        if shown and scenario_preview.can_be_heard(shown.caller):
            st.button(
                "Hear this caller",
                icon=":material/volume_up:",
                key="hear_caller",
                on_click=lambda: setattr(fields.work, "playing", scenario_preview.CALLER),
            )
    if shown and fields.work.playing == scenario_preview.CALLER:
        scenario_preview.hear((scenario_preview.first_line(shown),), shown.caller)
    fields.choice(
        (*_CALLER, "by"), "Speaks by", "voice", {"voice": "Voice", "text": "Text, no sound"}
    )
    left, right = st.columns(2)
    with left:
        fields.choice((*_CALLER, "stack"), "Speech stack", "offline", _titled(stack_names()))
        stack = fields.value(*_CALLER, "stack") or "offline"
        slowest, fastest = speeds_of(stack, str(fields.value(*_CALLER, "voice")))
        fields.number(
            (*_CALLER, "speed"), "Speed", 1.0, slowest, fastest, 0.05,
            f"1.0 is natural; this voice speaks at {slowest:g} to {fastest:g}.",
        )  # fmt: skip
        fields.number(
            (*_CALLER, "patience_s"), "Patience, s", 0.5, 0.1, 5.0, 0.1,
            "How long it waits after the agent has stopped before it speaks.",
        )  # fmt: skip
    with right:
        if fields.value(*_CALLER, "stack") in (None, "offline"):
            fields.choice((*_CALLER, "voice"), "Voice", "heart", _titled(VOICES))
        else:
            fields.text((*_CALLER, "voice"), "Voice", "The stack's own name of it.")
        fields.number((*_CALLER, "volume_db"), "Louder or softer, dB", 0.0, -30.0, 12.0, 1.0)
        fields.number(
            (*_CALLER, "answer_timeout_s"), "Waits for an answer, s", 6.0, 1.0, 60.0, 0.5,
            "Then it asks again.",
        )  # fmt: skip
    fields.text((*_CALLER, "language"), "Language", "A code: en, de, pt-BR.", placeholder="en")
    fields.choice(
        (*_CALLER, "asks_again"), "When nobody answers", True,
        {True: "It asks again", False: "It keeps waiting in silence"},
    )  # fmt: skip


def _be(fields: Fields, persona: str) -> None:
    """Make the caller a person of the library."""
    where = (*fields.work.root, *_CALLER, "persona")
    fields.attempt(lambda draft: draft.set(where, persona), redraw=True)


def _titled(names: Sequence[str]) -> dict[Any, str]:
    return {name: name.capitalize() for name in names}


def _person(fields: Fields) -> None:
    fields.text(("persona",), "Who calls", "In words, as for an actor.", area=True)
    fields.text(("goal",), "What they want", area=True)
    fields.text(
        ("success",), "Good when", "What the agent must have done; a judge decides.", area=True
    )
    left, middle, right = st.columns(3)
    with left:
        fields.whole(("max_turns",), "Most lines", 20, 1, 200)
    with middle:
        fields.number(("max_duration_s",), "Longest, s", 300.0, 5.0, 3600.0, 10.0)
    with right:
        fields.number(("max_silence_s",), "Longest silence, s", 30.0, 1.0, 600.0, 5.0)
    _metrics(fields)
    brain = fields.value("ringback", "brain", "kind")
    told = (
        f"Its lines follow {len(fields.value('ringback', 'brain', 'states') or {})} states, "
        "edited in the text under `brain:`."
        if brain == "rules"
        else "A language model plays it: the usual one of Settings, or `brain:` in the text."
    )
    st.caption(told)


def _metrics(fields: Fields) -> None:
    st.markdown("**What every reply must be**", help="Judged reply by reply; a share must hold.")
    metrics = fields.value("metrics") or []
    for index, metric in enumerate(metrics if isinstance(metrics, list) else []):
        if not isinstance(metric, dict) or "criterion" not in metric:
            continue
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            where = ("metrics", index)
            fields.text((*where, "name"), "Name", width=130)
            fields.text((*where, "criterion"), "Each reply …")
            fields.number((*where, "min_score"), "Share", 1.0, 0.0, 1.0, 0.05, width=96)
            fields.button("delete", "Take away", where, _drop(where))
    fields.button(
        "add", "Add one", ("metrics",),
        lambda draft, root: draft.add(
            (*root, "metrics"),
            {"name": f"quality_{len(metrics) + 1}", "criterion": "the agent is polite",
             "min_score": 1.0},
        ),
        words=True,
    )  # fmt: skip


def _drop(where: tuple[str | int, ...]) -> Callable[[Draft, tuple[str | int, ...]], Draft]:
    return lambda draft, root: draft.remove((*root, *where))
