"""For tests against real parts: one LiveKit server for all of them, and the longest files first.

A test that uses `livekit` runs on the session's event loop::

    pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.local import LiveKitServer
from harness.local.cloud_emulator import CloudEmulator, EmulatedAgent, demo_front_desk
from harness.settings import get_settings

LONGEST = (
    *("test_faults_regrade", "test_evals_script", "test_parity", "test_calls"),
    *("test_text_channels", "test_front_desk", "test_caller_sounds", "test_room_faults"),
    *("test_bot_file", "test_runners", "test_cloud_calls", "test_livekit_agents"),
    *("test_cloud_openai", "test_cloud_stack", "test_grading_live", "test_two_engines"),
    *("test_session_cleanup", "test_cloud_contract", "test_speech_pipeline", "test_bad_reach"),
    *("test_bot_pool", "test_old_bots", "test_speech_error_rate", "test_evals_simulation"),
    *("test_calibrate", "test_connection", "test_cloud_rooms"),
)
"""The files in the order of what they take, for workers that take file after file as they come:
a long one that began last would go on alone."""

_TONE = Path(__file__).parent / "bots" / "tone.py"
CLOUD_AGENTS = (
    # None waits warm: two cores carry the tests' own calls.
    demo_front_desk(min_warm=0),
    EmulatedAgent("tone", _TONE, min_warm=0),
    EmulatedAgent("tone-one", _TONE, min_warm=0, max_sessions=1, retry_after_s=1),
    EmulatedAgent("tone-short", _TONE, min_warm=0, max_session_s=4, style="livekit"),
    EmulatedAgent("tone-silent", _TONE, min_warm=0, style="none", knows_livekit=False),
    EmulatedAgent("tone-daily", _TONE, min_warm=0, style="daily"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def livekit() -> AsyncIterator[LiveKitServer]:
    """A running LiveKit server, shared: leave no rooms behind."""
    server = await LiveKitServer.start(get_settings(), progress=print)
    try:
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cloud(livekit: LiveKitServer) -> AsyncIterator[CloudEmulator]:
    """A running Pipecat Cloud emulator with the agents of `CLOUD_AGENTS`: stop your sessions."""
    emulator = await CloudEmulator.start(get_settings(), livekit, CLOUD_AGENTS, progress=print)
    try:
        yield emulator
    finally:
        await emulator.stop()
