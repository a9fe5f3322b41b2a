"""Loading a scenario file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from harness.errors import ScenarioError, UnknownName
from harness.nouns import (
    SOUNDS,
    Caller,
    CheckSpec,
    OpenAiBrain,
    Persona,
    RulesBrain,
    Scenario,
)
from harness.scenarios._amounts import check_limits
from harness.scenarios._block import Block, parse_block
from harness.scenarios._brain import check_brain
from harness.scenarios._compat import EvalsError, EvalsScenario, read_evals, written_of
from harness.scenarios._document import (
    Document,
    KeyPath,
    folder_of,
    key_text,
    read_document,
    read_text,
)
from harness.scenarios._ignored import ignored_keys
from harness.scenarios._keys import Warned, did_you_mean, unknown_keys
from harness.scenarios._lines import check_lines
from harness.scenarios._personas import find_persona, persona_files, with_persona
from harness.scenarios._remedies import remedy_for
from harness.scenarios._script import script_of
from harness.scenarios._simulation import checks_of, simulation_of
from harness.scenarios._stamps import files_of
from harness.scenarios._values import plain_mapping
from harness.scenarios._vetoes import check_vetoes
from harness.scenarios._voices import check_voice

__all__ = ["load_scenarios", "load_with_files"]


def load_scenarios(
    path: Path, folder: Path | None = None, *, endpoints: Collection[str] | None = None
) -> tuple[Scenario, ...]:
    """All scenarios of a file.

    Args:
        path: A Pipecat Evals YAML file, with or without our block `ringback:`.
        folder: Where includes, recordings and images may lie; by default the outermost folder
            around the file that is called `scenarios` or `evals`, else the file's own.
        endpoints: Names of the language models of this computer: another name in the file is a
            warning, since it may be known where the scenario is called from. None: not looked at.

    Raises:
        ScenarioError: The file cannot be used; the message names file, line and key.
    """
    return load_with_files(path, folder, endpoints=endpoints)[0]


def load_with_files(
    path: Path, folder: Path | None = None, *, endpoints: Collection[str] | None = None
) -> tuple[tuple[Scenario, ...], frozenset[Path]]:
    """As :func:`load_scenarios`, with all files that the scenarios were made of.

    These are the file, its includes, recordings, images, and the files of its personas.
    """
    document = read_document(path, folder or folder_of(path))
    blocks = _blocks(document)
    try:
        loaded = read_evals(path, document.data)
    except EvalsError as error:
        raise _explain(document, error) from error
    check_limits(document)
    found = (*unknown_keys(document), *ignored_keys(document))
    warnings = (*(_told(document, one) for one in found), *_old_shape(document))
    source = read_text(path)
    scenarios = tuple(
        _Reader(
            document,
            index,
            scenario,
            blocks[index],
            (*warnings, *_unknown_endpoints(document, blocks[index], endpoints)),
            source,
        ).read()
        for index, scenario in enumerate(loaded)
    )
    return scenarios, files_of(document).union(*map(_beside, scenarios))


def _beside(scenario: Scenario) -> Iterator[Path]:
    """The files that a scenario needs beside its YAML."""
    if scenario.caller.persona:
        yield from persona_files(scenario.caller.persona)
    for step in scenario.steps:
        yield from (Path(media) for media in (step.audio, step.image) if media is not None)
        if step.sound is not None and step.sound not in SOUNDS:
            yield Path(step.sound)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The `ringback:` block of a scenario: its own keys before those of the file for all."""

    block: Block
    common: KeyPath
    own: KeyPath | None = None
    own_keys: frozenset[str] = frozenset()

    def where(self, key: str) -> KeyPath:
        """Where a key of the block stands, or would."""
        if self.own is not None and key in self.own_keys:
            return (*self.own, key)
        return (*self.common, key)


def _blocks(document: Document) -> list[_Blocks]:
    """The `ringback:` block of each scenario.

    As with Pipecat's own keys, a key that a scenario sets replaces the file's whole value.
    """
    common = parse_block(document, ("ringback",), document.data.get("ringback", {}), Block)
    entries = document.data.get("scenarios")
    if not isinstance(entries, list):
        return [_Blocks(common, ("ringback",))]
    blocks = []
    for index, entry in enumerate(entries):
        own = entry.get("ringback", {}) if isinstance(entry, dict) else {}
        where: KeyPath = ("scenarios", index, "ringback")
        block = parse_block(document, where, own, Block)
        fields = {name: getattr(common, name) for name in common.model_fields_set}
        fields |= {name: getattr(block, name) for name in block.model_fields_set}
        keys = frozenset(block.model_fields_set)
        blocks.append(_Blocks(Block(**fields), ("ringback",), where, keys))
    return blocks


