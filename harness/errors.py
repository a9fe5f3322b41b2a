"""Every error a user can cause or meet.

Each says what happened, the likely cause and what to do, the same in page, CLI and JSON::

    RingbackError
    ├── InputError                 what the user gave us cannot be used        (exit 2)
    │   ├── ScenarioError          a scenario file: names file, line and key
    │   ├── AgentConfigError       an agent's configuration or session body
    │   ├── UnknownName            no agent, scenario, voice or stack of that name
    │   ├── MissingKey             a speech stack needs a key that is not set
    │   ├── NotFound               no call or run of that id
    │   ├── PageExpired            a page was open too long to act on a call
    │   └── RequestRefused         a request to the console without permission
    ├── SetupError                 this machine lacks something                (exit 2)
    │   ├── LiveKitMissing         no LiveKit server found, fetched or built
    │   ├── LiveKitStopped         the local LiveKit server ended or does not answer
    │   ├── VoiceMissing           the voice or its package is not installed
    │   ├── PackageMissing         a stack's package is not installed
    │   ├── DataFolderError        the data folder cannot be written
    │   ├── DatabaseNewer          the database was made by a newer Ringback
    │   └── DatabaseBroken         the database is damaged
    ├── ConnectError               the agent was never reached                 (exit 2)
    │   ├── RunnerRefused          nothing listens at the runner's address
    │   ├── RunnerAnswered         the runner answered with an error
    │   ├── RunnerTimeout          the runner did not answer in time
    │   ├── NoRoomInAnswer         the answer carries no LiveKit address or token
    │   ├── BadRoomAddress         the room's address is not one
    │   ├── RoomRefused            LiveKit refused the token
    │   ├── TokenExpired           the token's time is over
    │   ├── RoomUnreachable        no LiveKit server at the room's address
    │   ├── AgentNeverJoined       nobody but us came into the room
    │   └── AgentNeverSpoke        the agent came but published no audio track
    ├── AgentFailed                the agent let a live call down              (exit 1)
    │   ├── AgentCrashed           its process ended with an error
    │   ├── AgentLeft              it left before the caller was done
    │   └── AgentSilent            it did not answer
    ├── Interrupted                the user stopped the command                (exit 2)
    └── HarnessError               our own trouble, never the agent's failure  (exit 3)
        ├── CallLost               the process that carried the call died
        └── InternalError          a defect in Ringback

`kind` is the stable machine key (Pipecat Evals' own where it has one). Texts never hold tokens or
keys: :func:`redact` cleans whatever comes from outside before it becomes a message.
"""

from __future__ import annotations

import re
from typing import ClassVar

__all__ = [
    "AgentConfigError",
    "AgentCrashed",
    "AgentFailed",
    "AgentLeft",
    "AgentNeverJoined",
    "AgentNeverSpoke",
    "AgentSilent",
    "BadRoomAddress",
    "CallLost",
    "ConnectError",
    "DataFolderError",
    "DatabaseBroken",
    "DatabaseNewer",
    "HarnessError",
    "InputError",
    "InternalError",
    "Interrupted",
    "LiveKitMissing",
    "LiveKitStopped",
    "MissingKey",
    "NoRoomInAnswer",
    "NotFound",
    "PackageMissing",
    "PageExpired",
    "RequestRefused",
    "RingbackError",
    "RoomRefused",
    "RoomUnreachable",
    "RunnerAnswered",
    "RunnerRefused",
    "RunnerTimeout",
    "ScenarioError",
    "SetupError",
    "TokenExpired",
    "UnknownName",
    "VoiceMissing",
    "redact",
]

_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?")
_QUERY = re.compile(r"(?i)\b(access_token|token|api_?key|api_?secret|secret|password)=[^\s&\"']+")
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{6,}")
_VENDOR_KEY = re.compile(r"\b(?:sk|pk|rk)[-_][\w-]{12,}")


def redact(text: str) -> str:
    """Return `text` with tokens, bearer headers and keys replaced by ``[hidden]``."""
    text = _JWT.sub("[hidden]", text)
    text = _QUERY.sub(lambda match: f"{match.group(1)}=[hidden]", text)
    text = _BEARER.sub("Bearer [hidden]", text)
    return _VENDOR_KEY.sub("[hidden]", text)


