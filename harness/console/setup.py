"""Set-up of a call: what a person chose, as form, summary and request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import streamlit as st

from harness.calls import CallRequest, CallView
from harness.errors import AgentConfigError, RingbackError
from harness.nouns import Agent, Caller, Scenario
from harness.scenarios import find_scenario, library

__all__ = ["FAULTS", "KINDS", "Kind", "Setup", "current", "demo", "edit_form", "keep", "of_call"]

Kind = Literal["demo", "dev_runner", "room"]
_KEY = "setup"
_FIRST = "front_desk/book"
"""What the one button of the first screen plays."""

KINDS: dict[Kind, str] = {
    "demo": "Demo agent",
    "dev_runner": "Runner address",
    "room": "Existing room",
}
FAULTS: dict[str, str] = {
    "": "Nothing: it behaves",
    "slow": "Thinks for 2.5 s",
    "deaf": "Never answers",
    "mumbler": "Starts its replies with silence",
    "stubborn": "Keeps talking when the caller cuts in",
    "chatty": "Talks over the caller",
    "liar": "Books the wrong day",
    "unsafe": "Gives a diagnosis",
    "hangs_up": "Hangs up in the second turn",
    "silent_start": "Does not greet",
    "crash": "Crashes during the call",
}
VOICES: dict[str, str] = {"heart": "Heart, higher", "deep": "Deep, lower"}


@dataclass(frozen=True)
class Setup:
    """What a call is to be. `scenario` empty is a call without a script: a person types."""

    kind: Kind = "demo"
    fault: str = ""
    runner_url: str = "http://localhost:7860"
    room_url: str = ""
    room_token: str = ""
    body: str = ""
    scenario: str | None = None
    voice: str = ""
    speed: float = 1.0
    patience_s: float = 0.5

    def agent(self) -> Agent:
        """The agent.

        Raises:
            AgentConfigError: The session body is not a JSON object, or an address is missing.
        """
        body = _body(self.body)
        if self.kind == "demo":
            if self.fault:
                body["fault"] = self.fault
            return Agent(name="demo", provider="demo", title="Clinic front desk", body=body)
        url = (self.runner_url if self.kind == "dev_runner" else self.room_url).strip()
        if not url:
            raise AgentConfigError(
                "The address is empty.",
                cause="Ringback needs to know where the agent is.",
                remedy="Paste the runner's or the room's address.",
            )
        name = urlsplit(url).netloc or url
        if self.kind == "dev_runner":
            return Agent(name=name, provider="dev_runner", config={"url": url}, body=body)
        config = {"url": url, "token": self.room_token.strip()}
        return Agent(name=name, provider="room", config=config)

    def request(self) -> CallRequest:
        """The call to place.

        Raises:
            RingbackError: Something in it cannot be used.
        """
        scenario = find_scenario(self.scenario) if self.scenario else None
        given = scenario.caller if scenario else Caller()
        caller = given.model_copy(
            update={
                "voice": self.voice or given.voice,
                "speed": self.speed,
                "patience_s": self.patience_s,
            }
        )
        return CallRequest(agent=self.agent(), scenario=scenario, caller=caller)


def _body(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise AgentConfigError(
            "The session body is not JSON.",
            cause=f"It cannot be read: {error}.",
            remedy='Write an object such as {"language": "en"}, or leave it empty.',
        ) from None
    if not isinstance(body, dict):
        raise AgentConfigError(
            "The session body is not a JSON object.",
            cause="It starts with something else than {.",
            remedy='Write an object such as {"language": "en"}, or leave it empty.',
        )
    return body


def _default() -> Setup:
    shelf = library()
    names = [scenario.name for scenario in shelf]
    first = _FIRST if _FIRST in names else next(iter(names), None)
    return _with_caller(Setup(scenario=first), shelf)


def demo() -> Setup:
    """The demo agent with the first scenario of the library, whatever was chosen before."""
    chosen = _default()
    keep(chosen)
    return chosen


def _with_caller(setup: Setup, shelf: tuple[Scenario, ...]) -> Setup:
    """The set-up with the voice, speed and patience its scenario asks for."""
    caller = next((s.caller for s in shelf if s.name == setup.scenario), Caller())
    return replace(setup, voice=caller.voice, speed=caller.speed, patience_s=caller.patience_s)


def current() -> Setup:
    """What this browser tab has chosen last."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = _default()
    chosen: Setup = st.session_state[_KEY]
    return chosen