def _unknown_endpoints(
    document: Document, blocks: _Blocks, known: Collection[str] | None
) -> Iterator[str]:
    """A warning for each language model that is named and not known here."""
    if known is None:
        return
    named = [
        ((*blocks.where("judge"), "endpoints", number), name)
        for number, name in enumerate(blocks.block.judge.endpoints)
    ]
    brain = blocks.block.brain
    if isinstance(brain, OpenAiBrain) and brain.endpoint:
        named.append(((*blocks.where("brain"), "endpoint"), brain.endpoint))
    for where, name in named:
        if name not in known:
            close = did_you_mean(name, known)
            yield f"{document.at(where)}: no language model `{name}` is set up here.{close}"


def _explain(document: Document, error: EvalsError) -> ScenarioError:
    """Pipecat's words, with our line."""
    where: KeyPath = ()
    if error.scenario is not None:
        where = ("scenarios", error.scenario)
    if error.turn is not None:
        where = (*_path_of(document, error.scenario, "turns"), error.turn)
        if error.expectation is not None:
            where = (*where, "expect", error.expectation)
    elif error.metric is not None:
        where = _metric_path(document, error)
    key = tuple(error.key.split(".")) if error.key else ()
    # A scenario's own keys may stand at the top of the file instead.
    shared = error.turn is None and error.metric is None and "scenario #" not in error.problem
    while key and (*where, *key) not in document.places:
        if shared and key in document.places:
            where = ()
            break
        key = key[:-1]
    misspelt = (
        f"Line {document.place(place).line}, key `{key_text(place)}`: {text}"
        for place, text in unknown_keys(document)
        if place[:-1] == where
    )
    return document.error(
        _named_again(document) if "duplicate scenario names" in error.problem else (*where, *key),
        f"Pipecat Evals says: {error.problem}.",
        # A key that is spelled wrong is a key that is missing.
        cause=next(misspelt, ""),
        remedy=remedy_for(error.problem),
    )


def _told(document: Document, warning: Warned) -> str:
    where, text = warning
    return f"{document.at(where)}: {text}"


def _named_again(document: Document) -> KeyPath:
    """The first scenario whose name another has before it."""
    names: list[Any] = []
    for index, entry in enumerate(document.data["scenarios"]):
        if entry["name"] in names:
            return ("scenarios", index, "name")
        names.append(entry["name"])
    return ()


def _metric_path(document: Document, error: EvalsError) -> KeyPath:
    where = _path_of(document, error.scenario, "metrics")
    metrics = written_of(document.data, error.scenario or 0).get("metrics")
    index = error.metric
    if isinstance(index, str) and isinstance(metrics, list):
        names = [
            metric.get("name", metric.get("measure")) if isinstance(metric, dict) else None
            for metric in metrics
        ]
        # A name that is listed twice is wrong where it stands the second time.
        places = [number for number, name in enumerate(names) if name == index]
        index = places[-1] if places else None
    if not isinstance(index, int):
        return where
    return (*where, index) if error.call is None else (*where, index, "calls", error.call)


def _path_of(document: Document, scenario: int | None, key: str) -> KeyPath:
    """Where a key of a scenario stands: in it, or at the top for all."""
    entries = document.data.get("scenarios")
    if scenario is None or not isinstance(entries, list) or key not in entries[scenario]:
        return (key,)
    return ("scenarios", scenario, key)


def _old_shape(document: Document) -> tuple[str, ...]:
    if "scenarios" in document.data:
        return ()
    start = document.at(("persona",) if "persona" in document.data else ("turns",))
    return (f"{start}: an old shape of file; Pipecat 2.0 will want a `scenarios:` list.",)


