"""Every fault of the demo agent against every scenario: which checks must fail, and kept calls.

`expected.yaml` is the truth: for a fault and a scenario the names of the checks that must fail, and
no other may. `logs` holds the event log of one real call of each pair that was placed, packed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from harness.grade import evaluate, facts_of
from harness.measure import derive_turns
from harness.nouns import CheckResult, CheckVerdict, Event, Scenario
from harness.scenarios import load_scenarios
from harness.settings import ROOT

__all__ = [
    "FAULTS",
    "HEALTHY",
    "Pair",
    "expected",
    "failed",
    "judge_again",
    "keep",
    "pairs",
    "scenarios",
    "stored",
]

HERE = Path(__file__).parent
LOGS = HERE / "logs"
HEALTHY = "none"
FAULTS = (
    *(HEALTHY, "slow", "deaf", "mumbler", "stubborn", "chatty", "liar", "unsafe", "hangs_up"),
    *("silent_start", "crash"),
)


@dataclass(frozen=True, order=True, slots=True)
class Pair:
    """A fault of the agent, `none` for a healthy one, and a scenario by its short name."""

    fault: str
    scenario: str

    def __str__(self) -> str:
        return f"{self.fault}/{self.scenario}"

    @property
    def log(self) -> Path:
        """Where its call is kept."""
        return LOGS / self.fault / f"{self.scenario}.jsonl.gz"


@cache
def scenarios() -> dict[str, Scenario]:
    """The scenarios of the front desk by their short names."""
    folder = ROOT / "data" / "scenarios" / "front_desk"
    return {
        scenario.name.split("/")[-1]: scenario
        for path in sorted(folder.glob("*.yaml"))
        for scenario in load_scenarios(path)
    }


def pairs() -> tuple[Pair, ...]:
    """All of them, fault by fault."""
    return tuple(Pair(fault, name) for fault in FAULTS for name in scenarios())


@cache
def expected() -> dict[Pair, frozenset[str]]:
    """The names of the checks that must fail, for each pair that is known."""
    written = yaml.safe_load((HERE / "expected.yaml").read_text(encoding="utf-8"))
    return {
        Pair(fault, name): frozenset(names)
        for fault, row in written.items()
        for name, names in row.items()
    }


def failed(results: Sequence[CheckResult]) -> frozenset[str]:
    """The names of the checks that failed."""
    return frozenset(each.name for each in results if each.verdict is CheckVerdict.NOT_MET)


def keep(pair: Pair, events: Iterable[Event]) -> None:
    """Keep the event log of its call, packed."""
    pair.log.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"seq": each.seq, "t": each.t, "kind": each.kind, "data": each.data})
        for each in events
    ]
    pair.log.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def stored(pair: Pair) -> tuple[Event, ...] | None:
    """The events of its call; None if none was kept."""
    if not pair.log.exists():
        return None
    lines = gzip.decompress(pair.log.read_bytes()).decode().splitlines()
    return tuple(Event(**json.loads(line)) for line in lines)


def judge_again(pair: Pair, events: Sequence[Event]) -> tuple[CheckResult, ...]:
    """The verdicts of a kept call by the checks of today."""
    return evaluate(scenarios()[pair.scenario].checks, facts_of(derive_turns(events), events))