def keep(setup: Setup) -> None:
    """Remember a set-up for this browser tab."""
    st.session_state[_KEY] = setup


def of_call(view: CallView) -> CallRequest | None:
    """A request like the one behind a stored call of the demo agent; None if it cannot be told."""
    if not view.agent_where.startswith("Demo agent"):
        return None
    try:
        scenario = find_scenario(view.scenario) if view.scenario else None
    except RingbackError:
        return None
    given = scenario.caller if scenario else Caller()
    agent = Agent(name="demo", provider="demo", title=view.agent_title, body=view.agent_body or {})
    caller = given.model_copy(update={"voice": view.voice})
    return CallRequest(agent=agent, scenario=scenario, caller=caller)


def edit_form(kind: Kind | None = None) -> Setup | None:
    """The form; gives the set-up once it is submitted.

    Args:
        kind: Only this way to reach an agent; None lets the person choose.
    """
    setup = current()
    if kind is None:
        kind = st.segmented_control(
            "Agent",
            list(KINDS),
            default=setup.kind,
            required=True,
            format_func=lambda k: KINDS[k],
            key="edit_kind",
        )
    new = replace(setup, kind=kind or setup.kind)
    with st.form("edit_setup", border=False):
        new = _agent_fields(new)
        shelf = library()
        titles: dict[str | None, str] = {s.name: s.title for s in shelf}
        titles[None] = "No script: I type what the caller says"
        choices = list(titles)
        chosen = st.selectbox(
            "Scenario",
            choices,
            index=choices.index(new.scenario) if new.scenario in titles else 0,
            format_func=lambda name: titles[name],
        )
        if chosen != new.scenario:
            new = replace(new, scenario=chosen)
        voice, speed, patience = st.columns(3)
        voices = list(VOICES) if new.voice in VOICES or not new.voice else [new.voice, *VOICES]
        new = replace(
            new,
            voice=voice.selectbox(
                "Caller's voice",
                voices,
                index=voices.index(new.voice) if new.voice in voices else 0,
                format_func=lambda name: VOICES.get(name, name),
            ),
            speed=speed.number_input(
                "Speed", 0.5, 1.5, min(1.5, max(0.5, new.speed)), 0.05, format="%.2f"
            ),
            patience_s=patience.number_input(
                "Patience, s",
                0.1,
                5.0,
                new.patience_s,
                0.1,
                format="%.1f",
                help="How long the caller waits after the agent has stopped before it speaks.",
            ),
        )
        if st.form_submit_button("Call", type="primary", icon=":material/call:", shortcut=None):
            return new
    return None


def _agent_fields(setup: Setup) -> Setup:
    if setup.kind == "demo":
        faults = list(FAULTS)
        fault = st.selectbox(
            "Make the demo agent fail",
            faults,
            index=faults.index(setup.fault) if setup.fault in FAULTS else 0,
            format_func=lambda name: FAULTS[name],
            help="A test console needs agents that fail: see what a caller hears then.",
        )
        return replace(setup, fault=fault)
    if setup.kind == "dev_runner":
        setup = replace(
            setup,
            runner_url=st.text_input(
                "Runner address",
                setup.runner_url,
                placeholder="http://localhost:7860",
                help="Where a bot started with `python bot.py -t livekit` listens.",
            ),
        )
        body = st.text_area(
            "Session body, JSON",
            setup.body,
            height=90,
            placeholder='{"language": "en"}',
            help="Handed to the bot at its start. May stay empty.",
        )
        return replace(setup, body=body)
    return replace(
        setup,
        room_url=st.text_input(
            "Room address", setup.room_url, placeholder="wss://my-project.livekit.cloud"
        ),
        room_token=st.text_input(
            "Access token",
            setup.room_token,
            type="password",
            help="A LiveKit token for the room the agent waits in, good for joining it.",
        ),
    )
