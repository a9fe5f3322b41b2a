"""For tests against real parts: one LiveKit server for all of them.

A test that uses `livekit` runs on the session's event loop::

    pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from harness.local import LiveKitServer
from harness.local.cloud_emulator import CloudEmulator, EmulatedAgent, demo_front_desk
from harness.settings import get_settings

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
