"""A web server for tests that answers exactly what it is told, byte by byte, over HTTP or HTTPS."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def reply(
    status: int = 200, body: Any = b"", kind: str = "application/json", **headers: str
) -> Answer:
    """An honest answer; `body` is bytes, or a value to be written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        head = {"content-type": kind, "content-length": str(len(content)), **headers}
        lines = [f"HTTP/1.1 {status} Told"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in head.items()]
        writer.write("\r\n".join([*lines, "connection: close", "", ""]).encode() + content)
        await writer.drain()

    return answer


def raw(content: bytes) -> Answer:
    """These bytes, whatever they are, and the end of the connection."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return answer


@dataclass
class Web:
    """A server; `answer` may be exchanged, and `requests` is what came in so far."""

    answer: Answer
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            request = Request(method, target, headers, body)
            self.requests.append(request)
            self.came.set()
            await self.answer(request, writer)
        writer.close()


@contextlib.asynccontextmanager
async def serve(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    """A running server on a port of its own."""
    web = Web(answer)
    server = await asyncio.start_server(web._serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    web.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield web
    finally:
        server.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for 127.0.0.1 that nobody has a reason to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