class RingbackError(Exception):
    """Base of all errors shown to users.

    Args:
        message: What happened, one sentence.
        cause: The likely cause, one sentence.
        remedy: What to do next, one sentence.
    """

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, cause: str = "", remedy: str = "") -> None:
        self.message = redact(message)
        self.cause = redact(cause)
        self.remedy = redact(remedy)
        super().__init__(self.message)

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.cause, self.remedy) if part)


class InputError(RingbackError):
    """What the user gave us cannot be used."""

    kind = "bad_input"


class ScenarioError(InputError):
    """A scenario file cannot be read; the message names file, line and key."""

    kind = "bad_scenario"


class AgentConfigError(InputError):
    """An agent's configuration or session body cannot be used."""

    kind = "bad_agent"


class UnknownName(InputError):
    """Nothing goes by that name."""

    kind = "unknown_name"


class MissingKey(InputError):
    """A speech stack needs a key that is not set."""

    kind = "missing_key"


class NotFound(InputError):
    """No call or run has that id."""

    kind = "not_found"


class PageExpired(InputError):
    """A page was open for too long to act on a call."""

    kind = "page_expired"


class RequestRefused(InputError):
    """A request to the console came without permission, or from elsewhere."""

    kind = "request_refused"


class SetupError(RingbackError):
    """This machine lacks something Ringback needs."""

    kind = "setup"


class LiveKitMissing(SetupError):
    """No LiveKit server was found, fetched or built."""

    kind = "livekit_missing"


class LiveKitStopped(SetupError):
    """The local LiveKit server ended or does not answer."""

    kind = "livekit_stopped"


class VoiceMissing(SetupError):
    """The voice or its package is not installed."""

    kind = "voice_missing"


class PackageMissing(SetupError):
    """A speech stack's package is not installed."""

    kind = "package_missing"


class DataFolderError(SetupError):
    """The data folder cannot be written."""

    kind = "data_folder"


class DatabaseNewer(SetupError):
    """The database was made by a newer Ringback."""

    kind = "database_newer"


class DatabaseBroken(SetupError):
    """The database is damaged, or no database of Ringback."""

    kind = "database_broken"


class ConnectError(RingbackError):
    """The agent was never reached."""

    kind = "connect_failed"


class RunnerRefused(ConnectError):
    """Nothing listens at the runner's address."""

    kind = "runner_refused"


class RunnerAnswered(ConnectError):
    """The runner answered with an error."""

    kind = "runner_error"


class RunnerTimeout(ConnectError):
    """The runner did not answer in time."""

    kind = "runner_timeout"


class NoRoomInAnswer(ConnectError):
    """The start answer carries no LiveKit address or token."""

    kind = "no_livekit_url"


class BadRoomAddress(ConnectError):
    """The room's address is not a LiveKit address."""

    kind = "bad_room_address"


class RoomRefused(ConnectError):
    """LiveKit refused the token."""

    kind = "room_refused"


class TokenExpired(ConnectError):
    """The token's time is over."""

    kind = "token_expired"


class RoomUnreachable(ConnectError):
    """No LiveKit server answers at the room's address."""

    kind = "room_unreachable"


class AgentNeverJoined(ConnectError):
    """Nobody but the caller came into the room."""

    kind = "agent_never_joined"


class AgentNeverSpoke(ConnectError):
    """The agent came into the room but published no audio track."""

    kind = "agent_no_audio"


class AgentFailed(RingbackError):
    """The agent let a live call down."""

    kind = "agent_failed"
    exit_code = 1


class AgentCrashed(AgentFailed):
    """The agent's process ended with an error during the call."""

    kind = "agent_crashed"


class AgentLeft(AgentFailed):
    """The agent left before the caller was done."""

    kind = "agent_left"


class AgentSilent(AgentFailed):
    """The agent stayed silent although the call was live."""

    kind = "timeout"


class Interrupted(RingbackError):
    """The user stopped the command before it had a result."""

    kind = "interrupted"


class HarnessError(RingbackError):
    """Our own trouble, never the agent's failure."""

    kind = "error"
    exit_code = 3


class CallLost(HarnessError):
    """The process that carried the call died."""

    kind = "lost"


class InternalError(HarnessError):
    """A defect in Ringback."""

    kind = "internal"
