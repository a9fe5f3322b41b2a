"""Choosing what is compared: the runs, or the calls, that may stand as A and B."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from harness.calls import Archive, CallView
from harness.console import history
from harness.console.blind import unseen
from harness.console.runs.words import STATES
from harness.nouns import Call, CallQuery, RunHead, RunState

__all__ = ["calls_to_choose", "choose", "runs_to_choose"]

_WIDTH_PX = 340
_SAME, _OTHERS = 60, 40
"""How many of the same suite, or scenario, can be chosen, and how many of others."""


def runs_to_choose(archive: Archive, a: RunHead, b: RunHead) -> dict[str, str]:
    """Runs by id, with names that tell them apart: of B's suite first, then others, newest first.

    A and B are always among them.
    """
    same = archive.runs(suite=b.suite, limit=_SAME) if b.suite else []
    heads = {head.id: head for head in (*same, *archive.runs(kind="suite", limit=_OTHERS), a, b)}
    digests = archive.digests(heads)
    names = {}
    for run_id, head in heads.items():
        told = [] if head.suite == b.suite else [head.name]
        digest = digests.get(run_id)
        versions = {v.text for v in digest.agents.values()} if digest is not None else set()
        told += [head.label] if head.label else sorted(versions) if len(versions) == 1 else []
        told.append(_date(head.created_at, ", %H:%M"))
        if digest is not None:
            told.append(f"{digest.rate.passed} of {digest.rate.passed + digest.rate.failed} passed")
        if head.state not in (None, RunState.DONE):
            told.append(STATES[head.state][0].lower())
        names[run_id] = " · ".join(told)
    return _apart(names)


def calls_to_choose(archive: Archive, a: CallView, b: CallView) -> dict[str, str]:
    """Calls that have ended by id, with names: of B's scenario first, then others, newest first.

    A and B are always among them.
    """
    same = archive.search(CallQuery(scenario=b.scenario_title, limit=_SAME)).calls
    found: dict[str, Call] = {}
    both = [archive.store.get_call(view.call_id) for view in (a, b)]
    for call in (*same, *archive.search(CallQuery(limit=_OTHERS)).calls, *both):
        if call.state.is_final or call in both:
            found.setdefault(call.id, call)
    places, hidden = archive.places(found), unseen(found.values())
    names = {}
    for call_id, call in found.items():
        told = [] if call.scenario == b.scenario_title else [call.scenario or "No script"]
        told += [call.agent, _date(call.created_at, ", %H:%M:%S")]
        if call_id in places and places[call_id][1] > 1:
            told.append("call {} of {}".format(*places[call_id]))
        told.append(history.result(call, hidden).lower())
        names[call_id] = " · ".join(told)
    return _apart(names)


def choose(name: str, ids: tuple[str, str], names: Mapping[str, str]) -> None:
    """A box that leads to the comparison with another A, or B.

    Args:
        name: ``A`` or ``B``.
        ids: Of A and B.
        names: What can be chosen.
    """
    place = "AB".index(name)
    picked = st.selectbox(
        f"{name} is",
        list(names),
        index=list(names).index(ids[place]),
        format_func=lambda each: f"{name} · {names[each]}",
        key=f"compare_{name}_{ids[0]}_{ids[1]}",
        label_visibility="collapsed",
        width=_WIDTH_PX,
    )
    if picked is not None and picked != ids[place]:
        chosen = (picked, ids[1]) if place == 0 else (ids[0], picked)
        st.query_params.from_dict({"a": chosen[0], "b": chosen[1]})
        st.rerun()


def _date(then: datetime, time: str) -> str:
    """``22 Nov, 10:13``, with the year if it is not the present one."""
    day = then.astimezone()
    year = "" if day.year == datetime.now().astimezone().year else f" {day:%Y}"
    return f"{day.day} {day:%b}{year}{day.strftime(time)}"


def _apart(names: Mapping[str, str]) -> dict[str, str]:
    """What still has another's name is told by the end of its id, too."""
    known = list(names.values())
    return {
        each: f"{name} · {each[-6:]}" if known.count(name) > 1 else name
        for each, name in names.items()
    }
