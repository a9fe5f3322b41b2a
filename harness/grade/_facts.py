"""CallFacts: all that a check by rule may look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from harness import errors
from harness.nouns import (
    CallState,
    Event,
    EventKind,
    Failure,
    Judgement,
    Turn,
    by_person,
    from_json,
)

__all__ = ["CallFacts", "ExpectationFact", "facts_of"]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ExpectationFact:
    """What became of an expectation of the script.

    Attributes:
        step: Its step, from 0.
        index: Its place in the step, from 0.
        event: The Pipecat Evals event.
        kind: Failure kind of Pipecat Evals, judge_error or a NotRun; empty if it matched.
        reason: In the driver's words.
        matched: The text that was found.
        own_s: When the agent's own event came, seconds after the caller's line.
        t: When it was decided, on the call's clock.
    """

    step: int
    index: int
    event: str
    status: Literal["matched", "failed", "not_run"]
    kind: str = ""
    reason: str = ""
    matched: str | None = None
    own_s: float | None = None
    t: float = 0.0


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call as the checks see it, live or ended.

    Attributes:
        turns: All turns so far, in order.
        live: Whether the call was ever taken up.
        ended: Whether nothing more will happen.
        ended_by: caller, agent, person or limit, once it ended.
        names_reported: Whether the agent tells the names of the functions it calls: False if calls
            came without names or the agent reports none at all, None as long as it made no call.
        script_done: Whether the caller got to the end of its script.
        lines: Index of the turn of each line of the script, as far as they were said; None if the
            events do not tell.
        failure: Why the call could not be carried through.
        expectations: What became of the script's expectations, the latest of each.
        judgements: What judges said, the latest of each check and turn.
        features: Which of Pipecat Evals' messages the agent takes; None if it never told.
        rtvi: Whether it speaks RTVI.
        ready_at: When it said that it is ready, on the call's clock.
        grading_open: Whether judges are still at work.
        graded: Whether judges were ever asked.
        simulation_end: How a simulation ended (end_call, bot, max_turns, ...), once it did.
        imported: Whether it is a conversation from a file, without sound and times.
        dropped_at: When messages of the room were dropped, on the call's clock.
        input_missing: Why something the script gives could not be given to the agent (kind and
            sentence of a NotRun), the first; None if all was given.
    """

    turns: tuple[Turn, ...]
    live: bool = True
    ended: bool = False
    ended_by: str | None = None
    names_reported: bool | None = None
    script_done: bool = False
    lines: tuple[int, ...] | None = None
    failure: Failure | None = None
    expectations: tuple[ExpectationFact, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    features: frozenset[str] | None = None
    rtvi: bool = False
    ready_at: float | None = None
    grading_open: bool = False
    graded: bool = False
    simulation_end: str | None = None
    imported: bool = False
    dropped_at: tuple[float, ...] = ()
    input_missing: tuple[str, str] | None = None

    @property
    def harness_failed(self) -> bool:
        """Whether the call ended by our own fault."""
        return self.failure is not None and self.failure.exit_code == 3

    @property
    def agent_failed(self) -> bool:
        """Whether the agent let the call down."""
        return self.failure is not None and self.failure.exit_code == 1

    def expectation(self, step: int, index: int) -> ExpectationFact | None:
        """What became of an expectation, if that is known yet."""
        found = (fact for fact in self.expectations if (fact.step, fact.index) == (step, index))
        return next(found, None)

    def line(self, number: int) -> tuple[Turn, ...]:
        """The turns of the script's line `number` (0: the greeting), usually one.

        What a person typed or said, and what the caller asks because nobody answered, is no line of
        the script. A spurious reply keeps the index of the line before it and belongs to it.
        """
        if number == 0:
            return tuple(turn for turn in self.turns if turn.index == 0)
        lines = self.lines
        if lines is None:
            spoken = (turn for turn in self.turns if turn.index > 0)
            own = (turn.index for turn in spoken if not by_person(turn.caller_source))
            lines = tuple(dict.fromkeys(own))
        if number > len(lines):
            return ()
        return tuple(turn for turn in self.turns if turn.index == lines[number - 1])


def facts_of(
    turns: Sequence[Turn], events: Iterable[Event], *, ended: bool | None = None
) -> CallFacts:
    """The facts that turns and events of a call hold.

    Args:
        turns: What `measure` made of the events.
        events: All events so far.
        ended: Overrides what the events say, for a verdict that is needed before the final state
            is written.
    """
    state = CallState.QUEUED
    live = False
    ready_at: float | None = None
    ended_by: str | None = None
    script_done = False
    failure: Failure | None = None
    spoken = _Lines()
    told = _Told()
    for event in events:
        spoken.take(event)
        told.take(event)
        match event.kind:
            case EventKind.STATE:
                state = CallState(event.data["state"])
                live = live or state is CallState.LIVE
                failure = _failure(event.data.get("failure")) or failure
            case EventKind.AGENT_READY:
                ready_at = event.t if ready_at is None else ready_at
            case EventKind.HANGUP:
                ended_by = ended_by or event.data.get("by")
            case EventKind.CALLER_STEP:
                last = event.data.get("step", 0) + 1 >= event.data.get("of", 0)
                script_done = script_done or (last and event.data.get("status") == "done")
    if state is CallState.CANCELLED:
        ended_by = ended_by or "person"
    imported = any("import" in (turn.sent_as, turn.agent_text_source) for turn in turns)
    return CallFacts(
        turns=tuple(turns),
        live=live,
        ended=state.is_final if ended is None else ended,
        ended_by=ended_by,
        names_reported=imported or _names_reported(turns, ready_at is not None),
        script_done=script_done,
        lines=spoken.turns(turns),
        failure=failure,
        expectations=tuple(told.expectations.values()),
        judgements=tuple(told.judgements.values()),
        features=told.features,
        rtvi=ready_at is not None,
        ready_at=ready_at,
        grading_open=told.grading_open,
        graded=told.graded,
        simulation_end=told.simulation_end,
        imported=imported,
        dropped_at=tuple(told.dropped_at),
        input_missing=told.input_missing,
    )


class _Told:
    """What the script, the judges and the simulation told; of several the last counts."""

    def __init__(self) -> None:
        self.expectations: dict[tuple[int, int], ExpectationFact] = {}
        self.judgements: dict[tuple[str, int | None], Judgement] = {}
        self.features: frozenset[str] | None = None
        self.grading_open = False
        self.graded = False
        self.simulation_end: str | None = None
        self.dropped_at: list[float] = []
        self.input_missing: tuple[str, str] | None = None

    def take(self, event: Event) -> None:
        match event.kind:
            case EventKind.EXPECTATION:
                self._expectation(event)
            case EventKind.JUDGE_VERDICT:
                self._judgement(event)
            case EventKind.GRADING:
                self.grading_open = event.data.get("status") == "started"
                self.graded = True
            case EventKind.AGENT_FEATURES:
                self.features = frozenset(map(str, event.data.get("eval") or ()))
            case EventKind.PERSONA_ENDED:
                self.simulation_end = str(event.data.get("ended_by", "error"))
            case EventKind.INPUT_MISSING if self.input_missing is None:
                data = event.data
                self.input_missing = (str(data.get("kind", "")), str(data.get("message", "")))
            case EventKind.HEALTH if event.data.get("left_out"):
                self.dropped_at.append(event.t)

    def _expectation(self, event: Event) -> None:
        fact = _read(ExpectationFact, {**event.data, "t": event.t})
        if fact is not None:
            self.expectations[fact.step, fact.index] = fact

    def _judgement(self, event: Event) -> None:
        judgement = _read(Judgement, event.data)
        if judgement is not None:
            self.judgements[judgement.check, judgement.turn] = judgement


def _read(kind: type[_T], data: Any) -> _T | None:
    """A noun from an event; None if another version wrote it otherwise."""
    try:
        return from_json(kind, data)
    except ValidationError:
        return None


class _Lines:
    """When each line of the script was said: the first that is spoken in a step.

    What the caller asks because nobody answered comes after it gave up waiting, and is no line.
    """

    def __init__(self) -> None:
        self._stepped = False
        self._waiting = False
        self._at: list[float] = []

    def take(self, event: Event) -> None:
        if event.kind == EventKind.CALLER_STEP and event.data.get("status") == "current":
            self._stepped = self._waiting = True
            return
        if event.kind == EventKind.CALLER_GAVE_UP:
            self._waiting = False
        by_script = event.data.get("source") == "script"
        if event.kind == EventKind.CALLER_STARTED and self._waiting and by_script:
            self._waiting = False
            self._at.append(float(event.data.get("at", event.t)))

    def turns(self, turns: Sequence[Turn]) -> tuple[int, ...] | None:
        """The turns' indices, told by the second their line began."""
        if not self._stepped:
            return None
        begun = [(turn.caller.start, turn.index) for turn in turns if turn.caller is not None]
        return tuple(min(begun, key=lambda pair: abs(pair[0] - at))[1] for at in self._at if begun)


def _names_reported(turns: Sequence[Turn], ready: bool) -> bool | None:
    tools = [tool for turn in turns for tool in turn.tools]
    if any(tool.name for tool in tools):
        return True
    return False if tools or not ready else None


def _failure(data: Any) -> Failure | None:
    if not isinstance(data, dict):
        return None
    kind = str(data.get("kind", "error"))
    return Failure(
        kind=kind,
        message=str(data.get("message", "")),
        cause=str(data.get("cause", "")),
        remedy=str(data.get("remedy", "")),
        exit_code=int(data.get("exit_code", _EXIT_CODES.get(kind, 3))),
    )


def _exit_codes(kind: type[errors.RingbackError]) -> dict[str, int]:
    codes = {kind.kind: kind.exit_code}
    for child in kind.__subclasses__():
        codes |= _exit_codes(child)
    return codes


# HarnessError shares the key `error` with the base of all errors, and comes last.
_EXIT_CODES = _exit_codes(errors.RingbackError) | _exit_codes(errors.HarnessError)
