"""Free ports on this machine."""

from __future__ import annotations

import contextlib
import socket

__all__ = ["free_port", "free_udp_port"]

_TRIES = 100


def free_port(preferred: int | None = None, *, host: str = "127.0.0.1") -> int:
    """A TCP port nothing listens on: `preferred`, else the next free one above it.

    Without `preferred` the system chooses. Another process may still take the port before it is
    used: whoever starts a server on it must be ready to try again.
    """
    if preferred is not None:
        for port in range(preferred, min(preferred + _TRIES, 65536)):
            if _is_free(host, port):
                return port
    return _any_port(socket.SOCK_STREAM, host)


def free_udp_port(*, host: str = "127.0.0.1") -> int:
    """A UDP port the system says is free."""
    return _any_port(socket.SOCK_DGRAM, host)


def _any_port(kind: socket.SocketKind, host: str) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(host: str, port: int) -> bool:
    # A server on another address of this machine does not stop a bind on macOS, but a browser
    # would meet it: so first ask whether anybody answers.
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=0.2),
    ):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
