"""Loading a scenario file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import ScenarioError
from harness.nouns import CheckSpec, NotAsked, Scenario
from harness.scenarios._block import Block, parse_block
from harness.scenarios._compat import EvalsError, EvalsScenario, read_evals
from harness.scenarios._convert import Script, convert, general_checks
from harness.scenarios._document import Document, KeyPath, read_document
from harness.scenarios._keys import unknown_keys

__all__ = ["load_scenarios", "load_with_files"]


def load_scenarios(path: Path, folder: Path | None = None) -> tuple[Scenario, ...]:
    """All scenarios of a file.

    Args:
        path: A Pipecat Evals scripted YAML file, with or without our block `ringback:`.
        folder: Where includes may lie; by default the outermost folder around the file that is
            called `scenarios` or `evals`, else the file's own.

    Raises:
        ScenarioError: The file cannot be used; the message names file, line and key.
    """
    return load_with_files(path, folder)[0]


def load_with_files(
    path: Path, folder: Path | None = None
) -> tuple[tuple[Scenario, ...], frozenset[Path]]:
    """As :func:`load_scenarios`, with the files that were read: the file and its includes."""
    document = read_document(path, folder or _folder_of(path))
    _refuse_simulations(document)
    blocks = _blocks(document)
    try:
        loaded = read_evals(path, document.data)
    except EvalsError as error:
        raise _explain(document, error) from error
    warnings = (*unknown_keys(document), *_old_shape(document), *_goes_on(document))
    scenarios = tuple(
        _scenario(document, index, scenario, blocks[index], warnings)
        for index, scenario in enumerate(loaded)
    )
    return scenarios, frozenset({path, *(place.file for place in document.places.values())})


def _folder_of(path: Path) -> Path:
    around = [parent for parent in path.resolve().parents if parent.name in ("scenarios", "evals")]
    return around[-1] if around else path.resolve().parent


def _refuse_simulations(document: Document) -> None:
    entries = document.data.get("scenarios")
    places: list[tuple[KeyPath, Any]] = [((), document.data)]
    places += [
        (("scenarios", index), entry)
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
    ]
    for where, data in places:
        if isinstance(data, dict) and "persona" in data:
            raise document.error(
                (*where, "persona"),
                "this is a simulated scenario (a persona); simulated scenarios come later.",
                remedy="Use a scripted one, with `turns:`.",
            )


def _blocks(document: Document) -> list[tuple[Block, KeyPath]]:
    """The `ringback:` block of each scenario, and where its checks stand.

    As with Pipecat's own keys, a key that a scenario sets replaces the file's whole value.
    """
    top = document.data.get("ringback", {})
    common = parse_block(document, ("ringback",), top, Block)
    entries = document.data.get("scenarios")
    if not isinstance(entries, list):
        return [(common, ("ringback", "checks"))]
    blocks = []
    for index, entry in enumerate(entries):
        own = entry.get("ringback", {}) if isinstance(entry, dict) else {}
        where: KeyPath = ("scenarios", index, "ringback")
        block = parse_block(document, where, own, Block)
        fields = {name: getattr(common, name) for name in common.model_fields_set}
        fields |= {name: getattr(block, name) for name in block.model_fields_set}
        checks = where if "checks" in block.model_fields_set else ("ringback",)
        blocks.append((Block(**fields), (*checks, "checks")))
    return blocks


def _explain(document: Document, error: EvalsError) -> ScenarioError:
    """Pipecat's words, with our line."""
    where: KeyPath = ()
    if error.scenario is not None:
        where = ("scenarios", error.scenario)
    if error.turn is not None:
        where = (*_turns_path(document, error.scenario), error.turn)
        if error.expectation is not None:
            where = (*where, "expect", error.expectation)
    key = tuple(error.key.split(".")) if error.key else ()
    # A scenario's own keys may stand at the top of the file instead.
    shared = error.turn is None and "scenario #" not in error.problem
    while key and (*where, *key) not in document.places:
        if shared and key in document.places:
            where = ()
            break
        key = key[:-1]
    return document.error((*where, *key), f"Pipecat Evals says: {error.problem}.")


def _turns_path(document: Document, scenario: int | None) -> KeyPath:
    entries = document.data.get("scenarios")
    if scenario is None or not isinstance(entries, list) or "turns" not in entries[scenario]:
        return ("turns",)
    return ("scenarios", scenario, "turns")


def _old_shape(document: Document) -> tuple[str, ...]:
    if "scenarios" in document.data:
        return ()
    start = document.at(("turns",))
    return (f"{start}: an old shape of file; Pipecat 2.0 will want a `scenarios:` list.",)


def _goes_on(document: Document) -> tuple[str, ...]:
    places = [where for where in document.places if where[-1:] == ("stop_on_failure",)]
    return tuple(
        f"{document.at(where)}: the caller always goes on after a failed turn."
        for where in places
        if len(where) in (1, 3)
    )


def _scenario(
    document: Document,
    index: int,
    scenario: EvalsScenario,
    block: tuple[Block, KeyPath],
    warnings: tuple[str, ...],
) -> Scenario:
    own, checks_path = block
    several = "scenarios" in document.data
    script = convert(document, _turns_path(document, index if several else None), scenario)
    _check_lines(document, checks_path, own, script)
    written: list[CheckSpec] = [*own.checks]
    made = [*general_checks(script, [*written, *script.checks]), *script.checks]
    return Scenario(
        name=scenario.name,
        title=own.title or _title(scenario.name),
        path=str(document.path),
        steps=tuple(script.steps),
        caller=own.caller,
        checks=_named_apart([*written, *made]),
        budget_s=own.budget_s,
        tags=own.tags,
        description=own.description,
        not_run=tuple(
            (check.name, check.reason) for check in script.checks if isinstance(check, NotAsked)
        ),
        warnings=warnings,
    )


def _check_lines(document: Document, where: KeyPath, block: Block, script: Script) -> None:
    """A check about a line that the script does not have can never be met."""
    for index, check in enumerate(block.checks):
        turn = getattr(check, "turn", None)
        if turn is not None and turn > script.lines:
            lines = "1 line" if script.lines == 1 else f"{script.lines} lines"
            raise document.error(
                (*where, index, "turn"), f"the caller says {lines}, there is no line {turn}."
            )


def _named_apart(checks: list[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Checks with different names: failed checks are grouped by name."""
    taken: set[str] = set()
    apart: list[CheckSpec] = []
    for check in checks:
        name, count = check.name, 1
        while name in taken:
            count += 1
            name = f"{check.name} ({count})"
        taken.add(name)
        apart.append(check if name == check.name else check.model_copy(update={"name": name}))
    return tuple(apart)


def _title(name: str) -> str:
    words = name.rsplit("/", 1)[-1].replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
