"""Writing bundles: a call or a run with all its files, for another console."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness import __version__
from harness.calls import Archive
from harness.errors import InputError, redact
from harness.nouns import Call, RunHead, to_json
from harness.report._added import added_files
from harness.store import clean

__all__ = [
    "FORMAT",
    "LOG_FILES",
    "MANIFEST",
    "NAME",
    "RUN",
    "BundledRun",
    "Manifest",
    "bundle_size",
    "goes_on",
    "put_bundle",
]

FORMAT: Final = 2
"""Of what is written; 1, without grades, tags and baseline, is read as well."""
MANIFEST: Final = "manifest.json"
RUN: Final = "run.json"
LOG_FILES: Final = ("recording.flac", "measured.json", "agent.log")
"""Files of a call that are taken as they are, where they are there."""
NAME: Final = re.compile(
    r"calls/(?P<call>[a-z0-9][a-z0-9_-]{0,63})/"
    r"(?P<file>call\.json|plan\.json|events\.jsonl|gradings\.json|grades\.json|tags\.json|"
    r"recording\.flac|measured\.json|agent\.log)"
)
"""What a file of a call is called in a bundle. Nothing else is ever unpacked."""
_BLOCK: Final = 1 << 20


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Manifest(_Part):
    """What a bundle says of itself.

    Attributes:
        format: Of bundles; a newer one is refused.
        kind: What was handed on.
        id: Its id where it came from.
        files: SHA-256 of every other file, by its name.
    """

    format: int
    ringback: str = ""
    kind: Literal["call", "run"]
    id: str
    created_at: datetime
    files: dict[str, str] = Field(max_length=100_000)


class BundledRun(_Part):
    """The run; of a single call the one it was placed in.

    Attributes:
        baseline: Whether it is the run that others of its suite are compared with.
    """

    head: dict[str, Any]
    plan: dict[str, Any] | None = None
    baseline: bool = False


def put_bundle(archive: Archive, id: str, out: BinaryIO) -> None:
    """Write a bundle. Secrets are taken out; everything else stands in it as it was.

    Raises:
        NotFound: There is no such call or run.
        InputError: It still goes on.
    """
    if goes_on(archive, id):
        raise InputError(
            "It still goes on.",
            cause="A bundle holds calls that have ended.",
            remedy="Wait for the end, or hang up.",
        )
    calls, head = _chosen(archive, id)
    files: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:

        def put(name: str, content: bytes) -> None:
            packed.writestr(name, content)
            files[name] = hashlib.sha256(content).hexdigest()

        told: dict[str, Any] = {"head": to_json(head)}
        if id.startswith("run_"):
            told["plan"] = archive.store.run_plan(head.id)
            told["baseline"] = archive.store.baseline(head.suite) == head.id
        put(RUN, _json(told))
        for call in calls:
            folder = f"calls/{call.id}/"
            put(folder + "call.json", _json(to_json(call)))
            put(folder + "plan.json", _json(archive.store.plan(call.id)))
            gradings = [to_json(one) for one in archive.store.gradings_of(call.id)]
            put(folder + "gradings.json", _json(gradings))
            for name, value in added_files(archive.store, call.id).items():
                put(folder + name, _json(value))
            kept = archive.store.artifacts(call.id)
            put(folder + kept.events.name, _events(kept.events))
            if kept.measured.exists():
                put(folder + kept.measured.name, kept.measured.read_bytes())
            if kept.agent_log.exists():
                log = kept.agent_log.read_text("utf-8", errors="replace")
                put(folder + kept.agent_log.name, redact(log).encode())
            if kept.recording.exists():
                name = folder + kept.recording.name
                files[name] = _copied(packed, kept.recording, name)
        manifest = Manifest(
            format=FORMAT,
            ringback=__version__,
            kind="run" if id.startswith("run_") else "call",
            id=id,
            created_at=datetime.now(UTC),
            files=files,
        )
        packed.writestr(MANIFEST, manifest.model_dump_json(indent=2))


def bundle_size(archive: Archive, id: str) -> int:
    """About so many bytes a bundle takes.

    Raises:
        NotFound: There is no such call or run.
    """
    calls, _ = _chosen(archive, id)
    size = 2_000
    for call in calls:
        kept = archive.store.artifacts(call.id)
        size += 4_000
        for path, share in ((kept.recording, 1.0), (kept.events, 0.2), (kept.agent_log, 0.2)):
            if path.exists():
                size += int(path.stat().st_size * share)
    return size


def goes_on(archive: Archive, id: str) -> bool:
    """Whether a call or a run has not ended; it cannot be a bundle yet.

    Raises:
        NotFound: There is no such call or run.
    """
    calls, head = _chosen(archive, id)
    if id.startswith("run_") and head.state is not None and not head.state.is_final:
        return True
    return not all(call.state.is_final for call in calls)


def _chosen(archive: Archive, id: str) -> tuple[list[Call], RunHead]:
    if id.startswith("run_"):
        return list(archive.calls_of(id)), archive.run(id)
    call = archive.store.get_call(id)
    return [call], archive.run(call.run_id)


def _json(value: Any) -> bytes:
    return json.dumps(clean(value), ensure_ascii=False, indent=1).encode()


def _events(log: Path) -> bytes:
    """A log, line by line as it is unless a secret stands in it."""
    if not log.exists():
        return b""
    lines = []
    for line in log.read_bytes().splitlines(keepends=True):
        event = json.loads(line) if line.endswith(b"\n") else None
        if event is None:
            break  # torn by a writer that was killed; nobody reads it
        hidden = clean(event)
        lines.append(line if hidden == event else json.dumps(hidden).encode() + b"\n")
    return b"".join(lines)


def _copied(packed: zipfile.ZipFile, source: Path, name: str) -> str:
    """Sound is compressed already; copied block by block, it may be long."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    with source.open("rb") as file, packed.open(info, "w", force_zip64=True) as target:
        while block := file.read(_BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
