"""Writing reports of a call or a run, a file or more for each format."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Final

from harness.calls import Archive
from harness.errors import DataFolderError, InputError
from harness.report._content import Content, content_of
from harness.report._html import html
from harness.report._junit import junit
from harness.report._markdown import markdown
from harness.report._options import ReportOptions
from harness.report._tables import tables

__all__ = [
    "FORMATS",
    "prepare_folder",
    "read_formats",
    "write_csv",
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
}
"""Name of the file of each format; csv writes ``turns.csv`` and ``checks.csv`` besides."""

_AS_THEY_ARE = ReportOptions()


def read_formats(text: str) -> tuple[str, ...]:
    """Names of formats with commas between, each once.

    Raises:
        InputError: One is none of :data:`FORMATS`, or there is none.
    """
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    strange = [name for name in wanted if name not in FORMATS]
    if strange or not wanted:
        raise InputError(
            f"There is no report {strange[0] if strange else text!r}.",
            cause=f"Reports are {', '.join(FORMATS)}.",
            remedy="Name one or more of them, with commas between.",
        )
    return wanted


def prepare_folder(folder: Path) -> None:
    """Make the folder that reports are written to, if it is not there.

    Raises:
        DataFolderError: It cannot be made or written to.
    """
    probe = folder / f".{os.getpid()}.part"
    _put(probe, b"")
    probe.unlink(missing_ok=True)


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
    _put(out, html(content_of(archive, id, options)).encode())


def write_json(
    archive: Archive, id: str, out: Path | BinaryIO, options: ReportOptions = _AS_THEY_ARE
) -> None:
    """One object, by ``docs/schemas/report.schema.json``. See :func:`write_html`."""
    _put(out, _json(content_of(archive, id, options)))


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
    """Three tables in `folder`: ``calls.csv``, ``turns.csv``, ``checks.csv``.

    See :func:`write_html`.
    """
    for name, text in tables(content_of(archive, id, options)).items():
        _put(folder / name, text.encode())


def write_one_file(
    archive: Archive,
    id: str,
    format: str,
    out: BinaryIO,
    options: ReportOptions = _AS_THEY_ARE,
) -> None:
    """One of :data:`FORMATS`; the tables of csv are a ZIP. See :func:`write_html`."""
    content = content_of(archive, id, options)
    if format != "csv":
        out.write(_MADE[format](content))
        return
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in tables(content).items():
            packed.writestr(name, text)


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
    wanted = read_formats(",".join(formats))
    content = content_of(archive, id, options)
    files: dict[str, bytes] = {}
    for name in wanted:
        if name == "csv":
            files |= {each: text.encode() for each, text in tables(content).items()}
        else:
            files[FORMATS[name]] = _MADE[name](content)
    for file, made in files.items():
        _put(folder / file, made)
    return {name: folder / FORMATS[name] for name in wanted}


def _json(content: Content) -> bytes:
    return (content.model_dump_json(indent=2) + "\n").encode()


_MADE: Final[dict[str, Callable[[Content], bytes]]] = {
    "html": lambda content: html(content).encode(),
    "json": _json,
    "junit": junit,
    "md": lambda content: markdown(content).encode(),
}


def _put(out: Path | BinaryIO, content: bytes) -> None:
    if not isinstance(out, Path):
        out.write(content)
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DataFolderError(
            f"{out} cannot be written.",
            cause=f"{error.strerror or error}.",
            remedy="Choose a folder that you may write to, and that is not full.",
        ) from error
