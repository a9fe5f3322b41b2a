"""What became of a script's expectations, and whether their replies were heard in time."""

from __future__ import annotations

from dataclasses import replace

from harness.grade._due import JUDGED_KINDS
from harness.grade._facts import CallFacts, ExpectationFact
from harness.grade._finding import PENDING, Finding, name_of
from harness.grade._judged import NOBODY, unjudged
from harness.grade._quote import shorten
from harness.grade._verify import verify
from harness.grade._votes import heard_at
from harness.nouns import CheckVerdict, Evidence, Expected, Judgement, NotRun, Outcome, Turn

__all__ = ["expected"]

REPLIES = frozenset({"response", "llm_response", "tts_response"})

_HARNESS = frozenset({"error", "judge_error", "judge_no_verdict"})
"""Kinds of failure that are never the agent's."""

_SLACK_S = 0.3
"""The agent's own event may come so much after the onset that is heard, seconds."""

_VERDICTS = {
    "matched": CheckVerdict.MET,
    "failed": CheckVerdict.NOT_MET,
    "not_run": CheckVerdict.NOT_RUN,
}


def expected(spec: Expected, facts: CallFacts) -> Finding:
    """What the driver found, and for a budget what was heard.

    Decided as soon as the driver decided; an expectation with a budget only when its turn is over,
    because until then the harness may still spoil its timing.
    """
    fact = facts.expectation(spec.step, spec.index)
    if fact is None:
        return _untold(facts)
    turns = facts.line(spec.line)
    finding = _told(spec, fact, turns, facts)
    judgements = _judgements(spec, turns[0] if turns else None, facts)
    asked = fact.status != "not_run" and fact.kind in JUDGED_KINDS and finding.kind != "error"
    if judgements and asked:
        finding = _as_judged(finding, judgements[0])
    if finding.verdict is CheckVerdict.MET and spec.within_s is not None:
        finding = _in_time(spec, spec.within_s, finding, turns, facts)
    return replace(finding, own_s=fact.own_s, judgements=judgements)


def _as_judged(finding: Finding, judgement: Judgement) -> Finding:
    """The finding by what judges said last: they may have been asked once more since the call.

    The driver asks its judge only about what fits in all other ways, so nothing else can speak
    against it. It knows yes and no alone, not that a yes was not proven.
    """
    if unjudged((judgement,)):
        return NOBODY
    verdict = judgement.verdict
    if verdict in (CheckVerdict.PENDING, CheckVerdict.NOT_RUN):
        verdict = CheckVerdict.NOT_MET  # the reply never became an answer
    kinds = {
        CheckVerdict.MET: "",
        CheckVerdict.NOT_MET: finding.kind or "judge_no",
        CheckVerdict.ERROR: "judge_error",
    }
    return Finding(
        verdict,
        _sentence(judgement.reason) or finding.message,
        judgement.evidence or finding.evidence,
        kinds.get(verdict, ""),
    )


def _untold(facts: CallFacts) -> Finding:
    if not facts.ended:
        return PENDING
    if facts.failure is not None and facts.harness_failed:
        message = f"The call broke off before this: {facts.failure.message}"
        return Finding(CheckVerdict.ERROR, message, kind="error")
    reached = NotRun.NOT_REACHED
    return Finding(CheckVerdict.NOT_RUN, reached.sentence, kind=reached.value)


def _told(
    spec: Expected, fact: ExpectationFact, turns: tuple[Turn, ...], facts: CallFacts
) -> Finding:
    """The driver's own verdict, in our words."""
    verdict = CheckVerdict.NOT_RUN if fact.kind == "no_judge" else _VERDICTS[fact.status]
    if verdict is CheckVerdict.NOT_RUN:
        return Finding(verdict, _why(fact), kind=fact.kind)
    doubtful = verdict is CheckVerdict.NOT_MET or spec.absent
    if fact.kind in _HARNESS:
        verdict = CheckVerdict.ERROR
    elif doubtful and _dropped(fact, turns, facts):
        message = "Messages of the agent were lost in this turn: they came faster than allowed."
        return Finding(CheckVerdict.ERROR, message, kind="error")
    if verdict is CheckVerdict.MET:
        return Finding(verdict, _matched(fact), _quote(fact.matched, turns))
    return Finding(verdict, _sentence(fact.reason), _quote(None, turns), fact.kind)


def _why(fact: ExpectationFact) -> str:
    try:
        return NotRun(fact.kind).sentence
    except ValueError:
        return _sentence(fact.reason)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}" + ("" if text[-1] in ".!?…" else ".")


def _matched(fact: ExpectationFact) -> str:
    matched = " ".join((fact.matched or "").split())
    return f"Matched “{shorten(matched)}”." if matched else "It came."


def _dropped(fact: ExpectationFact, turns: tuple[Turn, ...], facts: CallFacts) -> bool:
    begun = [turn.caller.start for turn in turns if turn.caller is not None]
    since = min(begun, default=0.0)
    return any(since <= at <= fact.t + 1.0 for at in facts.dropped_at)


