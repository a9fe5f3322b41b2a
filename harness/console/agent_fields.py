"""The fields of each way to reach an agent: the providers' own, in words for people.

Which fields there are, of what kind and with which default is read from the provider's
configuration model; here is how they are called, explained and ordered. A field that is not named
here is shown all the same, under "More".
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from harness.agents import PROVIDERS
from harness.errors import UnknownName

__all__ = ["WAYS", "Field", "Kind", "Way", "fields_of", "way_of"]

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


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach an agent, as a card shows it.

    Attributes:
        title: Its name.
        icon: A Material symbol.
        sentence: What it is for.
        before: What there must be before the first call, one Markdown sentence each.
        command: Something to type in a terminal before, if it helps.
        body: Whether a session body is handed to the agent.
    """

    title: str
    icon: str
    sentence: str
    before: tuple[str, ...] = ()
    command: str = ""
    body: bool = True


WAYS: dict[str, Way] = {
    "pipecat_cloud": Way(
        "Pipecat Cloud",
        "cloud",
        "Start a deployed agent by name. Needs its name and a public key.",
        (
            "The agent is deployed with the LiveKit transport; Daily rooms cannot be called.",
            "The public key and the agent's name stand in the Pipecat Cloud dashboard.",
            "A private key adds readiness, cold start, session logs and a list of what runs.",
        ),
    ),
    "bot_file": Way(
        "Bot file",
        "description",
        "Point at a `bot.py` on this computer. Ringback runs it, one process for each call.",
        (
            "The file has a function `bot(runner_args)`, as Pipecat's runner expects.",
            "Its Python has `pipecat-ai[runner,livekit]`; a `.venv` beside the file is found.",
            "Ringback brings the LiveKit server, ports and tokens.",
        ),
    ),
    "dev_runner": Way(
        "Runner address",
        "terminal",
        "Call a bot that already runs under Pipecat's development runner.",
        (
            "The runner was given `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`.",
            "It answers on port 7860 unless told otherwise.",
        ),
        "python bot.py -t livekit",
    ),
    "http_runner": Way(
        "Bot runner service",
        "webhook",
        "Your own service starts the bot when it gets a POST, and answers with a room.",
        (
            "The answer is JSON and names a LiveKit address and a token somewhere.",
            "Usual names are found by themselves; for others say where they stand, under More.",
        ),
    ),
    "room": Way(
        "Existing room",
        "meeting_room",
        "Join a LiveKit room where an agent waits, or have one sent there by name.",
        (
            "Either a token for the room, or the API key and secret of the LiveKit project.",
            "With key and secret an agent's worker can be sent into the room by its name.",
        ),
        body=False,
    ),
}
"""By provider, in the order they are offered."""

_KEEP = "Kept in a file only you can read, and never shown again."

_ROOM_ACCESS = (
    Field("livekit_url", "LiveKit address", example="wss://my-project.livekit.cloud", more=True),
    Field("livekit_api_key", "LiveKit API key", example="LIVEKIT_API_KEY", more=True),
    Field("livekit_api_secret", "LiveKit API secret", example="LIVEKIT_API_SECRET", more=True),
    Field("auto_cleanup", "Delete the room after the call", more=True),
)

_LABELS: dict[str, tuple[Field, ...]] = {
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


@lru_cache(maxsize=16)
def fields_of(provider: str) -> tuple[Field, ...]:
    """All fields of a provider's configuration, in the order of the form.

    Raises:
        UnknownName: There is no such provider.
    """
    if provider not in PROVIDERS:
        raise UnknownName(
            f"There is no way {provider!r} to reach an agent.",
            cause="The address of this page is wrong, or of a newer version.",
            remedy=f"Use one of: {', '.join(PROVIDERS)}.",
        )
    model = dict(PROVIDERS[provider].fields.model_fields)
    if provider == "pipecat_cloud":
        model.pop("body", None)  # the session body, which every agent has
    named = {field.name: field for field in _LABELS.get(provider, ())}
    order = [name for name in named if name in model] + [
        name for name in model if name not in named
    ]
    return tuple(
        _read(named.get(name) or Field(name, _label(name), more=True), model[name])
        for name in order
    )


def way_of(provider: str) -> str:
    """What a way is called in a list."""
    way = WAYS.get(provider)
    return way.title if way else provider


def _label(name: str) -> str:
    seconds = name.removesuffix("_s")
    text = seconds.replace("_", " ").capitalize()
    return text if seconds == name else f"{text}, s"


def _read(field: Field, info: FieldInfo) -> Field:
    """`field` with what the model says of it."""
    kind, choices, hidden = _kind(info.annotation)
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    if isinstance(default, SecretStr):
        default = None
    limits = {type(limit).__name__: limit for limit in info.metadata}
    return replace(
        field,
        kind=kind,
        choices=choices,
        hidden=hidden,
        required=info.is_required(),
        default=str(default) if isinstance(default, Path) else default,
        help=field.help or info.description or "",
        least=_limit(limits, ("Ge", "ge"), ("Gt", "gt")),
        most=_limit(limits, ("Le", "le"), ("Lt", "lt")),
    )


def _limit(limits: Mapping[str, Any], *names: tuple[str, str]) -> float | None:
    for kind, attribute in names:
        if kind in limits:
            return float(getattr(limits[kind], attribute))
    return None


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...], bool]:
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return "choice", tuple(str(choice) for choice in get_args(annotation)), False
    if annotation is SecretStr:
        return "secret", (), False
    if annotation is bool:
        return "flag", (), False
    if annotation in (int, float):
        return "number", (), False
    if annotation is str or (isinstance(annotation, type) and issubclass(annotation, Path)):
        return "text", (), False
    if origin is dict:
        value = _bare(get_args(annotation)[1])
        if value in (str, SecretStr):
            return "pairs", (), value is SecretStr
        return "json", (), False
    if origin in (list, tuple, set, frozenset):
        return ("lines" if _bare(get_args(annotation)[0]) is str else "json"), (), False
    return "json", (), False


def _bare(annotation: Any) -> Any:
    """Without ``None |`` and ``Annotated``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation
