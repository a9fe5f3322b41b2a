"""Which turns of two calls differ, and where a comparison opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.calls import Archive, CallComparison, compare_calls
from harness.console.compare.changes import changes_of, opening_pair
from harness.nouns import Verdict
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = Settings(data=tmp_path)
    store = Store.open(settings)
    yield Archive(store, settings)
    store.close()


def compared(archive: Archive, **of_b: Any) -> CallComparison:
    a = seed_call(archive.store, recording=False, latency=0.8, seed=3)
    b = seed_call(archive.store, recording=False, seed=3, **{"latency": 0.8, **of_b})
    return compare_calls(archive, a.id, b.id)


def test_alike_calls_have_no_change_and_open_at_the_start(archive: Archive) -> None:
    found = compared(archive)
    assert not any(changes_of(found))
    assert opening_pair(found) == 0


def test_a_wait_that_this_computer_spoiled_is_no_change(archive: Archive) -> None:
    found = compared(archive, latency=2.8, spoiled=(1, 2, 3))
    changed = changes_of(found)
    places = [i for i, pair in enumerate(found.pairs) if pair.b and pair.b.index in (1, 2, 3)]
    assert all(found.pairs[i].spoiled and not changed[i] for i in places)
    assert any(changed)
    assert opening_pair(found) not in places


def test_other_words_after_the_same_wait_are_a_change(archive: Archive) -> None:
    found = compared(archive)
    pair = found.pairs[2]
    assert pair.b is not None
    other = replace(pair, b=replace(pair.b, agent_text="Something quite different."))
    told = replace(found, pairs=(*found.pairs[:2], other, *found.pairs[3:]))
    assert [i for i, differs in enumerate(changes_of(told)) if differs] == [2]
    assert opening_pair(told) == 2


def test_it_opens_at_what_a_flipped_check_cites_else_where_no_answer_came(archive: Archive) -> None:
    failed = compared(archive, verdict=Verdict.FAILED, spoiled=(1,), latency=1.8)
    flip = failed.flips[0]
    assert flip.change == "worse"
    cited = failed.pairs[opening_pair(failed)]
    evidence = [
        (side, check.evidence) for side, check in ((cited.a, flip.a), (cited.b, flip.b)) if check
    ]
    assert any(turn and shown and shown.turn == turn.index for turn, shown in evidence)
    silent = compared(archive, no_answer=(4,), latency=1.8)
    bare = replace(silent, flips=())
    assert silent.pairs[opening_pair(bare)].kind == "no_answer"
