"""``ringback report``: a call or a run as files that anyone can open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from harness.calls import Archive
from harness.cli._terminal import Terminal
from harness.nouns import Redaction
from harness.report import ReportOptions, read_formats, write_reports
from harness.settings import Settings
from harness.store import Store

__all__ = ["report", "sound_progress"]


@contextmanager
def sound_progress(options: ReportOptions) -> Iterator[ReportOptions]:
    """Options that tell on a terminal how far the sound of a report has come."""
    terminal = Terminal(stderr=True)
    if not (options.audio and terminal.is_terminal):
        yield options
        return
    with Progress(
        TextColumn("Sound of calls"),
        BarColumn(),
        MofNCompleteColumn(),
        console=terminal,
        transient=True,
    ) as bars:
        task = bars.add_task("", total=None)
        yield replace(
            options,
            progress=lambda made, of: bars.update(task, completed=made, total=of),
        )


def report(
    id: str,
    settings: Settings,
    *,
    formats: str,
    folder: Path,
    names: Sequence[str],
    personal: bool,
    title: str,
    audio: bool,
    to_stdout: bool,
) -> dict[str, Any]:
    """Write the files, and tell what ``--json`` prints: the path of each format.

    Args:
        id: Of a run (``run_...``) or of a call.
        settings: Where they are stored.
        formats: Names with commas between; see :data:`harness.report.FORMATS`.
        folder: Where to.
        names: Names to hide, besides those that the suite tells.
        personal: Whether personal data stays.
        title: In place of the run's or the call's own.
        audio: Whether the page holds the sound.
        to_stdout: Whether paths are printed.

    Raises:
        InputError: There is no such format.
        NotFound: There is no such call or run.
        DataFolderError: A file cannot be written.
    """
    store = Store.open(settings)
    try:
        archive = Archive(store, settings)
        redact = Redaction(names=tuple(names)) if names else None
        options = ReportOptions(redact=redact, personal=not personal, title=title, audio=audio)
        with sound_progress(options) as told:
            written = write_reports(
                archive, id, read_formats(formats, personal=not personal), folder, told
            )
    finally:
        store.close()
    if to_stdout:
        terminal = Terminal()
        for path in written.values():
            terminal.print(Text(str(path)), soft_wrap=True)
    return {"id": id, "reports": {name: str(path) for name, path in written.items()}}
