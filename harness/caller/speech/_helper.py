"""Helper processes: work that holds the interpreter's lock, kept out of processes that carry audio.

A helper reads messages from its standard input and ends when that closes, whatever happened to the
process that started it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import BinaryIO

__all__ = ["launch", "pipes"]


def launch(module: str) -> subprocess.Popen[bytes]:
    """Start the helper whose code is `module` of this package; returns at once.

    Nothing it prints is shown: what it has to say comes as messages.
    """
    return subprocess.Popen(
        [sys.executable, "-m", f"harness.caller.speech.{module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """Called in the helper: where messages come from and where they go."""
    # Ctrl-C reaches the whole terminal group; when to end is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # Nothing printed by a library may end up between messages.
    return sys.stdin.buffer, sink
