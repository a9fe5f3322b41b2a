"""From a call's row, plan and events to its CallView: pure, the same live and afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from harness.agents import SessionDetails, provider_for
from harness.calls._connection_steps import steps_of
from harness.calls._heard_words import with_heard_errors
from harness.calls._known_ear import Said
from harness.calls._measured import Measured
from harness.calls._request import CallRequest
from harness.calls._view import (
    CallView,
    Health,
    Milestones,
    ObserverInfo,
    PersonEar,
    PlanStep,
)
from harness.errors import RingbackError
from harness.grade import evaluate, exit_code_of, facts_of, implied_by, score_of, verdict_of
from harness.measure import call_metrics, derive_turns, scripted_pauses
from harness.nouns import (
    Call,
    CallState,
    CheckResult,
    CheckVerdict,
    Event,
    EventKind,
    Failure,
    Outcome,
    Scenario,
    Turn,
    Verdict,
)

__all__ = ["IMPORTED", "build_view", "summary_of"]

_HEALTH_KEPT = 60
IMPORTED = "import"
"""In place of a provider: the conversation was read from a file."""
_ENDINGS = {
    "end_call": "Hangs up",
    "bot": "The agent ends it",
    "max_turns": "Has said all it may say",
    "max_duration": "Its time is up",
    "silence": "Nobody speaks any more",
    "error": "It cannot go on",
}
"""How a simulation ends, by the keys of Pipecat Evals."""


def build_view(
    call: Call,
    request: CallRequest,
    events: Sequence[Event],
    *,
    now: float | None = None,
    clock_started_at: datetime | None = None,
    has_recording: bool = False,
    gradings: Sequence[str] = (),
    turns: Sequence[Turn] | None = None,
    measured: Measured | None = None,
) -> CallView:
    """Everything a page shows of a call.

    Args:
        call: Its row.
        request: What was asked for.
        events: All events so far.
        now: The call's clock while it is live.
        clock_started_at: Wall clock of second 0, where the events do not tell it.
        has_recording: Whether the recording can be played.
        gradings: Ids of later gradings, oldest first.
        turns: What `derive_turns` gives of the events, where that is known.
        measured: What was made of the recording after the call; None if nothing was yet.
    """
    audio = measured.report if measured is not None else None
    told = [measured.warning] if measured is not None and measured.warning else []
    said = measured.said if measured is not None else Said()
    story = _Story(events)
    turns = with_heard_errors(derive_turns(events) if turns is None else turns)
    scenario = request.scenario
    budget_s = scenario.budget_s if scenario else Scenario("", "", "").budget_s
    steps = scenario.steps if scenario else ()
    checks = evaluate(scenario.checks if scenario else (), facts_of(turns, events))
    state = story.state or call.state
    failure = story.failure or call.failure
    is_test = request.purpose == "test"
    # While judges are still at work nothing is known yet, even if the call itself is over.
    over = state.is_final and not story.grading
    verdict = _verdict(checks, state, failure, is_test=is_test) if over else None
    caller = request.caller or (scenario.caller if scenario else None)
    return CallView(
        call_id=call.id,
        run_id=call.run_id,
        seq=events[-1].seq if events else 0,
        t=max(now or 0.0, events[-1].t if events else 0.0),
        clock_started_at=story.clock_started_at or clock_started_at,
        state=state,
        verdict=verdict,
        failure=failure,
        agent_title=request.agent.title or request.agent.name,
        agent_where=_where(request),
        scenario=scenario.name if scenario else None,
        scenario_title=_scenario_title(call, scenario),
        voice=caller.voice if caller else call.voice,
        budget_s=budget_s,
        milestones=story.milestones,
        plan=_plan(scenario, story, over=state.is_final),
        turns=turns,
        checks=checks,
        metrics=call_metrics(
            turns,
            events,
            audio,
            budget_s=budget_s,
            pauses=scripted_pauses(events, [step.pause_s for step in steps]),
            said=said.errors,
            ear=said.ear,
            said_why=said.why,
        ),
        health=tuple(story.health[-_HEALTH_KEPT:]),
        speaking=() if state.is_final else tuple(story.speaking),
        warnings=(*story.warnings, *told),
        ended_by=story.ended_by,
        has_recording=has_recording,
        created_at=call.created_at,
        exit_code=exit_code_of(state, verdict, checks, failure) if over else None,
        agent_body=request.agent.body or None,
        steps=steps_of(events, over=state.is_final) if is_test else (),
        waits=tuple(story.waits),
        session=story.session,
        agent=request.agent.name,
        caller=caller,
        kind=_kind(call, scenario),
        features=story.features,
        scenario_source=scenario.source if scenario else "",
        gradings=tuple(gradings),
        implied=implied_by(scenario, checks) if scenario else {},
        audio=audio,
        observer=story.observer,
        person_ear=PersonEar(request.person_ear),
    )


def summary_of(view: CallView) -> dict[str, float | int | None]:
    """The figures a list shows of a call."""
    figures = {metric.key: metric.value for metric in view.metrics}
    listed = [check for check in view.checks if check.name not in view.implied]
    return {
        "turns": sum(turn.index > 0 for turn in view.turns),
        "no_answer": sum(turn.outcome is Outcome.NO_ANSWER for turn in view.turns),
        "p50_s": figures.get("response_latency_p50"),
        "p95_s": figures.get("response_latency_p95"),
        "spoiled": view.spoiled,
        "checks": len(listed),
        "score": score_of(view.checks),
        "checks_met": sum(check.verdict is CheckVerdict.MET for check in listed),
    }


def _verdict(
    checks: Sequence[CheckResult], state: CallState, failure: Failure | None, *, is_test: bool
) -> Verdict | None:
    """The verdict of a call that is over."""
    if not is_test:
        return verdict_of(checks, state, failure)
    # Nothing is asked of the agent but to be there.
    through = state is CallState.DONE and failure is None
    return Verdict.PASSED if through else Verdict.NOT_RUN


class _Story:
    """What one pass over the events tells, apart from turns and checks."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.state: CallState | None = None
        self.clock_started_at: datetime | None = None
        self.failure: Failure | None = None
        self.milestones = Milestones()
        self.steps: dict[int, str] = {}
        self.health: list[Health] = []
        self.speaking: list[Literal["caller", "agent"]] = []
        self.warnings: list[str] = []
        self.waits: list[str] = []
        self.session: SessionDetails | None = None
        self.ended_by: str | None = None
        self.features: tuple[str, ...] = ()
        self.observer: ObserverInfo | None = None
        self.persona: list[str] = []
        self.persona_end = ""
        self.grading = False
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        data = event.data
        match event.kind:
            case EventKind.STATE:
                self.state = CallState(data["state"])
                if (began := data.get("clock_started_at")) is not None:
                    self.clock_started_at = datetime.fromisoformat(began)
                if "failure" in data:
                    self.failure = Failure(**data["failure"])
            case EventKind.SESSION_STARTED:
                self._reached(session_started=event.t)
            case EventKind.SESSION_WAITS:
                self.waits.append(data["message"])
            case EventKind.SESSION_DETAILS:
                self.session = _details(data)
            case EventKind.AGENT_JOINED:
                self._reached(agent_joined=event.t)
            case EventKind.AGENT_READY:
                self._reached(agent_ready=event.t)
            case EventKind.AGENT_STARTED:
                self._reached(first_words=data["at"])
                self._speaks("agent", True)
            case EventKind.AGENT_STOPPED:
                self._speaks("agent", False)
            case EventKind.CALLER_STARTED:
                self._speaks("caller", True)
                if data.get("source") == "persona" and self.persona:
                    self.persona[-1] = data["text"] or self.persona[-1]
            case EventKind.PERSONA_TURN:
                self.persona.append(data.get("state") or "")
            case EventKind.PERSONA_ENDED:
                self.persona_end = _ENDINGS.get(data.get("ended_by", ""), "It ends.")
            case EventKind.AGENT_FEATURES:
                self.features = tuple(data["eval"])
            case EventKind.AGENT_INSIGHT:
                self._observed(data)
            case EventKind.GRADING:
                self.grading = data["status"] == "started"
            case EventKind.CALLER_STOPPED:
                self._speaks("caller", False)
            case EventKind.CALLER_STEP:
                self.steps[data["step"]] = data["status"]
            case EventKind.HEALTH:
                self.health.append(_health(event))
            case EventKind.ROOM_WARNING | EventKind.INPUT_MISSING:
                self.warnings.append(data["message"])
            case EventKind.AGENT_ERROR:
                if data.get("message"):
                    self.warnings.append(f"The agent reports: {data['message']}")
            case EventKind.HANGUP:
                self.ended_by = self.ended_by or data["by"]

    def _reached(self, **milestone: float) -> None:
        name, at = next(iter(milestone.items()))
        if getattr(self.milestones, name) is None:
            self.milestones = replace(self.milestones, **{name: at})

    def _observed(self, data: dict[str, Any]) -> None:
        """Note who the observer in the bot is, and what it tells."""
        known = self.observer or ObserverInfo("")
        pipecat = str(data.get("pipecat") or known.pipecat)
        kinds = tuple(dict.fromkeys((*known.kinds, str(data.get("kind") or ""))))
        self.observer = ObserverInfo(pipecat, kinds)

    def _speaks(self, who: Literal["caller", "agent"], on: bool) -> None:
        if on and who not in self.speaking:
            self.speaking.append(who)
        elif not on and who in self.speaking:
            self.speaking.remove(who)


