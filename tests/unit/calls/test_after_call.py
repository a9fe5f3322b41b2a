"""After a call its recording is measured, in a process of its own; the view tells what it found."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from harness.caller import silero
from harness.calls import Engine, stored_view
from harness.calls import _after_call as after_call
from harness.calls import _measured as kept
from harness.calls import _measuring as measuring
from harness.calls._after_call import measure_recording
from harness.calls._known_ear import KnownEar, Reply, Said
from harness.calls._measured import keep_failure, read_measured
from harness.calls._measuring import Measuring
from harness.errors import InternalError
from harness.measure import find_speech
from harness.nouns import LANE_RATE, Event, EventKind, Turn, WordErrors
from harness.settings import Settings
from harness.store import Artifacts, EventWriter, Store
from tests.unit.calls.stored_calls import keep_call
from tests.unit.measure.speech_truth import burst, place, to_int16, white

FIRST = 12_345


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Settings(data=tmp_path))
    yield store
    store.close()


def lane() -> np.ndarray:
    """What is heard of an agent that speaks three times, from the first sample of its stream."""
    wave, _ = place([(1.0 + 3 * seed, burst(LANE_RATE, seed)) for seed in range(3)], LANE_RATE, 11)
    return to_int16(wave + white(len(wave), -70, 1))


def record(files: Artifacts, agent: np.ndarray) -> None:
    files.folder.mkdir(parents=True, exist_ok=True)
    samples = np.concatenate((np.zeros(FIRST, np.int16), agent))
    both = np.stack((np.zeros_like(samples), samples), axis=1)
    soundfile.write(files.recording, both, LANE_RATE, format="FLAC", subtype="PCM_16")


def told(agent: np.ndarray, state: str = "done") -> list[Event]:
    """The events of that call, as the receiver writes them."""
    pieces: list[tuple[float, EventKind, dict[str, Any]]] = [
        (0.4, EventKind.AGENT_AUDIO, {}),
        (0.5, EventKind.LANE_STARTED, {"lane": "agent", "first": FIRST}),
        (1.0, EventKind.TRANSPORT, transport(48_000, 0, 0, 10)),
        (9.0, EventKind.TRANSPORT, transport(432_000, 4_800, 2, 108)),
    ]
    for span in find_speech(agent, LANE_RATE, silero()):
        for kind, at in (
            (EventKind.AGENT_STARTED, span.start),
            (EventKind.AGENT_STOPPED, span.end),
        ):
            assert at is not None
            at = round(FIRST / LANE_RATE + at, 6)
            sure = {"speech": 0.9} if kind == EventKind.AGENT_STARTED else {}
            pieces.append((at + 0.3, kind, {"at": at} | sure))
    pieces.append((12.0, EventKind.STATE, {"state": state}))
    pieces.sort(key=lambda piece: piece[0])
    return [Event(seq, t, str(kind), data) for seq, (t, kind, data) in enumerate(pieces, start=1)]


def transport(emitted: int, concealed: int, lost: int, received: int) -> dict[str, Any]:
    known = {"jb_emitted": emitted, "jb_delay_s": 1.0, "concealed": concealed, "silent": 0}
    return known | {"lost": lost, "received": received}


def write(files: Artifacts, events: list[Event]) -> None:
    files.events.unlink(missing_ok=True)
    with EventWriter(files.events) as writer:
        for seq, event in enumerate(events, start=1):
            writer.append(replace(event, seq=seq))


def measured(files: Artifacts, provider: str = "bot_file") -> dict[str, Any]:
    measure_recording(files.recording, files.events, files.measured, provider)
    found: dict[str, Any] = json.loads(files.measured.read_text())
    return found


def test_a_recording_and_its_events_agree(tmp_path: Path) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    events = told(agent)
    write(files, events)
    found = measured(files)
    assert found["warning"] == ""
    spoken = [at for span in found["speech"] for at in span]
    assert spoken == [event.data["at"] for event in events if "at" in event.data]
    assert len(spoken) == 6
    assert found["concealed_ms"] == pytest.approx(100.0)
    assert found["packet_loss"] == pytest.approx(2 / 100)
    report = read_measured(files.measured)
    assert report is not None and report.report is not None
    assert report.report.noise_floor_dbfs == pytest.approx(-70, abs=1)
    assert report.report.seconds == pytest.approx((FIRST + agent.size) / LANE_RATE)


def test_a_boundary_that_was_told_elsewhere_is_noticed(tmp_path: Path) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    events = told(agent)
    for event in events:
        if event.kind == EventKind.AGENT_STOPPED:
            event.data["at"] += 1 / LANE_RATE
            break
    write(files, events)
    assert "disagree on the agent's speech from second" in measured(files)["warning"]


def test_speech_nobody_told_is_noticed_but_not_in_a_call_that_was_cut_off(tmp_path: Path) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    for state, warns in (("done", True), ("lost", False)):
        events = told(agent, state)
        last = max(i for i, one in enumerate(events) if one.kind == EventKind.AGENT_STARTED)
        write(files, [one for i, one in enumerate(events) if i < last or "state" in one.data])
        assert bool(measured(files)["warning"]) is warns


def test_a_call_from_before_the_speech_model_is_not_compared(tmp_path: Path) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    events = told(agent)
    for event in events:
        event.data.pop("speech", None)
        if "at" in event.data:
            event.data["at"] += 0.2
    write(files, events)
    assert measured(files)["warning"] == ""


async def test_the_view_tells_what_was_measured(store: Store) -> None:
    call = keep_call(store)
    files = store.artifacts(call.id)
    agent = lane()
    record(files, agent)
    events = told(agent)
    events.remove(next(one for one in events if one.kind == EventKind.AGENT_STARTED))
    write(files, events)
    assert stored_view(store, call.id).audio is None
    queue = Measuring()
    news: list[str] = []
    queue.on_measured = news.append
    queue.queue(call.id, files, "bot_file")
    await queue.wait(call.id, 120)
    assert news == [call.id]
    view = stored_view(store, call.id)
    assert view.audio is not None
    figures = {metric.key: metric.value for metric in view.metrics}
    assert figures["agent_loudness"] == view.audio.loudness_lufs is not None
    # One boundary was taken out of the log.
    assert any("Recording and events disagree" in warning for warning in view.warnings)
    before = files.measured.stat().st_mtime_ns
    queue.queue(call.id, files, "bot_file")
    await queue.wait(call.id, 120)
    assert files.measured.stat().st_mtime_ns == before


def test_an_engine_makes_up_for_what_was_not_measured(store: Store, tmp_path: Path) -> None:
    call = keep_call(store)
    agent = lane()
    record(store.artifacts(call.id), agent)
    write(store.artifacts(call.id), told(agent))
    assert stored_view(store, call.id).audio is None
    engine = Engine(Settings(data=tmp_path))
    engine.start()
    try:
        assert engine.recovered.wait(60)
        engine.wait_measured(call.id, 120)
        view = engine.view(call.id)
    finally:
        engine.stop()
    assert view.audio is not None
    assert view.warnings == ()


async def test_a_recording_that_cannot_be_measured_is_a_warning(store: Store) -> None:
    call = keep_call(store)
    files = store.artifacts(call.id)
    files.recording.write_bytes(b"no FLAC")
    queue = Measuring()
    queue.queue(call.id, files, "bot_file")
    await queue.wait(call.id, 120)
    view = stored_view(store, call.id)
    assert view.audio is None
    assert view.verdict == stored_view(store, call.id).verdict
    assert [warning for warning in view.warnings if "was not measured" in warning]


async def test_one_is_measured_at_a_time_and_the_rest_is_left_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, go = 0, 0, asyncio.Event()

    async def run(files: Artifacts, provider: str) -> str:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        try:
            await go.wait()
            return ""
        finally:
            running -= 1

    monkeypatch.setattr(measuring, "_run", run)
    queue = Measuring()
    done: list[str] = []
    queue.on_measured = done.append
    for name in ("a", "b", "c"):
        files = Artifacts(tmp_path / name)
        files.folder.mkdir()
        files.recording.touch()
        queue.queue(name, files, "bot_file")
    await queue.wait("a", 0.01)
    go.set()
    await queue.wait("b", 10)
    assert most == 1
    assert done == ["a", "b"]
    await queue.stop()
    assert done[:2] == ["a", "b"] and running == 0


async def test_a_process_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import os, sys\nopen(sys.argv[0] + '.pid', 'w').write(str(os.getpid()))\n")
    slow.write_text(slow.read_text() + "import threading\nthreading.Event().wait()\n")
    start = asyncio.create_subprocess_exec

    async def instead(*command: Any, **options: Any) -> Any:
        return await start(sys.executable, str(slow), **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", instead)
    monkeypatch.setattr(measuring, "LIMIT_S", 1)
    monkeypatch.setattr(measuring, "_SPARE_S", 1)
    said = await measuring._run(Artifacts(tmp_path), "bot_file")
    assert "took longer" in said
    pid = Path(f"{slow}.pid")
    if pid.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def test_another_version_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "measured.json"
    assert read_measured(path) is None
    keep_failure(path, "Why.")
    found = read_measured(path)
    assert found is not None and found.report is None and "Why." in found.warning
    monkeypatch.setattr(kept, "AUDIO_VERSION", 2)
    assert read_measured(path) is None
    path.write_text("{")
    assert read_measured(path) is None


def with_words(agent: np.ndarray) -> list[Event]:
    events = told(agent)
    ends = [event.data["at"] for event in events if event.kind == EventKind.AGENT_STARTED]
    said = {"text": "We are open.", "source": "rtvi"}
    events.append(Event(0, ends[0], str(EventKind.AGENT_TEXT), said))
    return sorted(events, key=lambda event: event.t)


def test_the_agents_words_are_compared_where_its_ear_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    found = WordErrors(2, 1, 0, 0)

    def compare(turns: tuple[Turn, ...], lane: np.ndarray, ear: KnownEar) -> Said:
        assert [turn.agent_text for turn in turns] == ["We are open."]
        assert (len(lane), ear.voice) == (FIRST + agent.size, "heart")
        return Said((found,), ear.errors, replies=(Reply(1.5, "we are open", "we are"),))

    monkeypatch.setattr(after_call, "hear_replies", compare)
    write(files, with_words(agent))
    for provider, errors in (("demo", (found,)), ("bot_file", ())):
        measured(files, provider)
        kept_now = read_measured(files.measured)
        assert kept_now is not None and kept_now.said.errors == errors
        assert bool(kept_now.said.ear) == (provider == "demo")
        heard = [(reply.at, reply.said, reply.heard) for reply in kept_now.said.replies]
        assert heard == ([(1.5, "we are open", "we are")] if provider == "demo" else [])
        assert ("nobody knows" in kept_now.said.why) == (provider != "demo")


def test_a_recogniser_that_fails_is_told_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    write(files, with_words(agent))

    def fails(*_: object) -> Said:
        raise InternalError("The offline recogniser cannot hear.")

    monkeypatch.setattr(after_call, "hear_replies", fails)
    measured(files, "demo")
    found = read_measured(files.measured)
    assert found is not None and found.report is not None
    assert found.said.why == "Not measured: The offline recogniser cannot hear."


def test_what_was_measured_first_stays_when_the_rest_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, agent = Artifacts(tmp_path), lane()
    record(files, agent)
    write(files, told(agent))

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(after_call, "_said", killed)
    with pytest.raises(SystemExit):
        measured(files)
    found = read_measured(files.measured)
    assert found is not None and found.pending and measuring._is_wanted(files)
    keep_failure(files.measured, "It took longer than 60 s.")
    found = read_measured(files.measured)
    assert found is not None and found.report is not None and not found.pending
    assert found.report.dnsmos_why == found.said.why == "Not measured: It took longer than 60 s."
    assert not measuring._is_wanted(files)
