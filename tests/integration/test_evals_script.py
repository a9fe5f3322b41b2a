"""Scripts of Pipecat Evals by voice: its own driver, unmodified, in a real room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from evals_support import FrontDesk, play

from harness.caller.speech import synthesize
from harness.local import LiveKitServer
from harness.measure import find_speech
from harness.nouns import (
    LANE_RATE,
    Caller,
    EventKind,
    Expectation,
    ExpectedCall,
    Outcome,
    Scenario,
    ScriptStep,
    SendAfter,
)
from harness.settings import Settings

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(
    livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FrontDesk]:
    desk = FrontDesk(livekit, Settings(data=tmp_path_factory.mktemp("data")))
    yield desk
    await desk.close()


def script(*steps: ScriptStep, **more: object) -> Scenario:
    return Scenario(name="test/evals", title="", path="test", steps=steps, **more)  # type: ignore[arg-type]


def says(text: str | None, *expect: Expectation, **more: object) -> ScriptStep:
    return ScriptStep(text, expect=expect, wait="written", **more)  # type: ignore[arg-type]


def response(*contains: str, **more: object) -> Expectation:
    return Expectation(contains=contains, **more)  # type: ignore[arg-type]


async def test_the_front_desk_by_pipecats_own_driver(desk: FrontDesk) -> None:
    osei = {"doctor": "Osei", "day": "2026-11-27"}
    scenario = script(
        says(None, response("Northgate Clinic")),
        says(
            "I would like to book a follow-up with Doctor Osei on Friday.",
            Expectation(event="user_started_speaking"),
            Expectation(event="user_transcription", contains=("friday",)),
            Expectation(event="function_call", calls=(ExpectedCall("find_slots", osei),)),
            Expectation(event="bot_started_speaking"),
            response("Osei", within_s=4.0),
        ),
        says("What are your opening hours?", response("from eight to six")),
        says("That is all, goodbye.", Expectation(event="response", excludes=("parking",))),
    )
    tap, ending = await play(await desk.session(), scenario, caller=Caller(answer_timeout_s=5.0))
    assert tap.statuses() == {place: "matched" for place in tap.expectations()}
    assert len(tap.expectations()) == 8
    assert (ending.by, ending.reason) in {("caller", "script_done"), ("agent", "left")}
    said = [each["text"] for each in tap.of(EventKind.CALLER_STARTED)]
    assert said == [step.say for step in scenario.steps if step.say]
    # Each line is said when the agent has really stopped.
    for turn in tap.turns():
        assert turn.index == 0 or turn.outcome is Outcome.ANSWERED, turn


def recorded(path: Path, text: str, rate: int, channels: int = 1) -> str:
    """A recording of `text`; its format is that of the file's name."""
    samples = synthesize(text, voice="heart", speed=1.0, seed=3, sample_rate=rate)
    soundfile.write(path, np.repeat(samples[:, None], channels, axis=1), rate)
    return str(path)


async def test_recordings_keys_pauses_and_a_barge_in(desk: FrontDesk, tmp_path: Path) -> None:
    hours, parking = "What are your opening hours?", "Where can I park?"
    scenario = script(
        says(None, response("Northgate Clinic")),
        says(hours, response("eight to six"), audio=recorded(tmp_path / "a.wav", hours, 8000)),
        says(
            parking,
            Expectation(event="user_transcription", contains=("park",)),
            response("parking"),
            audio=recorded(tmp_path / "b.flac", parking, 44100, channels=2),
        ),
        says(None, response("eight to six"), dtmf="4#"),
        says(
            "What are your opening hours?",
            response("eight to six"),
            parts=("What are your", 700, "opening hours?"),
        ),
        says(
            parking,
            Expectation(event="bot_interrupted"),
            response("parking"),
            send_after=SendAfter("bot_started_speaking", 1500),
            audio=recorded(tmp_path / "c.ogg", parking, 16000),
        ),
        says("That is all, goodbye.", response("Goodbye")),
        stop_on_failure=False,
    )
    tap, _ = await play(await desk.session(), scenario)
    assert tap.statuses() == {place: "matched" for place in tap.expectations()}
    assert tap.of(EventKind.CALLER_PRESSED) == [{"keys": "4#"}]
    lines = {each["line"]: each for each in tap.of(EventKind.CALLER_STARTED)}
    assert [line["sent_as"] for line in lines.values()] == [
        *["voice"] * 2,
        "dtmf",
        *["voice"] * 3,
    ]
    assert lines[3]["text"] == "Keys 4 #"

    # The barge-in, measured in the recording: from the agent's onset to the caller's.
    stops = {each["line"]: each["at"] for each in tap.of(EventKind.CALLER_STOPPED)}
    before, cut_in = stops[4], lines[5]["at"]
    agent = [span.start for span in find_speech(tap.lane("agent"), LANE_RATE)]
    heard = min(at for at in agent if at > before)
    caller = np.abs(tap.lane("caller").astype(int))
    since = round((heard + 0.2) * LANE_RATE)
    onset = (since + int(np.flatnonzero(caller[since:] > 300)[0])) / LANE_RATE
    assert onset == pytest.approx(heard + 1.5, abs=0.06)
    assert cut_in == pytest.approx(heard + 1.5, abs=0.03)

    # The pause in the line, from speech to speech.
    begin, end = (round(at * LANE_RATE) for at in (lines[4]["at"], stops[4]))
    loud = np.flatnonzero(caller[begin:end] > 100)
    assert np.diff(loud).max() / LANE_RATE == pytest.approx(0.7, abs=0.05)


async def test_a_deaf_agent_is_asked_once_more_and_given_up(desk: FrontDesk) -> None:
    scenario = script(
        says(None, response("Northgate Clinic")),
        says("What are your opening hours?", response("eight")),
        says("That is all, goodbye.", response("Goodbye")),
    )
    caller = Caller(answer_timeout_s=2.0)
    tap, ending = await play(await desk.session(fault="deaf"), scenario, caller=caller)
    assert (ending.by, ending.reason) == ("caller", "no_answer")
    assert tap.statuses() == {
        (0, 0): "matched",
        (1, 0): "failed timeout",
        (2, 0): "not_run not_reached",
    }
    said = [each["text"] for each in tap.of(EventKind.CALLER_STARTED)]
    assert said[-1].startswith("Hello?")


@pytest.mark.parametrize("fault", ["silent_start", "chatty", "stubborn"])
async def test_agents_with_bad_manners_are_heard_all_the_same(desk: FrontDesk, fault: str) -> None:
    scenario = script(
        says("What are your opening hours?", Expectation(event="bot_started_speaking")),
        says("Where can I park?", response("park"), send_after=SendAfter(None, 1200)),
        says("That is all, goodbye.", response("Goodbye")),
        stop_on_failure=False,
    )
    caller = Caller(answer_timeout_s=5.0)
    tap, _ = await play(await desk.session(fault=fault), scenario, caller=caller)
    assert tap.statuses() == {(0, 0): "matched", (1, 0): "matched", (2, 0): "matched"}
