"""Set-up of a call: what a person chose, as form and request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from harness.agents import demo_agent
from harness.agents.library import AgentLibrary
from harness.calls import MAX_RUNS, CallRequest, CallView, EarChoice
from harness.console._called import called_of
from harness.console._service import busy_sentence, place, prepare
from harness.console._text import plain
from harness.console.agents.listing import where
from harness.console.agents.ways import WAYS
from harness.console.call.person_ear import choose_ear
from harness.errors import AgentConfigError, RingbackError
from harness.nouns import Agent, Call, Caller, Scenario, speeds_of
from harness.scenarios import find_scenario, library
from harness.settings import get_settings

__all__ = [
    "DEMO",
    "FAULTS",
    "Setup",
    "choose",
    "choose_scenario",
    "current",
    "demo",
    "edit_form",
    "keep",
    "of_call",
]

By = Literal["voice", "text"]

DEMO = "demo"
"""Stands for the demo agent among the saved ones."""
_KEY = "setup"
_MADE_READY = "setup_made_ready"
_FIRST = "front_desk/book"
"""What the one button of the first screen plays."""

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
BY: dict[By, str] = {"voice": "Voice", "text": "Text"}
_CHANNELS: dict[str, str] = {
    "auto": "Lines are typed to the agent, no sound is sent: by RTVI once it says that it is "
    "ready, else by lk.chat.",
    "rtvi": "Lines are typed to the agent by RTVI, no sound is sent.",
    "lk.chat": "Lines are typed to the agent by lk.chat, no sound is sent.",
    "data": "Lines are typed to the agent as data packets, no sound is sent.",
}


@dataclass(frozen=True)
class Setup:
    """What a call is to be.

    Attributes:
        agent_name: A saved agent, or the demo agent.
        fault: How the demo agent fails.
        body: Session body as JSON, in place of the agent's own; None leaves that.
        scenario: None is a call without a script: a person types.
        by: How the caller speaks.
        runs: How many calls; None for what the scenario says.
        person_ear: What writes down the words of a person who takes the call over.
    """

    agent_name: str = DEMO
    fault: str = ""
    body: str | None = None
    scenario: str | None = None
    by: By = "voice"
    voice: str = ""
    speed: float = 1.0
    patience_s: float = 0.5
    runs: int | None = None
    person_ear: EarChoice = "stack"

    def agent(self) -> Agent:
        """The agent.

        Raises:
            AgentConfigError: The session body is not a JSON object.
            UnknownName: It was deleted meanwhile.
        """
        if self.agent_name == DEMO:
            return demo_agent({"fault": self.fault} if self.fault else None)
        agent = AgentLibrary(get_settings()).get(self.agent_name)
        if self.body is None:
            return agent
        return agent.model_copy(update={"body": _body(self.body)})

    def request(self) -> CallRequest:
        """The call to place.

        Raises:
            RingbackError: Something in it cannot be used.
        """
        scenario = find_scenario(self.scenario) if self.scenario else None
        given = scenario.caller if scenario else Caller()
        caller = given.model_copy(
            update={
                "by": self.by,
                "voice": self.voice or given.voice,
                "speed": self.speed,
                "patience_s": self.patience_s,
            }
        )
        return CallRequest(
            agent=self.agent(), scenario=scenario, caller=caller, person_ear=self.person_ear
        )

    def place(self) -> Call:
        """Call; gives the first call of the run.

        Raises:
            RingbackError: Something in it cannot be used.
        """
        return place(self.request(), self.runs)

    @property
    def told(self) -> str:
        """Who is called, in a few words; empty if the agent was deleted."""
        if self.agent_name == DEMO:
            failing = f", made to fail: {FAULTS.get(self.fault, self.fault)}" if self.fault else ""
            return f"the demo agent{failing}"
        try:
            agent = self.agent()
        except RingbackError:
            return ""
        return agent.title or agent.name


def _body(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
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


def choose(name: str) -> Setup:
    """A saved agent, without a script unless one was chosen for it before."""
    # The form's own box still holds what it showed when it was closed.
    st.session_state.pop("setup_agent", None)
    before = current()
    if before.agent_name == name:
        return before
    chosen = Setup(agent_name=name) if name != DEMO else _default()
    keep(chosen)
    return chosen


def choose_scenario(name: str) -> Setup:
    """A scenario for the agent that was chosen last, with the caller it asks for."""
    chosen = _with_caller(replace(current(), scenario=name, runs=None), library())
    keep(chosen)
    return chosen


def _with_caller(setup: Setup, shelf: tuple[Scenario, ...]) -> Setup:
    """The set-up with the voice, speed and patience its scenario asks for."""
    caller = next((s.caller for s in shelf if s.name == setup.scenario), Caller())
    return replace(
        setup,
        by=caller.by,
        voice=caller.voice,
        speed=caller.speed,
        patience_s=caller.patience_s,
    )


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
    """A request like the one behind a stored call; None if its agent or scenario is gone."""
    try:
        scenario = _scenario_of(view)
        agent = replace(Setup(), agent_name=view.agent or DEMO).agent()
    except RingbackError:
        return None
    body = view.agent_body if view.agent_body is not None else agent.body
    return CallRequest(
        agent=agent.model_copy(update={"body": body}),
        scenario=scenario,
        caller=view.caller,
        person_ear=view.person_ear.choice,
    )


def _scenario_of(view: CallView) -> Scenario | None:
    """The scenario of a call: today's of the library, else as it was called."""
    try:
        return find_scenario(view.scenario) if view.scenario else None
    except RingbackError:
        called = called_of(view)
        if called is None:
            raise
        return called


