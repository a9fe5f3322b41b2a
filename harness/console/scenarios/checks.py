"""The checks in the scenario form: the fields of each rule are those of its model."""

from __future__ import annotations

import datetime as dt
import types
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from harness.console.scenarios.fields import Fields, Place
from harness.scenarios import RULES

__all__ = ["draw"]

_TITLES = {
    "agent_said": "The agent says something",
    "agent_never_said": "The agent never says something",
    "function_called": "It calls a function",
    "latency": "Replies come in time",
    "no_missed_turn": "No line goes unanswered",
    "said_goodbye": "It says goodbye",
    "ended_by": "Who hangs up",
    "criterion": "A judge decides",
    "says_number": "It says a number",
    "says_date": "It says a day",
    "in_order": "Things happen in order",
    "policy": "Phrases it must or must not say",
}
_FIRST: dict[str, dict[str, Any]] = {
    "agent_said": {"text": "words"},
    "agent_never_said": {"text": "words"},
    "function_called": {"function": "name"},
    "latency": {"within_s": 2.0},
    "ended_by": {"who": "caller"},
    "criterion": {"text": "The agent is polite."},
    "says_number": {"value": 1},
    "says_date": {"date": "2026-11-27"},
    "in_order": {"steps": [{"said": "one"}, {"said": "two"}]},
    "policy": {"always": ["words"]},
}
"""What a new check of a rule holds, so that it can be used at once."""
_LABELS = {
    "text": "Words",
    "whole_words": "Whole words only",
    "pattern": "Or a pattern",
    "turn": "Only the reply to line",
    "function": "Function",
    "arguments": "Its arguments, at least",
    "of": "Which reply",
    "within_s": "Within, s",
    "who": "Who",
    "scope": "Asked of",
    "vetoes": "Fails with these checks, one a line",
    "value": "Just this number",
    "min": "At least",
    "max": "At most",
    "unit": "Followed by the word",
    "date": "Day, as 2026-11-27",
    "steps": "In this order",
    "always": "Must say, one a line",
    "never": "Must never say, one a line",
}
_CHOICES = {
    "worst": "The slowest",
    "median": "The middle one",
    "caller": "The caller",
    "agent": "The agent",
    "call": "The whole call",
    "turn": "Each reply",
}
_COMMON = ("name", "rule", "required", "weight")


def draw(fields: Fields) -> None:
    """The checks one below the other, and a way to add one."""
    checks = fields.value("ringback", "checks")
    checks = checks if isinstance(checks, list) else []
    for index, check in enumerate(checks):
        if isinstance(check, dict):
            _check(fields, index, check)
    if not checks:
        st.caption(
            "No check of its own. What the script expects is checked anyway: that the agent "
            "greets, and that every line gets a reply."
        )
    key = fields.key(("checks", "rule"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        rule = st.selectbox(
            "Add a check",
            list(RULES),
            format_func=lambda name: _TITLES.get(name, name),
            key=key,
            width=280,
        )
        names = [str(check.get("name")) for check in checks if isinstance(check, dict)]
        new = {"name": _free(_TITLES.get(rule, rule), names), "rule": rule, **_FIRST.get(rule, {})}
        fields.button(
            "add", "Add", ("ringback", "checks"),
            lambda draft, root: draft.add((*root, "ringback", "checks"), new), words=True,
        )  # fmt: skip

    _judge(fields)


def _judge(fields: Fields) -> None:
    """Who decides what is asked in words."""
    with st.expander("Who judges", icon=":material/balance:"):
        fields.words(
            ("ringback", "judge", "endpoints"), "Language models",
            "Their names in Settings, parted by commas; without any, the usual one.",
        )  # fmt: skip
        fields.whole(("ringback", "judge", "repeats"), "How often each is asked", 1)


def _free(name: str, taken: list[str]) -> str:
    count = 1
    wanted = name
    while wanted in taken:
        count += 1
        wanted = f"{name} {count}"
    return wanted


def _check(fields: Fields, index: int, check: dict[str, Any]) -> None:
    where: Place = ("ringback", "checks", index)
    rule = str(check.get("rule", ""))
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            fields.text((*where, "name"), "The wish", placeholder="The wish", quiet=True)
            with st.popover(":material/tune:", type="tertiary", help="More of this check"):
                fields.yes((*where, "required"), "Can fail the call", True)
                fields.number((*where, "weight"), "Weight", 1.0, 0.5)
                fields.button(
                    "delete", "Take it away", where,
                    lambda draft, root: draft.remove((*root, *where)), words=True,
                )  # fmt: skip
        advisory = " · advisory" if check.get("required") is False else ""
        st.caption(f"{_TITLES.get(rule, rule)}{advisory}")
        model = RULES.get(rule)
        if model is not None:
            own = {n: f for n, f in model.model_fields.items() if n not in _COMMON}
            shown = [(n, f) for n, f in own.items()]
            for start in range(0, len(shown), 2):
                columns = st.columns(2, vertical_alignment="bottom")
                for column, (name, field) in zip(columns, shown[start : start + 2], strict=False):
                    with column:
                        _field(fields, (*where, name), name, field)
        fields.wrong((*where, "rule"))
        fields.wrong(where)


def _field(fields: Fields, where: Place, name: str, field: FieldInfo) -> None:
    """A field fit for the type of the model's."""
    label, help = _LABELS.get(name, name), field.description
    kind = _bare(field.annotation)
    usual = None if field.is_required() else field.default
    if get_origin(kind) is Literal:
        choices = {one: _CHOICES.get(one, str(one)) for one in get_args(kind)}
        fields.choice(where, label, usual, choices, help=help)
    elif kind is bool:
        fields.yes(where, label, bool(usual), help)
    elif kind is int:
        fields.whole(where, label, None, help)
    elif kind is float:
        fields.number(where, label, None, 0.5, help)
    elif kind in (str, dt.date):
        fields.text(where, label, help)
    elif get_origin(kind) is tuple and get_args(kind)[0] is str:
        fields.lines(where, label, help)
    else:
        fields.json(where, label, '{"doctor": "Osei"}', help)


def _bare(annotation: Any) -> Any:
    """The type without `| None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [one for one in get_args(annotation) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation
