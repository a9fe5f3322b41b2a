"""Real calls of the demo agent: a real LiveKit server, a real Pipecat bot, audio both ways."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psutil
import pytest
import pytest_asyncio
import soundfile

from harness.caller import silero
from harness.caller.speech._voice import synthesize
from harness.calls import CallView, Engine, LaneSound, figures_of, read_lane
from harness.calls._heard_words import with_heard_errors
from harness.errors import InputError, NotFound
from harness.local import LocalHost
from harness.measure import derive_turns, find_speech, speech_bounds
from harness.nouns import LANE_RATE, CallQuery, CallState, Event, EventKind, Outcome, Verdict
from harness.settings import Settings, get_settings
from harness.store import read_events
from tests.integration.calls_support import (
    FAREWELL,
    HOURS,
    SLOTS,
    demo_call,
    wait_for,
    wait_for_end,
)
from tests.integration.processes import command_of

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return get_settings().model_copy(update={"concurrency": 2})


@pytest.fixture(scope="module")
def host(settings: Settings) -> LocalHost:
    return LocalHost(settings)


@pytest.fixture(scope="module")
def engine(settings: Settings, host: LocalHost) -> Iterator[Engine]:
    engine = Engine(settings, host)
    engine.start()
    yield engine
    engine.stop()


async def rooms(engine: Engine, host: LocalHost) -> list[str]:
    """The rooms of our server, listed by the LiveKit API."""
    server = host.server
    assert server is not None
    future = asyncio.run_coroutine_threadsafe(server.rooms(), engine.loop)
    return await asyncio.wrap_future(future)


def room_of(engine: Engine, call_id: str) -> str:
    events = read_events(engine.store.artifacts(call_id).events)
    return next(e.data["room"] for e in events if e.kind == EventKind.SESSION_STARTED)


def worker_pid() -> int:
    """The process that carries the calls."""
    for process in psutil.Process().children():
        if "harness.calls._worker" in command_of(process):
            return process.pid
    raise AssertionError("no worker runs")


@dataclass(frozen=True)
class Carried:
    """One healthy call, watched and listened to while it went on."""

    view: CallView
    before_end: tuple[CallView, ...]
    listened: tuple[LaneSound, ...]
    events: tuple[Event, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carried(engine: Engine) -> Carried:
    call = engine.place(demo_call(SLOTS))
    live = await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)

    async def listen() -> list[LaneSound]:
        return [piece async for piece in engine.hear(call.id)]

    listening = asyncio.run_coroutine_threadsafe(listen(), engine.loop)
    spoken = await wait_for(engine, call.id, lambda view: any(t.agent_text for t in view.turns))
    view = await wait_for_end(engine, call.id)
    listened = tuple(await asyncio.wrap_future(listening))
    events = tuple(read_events(engine.store.artifacts(call.id).events))
    return Carried(view, (live, spoken), listened, events)


async def test_a_call_is_carried_graded_and_stored(
    engine: Engine, host: LocalHost, carried: Carried
):
    live, spoken = carried.before_end
    assert live.verdict is None
    assert not spoken.state.is_final, "the transcript comes while the call goes on"
    view = carried.view
    assert (view.state, view.failure, view.ended_by) == (CallState.DONE, None, "agent")
    assert view.verdict is Verdict.PASSED and view.exit_code == 0, view.checks
    assert [t.outcome for t in view.turns] == [None, Outcome.ANSWERED, Outcome.ANSWERED]
    assert all(t.agent_text_source == "rtvi" and t.agent_text for t in view.turns)
    for turn in view.turns[1:]:
        assert turn.response_latency_s is not None and turn.bot_reported_s is not None
        assert turn.gap_s == pytest.approx(turn.response_latency_s - turn.bot_reported_s)
    stored = engine.store.get_call(view.call_id)
    assert (stored.state, stored.verdict) == (CallState.DONE, Verdict.PASSED)
    assert stored.summary is not None and stored.summary["turns"] == 2
    assert room_of(engine, view.call_id) not in await rooms(engine, host)


async def test_function_calls_come_with_names_and_arguments(carried: Carried):
    tool = carried.view.turns[1].tools[0]
    assert (tool.name, tool.arguments) == ("find_slots", {"doctor": "Osei", "day": "2026-11-27"})


async def test_its_figures_and_words_are_kept_at_its_end(engine: Engine, carried: Carried):
    call_id = carried.view.call_id
    figures = engine.store.figures([call_id])[call_id]
    assert figures == figures_of(engine.view(call_id))
    assert len(figures.replies_s) + figures.spoiled == figures.turns - figures.no_answer > 0
    said = next(turn.caller_text for turn in carried.view.turns if turn.caller_text)
    found = engine.archive.search(CallQuery(text=f"{said} demo"))
    assert [call.id for call in found.calls] == [call_id]
    assert engine.store.get_call(call_id).agent_name == "demo"


async def test_what_is_live_and_what_is_stored_are_the_same(engine: Engine, carried: Carried):
    turns = with_heard_errors(derive_turns(carried.events))
    assert turns == engine.view(carried.view.call_id).turns


async def test_the_transport_of_every_turn_is_told(carried: Carried):
    told = [event.data for event in carried.events if event.kind == EventKind.TRANSPORT]
    assert len(told) > 5, "one a second"
    assert told[-1]["jb_emitted"] > told[0]["jb_emitted"] > 0
    assert any(data["rtt_s"] for data in told)
    health = [event.data for event in carried.events if event.kind == EventKind.HEALTH]
    assert any(data["startup"] for data in health) and not health[-1]["startup"]
    assert all(0.0 <= data["cpu"] <= 1.0 for data in health)
    for turn in carried.view.turns[1:]:
        transport = turn.transport
        assert transport is not None and transport.jitter_buffer_ms is not None
        assert 0 < transport.jitter_buffer_ms < 1000
        assert transport.packets_received and turn.caller is not None
        assert turn.caller.end is not None
        assert transport.from_s < turn.caller.end < turn.agent[0].start
        if transport.one_way_s is not None and turn.response_latency_s is not None:
            adjusted = turn.response_latency_s - transport.one_way_s
            assert turn.adjusted_latency_s == pytest.approx(adjusted)


async def test_lanes_line_up_with_the_events_to_the_sample(engine: Engine, carried: Carried):
    recording = engine.recording(carried.view.call_id)
    agent = read_lane(recording, "agent")
    heard = [
        (e.kind, e.data["at"])
        for e in carried.events
        if e.kind in (EventKind.AGENT_STARTED, EventKind.AGENT_STOPPED)
    ]
    # The same detector over the stored lane, from its first sample on, tells the same boundaries.
    origin = next(
        e.data["first"]
        for e in carried.events
        if e.kind == EventKind.LANE_STARTED and e.data["lane"] == "agent"
    )
    again = [
        (kind, at + origin / LANE_RATE)
        for span in find_speech(agent[origin:], LANE_RATE, silero())
        for kind, at in ((EventKind.AGENT_STARTED, span.start), (EventKind.AGENT_STOPPED, span.end))
        if at is not None
    ]
    assert [kind for kind, _ in heard] == [kind for kind, _ in again]
    assert [at for _, at in heard] == pytest.approx([at for _, at in again], abs=1e-5)

    caller = read_lane(recording, "caller").astype(np.float64)
    for turn in carried.view.turns[1:]:
        assert turn.caller is not None and turn.caller.end is not None
        start, end = (round(at * LANE_RATE) for at in (turn.caller.start, turn.caller.end))
        inside = np.sqrt(np.mean(caller[start:end] ** 2))
        before = np.sqrt(np.mean(caller[start - 2400 : start - 240] ** 2))
        after = np.sqrt(np.mean(caller[end + 720 : end + 2400] ** 2))
        assert inside > 20 * max(before, after), "speech lies exactly between its boundaries"


async def test_listeners_hear_both_lanes(carried: Carried):
    for lane in ("caller", "agent"):
        pieces = [piece for piece in carried.listened if piece.lane == lane]
        ends = [piece.first + len(piece.samples) // 2 for piece in pieces]
        assert all(end <= piece.first for end, piece in zip(ends, pieces[1:], strict=False))
        sound = np.frombuffer(b"".join(piece.samples for piece in pieces), "<i2")
        assert np.abs(sound.astype(np.int32)).max() > 3000


async def test_two_calls_at_once_have_rooms_and_agents_of_their_own(engine: Engine):
    # The second one's agent may have to be started first: the other call must not end meanwhile.
    first, second = engine.place(demo_call(HOURS)), engine.place(demo_call(FAREWELL))
    await asyncio.gather(
        wait_for(engine, first.id, lambda view: view.state is CallState.LIVE),
        wait_for(engine, second.id, lambda view: view.state is CallState.LIVE),
    )
    assert {call.id for call in engine.live()} == {first.id, second.id}
    ends = await asyncio.gather(wait_for_end(engine, first.id), wait_for_end(engine, second.id))
    assert [view.state for view in ends] == [CallState.DONE, CallState.DONE]
    assert room_of(engine, first.id) != room_of(engine, second.id)


async def test_a_typed_line_is_spoken_and_answered_and_a_recording_is_played(engine: Engine):
    call = engine.place(demo_call(None))
    await wait_for(engine, call.id, lambda view: bool(view.turns and view.turns[0].agent_text))
    engine.type_line(call.id, "Where can I park?")
    view = await wait_for(
        engine, call.id, lambda view: len(view.turns) > 1 and bool(view.turns[1].agent_text)
    )
    assert view.turns[1].caller_source == "typed"
    assert "park" in view.turns[1].agent_text.lower()
    question = "Are you open on Saturday?"
    said = synthesize(question, voice="heart", speed=1.0, seed=0, sample_rate=LANE_RATE)
    recording = io.BytesIO()
    soundfile.write(recording, said, LANE_RATE, format="WAV")
    engine.play(call.id, recording.getvalue())
    view = await wait_for(
        engine, call.id, lambda view: len(view.turns) > 2 and bool(view.turns[2].agent_text)
    )
    played = view.turns[2]
    assert played.caller_source == "played" and not played.caller_text
    assert "saturday" in played.agent_text.lower(), played
    engine.press(call.id, "1#")
    view = await wait_for(engine, call.id, lambda view: len(view.turns) > 3)
    assert (view.turns[3].sent_as, view.turns[3].caller_source) == ("dtmf", "typed")
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id)
    # Exactly what was played, at the place its turn tells to 10 ms.
    caller = read_lane(engine.recording(call.id), "caller")
    assert played.caller is not None
    begins = speech_bounds(said, LANE_RATE)
    assert begins is not None
    first = round((played.caller.start - begins.start) * LANE_RATE)
    around = LANE_RATE // 100
    alike = [
        np.corrcoef(caller[at : at + len(said)], said)[0, 1]
        for at in range(first - around, first + around + 1)
    ]
    assert max(alike) > 0.99, (np.argmax(alike) - around, max(alike))
    assert not list(engine.recording(call.id).parent.glob("played-*"))
    assert (view.state, view.ended_by) == (CallState.DONE, "person")
    with pytest.raises(NotFound):
        engine.type_line(call.id, "Too late.")
    with pytest.raises(InputError):
        engine.type_line(call.id, "  ")


async def test_hang_up_ends_a_live_call_and_cleans_up(engine: Engine, host: LocalHost):
    call = engine.place(demo_call(HOURS))
    await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    room = room_of(engine, call.id)
    assert room in await rooms(engine, host)
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id, timeout_s=30.0)
    assert view.state is CallState.CANCELLED and view.exit_code == 2
    assert room not in await rooms(engine, host)
    assert engine.recording(call.id).exists()


async def test_hang_up_works_before_the_call_is_live(engine: Engine):
    call = engine.place(demo_call(HOURS))
    engine.hang_up(call.id)
    view = await wait_for_end(engine, call.id, timeout_s=30.0)
    assert view.state is CallState.CANCELLED


async def test_a_killed_worker_and_a_stopped_server_cost_their_calls_and_no_other(
    engine: Engine, host: LocalHost
):
    call = engine.place(demo_call(HOURS))
    # Once the caller has spoken, some seconds are recorded.
    await wait_for(engine, call.id, lambda view: len(view.turns) > 1)
    os.kill(worker_pid(), signal.SIGKILL)
    view = await wait_for_end(engine, call.id, timeout_s=30.0)
    assert view.state is CallState.LOST and view.exit_code == 3
    assert view.failure is not None and view.failure.kind == "lost"
    lane = read_lane(engine.recording(call.id), "caller")
    last_event = view.t
    assert len(lane) / LANE_RATE > last_event - 1.5, "at most the last second is gone"

    # The next call has a new worker; now its server goes.
    call = engine.place(demo_call(HOURS))
    await wait_for(engine, call.id, lambda view: view.state is CallState.LIVE)
    assert host.server is not None
    os.kill(host.server.pid, signal.SIGKILL)
    view = await wait_for_end(engine, call.id, timeout_s=60.0)
    assert view.state is CallState.FAILED, view
    assert view.failure is not None and view.failure.kind == "livekit_stopped", view.failure
    assert view.exit_code == 2

    # And the next has a new server.
    again = engine.place(demo_call(FAREWELL))
    view = await wait_for_end(engine, again.id)
    assert view.state is CallState.DONE, view.failure


async def test_the_wall_clock_ends_a_call(engine: Engine):
    call = engine.place(demo_call(None, wall_clock_s=4.0))
    view = await wait_for_end(engine, call.id, timeout_s=40.0)
    assert (view.state, view.ended_by, view.failure) == (CallState.DONE, "limit", None)


async def test_history_outlives_the_engine(settings: Settings, engine: Engine, carried: Carried):
    # The last of them: it stops the engine that they share.
    call_id = carried.view.call_id
    before, known = engine.view(call_id), [call.id for call in engine.history()]
    assert call_id in known
    await asyncio.to_thread(engine.stop)

    second = Engine(settings)
    second.start()
    try:
        assert [call.id for call in second.history()] == known
        after = second.view(call_id)
        assert after.turns == before.turns and after.checks == before.checks
        assert second.recording(call_id).exists()
        second.delete(call_id)
        assert [call.id for call in second.history()] == [each for each in known if each != call_id]
        second.restore(call_id)
        assert [call.id for call in second.history()] == known
    finally:
        second.stop()
