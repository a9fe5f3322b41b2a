"""Pipecat Cloud's REST API, as far as a caller needs it.

Two families of paths: the documented one (``/v1/agents/...``) and the one its own client uses
(``/v1/organizations/{org}/services/...``), taken when an organization is given. Sessions start
with the public key; everything else asks for the private one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from harness.agents._cloud_errors import cloud_refusal
from harness.agents._http import Answer, ask, read_object
from harness.errors import Forbidden, StartError, Unauthorised

__all__ = ["CloudApi"]

_MAX_LOOK = 1024 * 1024
_MAX_LOG = 4 * 1024 * 1024
_MAX_SESSIONS = 100
# How a stop is refused by a path that takes none.
_NO_SUCH_STOP = (405, 501)


@dataclass(frozen=True, slots=True)
class CloudApi:
    """One agent of one account.

    Attributes:
        base_url: Without a path.
        agent: Its name there.
        who: Names the platform in messages, as a sentence begins.
        public_key: Starts sessions. Never shown.
        private_key: Looks at and ends them; empty if there is none. Never shown.
        organization: Chooses the family of paths.
        start_timeout_s: Seconds for a start, the boot of a cold machine included.
        timeout_s: Seconds for anything else.
    """

    base_url: str
    agent: str
    who: str
    public_key: str = field(repr=False)
    private_key: str = field(default="", repr=False)
    organization: str = ""
    start_timeout_s: float = 60.0
    timeout_s: float = 10.0

    async def start(self, body: bytes, transport: str | None) -> Answer:
        """Ask for a session; the answer may be a refusal.

        Args:
            body: A JSON object.
            transport: How the agent shall speak; left to the platform if None.
        """
        named = f'"transport":{json.dumps(transport)},'.encode() if transport else b""
        payload = b'{"createDailyRoom":false,' + named + b'"body":' + body + b"}"
        return await ask(
            "POST",
            f"{self._public}/start",
            who=self.who,
            payload=payload,
            headers=_with(self.public_key),
            timeout_s=self.start_timeout_s,
        )

    async def stop(self, session_id: str) -> bool:
        """End a session: with the private key, else with the public one.

        Returns:
            Whether it was ended now; False if it is gone, or cannot be ended with this key.

        Raises:
            StartError: It could not be ended and may still run.
        """
        path = f"/sessions/{quote(session_id, safe='')}"
        if self.private_key:
            try:
                return await self._delete(f"{self._private}{path}", "private_api_key")
            except (Unauthorised, Forbidden):
                if await self._delete_quietly(f"{self._public}{path}"):
                    return True
                raise
        return await self._delete(f"{self._public}{path}", "api_key")

    async def deployment(self) -> dict[str, Any]:
        """The agent's deployment: is it ready, how many sessions run, how long may one last.

        Raises:
            StartError: It was refused.
        """
        told = await self._look("")
        inside = told.get("body")
        return inside if isinstance(inside, dict) else told

    async def session(self, session_id: str) -> dict[str, Any]:
        """A session's record.

        Raises:
            StartError: It was refused.
        """
        return await self._look(f"/sessions/{quote(session_id, safe='')}")

    async def sessions(self) -> dict[str, Any]:
        """The newest sessions, running ones at least.

        Raises:
            StartError: It was refused.
        """
        if self.organization:
            return await self._look("/sessions", {"endState": "active"})
        return await self._look("/sessions", {"status": "active", "limit": _MAX_SESSIONS})

    async def logs(self, session_id: str, last: int) -> dict[str, Any]:
        """The last entries of a session's log.

        Raises:
            StartError: It was refused.
        """
        return await self._look("/logs", {"sessionId": session_id, "limit": last}, _MAX_LOG)

    @property
    def _public(self) -> str:
        return f"{self.base_url}/v1/public/{quote(self.agent, safe='')}"

    @property
    def _private(self) -> str:
        agent = quote(self.agent, safe="")
        if self.organization:
            organization = quote(self.organization, safe="")
            return f"{self.base_url}/v1/organizations/{organization}/services/{agent}"
        return f"{self.base_url}/v1/agents/{agent}"

    async def _look(
        self, path: str, query: dict[str, Any] | None = None, max_answer: int = _MAX_LOOK
    ) -> dict[str, Any]:
        url = f"{self._private}{path}" + (f"?{urlencode(query)}" if query else "")
        answer = await ask(
            "GET",
            url,
            who=self.who,
            headers=_with(self.private_key),
            timeout_s=self.timeout_s,
            max_answer=max_answer,
        )
        if not answer.ok:
            raise cloud_refusal(answer, self.who, key="private_api_key")
        return read_object(answer, self.who)

    async def _delete(self, url: str, key: str) -> bool:
        secret = self.private_key if key == "private_api_key" else self.public_key
        answer = await ask(
            "DELETE", url, who=self.who, headers=_with(secret), timeout_s=self.timeout_s
        )
        if answer.ok:
            return True
        if answer.status in (404, 410) or (key == "api_key" and answer.status in _NO_SUCH_STOP):
            return False
        raise cloud_refusal(answer, self.who, key=key)

    async def _delete_quietly(self, url: str) -> bool:
        try:
            return await self._delete(url, "api_key")
        except StartError:
            return False


def _with(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
