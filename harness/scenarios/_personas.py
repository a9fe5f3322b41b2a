"""The library of personas: kinds of callers, each with a voice, a pace and habits."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ScenarioError, UnknownName
from harness.nouns import Caller, Persona
from harness.scenarios._block import parse_block
from harness.scenarios._document import read_document
from harness.scenarios._keys import did_you_mean
from harness.settings import ROOT, get_settings

__all__ = ["find_persona", "personas", "with_persona"]

BUILT_IN = ROOT / "data" / "personas"

_OFFLINE = "offline"
_FIELDS = ("speed", "volume_db", "patience_s", "answer_timeout_s")


def personas() -> dict[str, Persona]:
    """Our personas and those in the folder `personas` of the data folder, by name.

    Of two of the same name the user's counts. A broken file takes nothing else with it;
    :func:`find_persona` tells what is wrong with it.
    """
    return _read()[0]


def find_persona(name: str) -> Persona:
    """The persona called `name`.

    Raises:
        UnknownName: There is none.
        ScenarioError: Its file cannot be used.
    """
    known, problems = _read()
    if name in known:
        return known[name]
    if name in problems:
        raise problems[name]
    raise UnknownName(
        f"There is no persona `{name}`.{did_you_mean(name, known)}",
        remedy=f"There are: {', '.join(known)}.",
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


_Stamps = tuple[tuple[Path, int, int], ...]
_read_before: tuple[_Stamps, tuple[dict[str, Persona], dict[str, ScenarioError]]] | None = None


def _read() -> tuple[dict[str, Persona], dict[str, ScenarioError]]:
    """All personas, read anew only if a file has changed."""
    global _read_before
    files = [
        path
        for folder in (BUILT_IN, get_settings().data / "personas")
        for path in sorted(folder.glob("*.yaml"))
    ]
    stamps = tuple(_stamp(path) for path in files)
    if _read_before is None or _read_before[0] != stamps:
        found: dict[str, Persona] = {}
        problems: dict[str, ScenarioError] = {}
        for path in files:
            try:
                persona = _persona(path)
            except ScenarioError as error:
                problems[path.stem] = error
                found.pop(path.stem, None)
            else:
                found[persona.name] = persona
        _read_before = stamps, (found, problems)
    found, problems = _read_before[1]
    return dict(found), dict(problems)


def _stamp(path: Path) -> tuple[Path, int, int]:
    """Time of change (ns) and size of a file."""
    try:
        status = path.stat()
    except OSError:
        return path, 0, -1
    return path, status.st_mtime_ns, status.st_size


def _persona(path: Path) -> Persona:
    document = read_document(path, path.parent)
    persona = parse_block(document, (), document.data, Persona)
    if persona.name != path.stem:
        raise document.error(("name",), f"must be `{path.stem}`, as the file is called.")
    return persona