def _details(data: dict[str, Any]) -> SessionDetails:
    known = SessionDetails.__dataclass_fields__
    return SessionDetails(**{name: value for name, value in data.items() if name in known})


def _health(event: Event) -> Health:
    data: dict[str, Any] = event.data
    return Health(
        t=event.t,
        loop_lag_ms=data["loop_lag_ms"],
        skipped_ms=data["skipped_ms"],
        concealed_ms=data["concealed_ms"],
        jitter_buffer_ms=data.get("jitter_buffer_ms"),
        packet_loss=data.get("packet_loss"),
    )


def _kind(call: Call, scenario: Scenario | None) -> Literal["script", "simulation", "import"]:
    if call.purpose == "import":
        return "import"
    return scenario.kind if scenario is not None else "script"


def _scenario_title(call: Call, scenario: Scenario | None) -> str:
    if scenario is not None:
        return scenario.title
    return "Imported: no audio, no times" if call.purpose == "import" else "No script: you type"


def _plan(scenario: Scenario | None, story: _Story, *, over: bool) -> tuple[PlanStep, ...]:
    if scenario is None:
        return ()
    if scenario.kind == "simulation":
        return _persona_plan(scenario, story, over=over)
    statuses = story.steps
    known: dict[str, Literal["current", "done", "skipped"]] = {
        "current": "current",
        "done": "done",
        "skipped": "skipped",
    }
    return tuple(
        PlanStep(step.label or step.say or "Listen", known.get(statuses.get(number, ""), "todo"))
        for number, step in enumerate(scenario.steps)
    )


def _persona_plan(scenario: Scenario, story: _Story, *, over: bool) -> tuple[PlanStep, ...]:
    """A simulated person has no plan but its goal: what it made up its mind to, so far."""
    goal = scenario.simulation.goal if scenario.simulation is not None else scenario.title
    steps = [PlanStep(f"Goal: {goal}", "done" if over or story.persona else "current")]
    ended = over or bool(story.persona_end)
    for number, label in enumerate(story.persona, start=1):
        last = number == len(story.persona)
        steps.append(PlanStep(label or "Thinks", "done" if ended or not last else "current"))
    if story.persona_end:
        steps.append(PlanStep(story.persona_end, "done"))
    return tuple(steps)


def _where(request: CallRequest) -> str:
    if request.agent.provider == "demo":
        return "Demo agent · this computer"
    if request.agent.provider == IMPORTED:
        return "A conversation file"
    try:
        return provider_for(request.agent).describe()
    except RingbackError:
        return request.agent.provider
