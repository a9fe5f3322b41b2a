"""The review queue: which criteria of which calls a person should look at, and in which order."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from harness.calls._archive import Archive

__all__ = [
    "LOW_AGREEMENT",
    "QUEUES",
    "SAMPLE",
    "Queue",
    "ReviewItem",
    "graded_of",
    "review_queue",
    "sample_of",
]

Queue: TypeAlias = Literal["disagreements", "uncertain", "sample"]
"""Where a person said otherwise than the judge; where the judge's votes are divided; chance."""
QUEUES: tuple[Queue, ...] = get_args(Queue)

LOW_AGREEMENT = 0.67
"""A judge is uncertain where fewer of its votes agree: two of three are uncertain."""
SAMPLE = 40
"""Criteria of a random sample: twice as many as a judge needs to be proven on one of them."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A criterion of a call; `check` is its name."""

    call_id: str
    check: str


def review_queue(archive: Archive, queue: Queue, seed: int = 0) -> tuple[ReviewItem, ...]:
    """What a queue holds of all calls, in its order. Grading what is in it moves nothing.

    Disagreements: newest call first, by what the judge had said when it was graded. Uncertain ones:
    the least agreement first, then the newest call. A sample: see :func:`sample_of`.

    Args:
        archive: Where calls and grades are stored.
        queue: Which one.
        seed: Of the sample.
    """
    store = archive.store
    if queue == "disagreements":
        return tuple(ReviewItem(*found) for found in store.disagreements())
    if queue == "uncertain":
        divided = store.judged_checks(below=LOW_AGREEMENT)
        return tuple(ReviewItem(call_id, check) for call_id, check, _ in divided)

    def draw() -> tuple[ReviewItem, ...]:
        judged = store.judged_checks()
        return sample_of((ReviewItem(call_id, check) for call_id, check, _ in judged), seed)

    return archive.remembered(("sample", seed, store.judged_stamp()), draw)


def sample_of(items: Iterable[ReviewItem], seed: int) -> tuple[ReviewItem, ...]:
    """:data:`SAMPLE` of them, by the order of a hash of seed, call and check.

    So each is as likely as any other, the same seed gives the same sample, and a new call pushes
    out one at most for each criterion of its own.
    """
    return tuple(heapq.nsmallest(SAMPLE, items, key=lambda one: _drawn(one, seed)))


def graded_of(queue: Iterable[ReviewItem], graded: Collection[tuple[str, str]]) -> set[int]:
    """Places in a queue, from 0, of what a person has graded.

    Args:
        queue: In its order.
        graded: Call and check of each; see :meth:`harness.store.Store.graded_checks`.
    """
    return {n for n, one in enumerate(queue) if (one.call_id, one.check) in graded}


def _drawn(item: ReviewItem, seed: int) -> tuple[bytes, str, str]:
    key = f"{seed}\0{item.call_id}\0{item.check}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(key).digest(), item.call_id, item.check
