"""The form side of the scenario editor: each field changes one place of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from harness.caller.speech import VOICES, stack_names
from harness.console.scenarios import checks, people, person, preview, script
from harness.console.scenarios.fields import Fields
from harness.console.scenarios.kept import kept, kept_of_file
from harness.console.scenarios.work import Work
from harness.nouns import speeds_of

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
            checks.draw(fields)
        elif part == "caller":
            _caller(fields)
        elif part == "about":
            _about(fields)
        elif simulated:
            person.draw(fields)
        else:
            script.draw(fields)


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
        ("ringback", "budget_s"), "Budget of a reply, s", 2.0, 0.1,
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
    kept(fields, (), "scenario")
    kept_of_file(fields)


def _caller(fields: Fields) -> None:
    fields.text((*_CALLER, "name"), "Name")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        fields.choice(
            (*_CALLER, "persona"), "Persona", "", fields.personas(),
            help="Its voice, pace and habits; what is set here goes before them.",
        )  # fmt: skip
        if st.button("Hear them all", icon=":material/groups:", key="people"):
            people.show(lambda name: _be(fields, name))
        shown = fields.work.shown
        if shown and preview.can_be_heard(shown.caller):
            st.button(
                "Hear this caller",
                icon=":material/volume_up:",
                key="hear_caller",
                on_click=lambda: setattr(fields.work, "playing", preview.CALLER),
            )
    if shown and fields.work.playing == preview.CALLER:
        preview.hear((preview.first_line(shown),), shown.caller)
    fields.choice(
        (*_CALLER, "by"), "Speaks by", "voice", {"voice": "Voice", "text": "Text, no sound"}
    )
    left, right = st.columns(2)
    with left:
        fields.choice((*_CALLER, "stack"), "Speech stack", "offline", _titled(stack_names()))
        stack = fields.value(*_CALLER, "stack") or "offline"
        slowest, fastest = speeds_of(stack, str(fields.value(*_CALLER, "voice")))
        fields.number(
            (*_CALLER, "speed"), "Speed", 1.0, 0.05,
            f"1.0 is natural; this voice speaks at {slowest:g} to {fastest:g}.",
            within=(slowest, fastest),
        )  # fmt: skip
        fields.number(
            (*_CALLER, "patience_s"), "Patience, s", 0.5, 0.1,
            "How long it waits after the agent has stopped before it speaks.",
        )  # fmt: skip
    with right:
        if fields.value(*_CALLER, "stack") in (None, "offline"):
            fields.choice((*_CALLER, "voice"), "Voice", "heart", _titled(VOICES))
        else:
            fields.text((*_CALLER, "voice"), "Voice", "The stack's own name of it.")
        fields.number((*_CALLER, "volume_db"), "Louder or softer, dB", 0.0, 1.0)
        fields.number(
            (*_CALLER, "answer_timeout_s"), "Waits for an answer, s", 6.0, 0.5,
            "Then it asks again.",
        )  # fmt: skip
    fields.text((*_CALLER, "language"), "Language", "A code: en, de, pt-BR.", placeholder="en")
    fields.choice(
        (*_CALLER, "asks_again"), "When nobody answers", True,
        {True: "It asks again", False: "It keeps waiting in silence"},
    )  # fmt: skip
    fields.whole((*_CALLER, "seed"), "Seed", 0, "The same seed gives the same sound and habits.")


def _be(fields: Fields, persona: str) -> None:
    """Make the caller a person of the library."""
    where = (*fields.work.root, *_CALLER, "persona")
    fields.attempt(lambda draft: draft.set(where, persona), redraw=True)


def _titled(names: Sequence[str]) -> dict[Any, str]:
    return {name: name.capitalize() for name in names}
