"""Files that go beside a scenario: recordings and images, under names that tell them apart."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["Beside", "file_name"]


def file_name(title: str) -> str:
    """A name for a file from a title: small letters, digits and ``_``."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "_".join(words)[:60].strip("_") or "scenario"


class Beside:
    """Collects files that a scenario uses.

    Attributes:
        files: Where each lies now, by the name it gets beside the scenario.
    """

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}

    def add(self, path: str) -> str | None:
        """The name of a file beside the scenario; None if it cannot be read.

        The name holds a part of the content's hash: two files of one name stay two, and one that
        lies there already under this name is the same.
        """
        file = Path(path)
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        except OSError:
            return None
        name = f"{file_name(file.stem)[:40]}_{digest}{file.suffix.lower()}"
        self.files[name] = file
        return name
