"""Every error a user can cause or meet.

Each says what happened, the likely cause and what to do, the same in page, CLI and JSON::

    RingbackError
    ├── InputError                 what the user gave us cannot be used        (exit 2)
    │   ├── ScenarioError          a scenario file: names file, line and key
    │   │   └── BrainError         the rules of a simulated person in it
    │   ├── ConversationError      a conversation file that is to be imported
    │   ├── SuiteError             a suite file: names file and line
    │   ├── BundleError            a bundle of calls that is to be imported
    │   ├── EndpointError          the entry of a language model
    │   ├── NoJudge                a judge is needed and no language model is set up
    │   ├── AgentConfigError       an agent's configuration or session body
    │   ├── UnknownName            no agent, scenario, voice or stack of that name
    │   ├── MissingKey             a speech stack needs a key that is not set
    │   ├── MissingSecret          a secret that is referred to is not there
    │   ├── NotFound               no call, run or grading of that id
    │   ├── RunNotOpen             the run's state does not allow that
    │   ├── CallHeld               somebody else holds the caller's side of the call
    │   ├── CannotTake             no person can take the caller's side of the call
    │   ├── CannotWhisper          what plays the caller follows no instructions
    │   ├── PageExpired            a page was open too long to act on a call
    │   └── RequestRefused         a request to the console without permission
    ├── SetupError                 this machine lacks something                (exit 2)
    │   ├── LiveKitMissing         no LiveKit server found, fetched or built
    │   ├── LiveKitStopped         the local LiveKit server ended or does not answer
    │   ├── VoiceMissing           the voice or its package is not installed
    │   ├── PackageMissing         a stack's package is not installed
    │   ├── OpenToOthers           the console would let in whoever reaches this machine
    │   ├── DataFolderError        the data folder cannot be written
    │   ├── DatabaseNewer          the database was made by a newer Ringback
    │   └── DatabaseBroken         the database is damaged
    ├── ConnectError               the agent was never reached                 (exit 2)
    │   ├── StartError             whoever starts sessions did not start one
    │   │   ├── HostUnknown        no machine of that name
    │   │   ├── RunnerRefused      nothing listens at the address
    │   │   ├── ConnectTimeout     no connection in time
    │   │   ├── RunnerTimeout      connected, and no answer in time
    │   │   ├── TlsRefused         the certificate or the handshake was refused
    │   │   ├── Unauthorised       401: the key is wrong
    │   │   ├── Forbidden          403: the key may not do this
    │   │   ├── AgentNotFound      404: no agent (or runner) of that name at that address
    │   │   ├── BodyTooLarge       413, or told before sending
    │   │   ├── AtCapacity         429: no room for another session
    │   │   ├── ServerError        5xx
    │   │   ├── RunnerAnswered     another status
    │   │   ├── NotPipecat         the answer is too large, not JSON, or redirects elsewhere
    │   │   ├── NoRoomInAnswer     the answer carries no LiveKit address or token
    │   │   ├── DailyTransport     the agent speaks through Daily, not LiveKit
    │   │   ├── AgentNotReady      the deployment is not ready
    │   │   └── BotDied            the bot's process ended before it was heard
    │   ├── RoomError              the room could not be entered
    │   │   ├── BadRoomAddress     the room's address is not one
    │   │   ├── RoomUnreachable    no LiveKit server at the room's address
    │   │   ├── RoomRefused        LiveKit refused the token
    │   │   ├── TokenExpired       the token's time is over
    │   │   ├── TokenForOtherRoom  the token is for another room
    │   │   ├── MayNotPublish      the token does not let the caller speak
    │   │   └── MayNotHear         the token does not let the caller hear
    │   ├── AgentNeverJoined       nobody but us came into the room
    │   ├── AgentNeverSpoke        the agent came but published no audio track
    │   └── TwoAgents              two agents are in the room
    ├── CallCut                    neither side ended the call                 (exit 2)
    │   ├── SessionLimit           the platform's limit on a session's length
    │   └── RemovedFromRoom        the server took the caller out of the room
    ├── AgentFailed                the agent let a live call down              (exit 1)
    │   ├── AgentCrashed           its process ended with an error
    │   ├── AgentLeft              it left before the caller was done
    │   └── AgentSilent            it did not answer
    ├── Interrupted                the user stopped the command                (exit 2)
    └── HarnessError               our own trouble, never the agent's failure  (exit 3)
        ├── CallLost               the process that carried the call died
        ├── JudgeError             a judge gave no usable answer
        │   ├── JudgeUnreachable   nothing answers at its address
        │   ├── JudgeKeyRefused    it does not take the key
        │   ├── JudgeModelUnknown  it does not have the model
        │   └── JudgeTooSlow       it did not answer in time
        ├── PersonaError           what plays the caller gave no usable answer
        ├── SpeechFailed           a speech service of the caller failed
        ├── CalibrationFailed      the agent of known delay could not be called
        ├── CalibrationSpoiled     the machine was too busy to be calibrated
        └── InternalError          a defect in Ringback

`kind` is the stable machine key (Pipecat Evals' own where it has one). Texts never hold tokens or
keys: :func:`redact` cleans whatever comes from outside before it becomes a message.
"""

