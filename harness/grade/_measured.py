"""Metrics of a simulation, with the meaning they have in Pipecat Evals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.grade._due import judged_turns
from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, UNTIMED, Finding
from harness.grade._judged import NOBODY, missing, unjudged
from harness.grade._prompts import tool_line
from harness.grade._said import no_text, untold
from harness.nouns import (
    CheckVerdict,
    Evidence,
    ExpectedCall,
    NotRun,
    SimMeasure,
    SimMetric,
    ToolCall,
    Turn,
    by_person,
)

__all__ = ["metric"]

_V = CheckVerdict
_PASSES = frozenset({_V.MET, _V.NOT_RUN})
"""A turn to which a criterion does not apply passes, as in Pipecat Evals."""


def metric(spec: SimMeasure, facts: CallFacts) -> Finding:
    """A metric's verdict, once the simulation is over."""
    if not facts.ended:
        return PENDING
    if facts.failure is not None and facts.harness_failed:
        message = f"The call broke off: {facts.failure.message}"
        return Finding(_V.ERROR, message, kind="error")
    if spec.metric.criterion is not None:
        return _judged(spec, facts)
    if spec.metric.measure == "function_calls":
        return _calls(spec.metric, facts)
    return _measured(spec.metric, facts)


def _judged(spec: SimMeasure, facts: CallFacts) -> Finding:
    """The share of replies that pass, held to the least there must be."""
    if silent := untold(facts.turns):
        return Finding(_V.NOT_RUN, no_text(silent))
    asked = judged_turns(facts, None)
    if not asked:
        return Finding(_V.MET, "There was no reply to judge.")
    found = [j for j in facts.judgements if j.check == spec.name and j.turn in asked]
    if len(found) < len(asked):
        return replace(missing(facts), judgements=tuple(found))
    if unjudged(found):
        return replace(NOBODY, judgements=tuple(found))
    passed = [j for j in found if j.verdict in _PASSES]
    failed = [j for j in found if j.verdict is _V.NOT_MET]
    score = len(passed) / len(found)
    told = tuple(replace(j, score=1.0 if j.verdict in _PASSES else 0.0) for j in found)
    worst = next(iter(failed), next((j for j in found if j.verdict not in _PASSES), None))
    message = f"{len(passed)} of {len(found)} replies: {score:.2f}."
    if worst is not None:
        message += f" Turn {worst.turn}: {worst.reason}"
    least = spec.metric.min_score
    evidence = (worst or passed[0]).evidence
    finding = Finding(_V.MET, message, evidence, judgements=told)
    if least is None or score >= least:
        return finding
    finding = replace(finding, message=f"{message} At least {least:g} is asked.")
    if (len(found) - len(failed)) / len(found) < least:
        return replace(finding, verdict=_V.NOT_MET, kind="judge_no")
    if any(j.verdict is _V.ERROR for j in found):
        return replace(finding, verdict=_V.ERROR, kind="judge_no_verdict")
    return replace(finding, verdict=_V.NOT_PROVEN)


def _measured(wanted: SimMetric, facts: CallFacts) -> Finding:
    """A figure of the call, held to its bounds; with nothing to measure it passes."""
    if wanted.measure in ("duration", "latency") and facts.imported:
        return UNTIMED
    if wanted.measure == "latency" and _spoiled(facts.turns):
        message = "The timing of the replies was spoiled by this machine."
        return Finding(_V.ERROR, message, kind="error")
    if wanted.measure == "words" and (silent := untold(facts.turns)):
        return Finding(_V.NOT_RUN, no_text(silent))
    value, what, evidence = _figure(wanted.measure or "", facts.turns)
    low, high = wanted.min_value, wanted.max_value
    if value is None:
        return Finding(_V.MET, what)
    inside = (low is None or value >= low) and (high is None or value <= high)
    bounds = [f"at least {low:g}"] if low is not None else []
    bounds += [f"at most {high:g}"] if high is not None else []
    message = f"{what}, {' and '.join(bounds)}." if bounds else f"{what}."
    verdict = _V.MET if inside else _V.NOT_MET
    return Finding(verdict, message, evidence, "" if inside else "out_of_range")


