"""The filters of the paths that list sessions and log lines."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from harness.local.cloud_emulator._answers import bad_request
from harness.local.cloud_emulator._log_entries import LogEntry, log_entries, stamp
from harness.local.cloud_emulator._session import EmulatedSession

__all__ = ["LogQuery", "SessionQuery", "read_query"]

Q = TypeVar("Q", bound=BaseModel)


class _Page(BaseModel):
    limit: int = Field(10, ge=1, le=10_000)
    offset: int = Field(0, ge=0)
    startTime: float | None = None
    endTime: float | None = None
    deploymentId: str | None = None


class SessionQuery(_Page):
    """Which sessions."""

    status: Literal["active", "ended", "all"] = "all"
    startType: Literal["cold", "warm", "all"] = "all"
    endState: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$")

    def of(self, sessions: list[EmulatedSession]) -> dict[str, Any]:
        """The answer, the newest session first."""
        found = [each for each in reversed(sessions) if self._wants(each)]
        page = found[self.offset : self.offset + self.limit]
        return {"total_count": len(found), "sessions": [each.as_listed() for each in page]}

    def _wants(self, session: EmulatedSession) -> bool:
        return (
            (self.status == "all" or (self.status == "active") == session.active)
            and (self.startType == "all" or session.cold == (self.startType == "cold"))
            and self.endState in (None, session.state)
            and self.deploymentId in (None, session.deployment_id)
            and (self.startTime is None or session.created_at >= self.startTime)
            and (self.endTime is None or session.created_at <= self.endTime)
        )


class LogQuery(_Page):
    """Which log lines."""

    sessionId: str | None = None
    query: str = ""
    order: Literal["asc", "desc"] = "desc"

    def of(self, sessions: list[EmulatedSession], hide: tuple[str, ...]) -> dict[str, Any]:
        """The answer."""
        entries = [entry for session in sessions for entry in self._entries(session, hide)]
        entries.sort(key=lambda entry: entry["timestamp"])  # stable: lines of one time stay
        if self.order == "desc":
            entries.reverse()
        page = entries[self.offset : self.offset + self.limit]
        return {"total": {"value": len(entries), "relation": "eq"}, "logs": page}

    def _entries(self, session: EmulatedSession, hide: tuple[str, ...]) -> list[LogEntry]:
        if session.bot is None or self.sessionId not in (None, session.id):
            return []
        if self.deploymentId not in (None, session.deployment_id):
            return []
        first = "" if self.startTime is None else stamp(self.startTime)
        last = "~" if self.endTime is None else stamp(self.endTime)
        entries = log_entries(session.bot.log_path, since=session.created_at, hide=hide)
        return [
            entry | {"deploymentId": session.deployment_id}
            for entry in entries
            if self.query.lower() in entry["log"].lower() and first <= entry["timestamp"] <= last
        ]


def read_query(kind: type[Q], asked: dict[str, str]) -> Q:
    """A query as `kind`; what it does not know is ignored.

    Raises:
        Refusal: 400, a filter has a value that it does not take.
    """
    try:
        return kind.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        raise bad_request(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
