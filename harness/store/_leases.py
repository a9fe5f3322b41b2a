"""Who carries calls: leases, and what is left of engines that died."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import Any

import psutil
import sqlalchemy as sa

from harness.nouns import Call
from harness.store._ids import new_id
from harness.store._tables import engines

__all__ = [
    "BEAT_EVERY_S",
    "DEAD_AFTER_S",
    "OpenSession",
    "Orphans",
    "beat",
    "dead_engines",
    "take",
]

BEAT_EVERY_S = 5.0
"""How often an engine should call :meth:`Store.beat` (seconds)."""

DEAD_AFTER_S = 30.0
"""An engine that did not beat for so long counts as dead (seconds)."""

_SAME_START_S = 1.0


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An agent's session that was started and not yet stopped.

    Attributes:
        id: For :meth:`Store.close_session`.
        provider: The agent's provider, which knows how to read `stop`.
        room: The LiveKit room, empty if unknown.
        stop: What the provider needs to stop it, without secrets.
    """

    id: int
    call_id: str
    provider: str
    room: str
    stop: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Orphans:
    """What dead engines left: calls without an end, sessions nobody stopped."""

    calls: tuple[Call, ...]
    sessions: tuple[OpenSession, ...]


def take(connection: sa.Connection) -> str:
    """Enter this process among the engines."""
    lease = new_id("engine")
    connection.execute(
        engines.insert().values(
            id=lease,
            pid=os.getpid(),
            process_started=psutil.Process().create_time(),
            host=socket.gethostname(),
            heartbeat=time.time(),
        )
    )
    return lease


def beat(connection: sa.Connection, lease: str) -> bool:
    """Say that the engine is alive; whether it still has its lease."""
    done = connection.execute(
        engines.update().where(engines.c.id == lease).values(heartbeat=time.time())
    )
    return done.rowcount == 1


def dead_engines(connection: sa.Connection) -> list[str]:
    """Leases whose holder is gone."""
    return [row.id for row in connection.execute(sa.select(engines)) if _is_dead(row)]


def _is_dead(row: sa.Row[Any]) -> bool:
    if time.time() - row.heartbeat > DEAD_AFTER_S:
        return True
    if row.host != socket.gethostname():
        # A folder shared between machines: only the heartbeat can be seen from here.
        return False
    try:
        process = psutil.Process(row.pid)
        # The number of a dead process is given to another one some day.
        return (
            abs(process.create_time() - row.process_started) > _SAME_START_S
            or process.status() == psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
