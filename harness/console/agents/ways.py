"""The ways to reach an agent, in words for people."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WAYS", "Way", "way_of"]


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


def way_of(provider: str) -> str:
    """What a way is called in a list."""
    way = WAYS.get(provider)
    return way.title if way else provider
