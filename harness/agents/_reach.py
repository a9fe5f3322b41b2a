"""The first steps to any address: its name, a connection, and TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from harness.agents._http import CONNECT_S, slow_to_connect, unreachable
from harness.agents._provider import Step
from harness.errors import HostUnknown, TlsRefused

__all__ = ["reach"]

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_ENCRYPTED = ("https", "wss")
_HAPPY_EYEBALLS_S = 0.25


async def reach(url: str, who: str) -> AsyncIterator[Step]:
    """Look the machine of `url` up and connect to it, without asking it anything.

    Args:
        url: An http, https, ws or wss address.
        who: Names the other side in messages, as a sentence begins: "The runner at ...".

    Yields:
        The step `resolve` (name and connection) and, where the address asks for it, `tls`.

    Raises:
        StartError: HostUnknown, RunnerRefused, ConnectTimeout or TlsRefused.
    """
    scheme, host, port = _parts(url, who)
    encrypted = scheme in _ENCRYPTED
    if proxy := _proxy(scheme, host):
        # Names are looked up and certificates are shown at the proxy's far end: `ask` will tell.
        note = f"not asked from here: {proxy} stands between"
        yield Step("resolve", 0.0, note, done=False)
        if encrypted:
            yield Step("tls", 0.0, note, done=False)
        return
    began = time.perf_counter()
    writer = await _connect(host, port, who)
    try:
        address = writer.get_extra_info("peername")[0]
        yield Step("resolve", time.perf_counter() - began, f"{address}, port {port}")
        if encrypted:
            began = time.perf_counter()
            await _encrypt(writer, host, who)
            version = writer.get_extra_info("ssl_object").version()
            yield Step("tls", time.perf_counter() - began, f"{version}, certificate trusted")
    finally:
        writer.transport.abort()


def _parts(url: str, who: str) -> tuple[str, str, int]:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
        if parts.hostname and port:
            return parts.scheme, parts.hostname, port
    raise HostUnknown(
        f"{who} has no address that can be used.",
        cause="The address is misspelled.",
        remedy="Check the address.",
    )


async def _connect(host: str, port: int, who: str) -> asyncio.StreamWriter:
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(
                host, port, happy_eyeballs_delay=_HAPPY_EYEBALLS_S
            )
            return writer
    except TimeoutError as error:
        raise slow_to_connect(who, CONNECT_S) from error
    except UnicodeError as error:  # a part of the name is empty or too long
        raise unreachable(socket.gaierror(str(error)), who) from error
    except OSError as error:
        raise unreachable(error, who) from error


async def _encrypt(writer: asyncio.StreamWriter, host: str, who: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_S):
            # The same trust as the requests that follow.
            await writer.start_tls(httpx.create_ssl_context(), server_hostname=host)
    except (OSError, TimeoutError) as error:
        trouble = unreachable(error, who)
        if isinstance(trouble, TlsRefused):
            raise trouble from error
        raise TlsRefused(
            f"{who} does not speak TLS.",
            cause="There is no TLS on this port, or something between breaks it off.",
            remedy="Check http:// against https:// (ws:// against wss://) and the port.",
        ) from error


def _proxy(scheme: str, host: str) -> str:
    """Host and port of the proxy that requests to `host` go through; LiveKit goes direct."""
    with contextlib.suppress(ValueError):
        proxies = getproxies()
        proxy = proxies.get(scheme) or proxies.get("all")
        if scheme in ("http", "https") and proxy and not proxy_bypass(host):
            parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            return f"the proxy {parts.hostname}"
    return ""
