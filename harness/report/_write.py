"""Writing reports of a call or a run, a file or more for each format."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from harness.calls import Archive
from harness.errors import DataFolderError, InputError
from harness.report._bundle import put_bundle
from harness.report._content import CallPart, Content, content_of
from harness.report._examples import examples
from harness.report._html import html
from harness.report._junit import junit
from harness.report._markdown import markdown
from harness.report._options import ReportOptions
from harness.report._sound import sounds_of
from harness.report._tables import tables

__all__ = [
    "FORMATS",
    "prepare_folder",
    "read_formats",
    "write_bundle",
    "write_csv",
    "write_examples",
    "write_html",
    "write_json",
    "write_junit",
    "write_markdown",
    "write_one_file",
    "write_reports",
]

FORMATS: Final = {
    "html": "report.html",
    "json": "report.json",
    "csv": "calls.csv",
    "junit": "junit.xml",
    "md": "summary.md",
    "bundle": "bundle.ringback",
}
"""Name of the file of each format; csv writes ``turns.csv``, ``checks.csv`` and
``grades.csv`` besides."""

_AS_THEY_ARE = ReportOptions()


def read_formats(text: str, *, personal: bool = True) -> tuple[str, ...]:
    """Names of formats with commas between, each once.

    Args:
        text: As it was typed.
        personal: Whether personal data is to be hidden.

    Raises:
        InputError: One is none of :data:`FORMATS`, there is none, or it cannot hide personal data.
    """
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    strange = [name for name in wanted if name not in FORMATS]
    if strange or not wanted:
        raise InputError(
            f"There is no report {strange[0] if strange else text!r}.",
            cause=f"Reports are {', '.join(FORMATS)}.",
            remedy="Name one or more of them, with commas between.",
        )
    if "bundle" in wanted and personal:
        raise InputError(
            "A bundle hides no personal data.",
            cause="Another console is to see and hear the calls as they were.",
            remedy="Say --keep-personal, or leave the bundle out: ringback export writes one.",
        )
    return wanted


def prepare_folder(folder: Path) -> None:
    """Make the folder that a command is to write to, if it is not there.

    Raises:
        DataFolderError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(folder, error) from error


def write_html(
    archive: Archive, id: str, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """One file that opens from disk without network: figures, charts, transcripts, checks.

    Args:
        archive: Where the call or the run is stored.
        id: Of a run (``run_...``) or of a call; likewise in the other functions here.
        out: Where to; a file that is there is replaced.
        options: What it shows.

    Raises:
        NotFound: There is no such call or run.
        DataFolderError: The file cannot be written.
    """
    _put(out, _html(archive, content_of(archive, id, options), options))


def write_json(
    archive: Archive, id: str, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """One object, by ``docs/schemas/report.schema.json``. See :func:`write_html`."""
    _put(out, _made(archive, content_of(archive, id, options), "json", options))


def write_junit(
    archive: Archive, id: str, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """JUnit XML, a test case for each call. See :func:`write_html`."""
    _put(out, junit(content_of(archive, id, options)))


def write_markdown(
    archive: Archive, id: str, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """A summary in Markdown. See :func:`write_html`."""
    _put(out, markdown(content_of(archive, id, options)).encode())


def write_csv(
    archive: Archive, id: str, folder: Path, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """Tables in `folder`: ``calls.csv``, ``turns.csv``, ``checks.csv``, ``grades.csv``.

    See :func:`write_html`.
    """
    for name, text in tables(content_of(archive, id, options)).items():
        _put(folder / name, text.encode())


def write_bundle(archive: Archive, id: str, out: Path) -> None:
    """A call or a run with all its files, for another console; nothing personal is hidden.

    Args:
        archive: Where it is stored.
        id: Of a run (``run_...``) or of a call.
        out: Where to; a file that is there is replaced.

    Raises:
        NotFound: There is no such call or run.
        InputError: It still goes on.
        DataFolderError: The file cannot be written.
    """
    with _replaced(out) as file:
        put_bundle(archive, id, file)


def write_one_file(
    archive: Archive,
    id: str,
    format: str,
    out: BinaryIO,
    options: ReportOptions = _AS_THEY_ARE,
) -> None:
    """One of :data:`FORMATS`; the tables of csv are a ZIP. See :func:`write_html`.

    A bundle is written as :func:`write_bundle` does, whatever the options say.
    """
    if format == "bundle":
        put_bundle(archive, id, out)
        return
    content = content_of(archive, id, options)
    if format != "csv":
        out.write(_made(archive, content, format, options))
        return
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in tables(content).items():
            packed.writestr(name, text)


def write_examples(
    archive: Archive, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> int:
    """What people have graded, with what judges said of the same: JSONL, one example a line.

    Args:
        archive: Where calls and grades are stored.
        out: Where to; a file that is there is replaced.
        options: What is hidden.

    Returns:
        How many there are.

    Raises:
        InputError: A pattern to hide is no regular expression.
        DataFolderError: The file cannot be written.
    """
    lines = examples(archive, options)
    _put(out, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def write_reports(
    archive: Archive,
    id: str,
    formats: Iterable[str],
    folder: Path,
    options: ReportOptions = _AS_THEY_ARE,
) -> dict[str, Path]:
    """The file of each format, in `folder`, which is made if it is not there.

    Raises:
        InputError: A format is none of :data:`FORMATS`, or a pattern is no regular expression.
        NotFound: There is no such call or run.
        DataFolderError: A file cannot be written.
    """
    wanted = read_formats(",".join(formats), personal=options.personal)
    if "bundle" in wanted:
        write_bundle(archive, id, folder / FORMATS["bundle"])
    content = content_of(archive, id, options)
    files: dict[str, bytes] = {}
    for name in wanted:
        if name == "csv":
            files |= {each: text.encode() for each, text in tables(content).items()}
        elif name != "bundle":
            files[FORMATS[name]] = _made(archive, content, name, options)
    for file, made in files.items():
        _put(folder / file, made)
    return {name: folder / FORMATS[name] for name in wanted}


def _html(archive: Archive, content: Content, options: ReportOptions) -> bytes:
    sounds = sounds_of(archive, content.calls, options.progress) if options.audio else {}
    heard = sum(archive.store.artifacts(_id(call)).recording.exists() for call in content.calls)
    return html(content, sounds, left_out=bool(sounds) and len(sounds) < heard).encode()


def _id(call: CallPart) -> str:
    return call.report.call_id or ""


def _made(archive: Archive, content: Content, format: str, options: ReportOptions) -> bytes:
    match format:
        case "html":
            return _html(archive, content, options)
        case "junit":
            return junit(content)
        case "md":
            return markdown(content).encode()
    return (content.model_dump_json(indent=2) + "\n").encode()


def _put(out: Path | BinaryIO, content: bytes) -> None:
    if not isinstance(out, Path):
        out.write(content)
        return
    with _replaced(out) as file:
        file.write(content)


@contextmanager
def _replaced(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `out` once it is whole."""
    part = out.parent / f".{out.name}.{os.getpid()}.part"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        with suppress(OSError):  # where it could not even be begun, it cannot be looked for
            part.unlink(missing_ok=True)


def _cannot_write(out: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"{out} cannot be written.",
        cause=f"{error.strerror or error}.",
        remedy="Choose a folder that you may write to, and that is not full.",
    )
