"""The tab Metadata of the Inspect page: with what a call was made, so that it can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import streamlit as st
from pydantic import ValidationError

from harness import __version__
from harness.calls import CallRequest, CallView
from harness.console import cards
from harness.console._service import request_of, service
from harness.console._text import clock, plain
from harness.console.components import Row, row_list
from harness.errors import NotFound
from harness.nouns import Call, Event, EventKind, RulesBrain

__all__ = ["computer_told", "draw", "services_told", "settings_told", "versions_told"]

_SERVICES = (("STT", "Speech to text"), ("LLM", "Language model"), ("TTS", "Text to speech"))
"""What stands in the name of a processor of Pipecat, and what such a one does."""


def draw(view: CallView) -> None:
    """Set-up, versions, settings and seeds, services of the agent, this computer, connection."""
    events = _events(view)
    asked = request_of(view.call_id) or _request(view)
    call = _call(view)
    cards.facts(view, "inspect_facts")
    _pairs("Call", _about(view, call), "call")
    _pairs("Versions", versions_told(call, events), "versions")
    _pairs("Services of the agent", services_told(events), "services")
    if asked is not None:
        _pairs("Settings", settings_told(asked), "settings")
    _pairs("This computer during the call", computer_told(view, events), "computer")
    if view.session is not None:
        cards.session(view.session, view.milestones.agent_joined, "inspect_session")
    st.markdown("**Getting connected**", help="Seconds since the call was taken up.")
    cards.connected(view, (), "inspect_connected")
    if view.warnings:
        st.markdown("**Warnings**")
        for text in dict.fromkeys(view.warnings):
            st.caption(plain(text))


def versions_told(call: Call | None, events: Iterable[Event]) -> dict[str, str]:
    """What is known of the versions of both sides; only the console's own is today's.

    Args:
        call: Its row; None if it is not stored.
        events: Of the call.
    """
    version = call.version if call else None
    told = {
        "Agent": version.text if version else "",
        "Agent's commit": "",
        "Deployment": version.deployment if version else "",
    }
    if version and version.git_commit:
        changed = ", with changes that are in no commit" if version.dirty else ""
        told["Agent's commit"] = f"{version.git_commit}{changed}"
    for event in events:
        if event.kind == EventKind.AGENT_READY:
            told["RTVI"] = str(event.data.get("version") or "")
            about = event.data.get("about")
            if isinstance(about, Mapping) and about.get("library"):
                library = f"{about['library']} {about.get('library_version') or ''}"
                told["Agent's library"] = library.strip()
        elif event.kind == EventKind.AGENT_INSIGHT and event.data.get("kind") == "hello":
            told["Pipecat, by the observer"] = str(event.data.get("pipecat") or "")
    told["Ringback, today"] = __version__
    return {name: value for name, value in told.items() if value}


def services_told(events: Iterable[Event]) -> dict[str, str]:
    """The agent's services by what they do, as its own figures name them; none if it tells none."""
    found: dict[str, dict[str, None]] = {title: {} for _, title in _SERVICES}
    for event in events:
        if event.kind != EventKind.AGENT_METRICS:
            continue
        for told in event.data.get("ttfb") or ():
            name = str(told.get("processor", "")).partition("#")[0]
            model = str(told.get("model") or "")
            for mark, title in _SERVICES:
                if mark in name:
                    found[title][f"{name}, {model}" if model else name] = None
    return {title: "; ".join(names) for title, names in found.items() if names}


def settings_told(asked: CallRequest) -> dict[str, str]:
    """What the call was placed with: caller and its seeds, limits, way to the agent.

    Secrets stand in it by reference only.
    """
    agent, scenario = asked.agent, asked.scenario
    caller = asked.caller or (scenario.caller if scenario else None)
    told = {"Way to the agent": agent.provider, "Text channel": agent.text_channel}
    if agent.body:
        told["Body of its session"] = json.dumps(agent.body, ensure_ascii=False)
    if caller is not None:
        told |= {
            "Caller": f"{'types' if caller.by == 'text' else 'speaks'}, {caller.language}",
            "Caller's stack and voice": f"{caller.stack}, {caller.voice}",
            "Caller's speed and volume": f"{caller.speed:g}, {caller.volume_db:+g} dB",
            "Caller's patience": f"{caller.patience_s:g} s, asks again after "
            f"{caller.answer_timeout_s:g} s"
            if caller.asks_again
            else f"{caller.patience_s:g} s, never asks again",
            "Persona": caller.persona,
            "Seed of the caller": str(caller.seed),
        }
    person = scenario.simulation if scenario else None
    if person is not None:
        told["Brain of the person"] = person.brain.kind
        if isinstance(person.brain, RulesBrain):
            told["Seed of the person"] = str(person.brain.seed)
    limits = asked.limits
    told["Limits"] = (
        f"{limits.wall_clock_s:g} s a call, {limits.silence_s:g} s of silence, "
        f"{limits.join_s:g} s to join"
    )
    return {name: value for name, value in told.items() if value}


def computer_told(view: CallView, events: Iterable[Event]) -> dict[str, str]:
    """How busy the caller's own computer was, and how exact its times are."""
    health = [event.data for event in events if event.kind == EventKind.HEALTH]
    told = {}
    if view.error_s is not None:
        told["Timing accuracy, by calibration"] = f"±{view.error_s * 1000:.0f} ms"
    for key, title, unit, factor in (
        ("loop_lag_ms", "Loop lag, at most", "ms", 1),
        ("cpu", "Processors at work, at most", "%", 100),
        ("packet_loss", "Packet loss, at most", "%", 100),
        ("jitter_buffer_ms", "Jitter buffer, at most", "ms", 1),
    ):
        values = [found for data in health if isinstance(found := data.get(key), int | float)]
        if values:
            told[title] = f"{factor * max(values):.0f} {unit}"
    if view.spoiled:
        told["Turns it spoiled"] = str(view.spoiled)
    return told


def _about(view: CallView, call: Call | None) -> dict[str, str]:
    told = {
        "Call": view.call_id,
        "Run": view.run_id,
        "Repeat": str(call.attempt) if call and call.attempt else "",
        "Came from": call.origin if call else "",
        "Placed": f"{view.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
        "Length": clock(view.t) if view.kind != "import" else "",
        "Ended by": view.ended_by or "",
        "Note": call.note if call else "",
    }
    return {name: value for name, value in told.items() if value}


def _pairs(title: str, pairs: Mapping[str, str], key: str) -> None:
    if not pairs:
        return
    st.markdown(f"**{title}**")
    rows = [Row("", "", name, right=value) for name, value in pairs.items()]
    row_list(rows, "pairs", title, key=f"inspect_pairs_{key}")


def _events(view: CallView) -> list[Event]:
    try:
        return service().archive.events(view.call_id)
    except NotFound:
        return []


def _call(view: CallView) -> Call | None:
    try:
        return service().archive.store.get_call(view.call_id)
    except NotFound:
        return None


def _request(view: CallView) -> CallRequest | None:
    """What a call was placed with, by another process or an earlier one."""
    try:
        return CallRequest.model_validate(service().archive.store.plan(view.call_id))
    except (NotFound, ValidationError):
        return None
