"""CloudEmulator: the emulator as one thing that is started and stopped."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from harness.errors import InputError, hide
from harness.local._livekit import LiveKitServer
from harness.local._web_server import WebServer
from harness.local.cloud_emulator._agent import EmulatedAgent, demo_front_desk
from harness.local.cloud_emulator._api import Keys, make_app
from harness.local.cloud_emulator._deployment import Deployment
from harness.settings import Settings

__all__ = ["CloudEmulator"]


def _silent(_: str) -> None:
    pass


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
        server: WebServer,
        organization: str,
        keys: Keys,
        deployments: dict[str, Deployment],
    ) -> None:
        self.url = server.url
        self.organization = organization
        self.public_key = keys.public
        self.private_key = keys.private
        self.agents = tuple(deployments)
        self._deployments = deployments
        self._server = server

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
        self = cls(await WebServer.start(app, port), organization, keys, deployments)
        try:
            for deployment in deployments.values():
                await deployment.warm()
        except BaseException:
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """End all sessions, their processes and their rooms, and stop to answer."""
        await self._server.stop()
        await asyncio.gather(*(each.close() for each in self._deployments.values()))
