"""What is kept: a database for calls and runs, a folder of files for each call, endpoints."""

from harness.store._artifacts import Artifacts
from harness.store._clean import clean
from harness.store._endpoints import EndpointLibrary
from harness.store._events import EventReader, EventWriter, read_events
from harness.store._facets import Beside
from harness.store._ids import new_id
from harness.store._leases import BEAT_EVERY_S, DEAD_AFTER_S, OpenSession, Orphans
from harness.store._options import size_of
from harness.store._rows import CallChanges
from harness.store._runs import RunChanges
from harness.store._search import LONGEST_NOTE, LONGEST_TAG
from harness.store._store import Store

__all__ = [
    "BEAT_EVERY_S",
    "DEAD_AFTER_S",
    "LONGEST_NOTE",
    "LONGEST_TAG",
    "Artifacts",
    "Beside",
    "CallChanges",
    "EndpointLibrary",
    "EventReader",
    "EventWriter",
    "OpenSession",
    "Orphans",
    "RunChanges",
    "Store",
    "clean",
    "new_id",
    "read_events",
    "size_of",
]
