"""What is done with a call whose process died: its events and recording are kept, it is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.calls._recording import encode
from harness.errors import CallLost
from harness.nouns import Call, CallState, Event, EventKind, Failure, to_json
from harness.store import EventWriter, Store, read_events

__all__ = ["append_event", "last_state", "recover"]


def last_state(events: list[Event]) -> tuple[CallState | None, Failure | None]:
    """The state the events end in, and the failure they tell."""
    for event in reversed(events):
        if event.kind == EventKind.STATE:
            failure = event.data.get("failure")
            return CallState(event.data["state"]), Failure(**failure) if failure else None
    return None, None


def append_event(store: Store, call_id: str, kind: EventKind, data: dict[str, Any]) -> Event:
    """Append an event to a call that no worker writes (any more), at the time of its last one.

    Raises:
        InternalError: A worker still writes it.
    """
    path = store.artifacts(call_id).events
    with EventWriter(path) as writer:
        events = read_events(path)
        event = Event(writer.next_seq, events[-1].t if events else 0.0, str(kind), data)
        writer.append(event)
    return event


def _close_grading(store: Store, call: Call, events: list[Event]) -> None:
    """Nobody judges any more: what is not judged yet is an error, not pending for ever."""
    told = [event.data["status"] for event in events if event.kind == EventKind.GRADING]
    if told and told[-1] == "started":
        append_event(store, call.id, EventKind.GRADING, {"status": "done"})


def recover(store: Store, call: Call) -> Call:
    """Bring an orphaned call to its end: lost, unless its events already tell a final state.

    The recording is made of the raw lanes. May be repeated.
    """
    files = store.artifacts(call.id)
    files.folder.mkdir(parents=True, exist_ok=True)
    events = read_events(files.events)
    state, failure = last_state(events)
    if state is None or not state.is_final:
        state = CallState.LOST
        failure = Failure.of(
            CallLost(
                "The process that carried the call died.",
                cause="It was killed, or crashed in a native library.",
                remedy="What was recorded until then is kept. Call again.",
            )
        )
        data = {"state": str(state), "failure": to_json(failure)}
        append_event(store, call.id, EventKind.STATE, data)
    _close_grading(store, call, events)
    encode(files.caller_pcm, files.agent_pcm, files.recording)
    return store.update_call(
        call.id,
        state=state,
        failure=failure,
        verdict=call.verdict,
        ended_at=datetime.now(UTC),
        duration_s=events[-1].t if events else 0.0,
    )
