"""Plan: a scenario as Pipecat Evals' driver plays it with this agent, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipecat.evals.script import (
    FUNCTION_CALL_EVENTS,
    EvalExpectation,
    EvalFunctionCall,
    EvalScriptScenario,
    EvalScriptTurn,
    EvalSendAfter,
)

from harness.caller.evals._capabilities import Capabilities
from harness.nouns import LARGEST_IMAGE, Expectation, NotRun, Scenario, ScriptStep

__all__ = ["EARLY_MS", "Plan", "plan_for"]

EARLY_MS = 300
"""So much before it is due the driver calls for a line that is to begin at an exact moment."""
_REPLIES = {"response", "llm_response", "tts_response"}
_HEARD = _REPLIES | {"bot_started_speaking", "bot_stopped_speaking"}
"""Events whose time is the heard one: their budgets are judged afterwards, by sound."""
_WITHOUT_RTVI = {"response", "bot_started_speaking", "bot_stopped_speaking"}
_FEATURES = {
    "llm_marker": "markers",
    "image": "image",
    "vad_user_started_speaking": "vad",
    "vad_user_stopped_speaking": "vad",
}
_PACING = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """What the driver gets.

    Attributes:
        scenario: One turn for each step.
        origin: `origin[turn][k]` is the (step, index) of the turn's k-th expectation; the index of
            one that nobody wrote, to wait for a reply all the same, is -1.
        left_out: Expectations that cannot be asked, and why.
        missing: Steps whose input the agent cannot be given, and why: a context belongs to the
            first. Nothing is expected from such a step on, as what comes later rests on it too.
    """

    scenario: EvalScriptScenario
    origin: tuple[tuple[tuple[int, int], ...], ...]
    left_out: dict[tuple[int, int], NotRun]
    missing: dict[int, NotRun]


def plan_for(scenario: Scenario, can: Capabilities) -> Plan:
    """The plan for a call.

    Budgets (`within_s`) of what is heard are taken out: how soon a reply was heard is told by the
    recording, and the driver waits as long as it is allowed to wait at all.
    """
    turns: list[EvalScriptTurn] = []
    origin: list[tuple[tuple[int, int], ...]] = []
    left_out: dict[tuple[int, int], NotRun] = {}
    missing: dict[int, NotRun] = {}
    since: NotRun | None = None
    for number, step in enumerate(scenario.steps):
        lacking = _not_given(step, can)
        if number == 0 and scenario.context and "context" not in can.features:
            lacking = NotRun.NEEDS_EVAL_FEATURES
        if lacking is not None:
            missing[number] = lacking
            since = since or lacking
        expect: list[EvalExpectation] = []
        places: list[tuple[int, int]] = []
        awaits = not step.expect and step.wait == "reply"
        for index, wanted in enumerate(step.expect):
            why = since or _why_not(step, wanted, can)
            if why is None:
                expect.append(_expectation(wanted))
                places.append((number, index))
            else:
                left_out[number, index] = why
                awaits = awaits or not wanted.absent
        if awaits and not any(each.event in _REPLIES for each in expect):
            # What cannot be asked still takes its time: the caller hears the reply out.
            expect.append(EvalExpectation(event="response"))
            places.append((number, _PACING))
        turns.append(_turn(step, expect, can))
        origin.append(tuple(places))
    planned = EvalScriptScenario(
        name=scenario.name,
        turns=turns,
        context=[dict(message) for message in scenario.context],
        bot_audio=True,
        user_audio=can.voice,
        stop_on_failure=scenario.stop_on_failure,
    )
    return Plan(planned, tuple(origin), left_out, missing)


def _not_given(step: ScriptStep, can: Capabilities) -> NotRun | None:
    """Why the agent does not get what the step gives it, so that later replies lack it too."""
    if step.dtmf is not None and not can.dtmf:
        return NotRun.NO_DTMF
    if step.audio is not None and step.say is None and not can.voice:
        return NotRun.NEEDS_VOICE
    if step.image is None:
        return None
    if "image" not in can.features:
        return NotRun.NEEDS_EVAL_FEATURES
    return None if _fits(step.image) else NotRun.IMAGE_TOO_LARGE


def _fits(image: str) -> bool:
    return Path(image).stat().st_size <= LARGEST_IMAGE


def _why_not(step: ScriptStep, wanted: Expectation, can: Capabilities) -> NotRun | None:
    if (step.audio is not None or step.parts or step.sound is not None) and not can.voice:
        return NotRun.NEEDS_VOICE  # its words are typed: only how they sound is missing
    if wanted.event not in _WITHOUT_RTVI and not can.rtvi:
        return NotRun.NEEDS_RTVI
    feature = _FEATURES.get(wanted.event)
    if feature is not None and feature not in can.features:
        return NotRun.NEEDS_EVAL_FEATURES
    if wanted.eval is not None and not can.judge:
        return NotRun.NO_JUDGE
    return None


def _turn(step: ScriptStep, expect: list[EvalExpectation], can: Capabilities) -> EvalScriptTurn:
    after = step.send_after
    return EvalScriptTurn(
        user=step.say if step.dtmf is None else None,
        expect=expect,
        parts=list(step.parts) or None,
        audio=step.audio if can.voice else None,
        dtmf=step.dtmf,
        send_after=None if after is None else EvalSendAfter(after.event, _early(after.delay_ms)),
        image=step.image if _not_given(step, can) is None else None,
    )


def _early(delay_ms: int) -> int:
    return max(0, delay_ms - EARLY_MS)


def _expectation(wanted: Expectation) -> EvalExpectation:
    heard = wanted.event in _HEARD and not wanted.absent
    within_ms = None if wanted.within_s is None or heard else round(wanted.within_s * 1000)
    calls = [EvalFunctionCall(call.name, call.arguments) for call in wanted.calls]
    if not calls and wanted.event in FUNCTION_CALL_EVENTS and not wanted.absent:
        calls = [EvalFunctionCall()]
    return EvalExpectation(
        event=wanted.event,
        within_ms=within_ms,
        text_contains=next(iter(wanted.contains), None),
        text_excludes=next(iter(wanted.excludes), None),
        calls=calls or None,
        eval=wanted.eval,
        marker=wanted.marker,
        marker_first=wanted.marker_first,
        markers=wanted.markers,
        text_after=wanted.text_after,
        check_from=wanted.check_from,
        absent=wanted.absent,
    )
