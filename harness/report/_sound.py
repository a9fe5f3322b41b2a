"""The sound of calls as a page holds it: Opus, silenced where words are hidden, with an outline."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.calls import Archive
from harness.errors import DataFolderError
from harness.nouns import Verdict
from harness.report import _encode
from harness.report._content import CallPart
from harness.report._options import Progress

__all__ = ["BYTES_A_SECOND", "MOST_BYTES", "Sound", "sounds_of"]

BYTES_A_SECOND: Final = 7_800
"""What a second takes in a page: 47 kbit/s, as base64."""
MOST_BYTES: Final = 50 << 20
"""A page with more sound than this is hard to open, and no mail takes it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a call.

    Attributes:
        ogg: OGG/Opus, left the caller, right the agent.
        caller: Largest sample (0..1) of each of equal parts of the call.
        agent: Likewise, as many.
    """

    ogg: bytes
    caller: tuple[float, ...]
    agent: tuple[float, ...]


def sounds_of(
    archive: Archive, calls: Sequence[CallPart], progress: Progress | None = None
) -> dict[str, Sound]:
    """The sound of those calls that have some, by id; not of all if that would be too much.

    Then calls that did not pass come first. Where nothing is silenced the file is kept beside the
    recording, so that it is made once. `progress` is told after each how many of how many are made.

    Raises:
        DataFolderError: It cannot be written.
    """
    chosen = _chosen(archive, calls)
    with tempfile.TemporaryDirectory(prefix="ringback-") as folder:
        jobs = [_job(archive, call, Path(folder)) for call in chosen]
        made = _encoded(jobs, progress) if jobs else []
        return {
            _id(call): Sound(Path(job[1]).read_bytes(), tuple(told["caller"]), tuple(told["agent"]))
            for call, job, told in zip(chosen, jobs, made, strict=True)
            if told is not None
        }


def _chosen(archive: Archive, calls: Sequence[CallPart]) -> list[CallPart]:
    heard = [call for call in calls if archive.store.artifacts(_id(call)).recording.exists()]
    if sum(map(_size, heard)) <= MOST_BYTES:
        return heard
    left = float(MOST_BYTES)
    chosen = []
    for call in sorted(heard, key=lambda one: one.report.verdict is Verdict.PASSED):
        if _size(call) <= left:
            chosen.append(call)
            left -= _size(call)
    return chosen


def _size(call: CallPart) -> float:
    return BYTES_A_SECOND * (call.report.duration_s or 0.0)


def _job(archive: Archive, call: CallPart, folder: Path) -> tuple[str, str, Any]:
    kept = archive.store.artifacts(_id(call))
    out = folder / f"{_id(call)}.ogg" if call.silenced else kept.recording_ogg
    return str(kept.recording), str(out), call.silenced


def _encoded(jobs: Sequence[tuple[str, str, Any]], progress: Progress | None) -> list[Any]:
    told: list[Any] = []
    with (
        tempfile.TemporaryFile("w+") as wrong,
        subprocess.Popen(
            [sys.executable, _encode.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=wrong,
            text=True,
        ) as encoder,
    ):
        assert encoder.stdin is not None and encoder.stdout is not None
        try:
            json.dump(jobs, encoder.stdin)
            encoder.stdin.close()
            for line in encoder.stdout:
                told.append(json.loads(line))
                if progress is not None:
                    progress(len(told), len(jobs))
        except BaseException:
            encoder.kill()  # whoever waited for it went away
            raise
        if encoder.wait() != 0:
            wrong.seek(0)
            last = (wrong.read().strip().splitlines() or ["It ended without a word."])[-1]
            raise DataFolderError(
                "The sound of the calls cannot be made ready.",
                cause=last,
                remedy="Make room on the disk, or make the report without sound.",
            )
    return told


def _id(call: CallPart) -> str:
    return call.report.call_id or ""
