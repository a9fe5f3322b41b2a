"""The library of personas: kinds of callers, each with a voice, a pace and habits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.errors import ScenarioError, UnknownName
from harness.nouns import Caller, Persona
from harness.scenarios._amounts import check_limits
from harness.scenarios._block import parse_block
from harness.scenarios._document import read_document
from harness.scenarios._keys import did_you_mean
from harness.scenarios._stamps import Stamp, files_of, stamps_of, unchanged
from harness.settings import ROOT, get_settings

__all__ = ["find_persona", "persona_files", "personas", "with_persona"]

BUILT_IN = ROOT / "data" / "personas"

_OFFLINE = "offline"
_FIELDS = ("speed", "volume_db", "patience_s", "answer_timeout_s")


def personas() -> dict[str, Persona]:
    """Our personas and those in the folder `personas` of the data folder, by name.

    Of two of the same name the user's counts. A broken file takes nothing else with it;
    :func:`find_persona` tells what is wrong with it.
    """
    return dict(_read().found)


def find_persona(name: str) -> Persona:
    """The persona called `name`.

    Raises:
        UnknownName: There is none.
        ScenarioError: Its file cannot be used.
    """
    shelf = _read()
    known = shelf.found
    if name in known:
        return known[name]
    if name in shelf.problems:
        raise shelf.problems[name]
    raise UnknownName(
        f"There is no persona `{name}`.{did_you_mean(name, known)}",
        remedy=f"There are: {', '.join(known)}.",
    )


def persona_files(name: str) -> frozenset[Path]:
    """What the persona called `name` is made of: a change of any may change it.

    The user's file of that name is among them also while there is none: it would take the place of
    ours.
    """
    folders = (BUILT_IN, get_settings().data / "personas")
    return frozenset({*(folder / f"{name}.yaml" for folder in folders)}) | _read().read_from.get(
        name, frozenset()
    )


def with_persona(caller: Caller, persona: Persona) -> Caller:
    """A caller as the persona is; what the caller sets itself goes before it.

    The persona's voice is one of the offline stack, so it counts only there.
    """
    fields: dict[str, object] = {"persona": persona.name}
    names = ("voice", *_FIELDS) if caller.stack == _OFFLINE else _FIELDS
    for name in names:
        value = getattr(persona, name)
        if value is not None and name not in caller.model_fields_set:
            fields[name] = value
    if "name" not in caller.model_fields_set:
        fields["name"] = persona.title
    return caller.model_copy(update=fields)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All personas as they were read.

    Attributes:
        listed: The files there were.
        stamps: Of these and of what they include.
        read_from: What each persona was read from, by the name of its file.
    """

    listed: tuple[Path, ...]
    stamps: tuple[Stamp, ...]
    found: dict[str, Persona]
    problems: dict[str, ScenarioError]
    read_from: dict[str, frozenset[Path]]


_shelf: _Shelf | None = None


def _read() -> _Shelf:
    """All personas, read anew only if a file has changed."""
    global _shelf
    folders = (BUILT_IN, get_settings().data / "personas")
    listed = tuple(path for folder in folders for path in sorted(folder.glob("*.yaml")))
    known = _shelf
    # What a broken file waits for, an include for instance, has no stamp: it is read each time.
    if (
        known is not None
        and known.listed == listed
        and not known.problems
        and unchanged(known.stamps)
    ):
        return known
    found: dict[str, Persona] = {}
    problems: dict[str, ScenarioError] = {}
    read_from: dict[str, frozenset[Path]] = {}
    for path in listed:
        try:
            persona, read_from[path.stem] = _persona(path)
        except ScenarioError as error:
            problems[path.stem] = error
            found.pop(path.stem, None)
        else:
            found[persona.name] = persona
    files = {*listed, *(file for files in read_from.values() for file in files)}
    _shelf = _Shelf(listed, stamps_of(sorted(files)), found, problems, read_from)
    return _shelf


def _persona(path: Path) -> tuple[Persona, frozenset[Path]]:
    document = read_document(path, path.parent)
    persona = parse_block(document, (), document.data, Persona)
    check_limits(document, "persona")
    if persona.name != path.stem:
        raise document.error(("name",), f"must be `{path.stem}`, as the file is called.")
    return persona, files_of(document)
