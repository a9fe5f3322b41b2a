"""StartError: whoever starts sessions did not start one."""

from __future__ import annotations

from harness.errors._connect import ConnectError

__all__ = [
    "AgentNotFound",
    "AgentNotReady",
    "AtCapacity",
    "BodyTooLarge",
    "BotDied",
    "ConnectTimeout",
    "DailyTransport",
    "Forbidden",
    "HostUnknown",
    "NoRoomInAnswer",
    "NotPipecat",
    "RunnerAnswered",
    "RunnerRefused",
    "RunnerTimeout",
    "ServerError",
    "StartError",
    "TlsRefused",
    "Unauthorised",
]


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
