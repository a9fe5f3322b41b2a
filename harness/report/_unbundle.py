"""Reading bundles: calls and runs of another console. Nothing in a bundle is trusted."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import soundfile
from pydantic import ValidationError

from harness.calls import Archive, CallRequest, build_view, keep_figures, read_measured, stored_view
from harness.errors import BundleError, DataFolderError, NotFound
from harness.nouns import (
    Call,
    Grading,
    RunHead,
    RunPlan,
    RunState,
    from_json,
)
from harness.report._added import Added, keep_added, read_added
from harness.report._bundle import FORMAT, LOG_FILES, MANIFEST, NAME, RUN, BundledRun, Manifest
from harness.report._people_json import people_reports
from harness.settings import Settings
from harness.store import Store, new_id, read_events

__all__ = ["ImportedBundle", "read_bundle"]

_MOST_FILES: Final = 50_000
_MOST_BYTES: Final[dict[str, int]] = {
    ".json": 64 << 20,
    ".jsonl": 256 << 20,
    ".log": 256 << 20,
    ".flac": 2 << 30,
}
"""What a file of each kind may at most take once it is unpacked; two hours of sound are 0.7 GB."""
_MOST_BYTES_IN_ALL: Final = 64 << 30
_BLOCK: Final = 1 << 20
_MALFORMED: Final = (
    ValidationError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError,
    RecursionError,
)  # fmt: skip
"""What code meets that reads values of another form than it was written for."""
_STAGING: Final = ".import-"
_LEFT_S: Final = 24 * 3600
"""A folder this old was left by a process that was killed."""


@dataclass(frozen=True, slots=True)
class ImportedBundle:
    """What came of a bundle.

    Attributes:
        run_id: The run its calls are in, or None if nothing was new of a single call.
        calls: Ids of the calls that are new here.
        there: Ids of those that were here already.
        grades: How many grades by people are new here, or newer than those that were.
    """

    run_id: str | None
    calls: tuple[str, ...]
    there: tuple[str, ...]
    grades: int = 0

    @property
    def sentence(self) -> str:
        """For people."""
        new = f"{len(self.calls)} call{'s' if len(self.calls) != 1 else ''} imported"
        where = f" into {self.run_id}" if self.run_id and self.calls else ""
        old = f"; {len(self.there)} already here" if self.there else ""
        grades = f"; {self.grades} grade{'s' if self.grades != 1 else ''} by people"
        return f"{new}{where}{old}{grades if self.grades else ''}."


@dataclass(frozen=True, slots=True)
class _Unpacked:
    call: Call
    plan: dict[str, Any]
    gradings: tuple[Grading, ...]
    added: Added
    folder: Path


def read_bundle(archive: Archive, source: Path | BinaryIO, name: str = "") -> ImportedBundle:
    """Take in the calls of a bundle. All of it is looked at before anything is kept.

    A run or a call keeps its id. A call that is here already with the same events is left as it
    is, but for grades, tags, a star and a note that are added, and brought back if it was deleted;
    if another has its id, it gets a new one. A baseline is pinned if its suite has none here.

    Args:
        archive: Where to.
        source: The file.
        name: Of the file, for people; noted as the origin of its calls.

    Raises:
        BundleError: It is no bundle, a newer one, damaged, or made to do harm.
        DataFolderError: There is no room for it.
    """
    name = name or (source.name if isinstance(source, Path) else "bundle")
    with _opened(source) as packed, _staging(archive.settings) as staging:
        manifest = _manifest(packed)
        _unpack(packed, manifest, staging)
        with _understood():
            run = BundledRun.model_validate_json((staging / RUN).read_bytes())
            head = from_json(RunHead, run.head)
            if run.plan is not None:
                RunPlan.model_validate(run.plan)
            calls = [_call(folder) for folder in sorted((staging / "calls").glob("*"))]
        if not calls or (manifest.kind == "call" and len(calls) > 1):
            raise _bad("It holds no call." if not calls else "It says one call and holds several.")
        if any(each.call.run_id != head.id for each in calls):
            raise _bad("A call in it belongs to another run.")
        kept = _keep(archive.store, manifest.kind, head, run.plan, calls, f"bundle:{name}")
        chosen = run.baseline and head.suite and kept.calls and kept.run_id
        if chosen and archive.store.baseline(head.suite) is None:
            archive.store.pin_baseline(head.suite, chosen)
        return kept


# Reading


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as packed:
            yield packed
    except OSError as error:
        raise _bad(f"It cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _bad("It is no bundle, or it is damaged.") from error


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """A folder beside the calls, so that what is unpacked is moved and not copied."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        for left in settings.data.glob(f"{_STAGING}*"):
            if time.time() - left.stat().st_mtime > _LEFT_S:
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=settings.data))
    except OSError as error:
        raise _no_room(error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    """What the bundle says of itself, once all names and sizes in it were looked at."""
    entries = packed.infolist()
    names = [entry.filename for entry in entries]
    if MANIFEST not in names:
        raise _bad("It has no manifest.")
    if len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise _bad("It holds too many files, or one twice.")
    for entry in entries:
        if entry.filename not in (MANIFEST, RUN) and not NAME.fullmatch(entry.filename):
            raise _bad(f"A file in it has a name that none has: {entry.filename[:80]!r}.")
        if entry.file_size > _MOST_BYTES[Path(entry.filename).suffix]:
            raise _bad(f"{entry.filename} is larger than such a file can be.")
    if sum(entry.file_size for entry in entries) > _MOST_BYTES_IN_ALL:
        raise _bad("It is larger than a bundle can be.")
    with _understood():
        told = json.loads(packed.read(MANIFEST))
        if isinstance(told, dict) and told.get("format") not in range(1, FORMAT + 1):
            raise BundleError(
                "This bundle cannot be imported.",
                cause=f"Its format is {str(told.get('format'))[:20]}, not 1 to {FORMAT}.",
                remedy="Update Ringback, or export it again with this version.",
            )
        manifest = Manifest.model_validate(told)
    if {RUN, *manifest.files} != set(names) - {MANIFEST}:
        raise _bad("Its manifest names other files than it holds.")
    return manifest


def _unpack(packed: zipfile.ZipFile, manifest: Manifest, staging: Path) -> None:
    """Unpack every file whose hash is that of the manifest; names were looked at before."""
    size = sum(entry.file_size for entry in packed.infolist())
    if size > shutil.disk_usage(staging).free:
        raise _no_room(OSError("no space left"))
    for name, expected in manifest.files.items():
        target = staging / name
        digest = hashlib.sha256()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(name) as file, target.open("wb") as out:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
        except OSError as error:
            raise _no_room(error) from error
        if digest.hexdigest() != expected:
            raise _bad(f"{name} is not what the manifest says: it was changed, or is damaged.")


def _call(folder: Path) -> _Unpacked:
    call = from_json(Call, json.loads((folder / "call.json").read_bytes()))
    plan = json.loads((folder / "plan.json").read_bytes())
    request = CallRequest.model_validate(plan)
    gradings = tuple(
        from_json(Grading, one) for one in json.loads((folder / "gradings.json").read_bytes())
    )
    if call.id != folder.name or any(one.call_id != call.id for one in gradings):
        raise _bad(f"The folder {folder.name} holds another call.")
    if not call.state.is_final:
        raise _bad(f"The call {call.id} had not ended.")
    log = (folder / "events.jsonl").read_bytes()
    if len(read_events(folder / "events.jsonl")) != log.count(b"\n") or log[-1:] not in b"\n":
        raise _bad(f"The events of {call.id} cannot be read.")
    recording = folder / "recording.flac"
    if recording.exists():
        sound = soundfile.info(recording)
        if (sound.format, sound.channels) != ("FLAC", 2):
            raise _bad(f"The recording of {call.id} is no recording of two lanes.")
    # Whatever pages would stumble over is better found now.
    build_view(
        call,
        request,
        read_events(folder / "events.jsonl"),
        has_recording=recording.exists(),
        measured=read_measured(folder / "measured.json"),
    )
    people_reports(folder / "events.jsonl")
    return _Unpacked(call, plan, gradings, read_added(folder, call), folder)


@contextmanager
def _understood() -> Iterator[None]:
    """Whatever is not of the form it should have is a damaged bundle."""
    try:
        yield
    except (*_MALFORMED, soundfile.LibsndfileError) as error:
        raise _bad("Something in it has not the form it should have.") from error
    except FileNotFoundError as error:
        raise _bad(f"A call in it lacks {Path(str(error.filename)).name}.") from error


# Keeping


def _keep(
    store: Store,
    kind: str,
    head: RunHead,
    plan: dict[str, Any] | None,
    calls: list[_Unpacked],
    origin: str,
) -> ImportedBundle:
    run_id, is_new = _run_here(store, head) if kind == "run" else (None, True)
    there: list[str] = []
    grades = 0
    fresh: list[tuple[_Unpacked, str]] = []
    for each in calls:
        taken = _taken(store, each.call.id)
        if taken is not None and _same(store, each) and (run_id in (None, taken.run_id)):
            there.append(taken.id)
            if taken.deleted_at is not None:
                store.restore_call(taken.id)
            grades += keep_added(store, each.added, taken.id)
        else:
            fresh.append((each, new_id("call") if taken is not None else each.call.id))
    if not fresh:
        return ImportedBundle(run_id, (), tuple(there), grades)
    if is_new:
        run_id = run_id or new_id("run")
        own = head if kind == "run" else _head_of(calls[0].call, run_id)
        own = replace(own, id=run_id, parent_id=None, deleted_at=None)
        if own.state is not None and not own.state.is_final:
            own = replace(own, state=RunState.INTERRUPTED)
        store.add_run(run_id, own.name, own.created_at, head=own, plan=plan)
    assert run_id is not None
    for each, call_id in fresh:
        _enter(store, each, call_id, run_id, origin)
        grades += keep_added(store, each.added, call_id)
    return ImportedBundle(run_id, tuple(call_id for _, call_id in fresh), tuple(there), grades)


def _run_here(store: Store, head: RunHead) -> tuple[str, bool]:
    """The id its run gets, and whether it has to be entered."""
    try:
        here = store.run(head.id)
    except NotFound:
        return head.id, True
    if (here.name, here.created_at) != (head.name, head.created_at):
        return new_id("run"), True
    if here.deleted_at is not None:
        store.restore_runs([head.id])
    return head.id, False


def _head_of(call: Call, run_id: str) -> RunHead:
    """A single call is a run of one."""
    return RunHead(run_id, call.scenario or call.agent, call.created_at, "import")


def _taken(store: Store, call_id: str) -> Call | None:
    try:
        return store.get_call(call_id)
    except NotFound:
        return None


def _same(store: Store, unpacked: _Unpacked) -> bool:
    log = store.artifacts(unpacked.call.id).events
    return log.exists() and log.read_bytes() == (unpacked.folder / "events.jsonl").read_bytes()


def _enter(store: Store, unpacked: _Unpacked, call_id: str, run_id: str, origin: str) -> None:
    """The files first: a row without them would be a call without a conversation."""
    files = store.artifacts(call_id)
    try:
        if files.folder.exists():
            shutil.rmtree(files.folder)
        files.folder.mkdir(parents=True)
        for name in ("events.jsonl", *LOG_FILES):
            if (unpacked.folder / name).exists():
                (unpacked.folder / name).replace(files.folder / name)
    except OSError as error:
        raise _no_room(error) from error
    call = replace(unpacked.call, id=call_id, run_id=run_id, origin=origin, deleted_at=None)
    store.add_call(call, unpacked.plan)
    for grading in unpacked.gradings:
        own_id = new_id("grading") if _is_graded(store, grading.id) else grading.id
        store.add_grading(replace(grading, id=own_id, call_id=call_id))
    keep_figures(store, stored_view(store, call_id))


def _is_graded(store: Store, grading_id: str) -> bool:
    try:
        store.get_grading(grading_id)
    except NotFound:
        return False
    return True


def _bad(cause: str) -> BundleError:
    return BundleError(
        "This bundle cannot be imported.",
        cause=cause,
        remedy="Export it once more, and give the file as it is.",
    )


def _no_room(error: OSError) -> DataFolderError:
    return DataFolderError(
        "The bundle cannot be unpacked.",
        cause=f"{error.strerror or error}.",
        remedy="Make room on the disk, and check that the data folder may be written.",
    )
