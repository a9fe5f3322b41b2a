"""Preparing: workers, server and agents are made ready, and what that is doing just now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from loguru import logger

from harness.calls._host import AgentHost
from harness.errors import RingbackError
from harness.nouns import Agent

__all__ = ["Preparing"]


class Preparing:
    """Has things made ready on the engine's loop; what fails is told by the call that needs it.

    Args:
        host: Runs agents on this machine.
    """

    def __init__(self, host: AgentHost) -> None:
        self._host = host
        self._told: list[str] = []

    def told(self) -> list[str]:
        """What is being prepared right now, in sentences; from any thread."""
        return list(self._told)

    async def start(self, workers: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Warm `workers`, the room server and the demo agent."""
        try:
            await asyncio.gather(workers(), self._host.start(self._tell))
        except RingbackError as error:
            logger.warning("warming up: {}", error)
        finally:
            self._told.clear()

    async def prepare(self, agent: Agent) -> None:
        """Warm an agent of this computer."""
        try:
            await self._host.prepare(agent)
        except RingbackError as error:
            logger.info("{} cannot be made ready: {}", agent.name, error)
        except Exception:
            logger.exception("making {} ready", agent.name)
        finally:
            self._told.clear()

    def _tell(self, sentence: str) -> None:
        self._told[:] = [sentence]
