from __future__ import annotations

import os
import signal
import sqlite3
import time
from typing import Any

import psutil
import pytest

from harness.nouns import CallState
from harness.settings import Settings
from harness.store import BEAT_EVERY_S, DEAD_AFTER_S, OpenSession, Store
from tests.unit.store.make import make_call

ENGINE = """
    import sys
    from pathlib import Path
    from harness.nouns import CallState
    from harness.settings import Settings
    from harness.store import Store
    from tests.unit.store.make import make_call
    store = Store.open(Settings(data=Path(sys.argv[1])))
    store.take_lease()
    live, done = make_call(), make_call()
    for call in (live, done):
        store.add_call(call, {})
    store.update_call(live.id, state=CallState.LIVE)
    store.update_call(done.id, state=CallState.DONE)
    closed = store.add_session(done.id, "demo", "room-done", {})
    store.close_session(closed)
    store.add_session(live.id, "dev_runner", "room-live", {"session_id": "s1"})
    print(live.id, flush=True)
    sys.stdin.readline()
"""


def set_row(settings: Settings, lease: str, **values: float | str) -> None:
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        for column, value in values.items():
            connection.execute(f"UPDATE engines SET {column} = ? WHERE id = ?", (value, lease))


def test_the_calls_of_a_living_engine_are_no_orphans(store: Store) -> None:
    store.take_lease()
    store.add_call(make_call(), {})
    assert store.orphans() == []
    assert store.open_sessions_of_dead_engines() == []


def test_a_killed_engine_leaves_its_calls_and_sessions(
    store: Store, settings: Settings, python: Any
) -> None:
    child = python(ENGINE, settings.data)
    live = child.stdout.readline().strip()
    mine = store.take_lease()
    assert store.orphans() == []
    assert store.open_sessions_of_dead_engines() == []

    os.kill(child.pid, signal.SIGKILL)
    # Not yet waited for: a zombie is dead too.
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert [call.id for call in store.orphans()] == [live]
    child.wait()
    assert [call.id for call in store.orphans()] == [live]
    (session,) = store.open_sessions_of_dead_engines()
    assert session == OpenSession(session.id, live, "dev_runner", "room-live", {"session_id": "s1"})

    taken = store.adopt(mine)
    assert [call.id for call in taken.calls] == [live]
    assert taken.sessions == (session,)
    assert store.adopt(mine).calls == ()
    assert store.orphans() == []
    store.update_call(live, state=CallState.LOST)
    store.close_session(session.id)
    store.drop(mine)
    assert store.orphans() == []
    assert store.open_sessions_of_dead_engines() == []


def test_what_an_engine_adopted_and_did_not_recover_is_found_again(store: Store) -> None:
    call = make_call()
    store.add_call(call, {})
    first = store.take_lease()
    assert store.adopt(first).calls == (call,)
    store.drop(first)
    assert store.adopt(store.take_lease()).calls == (call,)


def test_two_engines_never_adopt_the_same_call(
    settings: Settings, store: Store, python: Any
) -> None:
    calls = [make_call() for _ in range(20)]
    for call in calls:
        store.add_call(call, {})
    adopt = """
        import sys
        from pathlib import Path
        from harness.settings import Settings
        from harness.store import Store
        store = Store.open(Settings(data=Path(sys.argv[1])))
        lease = store.take_lease()
        print("ready", flush=True)
        sys.stdin.readline()
        print(*[call.id for call in store.adopt(lease).calls], flush=True)
        sys.stdin.readline()
    """
    children = [python(adopt, settings.data) for _ in range(3)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    adopted = [identifier for child in children for identifier in child.stdout.readline().split()]
    assert sorted(adopted) == [call.id for call in calls]


def test_a_silent_engine_counts_as_dead(store: Store, settings: Settings) -> None:
    lease = store.take_lease()
    call = make_call()
    store.add_call(call, {})
    set_row(settings, lease, heartbeat=time.time() - DEAD_AFTER_S + 2 * BEAT_EVERY_S)
    assert store.orphans() == []
    set_row(settings, lease, heartbeat=time.time() - DEAD_AFTER_S - 1)
    assert store.orphans() == [call]
    assert store.beat(lease)
    assert store.orphans() == []


def test_an_engine_whose_calls_were_taken_learns_it_at_its_next_beat(
    store: Store, settings: Settings
) -> None:
    silent = Store.open(settings)
    lease = silent.take_lease()
    set_row(settings, lease, heartbeat=time.time() - DEAD_AFTER_S - 1)
    store.adopt(store.take_lease())
    assert not silent.beat(lease)
    silent.close()


def test_a_process_number_given_to_another_process_counts_as_dead(
    store: Store, settings: Settings
) -> None:
    lease = store.take_lease()
    call = make_call()
    store.add_call(call, {})
    set_row(settings, lease, process_started=psutil.Process().create_time() - 100)
    assert store.orphans() == [call]


def test_an_engine_on_another_machine_is_judged_by_its_heartbeat_alone(
    store: Store, settings: Settings
) -> None:
    lease = store.take_lease()
    call = make_call()
    store.add_call(call, {})
    set_row(settings, lease, host="elsewhere", pid=2**22 + 1)
    assert store.orphans() == []
    set_row(settings, lease, heartbeat=time.time() - DEAD_AFTER_S - 1)
    assert store.orphans() == [call]


def test_an_own_stale_lease_adopts_nothing_of_its_own(store: Store, settings: Settings) -> None:
    lease = store.take_lease()
    store.add_call(make_call(), {})
    set_row(settings, lease, heartbeat=0)
    assert store.adopt(lease).calls == ()
    assert store.beat(lease)


@pytest.mark.parametrize("state", list(CallState))
def test_only_calls_without_an_end_are_orphans(store: Store, state: CallState) -> None:
    call = make_call(state=state)
    store.add_call(call, {})
    assert store.orphans() == ([] if state.is_final else [call])


def test_a_session_stays_open_after_its_call_has_ended(store: Store) -> None:
    lease = store.take_lease()
    call = make_call()
    store.add_call(call, {})
    store.add_session(call.id, "demo", "room", {})
    store.update_call(call.id, state=CallState.FAILED)
    store.drop(lease)
    (session,) = store.open_sessions_of_dead_engines()
    assert session.call_id == call.id
