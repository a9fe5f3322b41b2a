"""Whether the console is being stopped.

The server waits for every open response before it ends, and an event stream ends with its call
only; so streams ask here and end by themselves.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["notice_signals", "stop", "stopping"]

_flag = threading.Event()


def stopping() -> bool:
    """Whether the console is being stopped."""
    return _flag.is_set()


def stop() -> None:
    """Have every stream end."""
    _flag.set()


@contextmanager
def notice_signals() -> Iterator[None]:
    """Notice the signals that stop the server, and pass them on to the server's own handlers."""
    _flag.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def noticed(number: int, frame: FrameType | None) -> None:
        _flag.set()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, noticed)
    try:
        yield
    finally:
        _flag.set()
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