class _Reader:
    """Reads one scenario of a file."""

    def __init__(
        self,
        document: Document,
        index: int,
        scenario: EvalsScenario,
        blocks: _Blocks,
        warnings: tuple[str, ...],
        source: str,
    ) -> None:
        self._document = document
        self._index = index if "scenarios" in document.data else None
        self._written = written_of(document.data, index)
        self._scenario = scenario
        self._blocks = blocks
        self._block = blocks.block
        self._warnings = list(warnings)
        self._source = source

    def read(self) -> Scenario:
        persona = self._persona()
        written = self._block.caller
        caller = with_persona(written, persona) if persona else written
        where = self._blocks.where("caller")
        self._warnings += check_voice(self._document, where, written, persona, caller)
        if self._scenario.simulation is not None:
            scenario = self._simulation(caller, persona)
        else:
            scenario = self._script(caller)
        where = self._blocks.where("checks")
        check_vetoes(self._document, where, self._block.checks, scenario.checks)
        return scenario

    def _persona(self) -> Persona | None:
        name = self._block.caller.persona
        if not name:
            return None
        try:
            return find_persona(name)
        except UnknownName as error:
            where = (*self._blocks.where("caller"), "persona")
            raise self._document.error(
                where, f"{error.message[:1].lower()}{error.message[1:]}", remedy=error.remedy
            ) from error

    def _noun(self, caller: Caller, checks: Sequence[CheckSpec], **fields: Any) -> Scenario:
        own = self._block
        return Scenario(
            name=self._scenario.name,
            title=own.title or _title(self._scenario.name),
            path=str(self._document.path),
            caller=caller,
            checks=_named_apart(checks),
            budget_s=own.budget_s,
            tags=own.tags,
            description=own.description,
            warnings=tuple(self._warnings),
            own_block=self._has_own_block(),
            judge=own.judge,
            source=self._source,
            **fields,
        )

    def _has_own_block(self) -> bool:
        turns = self._written.get("turns")
        places = [self._document.data, self._written, *(turns if isinstance(turns, list) else ())]
        return any("ringback" in place for place in places)

    def _script(self, caller: Caller) -> Scenario:
        if "brain" in self._blocks.own_keys:
            raise self._document.error(
                self._blocks.where("brain"),
                "a script needs no brain: what is said is in `turns`.",
                remedy="Leave it out, or describe a person with `persona`, `goal` and `success`.",
            )
        where = self._path("turns")
        written = list(self._written.get("turns", ()))
        script = script_of(self._document, where, self._scenario, written)
        self._check_turns(script.lines)
        check_lines(self._document, where, tuple(script.steps), spoken=caller.by == "voice")
        self._warnings += script.warnings
        return self._noun(
            caller,
            [*self._block.checks, *script.checks],
            kind="script",
            steps=tuple(script.steps),
            context=self._context(),
            stop_on_failure=self._scenario.stop_on_failure,
            allow_continue=self._scenario.allow_continue,
        )

    def _simulation(self, caller: Caller, persona: Persona | None) -> Scenario:
        read = self._scenario.simulation
        assert read is not None
        brain = self._block.brain
        if isinstance(brain, RulesBrain):
            where = self._blocks.where("brain")
            self._warnings += check_brain(self._document, where, brain)
        self._refuse_turns_of_checks()
        metrics = list(self._written.get("metrics") or ())
        simulation = simulation_of(
            self._document, self._path("metrics"), read, metrics, brain, persona
        )
        return self._noun(
            caller,
            [*self._block.checks, *checks_of(simulation)],
            kind="simulation",
            simulation=simulation,
            stop_on_failure=True,
        )

    def _path(self, key: str) -> KeyPath:
        return _path_of(self._document, self._index, key)

    def _context(self) -> tuple[dict[str, JsonValue], ...]:
        where = self._path("context")
        messages = []
        for index, message in enumerate(self._written.get("context") or ()):
            inside = (*where, index)
            if not isinstance(message, dict) or not isinstance(message.get("role"), str):
                raise self._document.error(
                    inside,
                    "a message needs `role` and `content`.",
                    remedy="Write it as `- {role: user, content: Hello.}`.",
                )
            messages.append(plain_mapping(self._document, inside, message))
        return tuple(messages)

    def _check_turns(self, count: int) -> None:
        """A check about a line that the script does not have can never be met."""
        for index, check in enumerate(self._block.checks):
            turn = getattr(check, "turn", None)
            if turn is not None and turn > count:
                lines = "1 line" if count == 1 else f"{count} lines"
                raise self._document.error(
                    (*self._blocks.where("checks"), index, "turn"),
                    f"the caller says {lines}, there is no line {turn}.",
                    remedy="Lines count from 1; 0 is the greeting.",
                )

    def _refuse_turns_of_checks(self) -> None:
        """The lines of a simulated person are not the same in each call."""
        for index, check in enumerate(self._block.checks):
            if getattr(check, "turn", None):
                raise self._document.error(
                    (*self._blocks.where("checks"), index, "turn"),
                    "a simulated person has no lines to count; only 0, the greeting, can be meant.",
                    remedy="Leave out `turn`, so that every reply is looked at.",
                )


def _named_apart(checks: Sequence[CheckSpec]) -> tuple[CheckSpec, ...]:
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
