"""``ringback scenarios from-call``: a script of what a caller did, with checks of what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rich.text import Text

from harness.calls import CallRequest, recorded_lines, stored_view
from harness.cli._drafts import Put, draft_as_json, put
from harness.cli._terminal import Terminal
from harness.cli._words import clean
from harness.nouns import Caller
from harness.scenarios import FromCall, from_call
from harness.settings import Settings
from harness.store import Artifacts, Store

__all__ = ["Expect", "Person", "Wanted", "scenario_of_call"]

Expect = Literal["usual", "all", "none"]
Person = Literal["audio", "text"]
"""How what a person said or played goes on: as it was recorded, or in the caller's voice."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed after ``ringback scenarios from-call``."""

    call: str
    expect: Expect = "usual"
    title: str = ""
    person: Person = "audio"
    where: Put = Put()


def scenario_of_call(wanted: Wanted, settings: Settings, *, to_stdout: bool) -> dict[str, Any]:
    """Make a scenario of a call, and tell what ``--json`` prints.

    Raises:
        NotFound: There is no such call.
        ScenarioError: The caller said nothing in it.
        DataFolderError: It cannot be written.
    """
    store = Store.open(settings)
    try:
        view = stored_view(store, wanted.call)
        called = CallRequest.model_validate(store.plan(wanted.call)).scenario
    finally:
        store.close()
    title = view.scenario_title if view.scenario else f"Call of {view.agent_title}"
    caller = view.caller or Caller(voice=view.voice or Caller().voice)
    title = wanted.title or f"{title[:68]}, recorded"
    recorded = {}
    if wanted.person == "audio":
        recorded = recorded_lines(Artifacts.of(settings, wanted.call).recording, view.turns)
    made = from_call(view.turns, caller, title, called, recorded)
    ticks = _ticks(made, wanted.expect)
    ((draft, path),) = put([made.with_only(ticks)], wanted.where, settings)
    notes = list(made.notes)
    if path is None and draft.files:
        names = ", ".join(name for name, _ in draft.files)
        notes.append(f"It plays or shows {names}: with --folder or --save they lie beside it.")
    if to_stdout:
        print(f"Wrote {path}\n" if path is not None else draft.text, end="")
    terminal = Terminal(stderr=True)
    for note in notes:
        terminal.print(Text(clean(note), "yellow"), soft_wrap=True)
    return draft_as_json(draft, path) | {
        "call_id": view.call_id,
        "proposals": [
            {"sentence": proposal.sentence, "turn": proposal.turn, "taken": taken}
            for proposal, taken in zip(made.proposals, ticks, strict=True)
        ],
        "notes": notes,
        "files": [name for name, _ in draft.files],
    }


def _ticks(made: FromCall, expect: Expect) -> list[bool]:
    """Which proposals are taken."""
    if expect == "usual":
        return [proposal.usual for proposal in made.proposals]
    return [expect == "all"] * len(made.proposals)