from __future__ import annotations

from typing import ClassVar

from harness._redact import hide, redact

__all__ = [
    "AgentConfigError",
    "AgentCrashed",
    "AgentFailed",
    "AgentLeft",
    "AgentNeverJoined",
    "AgentNeverSpoke",
    "AgentNotFound",
    "AgentNotReady",
    "AgentSilent",
    "AtCapacity",
    "BadRoomAddress",
    "BodyTooLarge",
    "BotDied",
    "BrainError",
    "BundleError",
    "CalibrationFailed",
    "CalibrationSpoiled",
    "CallCut",
    "CallHeld",
    "CallLost",
    "CannotTake",
    "CannotWhisper",
    "ConnectError",
    "ConnectTimeout",
    "ConversationError",
    "DailyTransport",
    "DataFolderError",
    "DatabaseBroken",
    "DatabaseNewer",
    "EndpointError",
    "Forbidden",
    "HarnessError",
    "HostUnknown",
    "InputError",
    "InternalError",
    "Interrupted",
    "JudgeError",
    "JudgeKeyRefused",
    "JudgeModelUnknown",
    "JudgeTooSlow",
    "JudgeUnreachable",
    "LiveKitMissing",
    "LiveKitStopped",
    "MayNotHear",
    "MayNotPublish",
    "MissingKey",
    "MissingSecret",
    "NoJudge",
    "NoRoomInAnswer",
    "NotFound",
    "NotPipecat",
    "OpenToOthers",
    "PackageMissing",
    "PageExpired",
    "PersonaError",
    "RemovedFromRoom",
    "RequestRefused",
    "RingbackError",
    "RoomError",
    "RoomRefused",
    "RoomUnreachable",
    "RunNotOpen",
    "RunnerAnswered",
    "RunnerRefused",
    "RunnerTimeout",
    "ScenarioError",
    "ServerError",
    "SessionLimit",
    "SetupError",
    "SpeechFailed",
    "StartError",
    "SuiteError",
    "TlsRefused",
    "TokenExpired",
    "TokenForOtherRoom",
    "TwoAgents",
    "Unauthorised",
    "UnknownName",
    "VoiceMissing",
    "hide",
    "redact",
]


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


class BrainError(ScenarioError):
    """The rules of a simulated person cannot be used; the message names file, line and key."""

    kind = "bad_brain"


class ConversationError(InputError):
    """A conversation file cannot be imported."""

    kind = "bad_conversation"


class SuiteError(InputError):
    """A suite file cannot be read; the message names file and line."""

    kind = "suite_error"


class BundleError(InputError):
    """A bundle of calls cannot be imported."""

    kind = "bundle_error"


class EndpointError(InputError):
    """The entry of a language model cannot be used."""

    kind = "bad_endpoint"


class NoJudge(InputError):
    """A judge is needed, and no language model is set up."""

    kind = "no_judge"


class AgentConfigError(InputError):
    """An agent's configuration or session body cannot be used."""

    kind = "bad_agent"


class UnknownName(InputError):
    """Nothing goes by that name."""

    kind = "unknown_name"


class MissingKey(InputError):
    """A speech stack needs a key that is not set."""

    kind = "missing_key"


class MissingSecret(InputError):
    """A secret that a configuration refers to is not there."""

    kind = "missing_secret"


class NotFound(InputError):
    """No call, run or grading has that id."""

    kind = "not_found"


class RunNotOpen(InputError):
    """A run is in a state that does not allow what was asked of it."""

    kind = "run_not_open"


class CallHeld(InputError):
    """Somebody else holds the caller's side of the call."""

    kind = "call_held"


class CannotTake(InputError):
    """No person can take the caller's side of the call."""

    kind = "cannot_take"


class CannotWhisper(InputError):
    """What plays the caller follows no instructions."""

    kind = "cannot_whisper"


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


class OpenToOthers(SetupError):
    """The console would let in whoever reaches this machine."""

    kind = "open_to_others"


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


