"""The scenario of a call as the call keeps it, to be mended and called once more."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ScenarioError
from harness.nouns import SOUNDS, Scenario
from harness.scenarios._beside import Beside
from harness.scenarios._document import KeyPath, folder_of
from harness.scenarios._draft import Draft

__all__ = ["as_called", "differs"]

_PARTS = ("steps", "checks", "caller", "simulation", "context", "judge", "budget_s", "kind")
"""What a scenario is apart from its text; parts of it may stand in other files."""


def as_called(called: Scenario) -> Draft:
    """A draft of a scenario with the text it was called with, alone and beside nothing.

    What its file included is put into it, and its recordings and images are among the draft's
    files, as far as they still lie where they did.

    Args:
        called: As the call keeps it.
    """
    path = Path(called.path)
    draft = Draft(called.source)
    there = Draft(called.source, path, folder_of(path))
    if path.is_file() and there.includes() and there.load()[0]:
        draft = Draft("{}\n")
        for key, value in there.data().items():
            draft = draft.set((key,), value)
    entries = draft.get(("scenarios",))
    where: KeyPath = ()
    if isinstance(entries, list):
        last = called.name.rsplit("/", 1)[-1]
        names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
        draft = draft.only(names.index(last) if last in names else 0)
        where = ("scenarios", 0)
    return _with_media(draft, where, called)


def _with_media(draft: Draft, where: KeyPath, called: Scenario) -> Draft:
    """The draft with what its steps play and show, under names of its own."""
    beside = Beside()
    for number, step in enumerate(called.steps):
        sound = None if step.sound in SOUNDS else step.sound
        played = (("audio",), step.audio), (("image",), step.image), (("ringback", "sound"), sound)
        for keys, path in played:
            name = beside.add(path) if path is not None else None
            place: KeyPath = (*where, "turns", number, *keys)
            if name is None or draft.effective(place) is None:
                continue
            try:
                draft = draft.set(place, name)
            except ScenarioError:  # it stands where the form cannot change it, and is told there
                continue
    return draft.with_files(beside.files)


def differs(found: Scenario, called: Scenario) -> bool:
    """Whether a scenario of the library is not what was called."""
    if found.source != called.source:
        return True
    return any(getattr(found, part) != getattr(called, part) for part in _PARTS)
