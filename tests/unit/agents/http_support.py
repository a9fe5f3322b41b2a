"""A real HTTP server that answers as a test says and remembers what it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from livekit import api


def token(room: str = "pipecat-0badcafe", ttl_s: float = 600, **grants: Any) -> str:
    """A token of somebody's LiveKit server."""
    video = api.VideoGrants(**{"room_join": True, "room": room} | grants)
    made = api.AccessToken("APIkey", "s" * 32).with_identity("me").with_grants(video)
    jwt: str = made.with_ttl(timedelta(seconds=ttl_s)).to_jwt()
    return jwt


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """Answers ``answers["POST /start"]`` (status, body) and 404 for the rest."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Service:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                service.asked.append(asked)
                status, body = service.answers.get(f"{self.command} {self.path}", (404, "nothing"))
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
