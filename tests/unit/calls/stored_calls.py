"""Stored calls without a call: a data folder with a call of a few words in it."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.calls import CallRequest
from harness.nouns import (
    Agent,
    Call,
    CallState,
    Criterion,
    Event,
    EventKind,
    LlmEndpoint,
    Scenario,
    Verdict,
)
from harness.settings import Settings
from harness.store import EndpointLibrary, EventWriter, Store
from tests.emulated_judge import KEY, EmulatedJudge

BOOKS = Criterion(rule="criterion", name="Books", text="The visit is booked.")
SCENARIO = Scenario("test/book", "Book a visit", "test", checks=(BOOKS,))
AGENT = Agent(name="a", title="An agent", provider="dev_runner", config={"url": "http://h:1"})
PIECES = (
    (0.0, EventKind.STATE, {"state": "starting"}),
    (0.5, EventKind.STATE, {"state": "ringing"}),
    (1.0, EventKind.STATE, {"state": "live"}),
    (1.0, EventKind.AGENT_READY, {"version": "2.2.0", "about": None}),
    (1.2, EventKind.AGENT_TEXT, {"text": "Welcome to the clinic.", "source": "rtvi"}),
    (1.3, EventKind.AGENT_STARTED, {"at": 1.3}),
    (2.0, EventKind.AGENT_STOPPED, {"at": 2.0}),
    (3.0, EventKind.CALLER_STARTED, {"line": 1, "text": "A visit on Friday.", "source": "script",
                                     "at": 3.0, "sent_as": "voice"}),
    (4.0, EventKind.CALLER_STOPPED, {"line": 1, "at": 4.0, "cut": False}),
    (4.5, EventKind.TOOL_CALLED, {"id": "1", "name": "book", "arguments": {"day": "Friday"}}),
    (4.6, EventKind.TOOL_RETURNED, {"id": "1", "name": "book", "result": "ok", "cancelled": False}),
    (4.9, EventKind.AGENT_TEXT, {"text": "You are booked for Friday.", "source": "rtvi"}),
    (5.0, EventKind.AGENT_STARTED, {"at": 5.0}),
    (7.0, EventKind.AGENT_STOPPED, {"at": 7.0}),
    (8.0, EventKind.HANGUP, {"by": "caller", "reason": "script_done"}),
    (8.0, EventKind.STATE, {"state": "ending"}),
    (8.1, EventKind.STATE, {"state": "done"}),
)  # fmt: skip
CONVERSATION = [
    {"role": "assistant", "content": "Welcome to the clinic."},
    {"role": "user", "content": "A visit on Friday."},
    {"role": "tool_call", "name": "book", "arguments": {"day": "Friday"}, "cancelled": False},
    {"role": "assistant", "content": "You are booked for Friday."},
]


def keep_call(
    store: Store,
    scenario: Scenario | None = SCENARIO,
    state: CallState = CallState.DONE,
    call_id: str = "call_1",
) -> Call:
    """Store the call."""
    now = datetime.now(UTC)
    call = Call(
        call_id, f"run_{call_id}", "An agent", "dev_runner", "Book a visit", "heart", state,
        Verdict.NOT_RUN, None, now, duration_s=8.1,
    )  # fmt: skip
    store.add_run(call.run_id, "Probe", now)
    request = CallRequest(agent=AGENT, scenario=scenario)
    store.add_call(call, request.model_dump(mode="json"))
    with EventWriter(store.artifacts(call_id).events) as writer:
        for seq, (t, kind, data) in enumerate(PIECES, start=1):
            writer.append(Event(seq, t, str(kind), data))
    return call


def set_up(settings: Settings, judge: EmulatedJudge, *names: str, timeout_s: float = 20.0) -> None:
    """Have the judge known by these names, with its key among the secrets."""
    for name in names:
        endpoint = LlmEndpoint(name=name, url=judge.url, model=f"{name}-1", key=KEY)
        EndpointLibrary(settings).put(endpoint.model_copy(update={"timeout_s": timeout_s}))
