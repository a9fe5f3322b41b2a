"""CloudEmulator: the emulator as one thing that is started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable, Generator, Sequence

import uvicorn
from starlette.applications import Starlette

from harness.errors import InputError, InternalError, hide
from harness.local._livekit import LiveKitServer
from harness.local._ports import free_port
from harness.local.cloud_emulator._agent import EmulatedAgent, demo_front_desk
from harness.local.cloud_emulator._api import Keys, make_app
from harness.local.cloud_emulator._deployment import Deployment
from harness.settings import Settings

__all__ = ["CloudEmulator"]

_HOST = "127.0.0.1"
_PORT_TRIES = 5
_CLOSE_S = 1


def _silent(_: str) -> None:
    pass


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class CloudEmulator:
    """A running emulator. Make one with :meth:`start`, on a running event loop.

    Attributes:
        url: ``http://127.0.0.1:PORT``: the ``base_url`` of agents, PIPECAT_API_HOST of the client.
        organization: The account's name.
        public_key: Starts sessions.
        private_key: Looks at and ends them.
        agents: The names of what is deployed.
    """

    def __init__(
        self,
        url: str,
        organization: str,
        keys: Keys,
        deployments: dict[str, Deployment],
        server: uvicorn.Server,
        serving: asyncio.Task[None],
    ) -> None:
        self.url = url
        self.organization = organization
        self.public_key = keys.public
        self.private_key = keys.private
        self.agents = tuple(deployments)
        self._deployments = deployments
        self._server = server
        self._serving = serving

    @classmethod
    async def start(
        cls,
        settings: Settings,
        livekit: LiveKitServer,
        agents: Sequence[EmulatedAgent] | None = None,
        *,
        organization: str = "ringback",
        public_key: str | None = None,
        private_key: str | None = None,
        port: int | None = None,
        progress: Callable[[str], None] = _silent,
    ) -> CloudEmulator:
        """Deploy the agents and answer on 127.0.0.1, on this machine only.

        Args:
            settings: Where logs go.
            livekit: Whose rooms sessions get; it stays the caller's to stop.
            agents: What is deployed; the demo front desk by default.
            organization: The account's name.
            public_key: Made if it is not given.
            private_key: Made if it is not given.
            port: The next free one is taken if it is busy; any if None.
            progress: Called with a sentence for each session, and for what takes time.

        Raises:
            AgentConfigError: A bot file, its Python or an agent's name cannot be used.
            InputError: Two agents have one name, or both keys are the same.
        """
        keys = Keys(
            public_key or f"pk_{secrets.token_urlsafe(24)}",
            private_key or f"sk_{secrets.token_urlsafe(24)}",
        )
        if keys.public == keys.private:
            raise InputError(
                "The public and the private key are the same.",
                cause="A public key must not do what a private one may.",
                remedy="Give two keys, or leave them out.",
            )
        hide(keys.public)
        hide(keys.private)
        deployments: dict[str, Deployment] = {}
        for agent in (demo_front_desk(),) if agents is None else agents:
            if agent.name in deployments:
                raise InputError(
                    f"Two agents are called {agent.name}.",
                    cause="An agent is found by its name.",
                    remedy="Give one of them another name.",
                )
            deployments[agent.name] = Deployment(
                agent,
                organization=organization,
                server=livekit,
                settings=settings,
                progress=progress,
            )
        app = make_app(organization, keys, deployments, livekit, progress)
        server, serving, url = await _serve(app, port)
        self = cls(url, organization, keys, deployments, server, serving)
        try:
            for deployment in deployments.values():
                await deployment.warm()
        except BaseException:
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """End all sessions, their processes and their rooms, and stop to answer."""
        self._server.should_exit = True
        await self._serving
        await asyncio.gather(*(each.close() for each in self._deployments.values()))


async def _serve(app: Starlette, port: int | None) -> tuple[_Server, asyncio.Task[None], str]:
    """Answer on `port` or the next free one."""
    taken = _listen(port)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=_CLOSE_S, ws="none"
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    while not server.started:  # uvicorn tells nobody when it has begun
        if serving.done():
            raise InternalError("The emulator's web server did not start.")
        await asyncio.sleep(0.01)
    return server, serving, f"http://{_HOST}:{taken.getsockname()[1]}"


def _listen(port: int | None) -> socket.socket:
    for left in reversed(range(_PORT_TRIES)):
        # Named as TCP, or asyncio lets small answers wait for an acknowledgement.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HOST, free_port(port, host=_HOST)))
            return listening
        except OSError:  # somebody took it between our choosing and our binding
            listening.close()
            if not left:
                raise
    raise AssertionError("not reached: the last try returns or raises")
