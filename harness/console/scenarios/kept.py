"""What the form has fields for, and what it only keeps: that is shown as lines of the text."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from harness.console._text import plain
from harness.console.scenarios.fields import Fields, Place

__all__ = ["FIELDS", "IN_TEXT", "kept", "kept_of_file", "what_is_kept"]

FIELDS: dict[str, tuple[str, ...]] = {
    "scenario": (
        "name", "turns", "context", "stop_on_failure", "persona", "goal", "success", "metrics",
        "max_turns", "max_duration_s", "max_silence_s", "runs", "ringback",
    ),
    "turn": ("user", "expect", "dtmf", "audio", "image", "send_after", "ringback"),
    "turn block": ("label", "pause_s", "sound", "into_reply_s"),
    "send_after": ("event", "delay_ms"),
    "expectation": (
        "event", "within_ms", "text_contains", "text_excludes", "calls", "name", "args", "eval",
        "marker", "marker_first", "markers", "text_after", "check_from", "absent",
    ),
    "call": ("name", "args"),
    "metric": ("name", "criterion", "min_score", "measure", "min_value", "max_value", "calls"),
    "message": ("role", "content"),
    "block": (
        "title", "description", "caller", "checks", "budget_s", "tags", "judge", "brain",
    ),
    "caller": (
        "name", "by", "stack", "voice", "speed", "patience_s", "answer_timeout_s", "seed",
        "language", "volume_db", "asks_again", "persona",
    ),
    "judge": ("endpoints", "repeats"),
    "brain": ("kind", "endpoint", "seed", "slots", "start"),
}  # fmt: skip
"""The keys that are entered in the form, by what they are keys of."""

IN_TEXT: dict[str, tuple[str, ...]] = {
    # For Pipecat's own runner; the form sets `user` itself where a pause or a recording needs it.
    "scenario": ("user", "judge", "simulator", "trigger_disconnect"),
    # A person's states are a little programme: a form of it would be longer than its text.
    "brain": ("intents", "states"),
}
"""The keys of the format that are edited as text alone."""


def kept(fields: Fields, where: Place, of: str) -> None:
    """A line for each key at a place that the form has no field for; all of them stay as they are.

    Args:
        fields: Of the form.
        where: The place of a mapping in the shown scenario.
        of: What it is, as in :data:`FIELDS`.
    """
    work = fields.work
    _lines(fields, (*work.root, *where), what_is_kept(work.written(*where), of))


def kept_of_file(fields: Fields) -> None:
    """The same of what stands in the file beside its scenarios."""
    work = fields.work
    if work.entries:
        own = {key: value for key, value in work.data.items() if key != "scenarios"}
        _lines(fields, (), what_is_kept(own, "scenario") | {"name": own.get("name")})


def what_is_kept(data: Any, of: str) -> dict[str, Any]:
    """The keys of a mapping that the form has no field for, with what they hold."""
    if not isinstance(data, dict):
        return {}
    return {str(key): value for key, value in data.items() if key not in FIELDS[of]}


def _lines(fields: Fields, where: Place, found: dict[str, Any]) -> None:
    lines = fields.work.lines
    for key, value in found.items():
        line = lines.get((*where, key))
        place = f", line {line}" if line is not None else ""
        st.markdown(
            f":small[:gray[:material/code: **{plain(key)}** {plain(_short(value))} "
            f":gray-badge[edited in YAML{place}]]]"
        )


def _short(value: Any) -> str:
    """What a key holds, in one line."""
    if isinstance(value, dict):
        return ", ".join(map(str, value))[:60]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