def edit_form() -> Setup | None:
    """The form; gives the set-up once it is submitted."""
    setup = current()
    saved = AgentLibrary(get_settings()).all()
    names = [DEMO, *saved]
    name = st.selectbox(
        "Agent",
        names,
        index=names.index(setup.agent_name) if setup.agent_name in names else 0,
        format_func=lambda n: "Demo agent: clinic front desk" if n == DEMO else _title(saved[n]),
        key="setup_agent",
    )
    new = setup if name == setup.agent_name else _other(name)
    agent = saved.get(name)
    if st.session_state.get(_MADE_READY) != name:
        st.session_state[_MADE_READY] = name
        prepare(agent or Setup().agent())
    if agent is not None:
        st.caption(plain(where(agent)))
    by = st.segmented_control(
        "The caller speaks by",
        list(BY),
        default=new.by,
        required=True,
        format_func=lambda way: BY[way],
        key="setup_by",
    )
    new = replace(new, by=by or new.by)
    if by == "text":
        st.caption(_CHANNELS[agent.text_channel if agent else "auto"])
    with st.form("edit_setup", border=False):
        if agent is None:
            new = replace(new, fault=_fault(new.fault))
        new = _scenario(new)
        new = _caller(new)
        new = replace(new, person_ear=choose_ear(new.person_ear, new.scenario, new.by))
        if agent is not None and WAYS[agent.provider].body:
            own = json.dumps(agent.body, ensure_ascii=False) if agent.body else ""
            body = st.text_area(
                "Session body, JSON",
                own if new.body is None else new.body,
                height=90,
                placeholder='{"language": "en"}',
                help="Handed to the bot at its start, for this call only. May stay empty.",
                key=f"setup_body_{name}",
            )
            new = replace(new, body=None if body == own else body)
        if sentence := busy_sentence():
            st.warning(sentence, icon=":material/speed:")
        if st.form_submit_button("Call", type="primary", icon=":material/call:", shortcut=None):
            return new
    return None


def _title(agent: Agent) -> str:
    return agent.title or agent.name


def _other(name: str) -> Setup:
    return _default() if name == DEMO else Setup(agent_name=name)


def _fault(fault: str) -> str:
    faults = list(FAULTS)
    return st.selectbox(
        "Make the demo agent fail",
        faults,
        index=faults.index(fault) if fault in FAULTS else 0,
        format_func=lambda name: FAULTS[name],
        help="A test console needs agents that fail: see what a caller hears then.",
    )


def _scenario(setup: Setup) -> Setup:
    titles: dict[str | None, str] = {s.name: s.title for s in library()}
    titles[None] = "No script: I type what the caller says"
    choices = list(titles)
    script, often = st.columns([3, 1])
    chosen = script.selectbox(
        "Scenario",
        choices,
        index=choices.index(setup.scenario) if setup.scenario in titles else 0,
        format_func=lambda name: titles[name],
        key=f"setup_scenario_{setup.agent_name == DEMO}",
    )
    runs = often.number_input(
        "Calls",
        1,
        MAX_RUNS,
        setup.runs,
        placeholder="By scenario",
        help="How many calls, as one run. Left empty, as many as the scenario says: a script is "
        "called once.",
    )
    return replace(setup, scenario=chosen, runs=runs)


def _caller(setup: Setup) -> Setup:
    voice, speed, patience = st.columns(3)
    voices = list(VOICES) if setup.voice in VOICES or not setup.voice else [setup.voice, *VOICES]
    silent = setup.by == "text"
    stack = next((s.caller.stack for s in library() if s.name == setup.scenario), "offline")
    slowest, fastest = speeds_of(stack, setup.voice)
    return replace(
        setup,
        voice=voice.selectbox(
            "Caller's voice",
            voices,
            index=voices.index(setup.voice) if setup.voice in voices else 0,
            format_func=lambda name: VOICES.get(name, name),
            disabled=silent,
        ),
        speed=speed.number_input(
            "Speed",
            slowest,
            fastest,
            min(fastest, max(slowest, setup.speed)),
            0.05,
            format="%.2f",
            disabled=silent,
        ),
        patience_s=patience.number_input(
            "Patience, s",
            0.1,
            5.0,
            setup.patience_s,
            0.1,
            format="%.1f",
            help="How long the caller waits after the agent has stopped before it speaks.",
        ),
    )
