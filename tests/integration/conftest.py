"""For tests against real parts: one LiveKit server for all of them.

A test that uses `livekit` runs on the session's event loop::

    pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from harness.local import LiveKitServer
from harness.settings import get_settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def livekit() -> AsyncIterator[LiveKitServer]:
    """A running LiveKit server, shared: leave no rooms behind."""
    server = await LiveKitServer.start(get_settings(), progress=print)
    try:
        yield server
    finally:
        await server.stop()
