"""The review queue: which criteria of which calls a person should look at, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from harness.calls._archive import Archive
from harness.nouns import (
    CallQuery,
    CheckVerdict,
    Event,
    EventKind,
    Grade,
    Judgement,
    from_json,
)
from harness.store import read_events

__all__ = [
    "LOW_AGREEMENT",
    "QUEUES",
    "SAMPLE",
    "Queue",
    "ReviewItem",
    "disagrees",
    "graded_of",
    "judged_items",
    "review_queue",
]

Queue: TypeAlias = Literal["disagreements", "uncertain", "sample"]
"""Where a person said otherwise than the judge; where the judge's votes are divided; chance."""
QUEUES: tuple[Queue, ...] = get_args(Queue)

LOW_AGREEMENT = 0.67
"""A judge is uncertain where fewer of its votes agree: two of three are uncertain."""
SAMPLE = 20
"""Criteria of a random sample."""
_CALLS = 500
"""The newest calls in which judged criteria are looked for."""

_DECIDED = {CheckVerdict.MET: "met", CheckVerdict.NOT_MET: "not_met"}
_MARK = f'"{EventKind.JUDGE_VERDICT}"'.encode()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A criterion of a call.

    Attributes:
        check: Name of the check.
        agreement: Share of the judges' votes that agree, 0 to 1, where it is least; 1 if it is not
            known.
    """

    call_id: str
    check: str
    agreement: float = 1.0


def disagrees(grade: Grade) -> bool:
    """Whether a person and the judge decided otherwise, as the judge had decided by then.

    Who is unsure, and a judge that came to no yes or no, disagree with nobody.
    """
    if grade.judged is None or grade.value not in _DECIDED.values():
        return False
    judged = _DECIDED.get(grade.judged.verdict)
    return judged is not None and judged != grade.value


def review_queue(
    queue: Queue, items: Iterable[ReviewItem], grades: Iterable[Grade], seed: int = 0
) -> tuple[ReviewItem, ...]:
    """What a queue holds, in its order. Grading what is in it moves nothing.

    Disagreements: newest call first. Uncertain ones: the least agreement first, then the newest
    call. A sample: :data:`SAMPLE` by the order of a hash of seed, call and check, so that each
    judged criterion is as likely as any other, the same seed gives the same sample, and a new
    call pushes out one at most for each criterion of its own.

    Args:
        queue: Which one.
        items: Judged criteria of calls.
        grades: Of all calls, for disagreements.
        seed: Of the sample.
    """
    if queue == "disagreements":
        known = {(one.call_id, one.check): one for one in items}
        found = {(g.call_id, g.check) for g in grades if disagrees(g)}
        return tuple(
            sorted((known.get(key, ReviewItem(*key)) for key in found), key=_newest_call_first)
        )
    if queue == "uncertain":
        divided = [one for one in items if one.agreement < LOW_AGREEMENT]
        return tuple(sorted(divided, key=lambda one: (one.agreement, *_newest_call_first(one))))
    return tuple(sorted(items, key=lambda one: _drawn(one, seed))[:SAMPLE])


def graded_of(queue: Iterable[ReviewItem], grades: Iterable[Grade], grader: str) -> set[int]:
    """Places in a queue, from 0, of what this person has graded."""
    own = {(g.call_id, g.check) for g in grades if g.grader == grader and g.turn is None}
    return {n for n, one in enumerate(queue) if (one.call_id, one.check) in own}


def _newest_call_first(item: ReviewItem) -> tuple[tuple[int, ...], str]:
    # Ids sort by time of creation.
    return tuple(-ord(letter) for letter in item.call_id), item.check


def _drawn(item: ReviewItem, seed: int) -> tuple[bytes, str, str]:
    key = f"{seed}\0{item.call_id}\0{item.check}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(key).digest(), item.call_id, item.check


def judged_items(archive: Archive) -> tuple[ReviewItem, ...]:
    """The criteria that judges decided of the newest calls that have ended, newest call first.

    What was judged last counts, in a later grading or in the call.
    """
    found = []
    for call in archive.search(CallQuery(limit=_CALLS)).calls:
        if not call.state.is_final:
            continue
        said = dict(_judged_in(archive.store.artifacts(call.id).events))
        for grading in archive.store.gradings_of(call.id):
            for result in grading.results:
                said.update(_least(result.judgements))
        found += [ReviewItem(call.id, check, agreement) for check, agreement in said.items()]
    return tuple(found)


def _judged_in(path: Path) -> tuple[tuple[str, float], ...]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return _read(path, (found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=2 * _CALLS)
def _read(path: Path, stamp: tuple[int, int]) -> tuple[tuple[str, float], ...]:
    """What judges decided in a log of this size and time: most calls have no judge."""
    return (
        tuple(_least(_last_said(read_events(path))).items()) if _MARK in path.read_bytes() else ()
    )


def _last_said(events: Iterable[Event]) -> list[Judgement]:
    last: dict[tuple[str, int | None], Judgement] = {}
    for event in events:
        if event.kind == EventKind.JUDGE_VERDICT:
            said = from_json(Judgement, event.data)
            last[said.check, said.turn] = said
    return list(last.values())


def _least(judgements: Sequence[Judgement]) -> dict[str, float]:
    """The least agreement by check, of those that judges could use their votes on."""
    least: dict[str, float] = {}
    for said in judgements:
        if any(vote.verdict is not CheckVerdict.NOT_RUN for vote in said.votes):
            least[said.check] = min(least.get(said.check, 1.0), said.agreement)
    return least
