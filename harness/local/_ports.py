"""Free ports of this machine."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from typing import Any

__all__ = ["free_port", "free_udp_port"]

_HERE = "127.0.0.1"
_TRIES = 100
_TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES})


def free_port(preferred: int | None = None, *, host: str = _HERE) -> int:
    """A TCP port nothing listens on: `preferred`, else the next free one above it.

    Without `preferred` the system chooses. Another process may still take the port before it is
    used: whoever starts a server on it must be ready to try again.

    Args:
        preferred: Where to begin to look.
        host: The address to listen at, or its name; 0.0.0.0 and :: are all of this machine's.

    Raises:
        OSError: It is no address of this machine.
    """
    if preferred is not None:
        for port in range(preferred, min(preferred + _TRIES, 65536)):
            if _is_free(host, port):
                return port
    return _any_port(socket.SOCK_STREAM, host)


def free_udp_port(*, host: str = _HERE) -> int:
    """A UDP port the system says is free."""
    return _any_port(socket.SOCK_DGRAM, host)


def _any_port(kind: socket.SocketKind, host: str) -> int:
    family, *_, place = socket.getaddrinfo(host, 0, type=kind, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind) as probe:
        probe.bind(place)
        port: int = probe.getsockname()[1]
        return port


def _is_free(host: str, port: int) -> bool:
    """Whether the port is, at all addresses of that name that this machine has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    foreign: list[OSError] = []
    for family, *_, place in found:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            foreign.append(error)
            continue
        # A server on another address of this machine does not stop a bind on macOS, but a browser
        # would meet it: so ask whether anybody answers, too.
        if _answers(family, place):
            return False
    if len(foreign) == len(found):
        raise foreign[0]
    return True


def _answers(family: int, place: tuple[Any, ...]) -> bool:
    host, *rest = place
    if ipaddress.ip_address(host).is_unspecified:
        host = _HERE if family == socket.AF_INET else "::1"
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as asking:
        asking.settimeout(0.2)
        asking.connect((host, *rest))
        return True
    return False
