"""``ringback conversation``: writing and reading conversation files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.calls import CallRequest, CallView, conversation, import_conversation, stored_view
from harness.cli._checks import print_checks, verdict_text
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.errors import ConversationError, DataFolderError
from harness.grade import events_of_conversation
from harness.report import call_report
from harness.scenarios import find_scenario
from harness.settings import Settings
from harness.store import Store

__all__ = ["export_conversation", "import_conversations"]

_MAX_BYTES = 10_000_000


def export_conversation(
    call_id: str, folder: Path | None, settings: Settings, *, to_stdout: bool
) -> dict[str, Any]:
    """Print or write a conversation, and tell what ``--json`` prints.

    Raises:
        NotFound: There is no such call.
        DataFolderError: A file cannot be written.
    """
    store = Store.open(settings)
    try:
        messages = conversation(store, call_id)
        scenario = CallRequest.model_validate(store.plan(call_id)).scenario
    finally:
        store.close()
    text = json.dumps(messages, indent=2, ensure_ascii=False) + "\n"
    files: list[Path] = []
    if folder is not None:
        files.append(_write(folder / f"{call_id}.conversation.json", text))
        # An include is looked for beside the file that has it, so a copy elsewhere misses it.
        if scenario is not None and scenario.source and "!include" not in scenario.source:
            files.append(_write(folder / f"{call_id}.yaml", scenario.source))
    if to_stdout:
        print("".join(f"Wrote {file}\n" for file in files) if files else text, end="")
    return {
        "call_id": call_id,
        "conversation": messages,
        "scenario": scenario.name if scenario is not None else None,
        "files": [str(file) for file in files],
    }


def import_conversations(
    files: Sequence[Path],
    scenario: str | None,
    title: str | None,
    settings: Settings,
    *,
    to_stdout: bool,
) -> dict[str, Any]:
    """Keep conversations as calls, and tell what ``--json`` prints.

    Raises:
        ConversationError: A file is none; then none of them is kept.
        UnknownName: There is no such scenario.
    """
    by = find_scenario(scenario) if scenario is not None else None
    read = [(file, _read(file)) for file in files]
    store = Store.open(settings)
    views: list[CallView] = []
    reports: list[dict[str, Any]] = []
    try:
        for file, messages in read:
            name = title or file.name.removesuffix(".json").removesuffix(".conversation")
            call = asyncio.run(import_conversation(store, settings, messages, name, by))
            views.append(stored_view(store, call.id))
            paths = store.artifacts(call.id)
            reports.append(call_report(views[-1], paths, by))
            if to_stdout:
                _print(views[-1], file)
    finally:
        store.close()
    codes = [view.exit_code or 0 for view in views]
    return {
        "calls": reports,
        "exit_code": max(codes, default=0),
    }


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise _wrong(file, f"it is larger than {_MAX_BYTES // 1_000_000} MB")
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _wrong(file, f"it cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(file, "it is no JSON") from error
    if not isinstance(found, list):
        raise _wrong(file, "it is no list of messages")
    try:
        events_of_conversation(found)
    except ConversationError as error:
        raise ConversationError(
            f"{file}: {error.message}", cause=error.cause, remedy=error.remedy
        ) from error
    return found


def _wrong(file: Path, what: str) -> ConversationError:
    return ConversationError(
        f"{file}: {what}.",
        cause="A conversation file is a JSON list of messages: user, assistant and tool_call.",
        remedy="Give a .conversation.json that Pipecat Evals or `ringback conversation` wrote.",
    )


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise DataFolderError(
            f"{path} cannot be written.",
            cause=f"The system says: {error.strerror or error}.",
            remedy="Give a folder that you can write with --folder.",
        ) from error
    return path


def _print(view: CallView, file: Path) -> None:
    terminal = Terminal()
    turns = sum(turn.index > 0 for turn in view.turns)
    kept = f"Kept {clean(str(file))} as {view.call_id}: {turns} lines of the caller"
    terminal.print(Text(kept), soft_wrap=True)
    print_checks(terminal, view.checks)
    if view.checks:
        terminal.print(Text.assemble("Verdict  ", verdict_text(view.verdict)))
