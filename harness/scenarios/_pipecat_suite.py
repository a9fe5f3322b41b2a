"""Suite manifests of Pipecat Evals, read as suites of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import ScenarioError
from harness.nouns import Agent, Suite, SuiteEntry
from harness.scenarios._document import Document, KeyPath, read_document

__all__ = ["is_pipecat_manifest", "read_manifest"]

_KEYS = frozenset(
    [
        "suite",
        "concurrency",
        "repeat",
        "runs_dir",
        "record",
        "cache_dir",
        "scenarios_dir",
        "bots_dir",
        "spawn",
        "python",
        "base_port",
    ]
)
_ENTRY_KEYS = frozenset(["bot", "scenarios", "name", "runner_body", "concurrency"])
_SPAWN = "{python} {bot} --port {port}"
_AT_ONCE = 4
"""What Pipecat takes for a manifest that does not say how many runs go on at once."""
_NOT_DONE = {
    "runs_dir": "`runs_dir` has no effect: calls are kept in the data folder.",
    "cache_dir": "`cache_dir` has no effect: spoken lines are cached in Ringback's own folder.",
    "base_port": "`base_port` has no effect: calls go over LiveKit, and ports are found.",
    "record": "`record` has no effect: every call is recorded.",
}


def is_pipecat_manifest(data: dict[str, Any]) -> bool:
    """Whether a file is a manifest of Pipecat Evals: a list `suite` of entries with a `bot`."""
    suite = data.get("suite")
    return isinstance(suite, list) and any(
        isinstance(item, dict) and "bot" in item for item in suite
    )


def read_manifest(document: Document) -> Suite:
    """What a manifest of Pipecat Evals says.

    Each bot is run as an agent from its file, and called over LiveKit instead of its eval port.
    What cannot be done so is told in :attr:`Suite.notes`.

    Raises:
        ScenarioError: It cannot be used.
    """
    data = document.data
    for key in data:
        if key not in _KEYS:
            raise document.error((key,), "unknown key of a manifest of Pipecat Evals.")
    base = document.path.absolute().parent
    notes = [sentence for key, sentence in _NOT_DONE.items() if data.get(key)]
    if data.get("spawn", _SPAWN) != _SPAWN:
        notes.append(
            "`spawn` has no effect: a bot is run by its Python with Pipecat's runner for LiveKit."
        )
    entries: list[SuiteEntry] = []
    taken: dict[str, Agent] = {}
    for index, item in enumerate(data["suite"]):
        where: KeyPath = ("suite", index)
        if not isinstance(item, dict) or not isinstance(item.get("bot"), str):
            raise document.error(where, "an entry is a mapping with `bot:` and `scenarios:`.")
        for key in item:
            if key not in _ENTRY_KEYS:
                raise document.error((*where, key), "unknown key of an entry.")
        agent = _agent(document, where, item, base)
        if taken.get(agent.name, agent) != agent:
            agent = agent.model_copy(update={"name": f"{agent.name} ({index + 1})"})
        taken[agent.name] = agent
        entries.append(
            SuiteEntry(
                agents=(agent,),
                scenarios=_scenarios(document, where, item, base),
                concurrency=_whole(document, (*where, "concurrency"), item.get("concurrency")),
            )
        )
    return Suite(
        name=document.path.stem,
        title=document.path.stem,
        entries=tuple(entries),
        repeat=_whole(document, ("repeat",), data.get("repeat")),
        concurrency=_whole(document, ("concurrency",), data.get("concurrency", _AT_ONCE)),
        path=document.path.absolute(),
        notes=tuple(notes),
    )


def _agent(document: Document, where: KeyPath, item: dict[str, Any], base: Path) -> Agent:
    name = item.get("name", item["bot"])
    if not isinstance(name, str) or not name.strip():
        raise document.error((*where, "name"), "must be a text that is not empty.")
    bots = (base / str(document.data.get("bots_dir", "."))).resolve()
    config: dict[str, Any] = {"file": str((bots / item["bot"]).resolve())}
    if document.data.get("python"):
        config["python"] = str(document.data["python"])
    body, folder = _body(document, where, item.get("runner_body"), base)
    if folder is not None:
        config["folder"] = str(folder)
    return Agent(
        name=name.replace("|", "/"), title=name, provider="bot_file", config=config, body=body
    )


def _body(
    document: Document, where: KeyPath, given: Any, base: Path
) -> tuple[dict[str, Any], Path | None]:
    """What the bot gets, and the folder it runs in if that stands in a file."""
    at = (*where, "runner_body")
    if given is None:
        return {}, None
    if isinstance(given, str):
        given = {"path": given}
    if not isinstance(given, dict) or given.keys() - {"path", "data"} or len(given) != 1:
        raise document.error(at, "must be either `path:` of a file or `data:`, a mapping.")
    if "data" in given:
        if not isinstance(given["data"], dict):
            raise document.error((*at, "data"), "must be a mapping.")
        return given["data"], None
    path = (base / str(given["path"])).resolve()
    try:
        return read_document(path, path.parent).data, path.parent
    except ScenarioError as error:
        raise document.error(
            (*at, "path"), f"the body cannot be read. {error.message}", remedy=error.remedy
        ) from error


def _scenarios(
    document: Document, where: KeyPath, item: dict[str, Any], base: Path
) -> tuple[str, ...]:
    """The paths of the files: under `scenarios_dir`, or beside the manifest with an ending."""
    at = (*where, "scenarios")
    given = item.get("scenarios", [])
    if not isinstance(given, list) or not given:
        raise document.error(at, "must be a list of scenario files.")
    folder = (base / str(document.data.get("scenarios_dir", "scenarios"))).resolve()
    return tuple(
        str((base / str(name)).resolve())
        if str(name).endswith((".yaml", ".yml"))
        else str((folder / f"{name}.yaml").resolve())
        for name in given
    )


def _whole(document: Document, where: KeyPath, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise document.error(where, "must be a whole number of at least 1.")
    return value
