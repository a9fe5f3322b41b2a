"""The emulator's paths: the documented ones, and those of the platform's own client."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.errors import RingbackError
from harness.local._livekit import LiveKitServer
from harness.local.cloud_emulator._agent import LONGEST_S, SHORTEST_S
from harness.local.cloud_emulator._answers import (
    Refusal,
    bad_request,
    forbidden,
    no_key,
    not_found,
    start_answer,
    unauthorised,
)
from harness.local.cloud_emulator._deployment import Deployment
from harness.local.cloud_emulator._queries import LogQuery, SessionQuery, read_query
from harness.local.cloud_emulator._session import EmulatedSession
from harness.local.cloud_emulator._start import read_start

__all__ = ["Keys", "make_app"]

_Answer = Awaitable[dict[str, Any]]
_NO_SUCH_PATH = "API endpoint not found / agent deployment not found / Organization not found"
_BROKEN = "Internal server error. Please check logs for more information or contact support."
_MAX_UPDATE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """The account's keys: the public one starts sessions, the private one does the rest."""

    public: str = field(repr=False)
    private: str = field(repr=False)

    def check(self, request: Request, wanted: str) -> None:
        """Check the key of a request.

        Args:
            request: From outside.
            wanted: public or private.

        Raises:
            Refusal: 401 or 403.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            raise no_key() if request.url.path.endswith("/start") else unauthorised()
        kinds = {"public": self.public, "private": self.private}
        known = [
            kind
            for kind, key in kinds.items()
            if secrets.compare_digest(given.encode(), key.encode())
        ]
        if not known:
            raise unauthorised()
        if wanted not in known:
            raise forbidden(f"this needs a {wanted} API key.")


class _Api:
    def __init__(
        self,
        organization: str,
        keys: Keys,
        deployments: dict[str, Deployment],
        server: LiveKitServer,
        progress: Callable[[str], None],
    ) -> None:
        self._organization = organization
        self._keys = keys
        self._deployments = deployments
        self._server = server
        self._progress = progress

    def routes(self) -> list[Route]:
        agent, session = "/{agent}", "/{agent}/sessions/{session}"
        found = [
            self._route("POST", f"/v1/public{agent}/start", "public", self.start),
            self._route("DELETE", f"/v1/public{session}", "public", self.stop),
            self._route("GET", "/v1/organizations", "private", self.organizations),
            self._route("POST", f"/v1/agents{agent}", "private", self.update),
        ]
        # The client wraps an agent in {"body": ...}; in all else the two families agree.
        families = (
            ("/v1/agents", self.agent),
            ("/v1/organizations/{organization}/services", self.service),
        )
        for base, one_agent in families:
            found += [
                self._route("GET", base, "private", self.agents),
                self._route("GET", f"{base}{agent}", "private", one_agent),
                self._route("DELETE", f"{base}{agent}", "private", self.delete),
                self._route("GET", f"{base}{agent}/logs", "private", self.logs),
                self._route("GET", f"{base}{agent}/sessions", "private", self.sessions),
                self._route("GET", f"{base}{session}", "private", self.session),
                self._route("DELETE", f"{base}{session}", "private", self.stop),
            ]
        return found

    def _route(
        self, method: str, path: str, key: str, answer: Callable[[Request], _Answer]
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            self._keys.check(request, key)
            if request.path_params.get("organization", self._organization) != self._organization:
                raise forbidden("you are not in this organization.")
            return JSONResponse(await answer(request))

        return Route(path, endpoint, methods=[method])

    async def start(self, request: Request) -> dict[str, Any]:
        deployment = self._deployment(request)
        if deployment.deleted:
            raise not_found()
        agent = deployment.agent
        asked = await read_start(request.stream(), knows_livekit=agent.knows_livekit)
        style = "daily" if asked.daily else agent.style
        session, place = await deployment.start(asked.body, asked.place, has_bot=style != "daily")
        self._progress(
            f"{agent.name}: session {session.id} runs ({'cold' if session.cold else 'warm'} start)."
        )
        if asked.place is not None and style != "daily":
            style = "none"  # who sent the bot there knows the way
        token = ""
        if place is not None and style != "none":
            token = self._server.token(place.room, f"User-{session.id[:8]}")
        return start_answer(style, session.id, url=self._server.url, room=session.room, token=token)

    async def stop(self, request: Request) -> dict[str, Any]:
        deployment = self._deployment(request)
        name = request.path_params["session"]
        try:
            uuid.UUID(name)
        except ValueError:
            raise bad_request("sessionId: Invalid uuid") from None
        session = self._session(deployment, name)
        if not session.active:
            raise not_found("Session not found")
        await deployment.stop(session)
        return {"status": "terminated", "session_id": session.id}

    async def organizations(self, _: Request) -> dict[str, Any]:
        name = self._organization
        return {"organizations": [{"id": name, "name": name, "verboseName": name}]}

    async def agents(self, _: Request) -> dict[str, Any]:
        there = [each for each in self._deployments.values() if not each.deleted]
        return {"services": [each.as_listed() for each in there]}

    async def agent(self, request: Request) -> dict[str, Any]:
        deployment = self._deployments.get(request.path_params["agent"])
        if deployment is None or deployment.deleted:
            raise not_found("Not found", "NOT_FOUND")
        return deployment.as_told()

    async def service(self, request: Request) -> dict[str, Any]:
        return {"body": await self.agent(request)}

    async def update(self, request: Request) -> dict[str, Any]:
        deployment = self._deployment(request)
        sent = bytearray()
        async for piece in request.stream():
            sent += piece
            if len(sent) > _MAX_UPDATE:
                raise bad_request("the request is too large")
        try:
            limit = json.loads(sent)["maxSessionDuration"]
        except (ValueError, LookupError, TypeError, RecursionError):
            raise bad_request("the emulator changes maxSessionDuration only") from None
        if type(limit) is not int or not SHORTEST_S <= limit <= LONGEST_S:
            raise bad_request(
                f"maxSessionDuration: expected {SHORTEST_S:.0f} to {LONGEST_S:.0f} seconds"
            )
        deployment.limit_sessions_to(limit)
        return deployment.as_told()

    async def delete(self, request: Request) -> dict[str, Any]:
        await self.agent(request)
        self._deployment(request).delete()
        return {"status": "OK"}

    async def logs(self, request: Request) -> dict[str, Any]:
        deployment = self._deployment(request)
        asked = read_query(LogQuery, dict(request.query_params))
        hide = (self._server.api_secret, self._server.api_key)
        return await asyncio.to_thread(asked.of, list(deployment.sessions), hide)

    async def sessions(self, request: Request) -> dict[str, Any]:
        deployment = self._deployment(request)
        asked = dict(request.query_params)
        if "organization" in request.path_params:
            asked.setdefault("limit", "100")  # the client gives none and reads no second page
        return read_query(SessionQuery, asked).of(deployment.sessions)

    async def session(self, request: Request) -> dict[str, Any]:
        return self._session(self._deployment(request), request.path_params["session"]).as_told()

    def _deployment(self, request: Request) -> Deployment:
        """Also one that was deleted: its sessions go on."""
        try:
            return self._deployments[request.path_params["agent"]]
        except KeyError:
            raise not_found() from None

    def _session(self, deployment: Deployment, name: str) -> EmulatedSession:
        for session in deployment.sessions:
            if session.id == name.lower():
                return session
        raise not_found("Session not found")


def make_app(
    organization: str,
    keys: Keys,
    deployments: dict[str, Deployment],
    server: LiveKitServer,
    progress: Callable[[str], None],
) -> Starlette:
    """The emulator as a web application.

    Args:
        organization: The account's name.
        keys: The account's keys.
        deployments: The agents by their names.
        server: Whose rooms sessions get.
        progress: Called with a sentence when a session starts, and when something fails.
    """

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return JSONResponse(error.body, status_code=error.status, headers=error.headers)

    async def no_such_path(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        told = _NO_SUCH_PATH if error.status_code == 404 else error.detail
        body = {"error": told, "code": str(error.status_code)}
        return JSONResponse(body, status_code=error.status_code)

    async def broken(_: Request, error: Exception) -> Response:
        progress(str(error))
        return JSONResponse({"error": _BROKEN, "code": "500"}, status_code=500)

    return Starlette(
        routes=_Api(organization, keys, deployments, server, progress).routes(),
        exception_handlers={
            Refusal: refused,
            HTTPException: no_such_path,
            RingbackError: broken,
        },
    )
