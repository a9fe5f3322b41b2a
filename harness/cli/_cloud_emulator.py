"""``ringback cloud-emulator``: a Pipecat Cloud on this machine, to rehearse with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer

from harness.errors import InputError
from harness.local import LiveKitServer, reap_leftovers
from harness.local.cloud_emulator import (
    AnswerStyle,
    CloudEmulator,
    EmulatedAgent,
    demo_front_desk,
)
from harness.settings import Settings

__all__ = ["EmulatorOptions", "emulated_agents", "run_cloud_emulator"]


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """What the command was given.

    Attributes:
        agents: ``NAME=path/to/bot.py``, each; the demo front desk if there is none.
        public_key: Made if it is missing.
        private_key: Made if it is missing.
        max_sessions: At once, of each agent.
        max_session_s: Seconds after which a session is cut.
        style: How a start answer tells where the room is.
        port: To listen at; the next free one if it is busy.
        organization: The account's name.
    """

    agents: Sequence[str]
    public_key: str | None = field(repr=False)
    private_key: str | None = field(repr=False)
    max_sessions: int
    max_session_s: float
    style: AnswerStyle
    port: int
    organization: str


def run_cloud_emulator(settings: Settings, options: EmulatorOptions) -> None:
    """Run the emulator until Ctrl-C, SIGTERM or the terminal's end.

    Raises:
        InputError: An agent was not given as NAME=path/to/bot.py, or two have one name.
        AgentConfigError: A bot file or an agent's name cannot be used.
        LiveKitMissing: There is no LiveKit server and none can be had.
        LiveKitStopped: It ended by itself.
    """
    agents = emulated_agents(options)
    for agent in agents:
        agent.launch()  # what is wrong with it is told before anything is started
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(settings, options, agents))


def emulated_agents(options: EmulatorOptions) -> list[EmulatedAgent]:
    """The agents that the options name."""
    named = [_agent(given) for given in options.agents] or [demo_front_desk()]
    return [
        replace(
            agent,
            max_sessions=options.max_sessions,
            max_session_s=options.max_session_s,
            style=options.style,
        )
        for agent in named
    ]


def _agent(given: str) -> EmulatedAgent:
    name, _, path = given.partition("=")
    if not name.strip() or not path.strip():
        raise InputError(
            f"--agent {given} cannot be used.",
            cause="An agent is given as its name and its bot file.",
            remedy="For instance: --agent my-agent=path/to/bot.py",
        )
    return EmulatedAgent(name.strip(), Path(path.strip()).expanduser().absolute())


async def _run(
    settings: Settings, options: EmulatorOptions, agents: Sequence[EmulatedAgent]
) -> None:
    async with _until_told_to_end(), contextlib.AsyncExitStack() as stack:
        await reap_leftovers(settings)
        livekit = await LiveKitServer.start(settings, progress=_say)
        stack.push_async_callback(livekit.stop)
        emulator = await CloudEmulator.start(
            settings,
            livekit,
            agents,
            organization=options.organization,
            public_key=options.public_key,
            private_key=options.private_key,
            port=options.port,
            progress=_say,
        )
        stack.push_async_callback(emulator.stop)
        if not emulator.url.endswith(f":{options.port}"):
            typer.echo(f"Port {options.port} is busy: using another.")
        typer.echo(how_to_reach(emulator, agents))
        sys.stdout.flush()
        if stopped := await livekit.ended():
            raise stopped


@contextlib.asynccontextmanager
async def _until_told_to_end() -> AsyncIterator[None]:
    """Cancel what is inside when the user or the system wants this process to end."""
    loop, inside = asyncio.get_running_loop(), asyncio.current_task()
    assert inside is not None
    told = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in told:
        # Once: what is ending need not be told again, and must not be broken off.
        loop.add_signal_handler(number, _end, loop, inside, told)
    yield


def _end(
    loop: asyncio.AbstractEventLoop, inside: asyncio.Task[None], told: Sequence[signal.Signals]
) -> None:
    for number in told:
        loop.add_signal_handler(number, _say, "Still ending the sessions.")
    _say("Ending the sessions.")
    inside.cancel()


def how_to_reach(emulator: CloudEmulator, agents: Sequence[EmulatedAgent]) -> str:
    """What the user needs to know, the keys included: they are good for this machine only."""
    files = "\n".join(f"  {agent.name:<14} {agent.file}" for agent in agents)
    saved = {
        "provider": "pipecat_cloud",
        "config": {
            "agent_name": emulator.agents[0],
            "base_url": emulator.url,
            "api_key": emulator.public_key,
            "private_api_key": emulator.private_key,
        },
    }
    return f"""\
A Pipecat Cloud emulator runs at {emulator.url}  (Ctrl-C ends it and its sessions)

Agents
{files}

Public key      {emulator.public_key}
Private key     {emulator.private_key}
Organization    {emulator.organization}

An agent for Ringback, to paste on the Agents page or to save as a file:
  {json.dumps(saved)}

The pipecatcloud client and `pipecat cloud`:
  export PIPECAT_API_HOST={emulator.url}
  export PIPECAT_TOKEN={emulator.private_key} PIPECAT_ORG={emulator.organization}
"""


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
