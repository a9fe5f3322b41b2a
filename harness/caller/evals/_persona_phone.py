"""How a simulated person hangs up."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from pipecat.evals.persona import EvalPersona

from harness.errors import PersonaError

__all__ = ["PersonaPhone"]

_CLAIM_S = 5.0
"""How long the driver may take to hear of a call of `end_call`."""


class PersonaPhone:
    """What Pipecat Evals' simulation driver asks of a client: to hang up, and to tell of it.

    Args:
        persona: Who hangs up.
    """

    def __init__(self, persona: EvalPersona) -> None:
        self._persona = persona
        self._called = asyncio.Event()
        self.event: dict[str, Any] | None = None
        """What was said with `end_call`; None before."""

    @property
    def hung_up(self) -> bool:
        """Whether the person answers nothing more."""
        return bool(self._persona.hung_up)

    async def hang_up(self) -> None:
        """The person answers nothing more."""
        self._persona.hang_up()

    async def report_end_call(self, event: dict[str, Any]) -> None:
        """Keep the event until the person's last line is out."""
        self.event = event
        self._called.set()

    async def claim(self) -> dict[str, Any]:
        """The event, once the driver has heard of the call.

        Raises:
            PersonaError: It did not hear of it.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLAIM_S):
                await self._called.wait()
        if self.event is None:
            raise PersonaError(
                "What plays the caller wanted to hang up, and it came to nothing.",
                cause="Its call of end_call could not be carried out; the log says more.",
                remedy="Call again, or choose another model.",
            )
        return self.event
