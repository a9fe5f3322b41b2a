"""RoomLine: our place in the agent's room."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Literal

from livekit import rtc

from harness.caller import _faults
from harness.caller._ending import removed
from harness.caller._inbox import Inbox
from harness.caller._statistics import Figures, uplink_figures
from harness.caller._tap import CallTap
from harness.caller._text import clean
from harness.caller._transcripts import TOPIC, Transcripts
from harness.caller._words import Words
from harness.errors import TwoAgents
from harness.nouns import LANE_RATE, EventKind, Session

__all__ = ["RoomLine"]

_CONNECT_S = 12.0
_SOURCE_QUEUE_MS = 200
_LONGEST_STREAM = 64_000
_AUDIO_COMES_S = 3.0
"""A caller who types waits so long for the agent's audio track; some have none."""
_ON_BEHALF = "lk.publish_on_behalf"
"""Set on an avatar's participant: it speaks for an agent and is not one of its own."""
_CHAT = "lk.chat"
_TONES = "0123456789*#"
"""Keys in the order of their codes (RFC 4733)."""
_FOR_ALL = ("room_deleted", "room_closed", "server_shutdown")
"""Reasons why everybody leaves, whoever is told of first."""


class RoomLine:
    """Joins the room, finds the agent, publishes one track, passes data both ways.

    The agent is found as: not us, publishes audio. It usually is there before us, so the room is
    swept after connecting, those of kind AGENT first; every callback is set before.

    Args:
        tap: The call's clock, events and recording.
        session: Where the room is.
        words: Where transcripts go.
        by: Whether the caller speaks or types.

    Attributes:
        inbox: What came by data packets.
        on_track: Called with the agent's audio track when it is subscribed, then or later.
        source: Where the caller's audio goes, from :meth:`open_source`.
        agent_gone: Set when the agent, once found, has left or the room has closed.
        removed: Why the server took us out of the room, in LiveKit's words; None if it did not.
        begun: Set by the caller at its first line: from then on a second agent is a warning.
        trouble: Why the call cannot go on, found after joining.
    """

    def __init__(
        self, tap: CallTap, session: Session, words: Words, by: Literal["voice", "text"] = "voice"
    ) -> None:
        self._tap = tap
        self._session = session
        self._by = by
        self._room = rtc.Room(loop=asyncio.get_running_loop())
        self._agent: str | None = None
        self._present: dict[str, rtc.RemoteParticipant] = {}
        self._heard = asyncio.Event()
        self._joined = asyncio.Event()
        self._warned: set[str] = set()
        self._ready_from: set[str] = set()
        self._leaving = False
        self.inbox = Inbox(tap)
        self.inbox.on_ready = self._on_ready
        self.transcripts = Transcripts(words, self._is_caller)
        self.source: rtc.AudioSource | None = None
        self.agent_gone = asyncio.Event()
        self.removed: str | None = None
        self.begun = False
        self.trouble: TwoAgents | None = None
        self.on_track: Callable[[rtc.Track], None] = lambda track: None

    async def join(self) -> None:
        """Connect.

        Raises:
            RoomUnreachable: No LiveKit server answers at the address.
            RoomError: It refuses the token, or the token does not allow what a caller does.
        """
        self._listen()
        options = rtc.RoomOptions(
            auto_subscribe=True,
            connect_timeout=5.0,
            data_stream=rtc.room.DataStreamOptions(max_payload_byte_length=_LONGEST_STREAM),
        )
        try:
            await asyncio.wait_for(
                self._room.connect(self._session.url, self._session.token, options), _CONNECT_S
            )
        except (rtc.ConnectError, TimeoutError) as error:
            raise _faults.why_not(str(error), self._session) from None
        _faults.check_room(self._session, self._room.name)
        us = self._room.local_participant
        _faults.check_permissions(us.permissions, self._by)
        self._tap.emit(EventKind.ROOM_JOINED, identity=us.identity)
        there = sorted(self._room.remote_participants.values(), key=_kind)
        for participant in there:
            self._on_joined(participant)
            for publication in participant.track_publications.values():
                if publication.track is not None:
                    self._on_track(publication.track, publication, participant)

    async def wait_for_agent(self, timeout_s: float) -> None:
        """Wait until the agent's audio is subscribed; a caller who types needs none.

        Raises:
            AgentNeverJoined: Nobody came within `timeout_s`.
            AgentNeverSpoke: Somebody came but published no audio, and the caller speaks.
            TwoAgents: More than one is there.
            RemovedFromRoom: The server took us out.
        """
        if self._by == "voice":
            await self._first_of({self._heard, self.agent_gone}, timeout_s)
        else:
            await self._first_of({self._joined, self.agent_gone}, timeout_s)
            if self._joined.is_set():
                await self._first_of({self._heard, self.agent_gone}, _AUDIO_COMES_S)
        if self.removed is not None:
            raise removed(self.removed)
        if len(rivals := self._rivals()) > 1:
            raise _faults.two_agents(rivals)
        if not self._heard.is_set() and not (self._by == "text" and self._joined.is_set()):
            raise _faults.nobody(timeout_s, joined=self._joined.is_set())

    async def statistics(self) -> Figures:
        """Figures of the way to the server."""
        return await uplink_figures(self._room)

    def open_source(self) -> rtc.AudioSource:
        """The source of the caller's one track (LANE_RATE, mono); to be published after joining."""
        self.source = rtc.AudioSource(LANE_RATE, 1, queue_size_ms=_SOURCE_QUEUE_MS)
        return self.source

    async def publish(self) -> None:
        """Publish the caller's track."""
        assert self.source is not None
        track = rtc.LocalAudioTrack.create_audio_track("caller", self.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._room.local_participant.publish_track(track, options)

    async def send(self, message: dict[str, Any]) -> None:
        """Send JSON to the room as a data packet; nothing happens when the line is down."""
        if self._room.isconnected():
            await self._room.local_participant.publish_data(json.dumps(message), reliable=True)

    async def chat(self, text: str) -> None:
        """Send text to the room as LiveKit's chat does; nothing happens when the line is down."""
        if self._room.isconnected():
            await self._room.local_participant.send_text(text, topic=_CHAT, compress=False)

    async def press(self, keys: str) -> None:
        """Send keys as LiveKit's tones; nothing happens when the line is down."""
        for key in keys:
            if self._room.isconnected():
                code = _TONES.index(key)
                await self._room.local_participant.publish_dtmf(code=code, digit=key)

    async def leave(self) -> None:
        """Disconnect in order: a process that ends without can abort in the native library."""
        self._leaving = True
        await self.transcripts.close()
        self.inbox.close()
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
        room.register_text_stream_handler(TOPIC, self.transcripts.take)

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity in self._present:
            return
        self._present[participant.identity] = participant
        self._joined.set()
        self._tap.emit(
            EventKind.AGENT_JOINED,
            identity=clean(participant.identity, 200),
            kind=_kind(participant),
        )

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        self._present.pop(participant.identity, None)
        if participant.identity != self._agent and self._present:
            return
        reason = _reason(participant.disconnect_reason)
        if self._room.connection_state == rtc.ConnectionState.CONN_RECONNECTING:
            # The SDK forgets everybody when it has to begin anew: it is our line that is down.
            self._out("connection_lost")
        elif reason in _FOR_ALL:
            self._out(reason)
        elif not self._leaving and not self.agent_gone.is_set():
            self._tap.emit(
                EventKind.AGENT_LEFT,
                identity=clean(participant.identity, 200),
                reason=reason,
            )
            self.agent_gone.set()

    def _on_disconnected(self, reason: Any = None) -> None:
        self._out(_reason(reason))

    def _out(self, reason: str) -> None:
        if not self._leaving and not self.agent_gone.is_set():
            self.removed = reason
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
            self._tap.emit(EventKind.AGENT_AUDIO, identity=clean(self._agent, 200))
            self._heard.set()
            self.on_track(track)
        elif participant.identity != self._agent:
            self._warn(
                "second_publisher",
                "Somebody else publishes audio in this room: the agent hears both.",
            )

    def _on_data(self, packet: rtc.DataPacket) -> None:
        sender = packet.participant.identity if packet.participant else ""
        self.inbox.take(packet.data, sender, packet.topic or "")

    def _on_ready(self, identity: str) -> None:
        self._ready_from.add(identity)
        if len(self._ready_from) < 2:
            return
        if not self.begun and self.trouble is None:
            self.trouble = _faults.two_agents(sorted(self._ready_from))
            self.agent_gone.set()
        elif self.begun:
            self._warn(
                "second_agent",
                "Two agents answer in this room: what they say of themselves is mixed up.",
            )

    def _warn(self, code: str, message: str) -> None:
        if code not in self._warned:
            self._warned.add(code)
            self._tap.emit(EventKind.ROOM_WARNING, code=code, message=message)

    def _rivals(self) -> list[str]:
        """Who is an agent: of that kind, or with an audio track, and for nobody else."""
        return [
            identity
            for identity, participant in self._present.items()
            if not participant.attributes.get(_ON_BEHALF)
            and (_kind(participant) == "agent" or _has_audio(participant))
        ]

    def _is_caller(self, identity: str, track_id: str) -> bool:
        us = self._room.local_participant
        return identity == us.identity or (bool(track_id) and track_id in us.track_publications)

    async def _first_of(self, events: set[asyncio.Event], timeout_s: float) -> None:
        waiting = {asyncio.create_task(event.wait()) for event in events}
        try:
            await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


def _kind(participant: rtc.RemoteParticipant) -> str:
    return "agent" if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT else "standard"


def _has_audio(participant: rtc.RemoteParticipant) -> bool:
    return any(
        publication.kind == rtc.TrackKind.KIND_AUDIO
        for publication in participant.track_publications.values()
    )


def _reason(reason: Any) -> str:
    """LiveKit's disconnect reason in lower case."""
    if not isinstance(reason, int) or reason not in rtc.DisconnectReason.values():
        return "unknown_reason"
    return str(rtc.DisconnectReason.Name(reason)).lower()
