from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.store import new_id


def test_an_id_is_short_and_safe_in_an_address() -> None:
    assert re.fullmatch(r"call_[0-9a-z]{15}", new_id("call"))


def test_ids_sort_in_the_order_of_their_making() -> None:
    ids = [new_id("call") for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_stay_in_order_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id("call")
    now = time.time_ns()
    monkeypatch.setattr("harness.store._ids.time.time_ns", lambda: now - 3_600_000_000_000)
    assert new_id("call") > before


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_id("c"), range(4000)))
    assert len({identifier[:11] for identifier in ids}) == 4000


def test_another_process_sorts_by_time_and_differs_in_its_random_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    future = time.time_ns() + 10**12
    monkeypatch.setattr("harness.store._ids.time.time_ns", lambda: future)
    monkeypatch.setattr("harness.store._ids._last_ms", 0)
    ours = new_id("call")
    monkeypatch.setattr("harness.store._ids._last_ms", 0)
    theirs = new_id("call")
    assert ours[:14] == theirs[:14]
    assert ours != theirs
