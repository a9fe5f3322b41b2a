"""What the ways of getting a LiveKit server have in common."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["LIVEKIT_VERSION", "NotObtained", "put_in_place"]

LIVEKIT_VERSION = "1.13.5"
"""The version Ringback gets when there is none."""


class NotObtained(Exception):
    """One way of getting the server failed; says why in one sentence, and the next is tried."""


def put_in_place(fresh: Path, target: Path) -> None:
    """Make `fresh` the program `target`, at once, after seeing that it runs here.

    Raises:
        NotObtained: It does not run on this machine.
        OSError: The folder cannot be written.
    """
    fresh.chmod(0o755)
    try:
        subprocess.run([fresh, "--version"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotObtained(f"The LiveKit server does not run on this machine ({error}).") from error
    fresh.replace(target)
