"""EmulatedSession: one session and what can be told of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.local._bots import RunningBot
from harness.local.cloud_emulator._log_entries import stamp
from harness.local.cloud_emulator._usage import Usage

__all__ = ["EmulatedSession", "EndState"]

EndState = Literal["active", "completed", "agent_start_timeout", "terminated", "agent_error"]
"""Those of the platform's own that happen here."""

_COMPLETED, _FAILED = "HTTP_COMPLETED", "HTTP_ERROR"


@dataclass(eq=False)
class EmulatedSession:
    """One session, from its request on. Times in Unix seconds.

    Attributes:
        id: A UUID.
        room: The room that was made for it; empty if the request brought its own.
        state: As the platform calls it.
        bot: Its process, once there is one.
        began_at: When the bot was called.
        cold: Whether a process had to be started for it.
        over: Set when the session has ended and its process is gone.
    """

    service_id: str
    deployment_id: str
    organization: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    room: str = ""
    state: EndState = "active"
    bot: RunningBot | None = None
    usage: Usage | None = None
    created_at: float = field(default_factory=time.time)
    began_at: float | None = None
    ended_at: float | None = None
    cold: bool | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def active(self) -> bool:
        """Whether it counts against the capacity."""
        return self.state == "active"

    def called(self, ready_at: float | None, began_at: float) -> None:
        """The bot runs: its process could be called from `ready_at` on."""
        self.began_at = began_at
        self.cold = ready_at is None or ready_at > self.created_at

    def ended(self, state: EndState) -> None:
        """It is over, and how."""
        self.state = state
        self.ended_at = time.time()

    def as_listed(self) -> dict[str, Any]:
        """As it stands in a list of sessions."""
        start_s = None if self.began_at is None else round(self.began_at - self.created_at)
        return {
            "sessionId": self.id,
            "serviceId": self.service_id,
            "organizationId": self.organization,
            "deploymentId": self.deployment_id,
            "createdAt": stamp(self.created_at),
            "updatedAt": stamp(self.ended_at or self.began_at or self.created_at),
            "endedAt": None if self.ended_at is None else stamp(self.ended_at),
            "botStartSeconds": start_s,
            "coldStart": self.cold,
            "completionStatus": self._completion(),
            "endState": self.state,
        }

    def as_told(self) -> dict[str, Any]:
        """As it is told when it is asked for by itself."""
        return self.as_listed() | {
            "events": self._events(),
            "resourceMetrics": self._metrics(),
            "meetingIds": [],
        }

    def _completion(self) -> str | None:
        if self.active:
            return None
        return _COMPLETED if self.state == "completed" else _FAILED

    def _events(self) -> list[dict[str, str]]:
        happened = [
            ("SESSION_START_INITIATED", self.created_at),
            ("REQUEST_ARRIVED_AT_BOT", self.began_at),
            (
                "SESSION_TIMEOUT" if self.state == "agent_start_timeout" else "SESSION_COMPLETED",
                self.ended_at,
            ),
        ]
        return [{"eventCode": code, "eventTs": stamp(at)} for code, at in happened if at]

    def _metrics(self) -> dict[str, Any] | None:
        metrics = self.usage.metrics() if self.usage else None
        if metrics is None:
            return None
        at = stamp(metrics["timeseries"][-1]["t"])
        own = {"id": self.id, "sessionId": self.id, "eventTs": at, "createdAt": at}
        return own | metrics