def _quote(matched: str | None, turns: tuple[Turn, ...]) -> Evidence | None:
    """What was matched, if it stands in a turn's text; else only where to listen."""
    if not turns:
        return None
    for turn in turns:
        found = verify(matched, turn.agent_text) if matched else None
        if found is not None:
            quote = shorten(turn.agent_text[slice(*found)])
            return Evidence(quote, turn.index, _onset(turn))
    return Evidence("", turns[0].index, _onset(turns[0]))


def _onset(turn: Turn) -> float | None:
    if turn.agent:
        return turn.agent[0].start
    return turn.caller.end if turn.caller is not None else None


def _in_time(
    spec: Expected, within_s: float, met: Finding, turns: tuple[Turn, ...], facts: CallFacts
) -> Finding:
    """The verdict of a reply that came, by when it was heard."""
    over = facts.ended or (bool(turns) and not turns[-1].open)
    if not over:
        return PENDING
    heard_s = _heard(spec, turns, facts)
    fact = facts.expectation(spec.step, spec.index)
    own_s = fact.own_s if fact is not None else None
    if heard_s is None and own_s is None:
        return replace(
            met, verdict=CheckVerdict.NOT_RUN, message="Nothing was heard that could be timed."
        )
    timed = replace(met, heard_s=heard_s)
    flags = [flag for turn in turns for flag in turn.flags]
    if heard_s is not None and flags:
        message = f"The timing of {name_of(turns[0])} was spoiled by this machine: {flags[0]}."
        return replace(timed, verdict=CheckVerdict.ERROR, message=message, kind="error")
    message = _times(spec, heard_s, own_s)
    if (heard_s if heard_s is not None else own_s or 0.0) <= within_s:
        return replace(timed, message=f"{met.message} {message}")
    late = f"{message} Allowed were {within_s:g} s."
    return replace(timed, verdict=CheckVerdict.NOT_MET, message=late, kind="timeout")


def _times(spec: Expected, heard_s: float | None, own_s: float | None) -> str:
    what = "The end was heard" if spec.event == "bot_stopped_speaking" else "Heard"
    if heard_s is None:
        return f"No voice came with it; the agent's own event came after {own_s:.2f} s."
    if own_s is None:
        return f"{what} after {heard_s:.2f} s."
    return f"{what} after {heard_s:.2f} s; the agent's own event came after {own_s:.2f} s."


def _heard(spec: Expected, turns: tuple[Turn, ...], facts: CallFacts) -> float | None:
    """Seconds from the end of the caller's line (the greeting: from ready) to what was heard."""
    turns = tuple(turn for turn in turns if turn.outcome is not Outcome.SPURIOUS) or turns
    spans = [span for turn in turns for span in turn.agent]
    zero = _zero(turns, facts)
    if not spans or zero is None:
        return None
    if spec.event == "bot_stopped_speaking":
        ends = [span.end for span in spans if span.end is not None]
        return ends[-1] - zero if ends else None
    after_s = _later_reply(spec, facts)
    if after_s is not None:
        onsets = [span.start - zero for span in spans if span.start - zero >= after_s - _SLACK_S]
        if onsets:
            return onsets[0]
    return turns[0].response_latency_s if spec.line else max(0.0, spans[0].start - zero)


def _zero(turns: tuple[Turn, ...], facts: CallFacts) -> float | None:
    if not turns:
        return None
    caller = turns[0].caller
    if caller is not None:
        return caller.end
    return facts.ready_at if facts.ready_at is not None else 0.0


def _later_reply(spec: Expected, facts: CallFacts) -> float | None:
    """When the agent's own event of a second reply came; None for the first of a step.

    The first reply of a turn is what its latency tells. Of one that an expectation before it did
    not take, the onset is looked for at its own event.
    """
    own = facts.expectation(spec.step, spec.index)
    if own is None or own.own_s is None or spec.event not in REPLIES:
        return None
    earlier = [
        fact.own_s
        for fact in facts.expectations
        if fact.step == spec.step
        and fact.index < spec.index
        and fact.event in REPLIES
        and fact.status == "matched"
        and fact.own_s is not None
    ]
    return own.own_s if earlier and own.own_s > max(earlier) else None


def _judgements(spec: Expected, turn: Turn | None, facts: CallFacts) -> tuple[Judgement, ...]:
    """What judges said of its criterion.

    The judge in the driver counts the script's lines, not turns: the line is told as the turn.
    """
    if spec.eval is None:
        return ()
    index = spec.line if turn is None else turn.index
    return tuple(
        replace(judgement, turn=index, evidence=judgement.evidence and _stored(judgement, turn))
        for judgement in facts.judgements
        if judgement.check == spec.eval and judgement.turn == spec.line
    )


def _stored(judgement: Judgement, turn: Turn | None) -> Evidence | None:
    """A judgement's quote as it stands in the turn that is stored, with its second.

    The driver's judge reads the reply piece by piece; a quote that the stored text spells
    otherwise is left out, and only the place to listen at remains.
    """
    if turn is None or judgement.evidence is None:
        return judgement.evidence
    span = verify(judgement.evidence.quote, turn.agent_text)
    if span is None:
        return Evidence("", turn.index, _onset(turn))
    return Evidence(turn.agent_text[slice(*span)], turn.index, heard_at(turn, span[0]))
