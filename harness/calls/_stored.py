"""Stored calls: seen, judged once more, and as Pipecat's conversations. Needs no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.calls._build_view import IMPORTED, build_view, summary_of
from harness.calls._figures import judged_checks, keep_figures
from harness.calls._judges import is_judged, judges_of
from harness.calls._judging import judge_all, spent
from harness.calls._measured import read_measured
from harness.calls._recovery import append_event
from harness.calls._request import CallRequest
from harness.calls._view import CallView
from harness.errors import InputError
from harness.grade import (
    conversation_of,
    evaluate,
    events_of_conversation,
    facts_of,
    verdict_of,
)
from harness.measure import derive_turns
from harness.nouns import (
    Agent,
    Call,
    CallState,
    CheckSpec,
    Event,
    EventKind,
    Expected,
    Grading,
    JudgePlan,
    NotAsked,
    RunHead,
    Scenario,
    Simulation,
    to_json,
)
from harness.scenarios import checks_of
from harness.settings import Settings
from harness.store import EndpointLibrary, EventWriter, Store, new_id, read_events

__all__ = [
    "conversation",
    "error_bar",
    "import_conversation",
    "regrade",
    "scenario_of",
    "stored_view",
]


def stored_view(store: Store, call_id: str) -> CallView:
    """A stored call as it is seen; see :meth:`harness.calls.CallService.view`."""
    files = store.artifacts(call_id)
    events = read_events(files.events)
    view = build_view(
        store.get_call(call_id),
        CallRequest.model_validate(store.plan(call_id)),
        events,
        has_recording=files.recording.exists(),
        measured=read_measured(files.measured),
        gradings=[grading.id for grading in store.gradings_of(call_id)],
    )
    started = next((each for each in events if each.kind == EventKind.SESSION_STARTED), None)
    return view if started is None else replace(view, error_s=error_bar(store, started))


def error_bar(store: Store, started: Event) -> float | None:
    """How far a latency may be off, either way, by its server's calibration or this machine's.

    Args:
        store: Where calibrations are kept.
        started: The SESSION_STARTED of the call, which names the server.

    Returns:
        Seconds; None without a calibration.
    """
    calibration = store.calibration_for(str(started.data.get("url", "")))
    return None if calibration is None else calibration.error_s


async def regrade(
    store: Store,
    settings: Settings,
    call_id: str,
    judge: JudgePlan,
    checks: Sequence[CheckSpec] | None = None,
    label: str = "",
) -> Grading:
    """Judge a stored call once more; see :meth:`harness.calls.CallService.regrade`."""
    call = store.get_call(call_id)
    if not call.state.is_final:
        raise InputError(
            "The call has not ended yet.",
            cause=f"It is {call.state.value}.",
            remedy="Wait for its end, or hang up.",
        )
    if checks is None:
        scenario = CallRequest.model_validate(store.plan(call_id)).scenario
        checks = scenario.checks if scenario is not None else ()
    if not checks:
        raise InputError(
            "Nothing is asked of this call.",
            cause="It has no scenario, or one without checks.",
            remedy="Give checks of your own: ringback regrade CALL --criteria FILE",
        )
    judges = judges_of(judge, EndpointLibrary(settings)) if any(map(is_judged, checks)) else ()
    events = read_events(store.artifacts(call_id).events)
    facts = facts_of(derive_turns(events), events)
    said = await judge_all(judges, judge, checks, facts)
    facts = replace(facts, judgements=said, grading_open=False, graded=True)
    results = evaluate(checks, facts)
    grading = Grading(
        id=new_id("grading"),
        call_id=call_id,
        created_at=datetime.now(UTC),
        label=label,
        # By name, so that it is known who was the usual one then.
        judge=judge.model_copy(update={"endpoints": tuple(one.endpoint.name for one in judges)}),
        checks=tuple(checks),
        results=results,
        verdict=verdict_of(results, call.state, call.failure),
        tokens_in=spent(said)["tokens_in"],
        tokens_out=spent(said)["tokens_out"],
    )
    store.add_grading(grading)
    checks_then = stored_view(store, call_id).checks
    store.put_judged(call_id, judged_checks(checks_then, store.gradings_of(call_id)))
    return grading


def conversation(store: Store, call_id: str) -> list[dict[str, Any]]:
    """What was said in a call; see :meth:`harness.calls.CallService.conversation`."""
    store.get_call(call_id)
    return conversation_of(derive_turns(read_events(store.artifacts(call_id).events)))


async def import_conversation(
    store: Store,
    settings: Settings,
    messages: Sequence[dict[str, Any]],
    title: str,
    scenario: Scenario | None = None,
) -> Call:
    """Keep a conversation as a call; see :meth:`harness.calls.CallService.import_conversation`.

    What a script expects of an agent's events cannot be asked of words alone and is left out.
    """
    events = events_of_conversation(messages)
    if scenario is not None:
        asked = [spec for spec in scenario.checks if not isinstance(spec, Expected | NotAsked)]
        scenario = replace(scenario, checks=tuple(asked))
    plan = CallRequest(agent=Agent(name=title or IMPORTED, provider=IMPORTED), scenario=scenario)
    checks = scenario.checks if scenario is not None else ()
    judge = scenario.judge if scenario is not None else JudgePlan()
    judges = judges_of(judge, EndpointLibrary(settings)) if any(map(is_judged, checks)) else ()
    now = datetime.now(UTC)
    call = Call(
        id=new_id("call"),
        run_id=new_id("run"),
        agent=plan.agent.name,
        agent_name=plan.agent.name,
        provider=IMPORTED,
        scenario=scenario.title if scenario is not None else None,
        voice="",
        state=CallState.DONE,
        verdict=None,
        failure=None,
        created_at=now,
        purpose="import",
    )
    facts = facts_of(derive_turns(events), events)
    said = await judge_all(judges, judge, checks, facts)
    store.add_run(call.run_id, "Import", now, head=RunHead(call.run_id, "Import", now, "import"))
    store.add_call(call, plan.model_dump(mode="json"))
    path = store.artifacts(call.id).events
    with EventWriter(path) as writer:
        for event in events:
            writer.append(event)
    if said:
        append_event(store, call.id, EventKind.GRADING, {"status": "started"})
        for one in said:
            append_event(store, call.id, EventKind.JUDGE_VERDICT, to_json(one))
        append_event(store, call.id, EventKind.GRADING, {"status": "done"} | spent(said))
    view = build_view(call, plan, read_events(path))
    keep_figures(store, view)
    return store.update_call(
        call.id,
        state=view.state,
        verdict=view.verdict,
        ended_at=now,
        duration_s=view.t,
        summary=summary_of(view),
    )


def scenario_of(simulation: Simulation, title: str) -> Scenario:
    """A scenario that asks for what a simulation says of success, and for its metrics."""
    checks = tuple(checks_of(simulation))
    return Scenario(title, title, "", kind="simulation", checks=checks, simulation=simulation)
