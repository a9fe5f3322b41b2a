"""Suite files: which agents are called with which scenarios, how often, and what stops it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from harness.errors import ScenarioError, SuiteError, UnknownName
from harness.nouns import (
    Agent,
    CallerVariant,
    Goal,
    Redaction,
    StopRules,
    Suite,
    SuiteEntry,
)
from harness.scenarios._block import parse_block
from harness.scenarios._document import Document, KeyPath, read_document
from harness.scenarios._pipecat_suite import is_pipecat_manifest, read_manifest
from harness.settings import ROOT, get_settings

__all__ = ["SuiteShelf", "load_suite", "read_suites", "suite_schema", "suites"]

BUILT_IN = ROOT / "data" / "suites"
_ENDINGS = (".yaml", ".yml")


def _agent(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, str) and value.strip()):
        return value
    raise ValueError("must be an agent's name or address, or a mapping as of a saved agent")


def _name(value: str) -> str:
    if "|" in value:
        raise ValueError("must not hold a |")
    return value


_AgentText = Annotated[
    Any,
    AfterValidator(_agent),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"\S"}, {"type": "object"}]}),
]
_AGENTS = (
    "What `ringback call --agent` takes: demo, names of saved agents, addresses, files; or "
    "mappings with name, provider and config."
)
_SCENARIOS = "Names of the library, with wildcards; or files beside the suite, as file.yaml:name."
_CALLERS = "Every agent and scenario is called by each; without any the caller is as written."
_REPEAT = "Calls of each combination; without it `runs` of a simulation, one of a script."


class _Entry(BaseModel):
    """Agents x scenarios x callers, as they stand in a file."""

    model_config = ConfigDict(extra="forbid", title="Entry")

    agents: tuple[_AgentText, ...] = Field((), min_length=1, description=_AGENTS)
    scenarios: tuple[str, ...] = Field((), min_length=1, description=_SCENARIOS)
    callers: tuple[CallerVariant, ...] = Field((), description=_CALLERS)
    repeat: int | None = Field(None, ge=1, le=100, description=_REPEAT)
    concurrency: int | None = Field(
        None, ge=1, description="Most calls at once with each of these agents."
    )
    body: dict[str, Any] | None = Field(None, description="Of the session, in place of theirs.")
    name: Annotated[str, AfterValidator(_name)] = Field(
        "", max_length=60, pattern=r"^[^|]*$", description="Of the one agent, in place of its own."
    )


class _File(BaseModel):
    """A suite file. Its short form is one entry; `entries` may stand beside it or instead."""

    model_config = ConfigDict(extra="forbid", title="Suite of Ringback")

    title: str = Field("", max_length=120, description="For people.")
    agents: tuple[_AgentText, ...] = Field((), description=_AGENTS)
    scenarios: tuple[str, ...] = Field((), description=_SCENARIOS)
    callers: tuple[CallerVariant, ...] = Field((), description=_CALLERS)
    entries: tuple[_Entry, ...] = Field(
        (), description="Combinations beside `agents` and `scenarios`, or in their place."
    )
    repeat: int | None = Field(None, ge=1, le=100, description=_REPEAT)
    concurrency: int | None = Field(
        None, ge=1, description="Most calls at once, never more than this computer carries."
    )
    order: Literal["interleaved", "grouped", "shuffled"] = Field(
        "interleaved",
        description="Every first attempt before any second; the attempts of a combination "
        "together; or at random, by the seed.",
    )
    seed: int = Field(0, description="Added to the seeds of simulated persons; of the shuffling.")
    time_limit_s: float | None = Field(
        None, gt=0, description="After so many seconds no further call begins."
    )
    stop: StopRules = Field(StopRules(), description="When no further call begins.")
    goal: Goal = Field(Goal(), description="What the run must reach.")
    fail_on: tuple[str, ...] = Field(
        ("check",), description="Rules by which `ringback run` ends with 1."
    )
    redact: Redaction = Field(Redaction(), description="Which personal data a report hides.")


@dataclass(frozen=True, slots=True)
class SuiteShelf:
    """All suites that could be read, and why others could not.

    Attributes:
        suites: Ours first, then the user's; in the order of their file names.
        problems: One error for each file that cannot be used.
    """

    suites: tuple[Suite, ...]
    problems: tuple[tuple[Path, SuiteError], ...]


def suite_schema() -> dict[str, Any]:
    """The JSON schema of a suite file; `docs/schemas/suite.schema.json` is a copy.

    Rules of `fail_on`, names of agents and scenarios, and combinations that come twice are told
    when the file is read only.
    """
    schema = _File.model_json_schema()
    schema["description"] = "Agents x scenarios x callers, and when that is good enough."
    both = ["agents", "scenarios"]
    schema["$defs"]["_Entry"]["required"] = both
    schema["anyOf"] = [_some(*both), _some("entries")]
    schema["dependentRequired"] = {"agents": ["scenarios"], "scenarios": ["agents"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _some(*names: str) -> dict[str, Any]:
    """These lists are there and not empty."""
    return {"required": list(names), "properties": {name: {"minItems": 1} for name in names}}


def read_suites() -> SuiteShelf:
    """Our suites and those in the folder `suites` of the data folder.

    Of two suites of the same name the user's counts.
    """
    found: dict[str, Suite] = {}
    problems: list[tuple[Path, SuiteError]] = []
    for folder in (BUILT_IN, get_settings().data / "suites"):
        for path in sorted(folder.glob("*")):
            if path.suffix not in _ENDINGS or not path.is_file():
                continue
            try:
                found[path.stem] = read_suite(path)
            except SuiteError as error:
                problems.append((path, error))
    return SuiteShelf(tuple(found.values()), tuple(problems))


def suites() -> tuple[Suite, ...]:
    """The suites that can be used; :func:`read_suites` also tells of the others."""
    return read_suites().suites


def load_suite(name_or_path: str | Path) -> Suite:
    """A suite by its name or its file, which may be a suite manifest of Pipecat Evals.

    Raises:
        UnknownName: There is none of that name.
        SuiteError: Its file cannot be used.
    """
    wanted = str(name_or_path)
    if isinstance(name_or_path, Path) or wanted.endswith(_ENDINGS):
        return read_suite(Path(wanted).expanduser())
    shelf = read_suites()
    for suite in shelf.suites:
        if suite.name == wanted:
            return suite
    for path, problem in shelf.problems:
        if path.stem == wanted:
            raise problem
    names = [suite.name for suite in shelf.suites]
    close = get_close_matches(wanted, names, n=1, cutoff=0.5)
    raise UnknownName(
        f"There is no suite `{wanted}`.",
        cause="A file has to end in .yaml.",
        remedy=f"Did you mean `{close[0]}`?" if close else f"There are: {', '.join(names)}.",
    )


def read_suite(path: Path) -> Suite:
    """A suite file, ours or a suite manifest of Pipecat Evals.

    Scenarios and agents it names are looked for only when a plan is made of it.

    Raises:
        SuiteError: It cannot be used; the message names file, line and key.
    """
    try:
        document = read_document(path, path.parent)
        if is_pipecat_manifest(document.data):
            return read_manifest(document)
        return _suite(document)
    except SuiteError:
        raise
    except ScenarioError as error:
        raise _suite_error(error) from error


def _suite_error(error: ScenarioError) -> SuiteError:
    """What is wrong with a suite's file, which is read as those of scenarios are."""
    message, cause, remedy = (
        text.replace(
            "a scenario file is a mapping with `name:` and `scenarios:`",
            "a suite file is a mapping with `agents:` and `scenarios:`",
        )
        .replace("scenario file", "suite file")
        .replace("the scenario as a file", "the suite as a file")
        .replace("docs/scenarios.md shows a scenario", "docs/suites.md shows a suite")
        .replace("docs/scenarios.md", "docs/suites.md")
        for text in (error.message, error.cause, error.remedy)
    )
    return SuiteError(message, cause=cause, remedy=remedy)


