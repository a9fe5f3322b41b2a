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

from harness._redact import hide, redact
from harness.errors._base import (
    RingbackError,
)
from harness.errors._call import (
    AgentCrashed,
    AgentFailed,
    AgentLeft,
    AgentSilent,
    CallCut,
    RemovedFromRoom,
    SessionLimit,
)
from harness.errors._connect import (
    AgentNeverJoined,
    AgentNeverSpoke,
    ConnectError,
    TwoAgents,
)
from harness.errors._harness import (
    CalibrationFailed,
    CalibrationSpoiled,
    CallLost,
    HarnessError,
    InternalError,
    Interrupted,
    JudgeError,
    JudgeKeyRefused,
    JudgeModelUnknown,
    JudgeTooSlow,
    JudgeUnreachable,
    PersonaError,
    SpeechFailed,
)
from harness.errors._input import (
    AgentConfigError,
    BrainError,
    BundleError,
    CallHeld,
    CannotTake,
    CannotWhisper,
    ConversationError,
    EndpointError,
    InputError,
    MissingKey,
    MissingSecret,
    NoJudge,
    NotFound,
    PageExpired,
    RequestRefused,
    RunNotOpen,
    ScenarioError,
    SuiteError,
    UnknownName,
)
from harness.errors._room import (
    BadRoomAddress,
    MayNotHear,
    MayNotPublish,
    RoomError,
    RoomRefused,
    RoomUnreachable,
    TokenExpired,
    TokenForOtherRoom,
)
from harness.errors._setup import (
    DatabaseBroken,
    DatabaseNewer,
    DataFolderError,
    LiveKitMissing,
    LiveKitStopped,
    OpenToOthers,
    PackageMissing,
    SetupError,
    VoiceMissing,
)
from harness.errors._start import (
    AgentNotFound,
    AgentNotReady,
    AtCapacity,
    BodyTooLarge,
    BotDied,
    ConnectTimeout,
    DailyTransport,
    Forbidden,
    HostUnknown,
    NoRoomInAnswer,
    NotPipecat,
    RunnerAnswered,
    RunnerRefused,
    RunnerTimeout,
    ServerError,
    StartError,
    TlsRefused,
    Unauthorised,
)

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
