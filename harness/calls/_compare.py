"""Two calls side by side, and what a call or a run is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.calls._archive import Archive
from harness.calls._view import CallView
from harness.measure import Flip, TurnPair, align_turns, flips
from harness.nouns import Call, CallQuery, Outcome, RunHead, RunState, Turn, Verdict

__all__ = ["CallComparison", "baseline_of", "call_before", "compare_calls"]

_BEFORE = 20


@dataclass(frozen=True, slots=True)
class CallComparison:
    """Call B compared with call A."""

    a: CallView
    b: CallView
    pairs: tuple[TurnPair, ...]
    flips: tuple[Flip, ...]
    sentence: str


def compare_calls(
    archive: Archive, a: str, b: str, see: Callable[[str], CallView] | None = None
) -> CallComparison:
    """Two calls, turn by turn and check by check.

    Args:
        archive: Where they are.
        a: The call that was before.
        b: The call that is looked at.
        see: Gives a call as its reader may see it; all of it if None.

    Raises:
        NotFound: One of them is not there.
    """
    one, two = map(see or archive.view, (a, b))
    pairs = align_turns(one.turns, two.turns)
    changed = flips(one.checks, two.checks)
    return CallComparison(one, two, pairs, changed, _call_sentence(one, two, pairs, changed))


def baseline_of(archive: Archive, run: RunHead) -> RunHead | None:
    """What a run is compared with: the pinned run of its suite, else the finished one before it."""
    if not run.suite:
        return None
    pinned = archive.store.baseline(run.suite)
    if pinned is not None and pinned != run.id:
        return archive.run(pinned)
    before = (
        head
        for head in archive.runs(suite=run.suite)
        if head.state is RunState.DONE and head.created_at < run.created_at
    )
    return next(before, None)


def call_before(archive: Archive, view: CallView) -> Call | None:
    """The newest call of the same agent by the same scenario that ended before this one began."""
    if not view.scenario_title:
        return None
    query = CallQuery(
        agent=view.agent_title, scenario=view.scenario_title, until=view.created_at, limit=_BEFORE
    )
    return next((call for call in archive.search(query).calls if call.state.is_final), None)


def _call_sentence(
    a: CallView, b: CallView, pairs: Sequence[TurnPair], changed: Sequence[Flip]
) -> str:
    """What is different, in the order of what weighs."""
    told = []
    if a.verdict is not b.verdict and {a.verdict, b.verdict} <= {Verdict.PASSED, Verdict.FAILED}:
        told.append("B failed, A passed" if b.verdict is Verdict.FAILED else "B passed, A failed")
    for change, words in (("worse", "worse"), ("better", "better")):
        n = sum(flip.change == change for flip in changed)
        if n:
            told.append(f"{n} {'check is' if n == 1 else 'checks are'} {words}")
    silent = sum(pair.kind == "no_answer" and _silent(pair.b) for pair in pairs)
    if silent:
        told.append(f"{silent} {'turn' if silent == 1 else 'turns'} got no answer in B only")
    timed = [pair.by_s for pair in pairs if pair.by_s is not None and not pair.spoiled]
    slower = sum(pair.kind == "slower" and not pair.spoiled for pair in pairs)
    faster = sum(pair.kind == "faster" and not pair.spoiled for pair in pairs)
    if slower or faster:
        told.append(
            f"of {len(timed)} replies in both {slower} came later and {faster} sooner, "
            f"median difference {_signed(float(np.median(timed)))}"
        )
    if not told:
        return "The two calls came out alike. One call of each cannot tell more."
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}. One call of each tells of these two only."


def _silent(turn: Turn | None) -> bool:
    return turn is not None and turn.outcome is Outcome.NO_ANSWER


def _signed(seconds: float) -> str:
    return f"{'+' if seconds >= 0 else chr(0x2212)}{abs(seconds):.2f} s"
