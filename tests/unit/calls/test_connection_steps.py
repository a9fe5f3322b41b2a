"""The steps of a connection test stay in their order, whichever event comes first."""

from __future__ import annotations

from typing import Any

import pytest

from harness.calls._connection_steps import StepTeller
from harness.calls._connection_test import _Watch
from harness.nouns import EventKind

JOINED = (EventKind.ROOM_JOINED, {"identity": "caller"})
FOUND = (EventKind.AGENT_JOINED, {"identity": "bot", "kind": "agent"})
HEARD = (EventKind.AGENT_AUDIO, {"identity": "bot"})
BEFORE = ("resolve", "tls", "authorise", "ready", "start")


class Tap:
    def emit(self, kind: EventKind, /, **data: Any) -> None:
        pass


@pytest.mark.parametrize(
    "events",
    [
        (JOINED, FOUND, HEARD),
        (FOUND, JOINED, HEARD),
        (FOUND, HEARD, JOINED),
        (HEARD, JOINED, FOUND),
        (JOINED, HEARD),
    ],
)
def test_joining_is_told_before_the_agent(events: tuple[tuple[EventKind, dict[str, str]], ...]):
    told: list[dict[str, Any]] = []
    watch = _Watch(Tap(), StepTeller(told.append, BEFORE), "clinic")  # type: ignore[arg-type]
    for kind, data in events:
        watch.emit(kind, **data)
    assert [(step["name"], step["status"]) for step in told] == [
        ("join", "done"),
        ("agent_found", "done"),
        ("agent_audio", "done"),
    ]
    assert told[0]["note"] == "room clinic" and "bot" in told[1]["note"]
