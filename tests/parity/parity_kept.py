"""What both sides said in the latest comparison of each file, kept in verdicts.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from parity_case import Key

__all__ = ["UNREACHED", "Verdicts", "keep", "kept"]

KEPT = Path(__file__).parent / "verdicts.yaml"
UNREACHED = "not reached"

Verdicts = dict[Key, tuple[str, str]]
"""What ``pipecat eval run`` says, and what we say."""


def kept() -> Verdicts:
    """All that are kept."""
    written = yaml.safe_load(KEPT.read_text(encoding="utf-8"))
    return {
        (scenario, place): (theirs, ours)
        for scenario, places in written.items()
        for place, (theirs, ours) in places.items()
    }


def keep(
    keys: Sequence[Key],
    known: Sequence[Key],
    pipecat: Mapping[Key, str],
    ours: Mapping[Key, str],
) -> Verdicts:
    """Keep a comparison in place of those before it.

    Args:
        keys: What was compared.
        known: All that the files expect: what is of none of them any more is dropped.
        pipecat: What the one side says; what is not in it was not reached.
        ours: What the other side says.

    Returns:
        All that are kept now.
    """
    fresh = {key: (pipecat.get(key, UNREACHED), ours.get(key, UNREACHED)) for key in keys}
    before = kept() | fresh
    verdicts = {key: before[key] for key in known if key in before}
    written: dict[str, dict[str, list[str]]] = {}
    for (scenario, place), both in verdicts.items():
        written.setdefault(scenario, {})[place] = list(both)
    text = yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=10**6)
    KEPT.write_text(f"# Written by `make parity`.\n{text}", encoding="utf-8")
    return verdicts
