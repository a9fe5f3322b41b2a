"""What the observer in the bot tells (harness/bot), brought into the form of RTVI itself."""

from __future__ import annotations

from typing import Any

__all__ = ["ObserverEar", "is_insight"]

_STARTED = "llm-function-call-in-progress"
_STOPPED = "llm-function-call-stopped"
_MOST = 2_000
"""Calls remembered of one conversation."""


def is_insight(message: dict[str, Any]) -> bool:
    """Whether this RTVI message was sent by the observer of harness/bot."""
    data = message.get("data")
    return (
        message.get("type") == "server-message"
        and isinstance(data, dict)
        and isinstance(data.get("ringback"), int)
    )


class ObserverEar:
    """Lets everybody read one telling of each function call.

    A stock bot tells its function calls without names. With the observer in it each is told twice:
    once so, once with name and arguments. What is passed on is the telling that says more, as an
    RTVI message, so that nobody further on need know of the observer.
    """

    def __init__(self) -> None:
        self._there = False
        self._told: set[tuple[str, str]] = set()

    def read(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """The message to be read in place of this one; None where it tells nothing new."""
        kind = message.get("type")
        if is_insight(message):
            self._there = True
            return self._insight(message, message["data"])
        if kind in (_STARTED, _STOPPED):
            data = message.get("data")
            return self._own(message, str(kind), data if isinstance(data, dict) else {})
        return message

    def _insight(self, message: dict[str, Any], data: dict[str, Any]) -> dict[str, Any] | None:
        if data.get("kind") != "tool":
            return message
        kind = _STARTED if data.get("state") == "started" else _STOPPED
        if not self._is_new(kind, data.get("id")):
            return None
        told: dict[str, Any] = {
            "tool_call_id": data.get("id"),
            "function_name": data.get("name"),
        }
        if kind == _STARTED:
            told["arguments"] = data.get("arguments")
        else:
            told["result"] = data.get("result")
            told["cancelled"] = data.get("state") == "cancelled"
        return {**message, "type": kind, "data": told}

    def _own(
        self, message: dict[str, Any], kind: str, data: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A call as RTVI tells it by itself."""
        if not data.get("function_name"):
            return None if self._there else message
        return message if self._is_new(kind, data.get("tool_call_id")) else None

    def _is_new(self, kind: str, call: Any) -> bool:
        key = (kind, str(call))
        if key in self._told or len(self._told) >= _MOST:
            return key not in self._told
        self._told.add(key)
        return True
