"""The simulated person in the scenario form: who calls, what for, and when it is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.console.scenarios import function_calls
from harness.console.scenarios.fields import Fields, Place
from harness.console.scenarios.kept import kept
from harness.scenarios import Draft

__all__ = ["draw", "with_endpoint", "with_measure", "with_rules"]

_BRAIN = ("ringback", "brain")
_MEASURES = {
    "turns": "Lines of the caller",
    "duration": "Length of the call, s",
    "words": "Words of a reply",
    "latency": "Time to a reply, s",
    "function_calls": "Functions it calls",
}
_RULES: dict[str, Any] = {
    "kind": "rules",
    "start": "ask",
    "states": {
        "ask": {
            "say": "Hello, I have a question.",
            "otherwise": {"say": "Thank you, goodbye.", "end": True},
        }
    },
}
"""Rules to start from: a question, and goodbye after whatever is answered."""


def draw(fields: Fields) -> None:
    """The person, what is measured of the agent, and what plays it."""
    fields.text(("persona",), "Who calls", "In words, as for an actor.", area=True)
    fields.text(("goal",), "What they want", area=True)
    fields.text(
        ("success",), "Good when", "What the agent must have done; a judge decides.", area=True
    )
    left, middle, right, last = st.columns(4)
    with left:
        fields.whole(("max_turns",), "Most lines", 20)
    with middle:
        fields.number(("max_duration_s",), "Longest, s", 300.0, 10.0)
    with right:
        fields.number(("max_silence_s",), "Longest silence, s", 30.0, 5.0)
    with last:
        fields.whole(("runs",), "Calls", 1, "How often it is called; every call must pass.")
    _metrics(fields)
    _brain(fields)


def _metrics(fields: Fields) -> None:
    st.markdown("**What every reply must be**", help="Judged reply by reply; a share must hold.")
    found = fields.value("metrics")
    metrics = found if isinstance(found, list) else []
    measured = []
    for index, metric in enumerate(metrics):
        if isinstance(metric, dict) and "criterion" in metric:
            _judged(fields, ("metrics", index))
        elif isinstance(metric, dict):
            measured.append((index, metric))
    taken = [str(metric.get("name")) for metric in metrics if isinstance(metric, dict)]
    _add(fields, "Add one", {
        "name": _free("quality", taken), "criterion": "the agent is polite", "min_score": 1.0,
    })  # fmt: skip
    st.markdown("**What the whole call must keep to**", help="Counted, without any judge.")
    for index, metric in measured:
        _measured(fields, ("metrics", index), metric)
    _add(fields, "Add a measure", {
        "name": _free("length", taken), "measure": "turns", "max_value": 10,
    })  # fmt: skip


def _judged(fields: Fields, where: Place) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        fields.text((*where, "name"), "Name", width=130)
        fields.text((*where, "criterion"), "Each reply …")
        fields.number(
            (*where, "min_score"), "Share", None, 0.05,
            "How much of them; without it the share is only shown.", width=96,
        )  # fmt: skip
        fields.button("delete", "Take away", where, _drop(where))
    kept(fields, where, "metric")


def _measured(fields: Fields, where: Place, metric: dict[str, Any]) -> None:
    key = fields.key((*where, "measure"))
    measure = str(metric.get("measure"))

    def taken(draft: Draft) -> Draft:
        return with_measure(draft, (*fields.work.root, *where), st.session_state[key])

    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        fields.text((*where, "name"), "Name", placeholder=measure, width=130)
        known = list(_MEASURES) if measure in _MEASURES else [measure, *_MEASURES]
        st.selectbox(
            "What is measured",
            known,
            index=known.index(measure),
            format_func=lambda one: _MEASURES.get(one, one),
            key=key,
            disabled=fields.elsewhere(where),
            on_change=lambda: fields.attempt(taken, redraw=True),
        )
        if measure != "function_calls":
            fields.number((*where, "min_value"), "At least", None, 0.5, width=110)
            fields.number((*where, "max_value"), "At most", None, 0.5, width=110)
        fields.button("delete", "Take away", where, _drop(where))
    if measure == "function_calls":
        calls = metric.get("calls")
        st.caption("These and no others; none at all without one.")
        function_calls.rows(fields, (*where, "calls"), calls if isinstance(calls, list) else [])
    fields.wrong(where)
    kept(fields, where, "metric")


def with_measure(draft: Draft, where: Place, measure: str) -> Draft:
    """A draft in which a metric measures something else, with the bounds that go with it."""
    draft = draft.set((*where, "measure"), measure)
    if measure == "function_calls":
        for bound in ("min_value", "max_value"):
            draft = draft.remove((*where, bound))
        return (
            draft if draft.get((*where, "calls")) is not None else draft.set((*where, "calls"), [])
        )
    draft = draft.remove((*where, "calls"))
    bounds = [draft.get((*where, bound)) for bound in ("min_value", "max_value")]
    return draft if bounds != [None, None] else draft.set((*where, "max_value"), 10)


def _brain(fields: Fields) -> None:
    st.markdown("**What plays the person**")
    brain = fields.value(*_BRAIN)
    if isinstance(brain, dict) and brain.get("kind") == "rules":
        st.caption("Rules, without a language model: the same lines in every call.")
        left, middle, right = st.columns([1, 1, 2], vertical_alignment="bottom")
        with left:
            fields.text((*_BRAIN, "start"), "Begins in the state")
        with middle:
            fields.whole((*_BRAIN, "seed"), "Seed", 0, "Chooses between texts.")
        with right:
            fields.json((*_BRAIN, "slots"), "What stands for {name}", '{"name": "Maria"}')
        kept(fields, _BRAIN, "brain")
        return
    place = (*_BRAIN, "endpoint")
    key = fields.key(place)

    def taken(draft: Draft) -> Draft:
        return with_endpoint(draft, fields.work.root, str(st.session_state[key]).strip())

    st.text_input(
        "Language model",
        str(fields.value(*place) or ""),
        key=key,
        help="Its name in Settings.",
        placeholder="The usual one",
        disabled=fields.elsewhere(place),
        on_change=lambda: fields.attempt(taken),
    )
    fields.wrong(place)
    fields.button("rule", "Play it by rules", _BRAIN, with_rules, words=True)
    kept(fields, _BRAIN, "brain")


def with_endpoint(draft: Draft, root: Place, name: str) -> Draft:
    """A draft in which a language model plays the person; an empty name means the usual one."""
    where = (*root, *_BRAIN)
    if not name:
        return draft.remove(where)
    return draft.set((*where, "kind"), "openai").set((*where, "endpoint"), name)


def with_rules(draft: Draft, root: Place) -> Draft:
    """A draft in which rules to start from play the person."""
    return draft.set((*root, *_BRAIN), _RULES)


def _add(fields: Fields, label: str, metric: dict[str, Any]) -> None:
    fields.button(
        "add", label, ("metrics",),
        lambda draft, root: draft.add((*root, "metrics"), metric), words=True,
    )  # fmt: skip


def _free(name: str, taken: list[str]) -> str:
    count = 1
    while f"{name}_{count}" in taken:
        count += 1
    return f"{name}_{count}"


def _drop(where: Place) -> Callable[[Draft, Place], Draft]:
    return lambda draft, root: draft.remove((*root, *where))
