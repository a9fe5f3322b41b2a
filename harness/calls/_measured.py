"""What measuring made of a recording, as it is kept beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.measure import AUDIO_VERSION
from harness.nouns import AudioReport, Span, from_json, to_json

__all__ = ["LIMIT_S", "Measured", "keep_failure", "keep_measured", "read_measured"]

LIMIT_S = 60
"""So long measuring a recording may take."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is kept beside a recording.

    Attributes:
        report: How the agent's lane sounds; None if it could not be measured.
        warning: A sentence, empty if all is well.
    """

    report: AudioReport | None
    warning: str = ""


def keep_measured(out: Path, report: AudioReport, speech: list[Span], warning: str) -> None:
    """Write what was found, whole or not at all."""
    spans = [[round(span.start, 6), round(span.end or span.start, 6)] for span in speech]
    _write(out, to_json(report) | {"speech": spans, "warning": warning})


def keep_failure(out: Path, sentence: str) -> None:
    """Note that a recording cannot be measured, so that nobody tries again and again."""
    _write(out, {"version": AUDIO_VERSION, "failed": sentence})


def read_measured(path: Path) -> Measured | None:
    """What was found, None if this version has not measured yet."""
    try:
        data = json.loads(path.read_text())
        if data["version"] != AUDIO_VERSION:
            return None
        if "failed" in data:
            return Measured(None, f"The sound of the recording was not measured: {data['failed']}")
        warning = data.pop("warning")
        del data["speech"]
        return Measured(from_json(AudioReport, data), warning)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(out: Path, data: dict[str, Any]) -> None:
    part = out.with_suffix(".part")
    part.write_text(json.dumps(data))
    part.replace(out)
