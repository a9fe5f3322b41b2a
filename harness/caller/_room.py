"""RoomLine: our place in the agent's room."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from livekit import rtc

from harness.caller._tap import CallTap
from harness.errors import (
    AgentNeverJoined,
    AgentNeverSpoke,
    RoomRefused,
    RoomUnreachable,
)
from harness.nouns import LANE_RATE, EventKind, Session, token_claims

__all__ = ["RoomLine"]

_CONNECT_S = 12.0
_SOURCE_QUEUE_MS = 200


class RoomLine:
    """Joins the room, finds the agent, publishes one track, passes data both ways.

    The agent is found as: not us, publishes audio. It usually is there before us, so the room is
    swept after connecting, those of kind AGENT first; every callback is set before.

    Attributes:
        track: The agent's audio track once it is subscribed.
        source: Where the caller's audio goes once :meth:`publish` was called.
        agent_gone: Set when the agent, once found, has left or the room has closed.
    """

    def __init__(self, tap: CallTap, session: Session) -> None:
        self._tap = tap
        self._session = session
        self._room = rtc.Room()
        self._agent: str | None = None
        self._present: dict[str, rtc.RemoteParticipant] = {}
        self._heard = asyncio.Event()
        self._joined = asyncio.Event()
        self._warned = False
        self._leaving = False
        self.track: rtc.RemoteAudioTrack | None = None
        self.source: rtc.AudioSource | None = None
        self.agent_gone = asyncio.Event()
        self.on_data: Callable[[bytes], None] = lambda payload: None
        self.on_transcription: Callable[[str], None] = lambda text: None
        self._streams: set[asyncio.Task[None]] = set()

    async def join(self) -> None:
        """Connect.

        Raises:
            RoomUnreachable: No LiveKit server answers at the address.
            RoomRefused: It refuses the token.
        """
        self._listen()
        try:
            await asyncio.wait_for(
                self._room.connect(
                    self._session.url,
                    self._session.token,
                    rtc.RoomOptions(auto_subscribe=True, connect_timeout=5.0),
                ),
                _CONNECT_S,
            )
        except (rtc.ConnectError, TimeoutError) as error:
            raise self._why_not(str(error)) from None
        self._tap.emit(EventKind.ROOM_JOINED, identity=self._room.local_participant.identity)
        there = sorted(self._room.remote_participants.values(), key=_kind)
        for participant in there:
            self._on_joined(participant)
            for publication in participant.track_publications.values():
                if publication.track is not None:
                    self._on_track(publication.track, publication, participant)

    async def wait_for_agent(self, timeout_s: float) -> None:
        """Wait until the agent's audio is subscribed.

        Raises:
            AgentNeverJoined: Nobody came within `timeout_s`.
            AgentNeverSpoke: Somebody came but published no audio.
        """
        gone = asyncio.create_task(self.agent_gone.wait())
        heard = asyncio.create_task(self._heard.wait())
        try:
            await asyncio.wait(
                {gone, heard}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            gone.cancel()
            heard.cancel()
        if self._heard.is_set():
            return
        if self._joined.is_set():
            raise AgentNeverSpoke(
                f"The agent joined the room but published no audio in {timeout_s:g} s.",
                cause="Its audio output is off, or it failed while it started.",
                remedy="Look at the bot's own log; a Pipecat bot needs audio_out_enabled=True.",
            )
        raise AgentNeverJoined(
            f"The agent did not join the room in {timeout_s:g} s.",
            cause="The bot is not running, failed while it started, or waits in another room.",
            remedy="Check that the bot is running and look at its log, then call again.",
        )

    async def publish(self) -> rtc.AudioSource:
        """Publish the caller's one track and return its source (LANE_RATE, mono)."""
        self.source = rtc.AudioSource(LANE_RATE, 1, queue_size_ms=_SOURCE_QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track("caller", self.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._room.local_participant.publish_track(track, options)
        return self.source

    async def send(self, message: dict[str, Any]) -> None:
        """Send an RTVI message to the room."""
        if self._room.isconnected():
            await self._room.local_participant.publish_data(json.dumps(message), reliable=True)

    async def leave(self) -> None:
        """Disconnect in order: a process that ends without can abort in the native library."""
        self._leaving = True
        for task in list(self._streams):
            task.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._room.disconnect(), 5.0)
        if self.source is not None:
            await self.source.aclose()

    def _listen(self) -> None:
        room = self._room
        room.on("participant_connected", self._on_joined)
        room.on("participant_disconnected", self._on_left)
        room.on("track_subscribed", self._on_track)
        room.on("data_received", self._on_data)
        room.on("disconnected", self._on_disconnected)
        room.register_text_stream_handler("lk.transcription", self._on_text_stream)

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity in self._present:
            return
        self._present[participant.identity] = participant
        self._joined.set()
        self._tap.emit(
            EventKind.AGENT_JOINED, identity=participant.identity, kind=_kind(participant)
        )

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        self._present.pop(participant.identity, None)
        if participant.identity == self._agent or not self._present:
            self._gone(participant.identity)

    def _on_disconnected(self, *_: Any) -> None:
        self._gone("room")

    def _gone(self, identity: str) -> None:
        if not self._leaving and not self.agent_gone.is_set():
            self._tap.emit(EventKind.AGENT_LEFT, identity=identity)
            self.agent_gone.set()

    def _on_track(
        self,
        track: rtc.Track,
        publication: rtc.RemoteTrackPublication,
        participant: rtc.RemoteParticipant,
    ) -> None:
        if track.kind != rtc.TrackKind.KIND_AUDIO:
            return
        if self._agent is None:
            self._agent = participant.identity
            self.track = track
            self._tap.emit(EventKind.AGENT_AUDIO, identity=participant.identity)
            self._heard.set()
        elif participant.identity != self._agent and not self._warned:
            self._warned = True
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="second_publisher",
                message="Somebody else publishes audio in this room: the agent hears both.",
            )

    def _on_data(self, packet: rtc.DataPacket) -> None:
        self.on_data(packet.data)

    def _on_text_stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        async def read() -> None:
            text = " ".join((await reader.read_all()).split())
            if text and identity == self._agent:
                self.on_transcription(text)

        task = asyncio.create_task(read())
        self._streams.add(task)
        task.add_done_callback(self._streams.discard)

    def _why_not(self, said: str) -> RoomRefused | RoomUnreachable:
        lowered = said.lower()
        expires = token_claims(self._session.token).get("exp")
        if any(word in lowered for word in ("401", "403", "unauthorized", "invalid token")):
            return RoomRefused(
                "LiveKit refused the token.",
                cause="The token was made with another server's key"
                + ("" if expires else ", or has no time of expiry")
                + ".",
                remedy="Make a token with this server's API key and secret, for this room.",
            )
        return RoomUnreachable(
            f"No LiveKit server answers at {self._session.url}.",
            cause="The address is wrong, the server is not running, or a firewall is between.",
            remedy="Check the address and the server, then call again.",
        )


def _kind(participant: rtc.RemoteParticipant) -> str:
    return "agent" if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT else "standard"
