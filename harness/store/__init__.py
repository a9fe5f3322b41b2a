"""What is kept: one database for calls and runs, one folder of files for each call."""

from harness.store._artifacts import Artifacts
from harness.store._events import EventReader, EventWriter, read_events
from harness.store._ids import new_id
from harness.store._leases import BEAT_EVERY_S, DEAD_AFTER_S, OpenSession, Orphans
from harness.store._store import CallChanges, Store

__all__ = [
    "BEAT_EVERY_S",
    "DEAD_AFTER_S",
    "Artifacts",
    "CallChanges",
    "EventReader",
    "EventWriter",
    "OpenSession",
    "Orphans",
    "Store",
    "new_id",
    "read_events",
]