def _spoiled(turns: Sequence[Turn]) -> bool:
    timed = [turn for turn in turns if turn.response_latency_s is not None]
    return bool(timed) and all(turn.flags for turn in timed)


def _figure(measure: str, turns: Sequence[Turn]) -> tuple[float | None, str, Evidence | None]:
    if measure == "turns":
        count = sum(1 for t in turns if t.caller is not None and not by_person(t.caller_source))
        return float(count), f"The caller spoke {count} time{'' if count == 1 else 's'}", None
    if measure == "duration":
        spans = [span for t in turns for span in (*((t.caller,) if t.caller else ()), *t.agent)]
        if not spans:
            return None, "Nothing was said.", None
        took = max(span.end or span.start for span in spans) - min(span.start for span in spans)
        return took, f"It took {took:.1f} s", None
    if measure == "words":
        counts = {index: len(text.split()) for index, text in _said(turns).items()}
        if not counts:
            return None, "There was no reply to measure.", None
        longest = max(counts, key=lambda index: counts[index])
        words = counts[longest]
        return float(words), f"The longest reply has {words} words", _where(turns, longest)
    timed = [(t.response_latency_s, t) for t in turns if not t.flags and t.caller is not None]
    replies = [(max(0.0, s), t) for s, t in timed if s is not None]
    if not replies:
        return None, "There was no reply to time.", None
    slowest, turn = max(replies, key=lambda pair: pair[0])
    return slowest, f"The slowest reply was heard after {slowest:.2f} s", _where(turns, turn.index)


def _said(turns: Sequence[Turn]) -> dict[int, str]:
    said: dict[int, str] = {}
    for turn in turns:
        if turn.agent_text:
            said[turn.index] = f"{said.get(turn.index, '')} {turn.agent_text}".strip()
    return said


def _where(turns: Sequence[Turn], index: int) -> Evidence:
    starts = [turn.agent[0].start for turn in turns if turn.index == index and turn.agent]
    return Evidence("", index, starts[0] if starts else None)


def _calls(wanted: SimMetric, facts: CallFacts) -> Finding:
    """All functions that are named and no other were called, in any order."""
    made = [(t, tool) for t in facts.turns for tool in t.tools if not tool.cancelled]
    if any(tool.name is None for _, tool in made):
        nameless = NotRun.NAMELESS_CALLS
        return Finding(_V.NOT_RUN, nameless.sentence, kind=nameless.value)
    if facts.names_reported is False:
        untold_calls = NotRun.NEEDS_RTVI
        return Finding(_V.NOT_RUN, untold_calls.sentence, kind=untold_calls.value)
    listed = wanted.calls or ()
    tools = [tool for _, tool in made]
    lacking = [call for call in listed if not any(_fits(call, tool) for tool in tools)]
    unlisted = [(t, tool) for t, tool in made if not any(_fits(call, tool) for call in listed)]
    described = ", ".join(tool_line(tool) for tool in tools) or "no function"
    if not lacking and not unlisted:
        return Finding(_V.MET, f"Called: {described}.")
    parts = [f"{_name(call)} was not called" for call in lacking]
    parts += [f"{tool_line(tool)} was not asked for" for _, tool in unlisted]
    evidence = Evidence("", unlisted[0][0].index, unlisted[0][1].called_at) if unlisted else None
    message = f"{', '.join(parts)}. Called: {described}."
    return Finding(_V.NOT_MET, message, evidence, "function_calls")


def _fits(call: ExpectedCall, tool: ToolCall) -> bool:
    if call.name is not None and call.name != tool.name:
        return False
    actual = tool.arguments or {}
    return all(actual.get(key) == value for key, value in (call.arguments or {}).items())


def _name(call: ExpectedCall) -> str:
    return tool_line(ToolCall("", call.name, call.arguments or {}, 0.0))
