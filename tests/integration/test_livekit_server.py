"""The local LiveKit server, for real."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import jwt
import psutil
import pytest
from livekit import rtc

from harness.errors import LiveKitStopped
from harness.local import LiveKitServer
from harness.settings import Settings, get_settings

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]


async def test_lets_in_who_has_a_token_and_lists_and_deletes_rooms(livekit: LiveKitServer) -> None:
    room = rtc.Room()
    gone = asyncio.Event()
    room.on("disconnected", lambda _reason: gone.set())
    await room.connect(livekit.url, livekit.token("here", "caller"))
    try:
        assert "here" in await livekit.rooms()
        await livekit.delete_room("here")
        await asyncio.wait_for(gone.wait(), 30)
        assert "here" not in await livekit.rooms()
        await livekit.delete_room("here")  # again is fine
    finally:
        await room.disconnect()


async def test_carries_audio_between_two_over_loopback_only(livekit: LiveKitServer) -> None:
    heard = asyncio.Event()
    speaker, listener = rtc.Room(), rtc.Room()
    listener.on("track_subscribed", lambda *_: heard.set())
    await listener.connect(livekit.url, livekit.token("talk", "listener", publish=False))
    await speaker.connect(livekit.url, livekit.token("talk", "speaker"))
    try:
        source = rtc.AudioSource(48000, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        await speaker.local_participant.publish_track(track)
        await asyncio.wait_for(heard.wait(), 30)
        server = psutil.Process(livekit.pid)
        local = {
            connection.laddr.ip
            for connection in server.net_connections("inet")
            if connection.laddr and connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
        }
        assert {ip for ip in local if not ip.startswith("127.")} == set()
    finally:
        await speaker.disconnect()
        await listener.disconnect()
        await livekit.delete_room("talk")


async def test_keys_are_long_and_neither_on_command_lines_nor_in_the_log() -> None:
    # A server of its own: LiveKit logs the key, not the secret, of whoever signs a token wrongly,
    # and other tests do.
    livekit = await LiveKitServer.start(get_settings())
    try:
        assert len(livekit.api_secret) >= 43
        await livekit.rooms()
        server = psutil.Process(livekit.pid)
        guard = server.parent()
        assert guard is not None
        words = " ".join([*server.cmdline(), *guard.cmdline()])
        log = livekit.log_path.read_text()
        assert "ListRooms" in log
        for secret in (livekit.api_secret, livekit.api_key):
            assert secret not in words
            assert secret not in log
        assert livekit.log_path.stat().st_mode & 0o077 == 0
    finally:
        await livekit.stop()


def _claims(server: LiveKitServer, token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(
        token, server.api_secret, algorithms=["HS256"], options={"verify_exp": False}
    )
    return claims


async def test_tokens_say_what_they_allow(livekit: LiveKitServer) -> None:
    observer = _claims(livekit, livekit.token("r", "eye", publish=False, hidden=True))
    assert observer["sub"] == "eye"
    assert observer["video"]["hidden"] is True
    assert observer["video"]["canPublish"] is False
    assert _claims(livekit, livekit.token("r", "bot", kind="agent"))["kind"] == "agent"
    late = _claims(livekit, livekit.token("r", "late", ttl_s=-60))
    assert late["exp"] < datetime.now(UTC).timestamp()


async def test_a_killed_server_is_told_with_its_last_words() -> None:
    server = await LiveKitServer.start(get_settings())
    try:
        assert server.alive
        os.kill(server.pid, signal.SIGKILL)
        stopped = await asyncio.wait_for(server.ended(), 30)
        assert isinstance(stopped, LiveKitStopped)
        assert not server.alive
        assert "exit code -9" in stopped.message
        assert "starting LiveKit server" in stopped.cause
        with pytest.raises(LiveKitStopped, match="exit code -9"):
            await server.rooms()
    finally:
        await server.stop()


async def test_stop_ends_the_process_and_is_not_an_error() -> None:
    server = await LiveKitServer.start(get_settings())
    process = psutil.Process(server.pid)
    await server.stop()
    assert await server.ended() is None
    assert not process.is_running()
    await server.stop()  # again is fine
    with pytest.raises(LiveKitStopped):
        await server.rooms()


async def test_a_program_that_ends_at_once_is_told(settings: Settings) -> None:
    settings.data.mkdir()
    program = settings.data / "livekit-server"
    program.write_text("#!/bin/sh\necho could not parse config: unknown field\nexit 3\n")
    program.chmod(0o755)
    broken = settings.model_copy(update={"livekit_server": program})
    with pytest.raises(LiveKitStopped, match="exit code 3") as caught:
        await LiveKitServer.start(broken)
    assert "unknown field" in caught.value.cause


_OWNER = """
import asyncio, sys
from harness.local import LiveKitServer
from harness.settings import get_settings

async def main():
    server = await LiveKitServer.start(get_settings())
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_server_dies_with_a_console_that_is_killed() -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OWNER, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    server = psutil.Process(int(await asyncio.wait_for(owner.stdout.readline(), 60)))
    owner.kill()
    await owner.wait()
    gone, _ = await asyncio.to_thread(psutil.wait_procs, [server], 10)
    assert gone == [server]
