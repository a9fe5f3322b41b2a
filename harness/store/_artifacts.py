"""Where the files of a call are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import NotFound
from harness.settings import Settings

__all__ = ["Artifacts"]

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Paths of one call's files; nothing is opened here.

    Attributes:
        folder: ``<data folder>/calls/<call id>``.
    """

    folder: Path

    @classmethod
    def of(cls, settings: Settings, call_id: str) -> Artifacts:
        """The files of call `call_id`, whether they exist or not.

        Raises:
            NotFound: No call can have such an id (an address is typed by people, so it must not
                lead out of the data folder).
        """
        if not _ID.fullmatch(call_id):
            raise NotFound(
                f"There is no call {call_id[:64]!r}.",
                remedy="Pick a call from the history: ringback calls.",
            )
        return cls(settings.data / "calls" / call_id)

    @property
    def events(self) -> Path:
        """The event log, one JSON object a line."""
        return self.folder / "events.jsonl"

    @property
    def caller_pcm(self) -> Path:
        """The caller's lane while the call is live: raw int16, mono."""
        return self.folder / "caller.pcm"

    @property
    def agent_pcm(self) -> Path:
        """The agent's lane while the call is live: raw int16, mono."""
        return self.folder / "agent.pcm"

    @property
    def recording(self) -> Path:
        """Both lanes once the call has ended: stereo FLAC, left caller, right agent."""
        return self.folder / "recording.flac"

    @property
    def recording_ogg(self) -> Path:
        """The recording in OGG/Opus, for reports; made of the other one when it is first wanted."""
        return self.folder / "recording.ogg"

    @property
    def outline(self) -> Path:
        """The outline of both lanes for the waveform, made as the recording is encoded."""
        return self.folder / "outline.u8"

    @property
    def measured(self) -> Path:
        """How the agent's lane sounds, measured on the recording after the call: JSON."""
        return self.folder / "measured.json"

    @property
    def agent_log(self) -> Path:
        """What the agent's process wrote, if we ran it."""
        return self.folder / "agent.log"
