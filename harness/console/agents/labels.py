"""How the fields of each way to reach an agent are called, explained and ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["LABELS", "Field", "Kind"]

Kind = Literal["text", "secret", "number", "flag", "choice", "pairs", "lines", "json"]
"""`pairs` is NAME=value a line, `lines` one value a line, `json` a JSON value."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: Of the provider's configuration.
        label: For people.
        help: Its tooltip.
        kind: What it is entered as.
        example: Shown while it is empty; for a secret the name of an environment variable.
        more: Whether it stands under "More".
        required: Whether it must not be empty.
        default: What an empty one means.
        choices: Of a choice.
        hidden: Whether the values of pairs are secrets.
        least: Smallest number.
        most: Largest number.
        words: What choices are called.
    """

    name: str
    label: str
    help: str = ""
    kind: Kind = "text"
    example: str = ""
    more: bool = False
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    hidden: bool = False
    least: float | None = None
    most: float | None = None
    words: Mapping[str, str] | None = None


_KEEP = "Kept in a file only you can read, and never shown again."

_ROOM_ACCESS = (
    Field("livekit_url", "LiveKit address", example="wss://my-project.livekit.cloud", more=True),
    Field("livekit_api_key", "LiveKit API key", example="LIVEKIT_API_KEY", more=True),
    Field("livekit_api_secret", "LiveKit API secret", example="LIVEKIT_API_SECRET", more=True),
    Field("auto_cleanup", "Delete the room after the call", more=True),
)

LABELS: dict[str, tuple[Field, ...]] = {
    "pipecat_cloud": (
        Field("agent_name", "Agent name", "As in the Pipecat Cloud dashboard.", example="my-agent"),
        Field(
            "api_key",
            "Public API key",
            f"Starts sessions. {_KEEP}",
            example="PIPECAT_API_KEY",
        ),
        Field(
            "private_api_key",
            "Private API key",
            f"Optional: readiness, session details, logs, and stopping sessions. {_KEEP}",
            example="PIPECAT_PRIVATE_API_KEY",
        ),
        Field(
            "livekit_url",
            "LiveKit address",
            "Only if the start answer names none: the LiveKit server your agent uses.",
            example="wss://my-project.livekit.cloud",
            more=True,
        ),
        Field(
            "livekit_api_key",
            "LiveKit API key",
            "With key and secret Ringback makes the room and the tokens itself, and hands the "
            "agent its own in the session body.",
            example="LIVEKIT_API_KEY",
            more=True,
        ),
        Field(
            "livekit_api_secret",
            "LiveKit API secret",
            f"Belongs to the LiveKit API key. {_KEEP}",
            example="LIVEKIT_API_SECRET",
            more=True,
        ),
        Field(
            "auto_cleanup",
            "Delete the room after the call",
            "Only where Ringback has the keys to the room.",
            more=True,
        ),
        Field(
            "base_url",
            "Pipecat Cloud address",
            "Change it for a rehearsal on the emulator.",
            more=True,
        ),
        Field("organization", "Organization", "Only if the key belongs to several.", more=True),
        Field(
            "transport",
            "Transport",
            "Said at the start; only LiveKit can be called. Empty says nothing.",
            more=True,
        ),
        Field(
            "start_timeout_s",
            "Wait for the start, s",
            "A cold start may take half a minute.",
            more=True,
        ),
        Field("timeout_s", "Wait for other answers, s", more=True),
        Field(
            "capacity_tries",
            "Tries when it is at capacity",
            "How often a start is asked again while as many sessions run as are allowed.",
            more=True,
        ),
        Field(
            "capacity_wait_s",
            "Wait at capacity, s",
            "For all tries together.",
            more=True,
        ),
        Field(
            "max_session_duration",
            "Session limit, s",
            "If the deployment cuts sessions at another length than it says.",
            more=True,
        ),
    ),
    "bot_file": (
        Field(
            "file",
            "Bot file",
            "Path of the file on this computer.",
            example="~/my-agent/bot.py",
        ),
        Field(
            "env",
            "Environment",
            "Keys the bot needs, one a line. `NAME=env:NAME` takes the value from Ringback's own "
            f"environment. A value that you type is {_KEEP[0].lower()}{_KEEP[1:]}",
            example="OPENAI_API_KEY=env:OPENAI_API_KEY",
        ),
        Field(
            "python",
            "Python",
            "The interpreter that has the bot's packages. Empty: a `.venv` beside the file, else "
            "Ringback's own.",
            example="~/my-agent/.venv/bin/python",
            more=True,
        ),
        Field(
            "uv",
            "Run with uv",
            "Runs it with `uv run`, in the project's own environment.",
            more=True,
        ),
        Field(
            "folder",
            "Working folder",
            "Where the bot runs. Empty: the folder of the file.",
            example="~/my-agent",
            more=True,
        ),
        Field(
            "args",
            "More arguments",
            "Handed to the bot file, one a line.",
            example="--verbose",
            more=True,
        ),
        Field(
            "way",
            "How it is run",
            "By Pipecat's runner, or by itself with room address and token as arguments.",
            more=True,
            words={
                "runner": "By Pipecat's runner",
                "arguments": "By itself: room and token as arguments",
                "environment": "By itself: room and token as variables",
            },
        ),
        Field(
            "timeout_s", "Wait for it to start, s", "Models may take a while to load.", more=True
        ),
    ),
    "dev_runner": (
        Field(
            "url",
            "Runner address",
            "Where a bot started with `python bot.py -t livekit` listens.",
            example="http://localhost:7860",
        ),
        *_ROOM_ACCESS,
        Field("timeout_s", "Wait for an answer, s", "The bot may still be loading.", more=True),
    ),
    "http_runner": (
        Field(
            "url",
            "Address",
            "Where your service takes the POST that starts a bot.",
            example="https://bots.example.com/start_bot",
        ),
        Field(
            "headers",
            "Headers",
            "One a line. `Authorization=env:NAME` takes the value from the environment. A value "
            f"that you type is {_KEEP[0].lower()}{_KEEP[1:]}",
            example="Authorization=Bearer ...",
        ),
        Field(
            "body",
            "Request body, JSON",
            'What is sent. `"{body}"` stands for the session body; empty sends that alone.',
            example='{"transport": "livekit", "body": "{body}"}',
        ),
        Field("url_at", "Room address in the answer", example="/room/url", more=True),
        Field("token_at", "Token in the answer", example="/room/token", more=True),
        Field("room_at", "Room name in the answer", example="/room/name", more=True),
        Field("session_id_at", "Session id in the answer", example="/session/id", more=True),
        Field("stop_url", "Stop address", example="/sessions/{session_id}", more=True),
        Field("stop_headers", "Stop headers", example="Authorization=Bearer ...", more=True),
        Field("stop_body", "Stop body, JSON", example='{"id": "{session_id}"}', more=True),
        Field("method", "Asked by", more=True),
        Field("stop_method", "Stopped by", more=True),
        *_ROOM_ACCESS,
        Field("timeout_s", "Wait for an answer, s", more=True),
    ),
    "room": (
        Field(
            "url",
            "Room address",
            "The LiveKit server the room is on.",
            example="wss://my-project.livekit.cloud",
        ),
        Field(
            "token",
            "Access token",
            f"Good for joining the room, speaking and hearing. {_KEEP}",
            example="ROOM_TOKEN",
        ),
        Field(
            "room",
            "Room name",
            "With API key and secret: the room to join. Empty: a new one for each call.",
            example="front-desk",
        ),
        Field(
            "api_key",
            "LiveKit API key",
            f"Instead of a token: Ringback makes tokens itself. {_KEEP}",
            example="LIVEKIT_API_KEY",
        ),
        Field(
            "api_secret",
            "LiveKit API secret",
            f"Belongs to the API key. {_KEEP}",
            example="LIVEKIT_API_SECRET",
        ),
        Field(
            "agent_name",
            "Send this agent",
            "Name of a LiveKit Agents worker to send into the room. Empty: one waits there, or "
            "comes by itself.",
            example="front-desk-worker",
            more=True,
        ),
        Field("auto_cleanup", "Delete the room after the call", more=True),
    ),
}
