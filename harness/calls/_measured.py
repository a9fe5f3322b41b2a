"""What measuring made of a recording, as it is kept beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.calls._known_ear import Said
from harness.measure import AUDIO_VERSION
from harness.nouns import AudioReport, Span, from_json, to_json

__all__ = ["LIMIT_S", "PENDING", "Measured", "keep_failure", "keep_measured", "read_measured"]

LIMIT_S = 60
"""So long measuring a recording may take."""

PENDING = "Not measured yet."
"""Why there is nothing of what takes longer, until it is there or given up."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is kept beside a recording.

    Attributes:
        report: How the agent's lane sounds; None if it could not be measured.
        warning: A sentence, empty if all is well.
        said: The agent's text against its speech.
    """

    report: AudioReport | None
    warning: str = ""
    said: Said = Said()

    @property
    def pending(self) -> bool:
        """Whether the half that takes longer is not there yet."""
        waits = self.report is not None and self.report.dnsmos_why == PENDING
        return waits or self.said.why == PENDING


def keep_measured(
    out: Path, report: AudioReport, speech: list[Span], warning: str, said: Said
) -> None:
    """Write what was found, whole or not at all."""
    spans = [[round(span.start, 6), round(span.end or span.start, 6)] for span in speech]
    _write(out, to_json(report) | {"speech": spans, "warning": warning, "said": to_json(said)})


def keep_failure(out: Path, sentence: str) -> None:
    """Note that a recording cannot be measured, so that nobody tries again and again.

    What was measured of it stays.
    """
    if read_measured(out) is None:
        _write(out, {"version": AUDIO_VERSION, "failed": sentence})
        return
    data = json.loads(out.read_text())
    why = f"Not measured: {sentence}"
    if data["dnsmos_why"] == PENDING:
        data["dnsmos_why"] = why
    if data["said"]["why"] == PENDING:
        data["said"]["why"] = why
    _write(out, data)


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
        said = from_json(Said, data.pop("said", {}))
        return Measured(from_json(AudioReport, data), warning, said)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(out: Path, data: dict[str, Any]) -> None:
    part = out.with_suffix(".part")
    part.write_text(json.dumps(data))
    part.replace(out)