def _suite(document: Document) -> Suite:
    file = parse_block(document, (), document.data, _File)
    entries = []
    if file.agents or file.scenarios or not file.entries:
        for key in ("agents", "scenarios"):
            if not getattr(file, key):
                raise document.error(
                    (), f"`{key}` is missing.", remedy="docs/suites.md shows a suite to start from."
                )
        short = _Entry(agents=file.agents, scenarios=file.scenarios, callers=file.callers)
        entries.append(_entry(document, (), short, ()))
    for index, entry in enumerate(file.entries):
        entries.append(_entry(document, ("entries", index), entry, file.callers))
    return Suite(
        name=document.path.stem,
        title=file.title or document.path.stem,
        entries=tuple(entries),
        repeat=file.repeat,
        concurrency=file.concurrency,
        order=file.order,
        seed=file.seed,
        time_limit_s=file.time_limit_s,
        stop=file.stop,
        goal=file.goal,
        fail_on=file.fail_on,
        redact=file.redact,
        path=document.path.absolute(),
    )


def _entry(
    document: Document, where: KeyPath, entry: _Entry, callers: tuple[CallerVariant, ...]
) -> SuiteEntry:
    agents: list[str | Agent] = []
    for index, agent in enumerate(entry.agents):
        at = (*where, "agents", index)
        if isinstance(agent, dict):
            agents.append(_beside(parse_block(document, at, agent, Agent), document.path))
        else:
            agents.append(_file_beside(str(agent), document.path))
    if not agents or not entry.scenarios:
        raise document.error(where, "an entry needs `agents` and `scenarios`.")
    if entry.name and len(agents) > 1:
        raise document.error(
            (*where, "name"),
            "a name is for one agent, the entry has several.",
            remedy="Write an entry for each of them.",
        )
    variants = entry.callers or callers
    for index, variant in enumerate(entry.callers):
        if "|" in variant.name:
            raise document.error((*where, "callers", index, "name"), "must not hold a |.")
    if len({variant.name for variant in variants}) < len(variants):
        raise document.error((*where, "callers"), "two callers have the same name.")
    return SuiteEntry(
        agents=tuple(agents),
        scenarios=entry.scenarios,
        callers=variants,
        repeat=entry.repeat,
        concurrency=entry.concurrency,
        body=entry.body,
        name=entry.name,
    )


def _file_beside(text: str, path: Path) -> str:
    """An agent's file is looked for beside the suite first."""
    if text.endswith((*_ENDINGS, ".json")) and (path.parent / text).is_file():
        return str((path.parent / text).absolute())
    return text


def _beside(agent: Agent, path: Path) -> Agent:
    """The files of a bot of this computer are looked for beside the suite first."""
    if agent.provider != "bot_file":
        return agent
    config = dict(agent.config)
    for key in ("file", "folder", "python"):
        value = config.get(key)
        if isinstance(value, str) and value and (path.parent / value).exists():
            # Not resolved: the python of a virtual environment is a link.
            config[key] = str((path.parent / value).absolute())
    return agent.model_copy(update={"config": config})
