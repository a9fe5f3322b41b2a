"""AgentProvider: the protocol of the ways to reach an agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from harness.nouns import Agent, Session

__all__ = ["ActiveSession", "AgentProvider", "SessionDetails", "SessionInsight", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a connection test that went well.

    Attributes:
        name: resolve, tls, authorise or ready.
        took_s: How long it took.
        note: What was found, for people; empty if there is nothing to say.
        done: False if it could not be asked here; `note` says why.
    """

    name: str
    took_s: float
    note: str = ""
    done: bool = True


class AgentProvider(Protocol):
    """A way to reach an agent. One module a way; `harness.agents.provider_for` finds it.

    Its configuration holds secrets themselves: references were resolved before.

    Attributes:
        fields: The model of its configuration: what a form shows, and which fields are secrets.
    """

    fields: ClassVar[type[BaseModel]]

    def __init__(self, agent: Agent) -> None:
        """Read the agent's configuration.

        Raises:
            AgentConfigError: It cannot be used; names the field.
        """
        ...

    def describe(self) -> str:
        """Where the agent is, for people: no secrets."""
        ...

    def check(self) -> None:
        """Check what can be checked without reaching out.

        Raises:
            RingbackError: It cannot work.
        """
        ...

    def preflight(self) -> AsyncIterator[Step]:
        """Try the way to the agent without starting a session, step by step.

        Raises:
            RingbackError: The next step failed, and why.
        """
        ...

    async def start(self, body: dict[str, Any], tell: Callable[[str], None]) -> Session:
        """Start a session with `body` handed to the agent.

        Args:
            body: The session body.
            tell: Called with a sentence when it takes longer than usual, and why.

        Raises:
            ConnectError: The agent was not reached, and why.
        """
        ...

    async def stop(self, session: Session) -> str:
        """Stop what :meth:`start` started and say how (left, deleted, stopped).

        `session` may come from the store of a process that died: then its token is empty.

        Raises:
            ConnectError: It could not be stopped; it may still run.
        """
        ...


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What a platform tells of a session; None is what it does not tell.

    Attributes:
        cold_start: Whether a machine had to be started for it.
        boot_s: Seconds until the bot ran.
        completion: How it ended, in the platform's word.
        cpu: Share of a core, by percentile name (p50, p95, ...).
        memory: Bytes, by percentile name.
    """

    cold_start: bool | None = None
    boot_s: float | None = None
    completion: str | None = None
    cpu: dict[str, float] | None = None
    memory: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """A session that runs on a platform now. `started_at` is ISO 8601, as told."""

    id: str
    started_at: str | None = None
    status: str | None = None


@runtime_checkable
class SessionInsight(Protocol):
    """What a provider of a platform can also tell. Each raises StartError if it is refused."""

    def can_look(self) -> bool:
        """Whether the configuration allows it (a private key is given)."""
        ...

    async def details(self, session_id: str) -> SessionDetails:
        """How a session did, during and after it."""
        ...

    async def logs(self, session_id: str, last: int = 200) -> list[str]:
        """The last lines a session wrote."""
        ...

    async def sessions(self) -> list[ActiveSession]:
        """What runs now."""
        ...

    async def end(self, session_id: str) -> None:
        """End one of them."""
        ...

    async def deployment(self) -> str:
        """The platform's name of what it runs for the agent now; empty if it does not say."""
        ...

    async def limit_reached(self, session_id: str | None, lasted_s: float) -> bool:
        """Whether a session that broke off did so at the platform's limit on its length.

        Works without a private key, too, from what is known then. Never raises: what cannot be
        found out is False.

        Args:
            session_id: The session, if it has a name.
            lasted_s: Seconds from its start to its end, as seen from here.
        """
        ...