class StartError(ConnectError):
    """Whoever starts sessions did not start one."""

    kind = "start_failed"


class HostUnknown(StartError):
    """No machine goes by that name."""

    kind = "host_unknown"


class RunnerRefused(StartError):
    """Nothing listens at the address."""

    kind = "runner_refused"


class ConnectTimeout(StartError):
    """There was no connection in time."""

    kind = "connect_timeout"


class RunnerTimeout(StartError):
    """Connected, and no answer in time."""

    kind = "runner_timeout"


class TlsRefused(StartError):
    """The certificate or the TLS handshake was refused."""

    kind = "tls_refused"


class Unauthorised(StartError):
    """The key is wrong (401)."""

    kind = "unauthorised"


class Forbidden(StartError):
    """The key may not do this (403)."""

    kind = "forbidden"


class AgentNotFound(StartError):
    """There is no such agent at that address (404)."""

    kind = "agent_not_found"


class BodyTooLarge(StartError):
    """The session body is over the limit (413)."""

    kind = "body_too_large"


class AtCapacity(StartError):
    """There is no room for another session (429)."""

    kind = "at_capacity"


class ServerError(StartError):
    """The other side failed (5xx)."""

    kind = "server_error"


class RunnerAnswered(StartError):
    """The other side answered with an error."""

    kind = "runner_error"


class NotPipecat(StartError):
    """The answer is no answer of a Pipecat runner."""

    kind = "not_pipecat"


class NoRoomInAnswer(StartError):
    """The start answer carries no LiveKit address or token."""

    kind = "no_livekit_url"


class DailyTransport(StartError):
    """The agent speaks through Daily, not LiveKit."""

    kind = "daily_transport"


class AgentNotReady(StartError):
    """The deployment is not ready."""

    kind = "agent_not_ready"


class BotDied(StartError):
    """The bot's process ended before it was heard."""

    kind = "bot_died"


class RoomError(ConnectError):
    """The room could not be entered."""

    kind = "room_error"


class BadRoomAddress(RoomError):
    """The room's address is not a LiveKit address."""

    kind = "bad_room_address"


class RoomUnreachable(RoomError):
    """No LiveKit server answers at the room's address."""

    kind = "room_unreachable"


class RoomRefused(RoomError):
    """LiveKit refused the token."""

    kind = "room_refused"


class TokenExpired(RoomError):
    """The token's time is over."""

    kind = "token_expired"


class TokenForOtherRoom(RoomError):
    """The token is for another room."""

    kind = "token_for_other_room"


class MayNotPublish(RoomError):
    """The token does not let the caller speak."""

    kind = "may_not_publish"


class MayNotHear(RoomError):
    """The token does not let the caller hear."""

    kind = "may_not_hear"


class AgentNeverJoined(ConnectError):
    """Nobody but the caller came into the room."""

    kind = "agent_never_joined"


class AgentNeverSpoke(ConnectError):
    """The agent came into the room but published no audio track."""

    kind = "agent_no_audio"


class TwoAgents(ConnectError):
    """Two agents are in the room."""

    kind = "two_agents"


class CallCut(RingbackError):
    """Neither the caller nor the agent ended the call."""

    kind = "call_cut"


class SessionLimit(CallCut):
    """The platform's limit on the length of a session was reached."""

    kind = "session_limit"


class RemovedFromRoom(CallCut):
    """The LiveKit server took the caller out of the room."""

    kind = "removed_from_room"


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


class JudgeError(HarnessError):
    """A judge gave no usable answer."""

    kind = "judge_error"


class JudgeUnreachable(JudgeError):
    """Nothing answers at the address of a language model."""

    kind = "judge_unreachable"


class JudgeKeyRefused(JudgeError):
    """A language model's service does not take the key."""

    kind = "judge_key_refused"


class JudgeModelUnknown(JudgeError):
    """A language model's service does not have the model."""

    kind = "judge_model_unknown"


class JudgeTooSlow(JudgeError):
    """A language model did not answer in time."""

    kind = "judge_too_slow"


class PersonaError(HarnessError):
    """What plays the simulated person gave no usable answer."""

    kind = "persona_error"


class SpeechFailed(HarnessError):
    """A speech service of the simulated caller failed."""

    kind = "speech_failed"


class CalibrationFailed(HarnessError):
    """The agent of known delay could not be called."""

    kind = "calibration_failed"


class CalibrationSpoiled(HarnessError):
    """The machine was too busy to be calibrated."""

    kind = "calibration_spoiled"


class InternalError(HarnessError):
    """A defect in Ringback."""

    kind = "internal"
