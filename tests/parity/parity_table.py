"""Both sides side by side: the table in docs/parity.md, and what in it nobody has explained."""

from __future__ import annotations

import atexit
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from parity_case import (
    CASES,
    ENDED,
    Difference,
    Key,
    ParityCase,
    differences,
    lay_out,
    place_of,
)
from parity_kept import UNREACHED, Verdicts

from harness.nouns import Scenario
from harness.scenarios import load_scenarios

__all__ = ["expectations", "label", "surprises", "write"]

_HEAD = """# The same verdicts as Pipecat Evals

The files in `tests/parity/files` are run twice against the demo agent: by `pipecat eval run`, as it
is installed, over its own WebSocket, and by Ringback as real calls over LiveKit with audio both
ways. Below is what each said of every expectation, with the machine key of a failure. `make parity`
runs all of them anew (`make parity FILES="NAME ..."` some) and writes this page; four files are
compared with every `make test`. A run fails when the two differ in a place that is not explained
here. The judge, and what plays a simulated person, is one emulated language model with fixed
answers for both sides.

What is never the same, and makes no difference to these verdicts:

| | `pipecat eval run` | Ringback |
|---|---|---|
| the caller's lines | typed, or spoken if the file says `user: {modality: audio}` | spoken |
| the agent's voice | silent, or heard if the file says `judge: {modality: audio}` | heard |
| whose turn it is | the agent's own events | what is heard in the room |
| `response` | its model's text, or what a recogniser made of its voice | its text, once heard |
| a budget, `within_ms` | counts to the agent's event | counts to its first sound that is heard |
| `latency` of a simulation | to its first token, or spoken sentence | to its first sound |
"""


@cache
def _files() -> Path:
    """The files with their sounds and pictures: they load only together."""
    folder = tempfile.TemporaryDirectory(prefix="ringback-parity-files-")
    atexit.register(folder.cleanup)
    return lay_out(Path(folder.name), "http://127.0.0.1/v1")


def expectations(case: ParityCase) -> list[tuple[Key, str]]:
    """Everything that a file expects, in order, with its name for people."""
    return [
        ((scenario.name, place), name)
        for scenario in load_scenarios(_files() / case.path.name)
        for place, name in _places(scenario)
    ]


def _places(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for check in scenario.checks:
        if place := place_of(check):
            yield place, check.name
    if scenario.simulation is not None:
        yield ENDED, "How the call ends"


def _same(pipecat: str, ours: str) -> bool:
    """Whether both came to the same verdict: the kinds of a failure may be told differently."""
    return pipecat.split(" ")[0] == ours.split(" ")[0]


def surprises(
    keys: list[Key], pipecat: Mapping[Key, str], ours: Mapping[Key, str]
) -> list[tuple[Key, str, str]]:
    """Where the two differ without a known reason, or otherwise than it is explained."""
    known = differences()
    found = []
    for key in keys:
        theirs, mine = pipecat.get(key, UNREACHED), ours.get(key, UNREACHED)
        told = known.get(key)
        right = _same(theirs, mine) or (
            told is not None and _same(theirs, told.pipecat) and _same(mine, told.ours)
        )
        if not right:
            found.append((key, theirs, mine))
    return found


def write(verdicts: Verdicts) -> str:
    """The page, of all files that were compared."""
    known = differences()
    parts = [_HEAD]
    same = total = 0
    compared = [case for case in CASES if all(key in verdicts for key, _ in expectations(case))]
    for case in compared:
        fault = f" (agent with the fault `{case.fault}`)" if case.fault else ""
        parts.append(f"\n## {case.name}{fault}\n\n{_about(case)}\n")
        rows = ["| expectation | `pipecat eval run` | Ringback | |", "|---|---|---|---|"]
        for key, name in expectations(case):
            theirs, mine = verdicts[key]
            total += 1
            same += _same(theirs, mine)
            note = "same" if _same(theirs, mine) else _why(known.get(key))
            rows.append(f"| {label(key)}{_cell(name)} | {theirs} | {mine} | {note} |")
        parts.append("\n".join(rows) + "\n")
    summary = f"\n{same} of {total} expectations in {len(compared)} files have the same verdict.\n"
    return "\n".join([parts[0] + summary, *parts[1:]])


def label(key: Key) -> str:
    """Which scenario, and which place in a script; of a simulation the name says the rest."""
    scenario, place = key[0].split("/")[-1], key[1]
    return f"{scenario} {place}: " if place[0].isdigit() else f"{scenario}: "


def _about(case: ParityCase) -> str:
    comment = case.path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
    return "\n".join(textwrap.wrap(comment, 100))


def _why(difference: Difference | None) -> str:
    return f"**{difference.why}**" if difference else "**unexplained**"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
