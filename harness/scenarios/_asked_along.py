"""What the scenario of a call asked of it, for the script that comes of the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from harness.nouns import CheckSpec, Expected, NotAsked, SimMeasure, Success
from harness.scenarios._document import KeyPath
from harness.scenarios._draft import Draft

__all__ = ["fitting", "vetoes_of", "written_checks"]

_BLOCK: KeyPath = ("scenarios", 0, "ringback")
_CHECKS: KeyPath = (*_BLOCK, "checks")
_OWN = re.compile(
    r"^scenarios\[0\]\.ringback\."
    r"(?:checks\[(?P<check>\d+)\]|(?P<key>\w+)(?:\.(?P<part>\w+))?)"
)


def written_checks(
    checks: Sequence[CheckSpec], line_of: Callable[[int], int | None], notes: list[str]
) -> list[dict[str, Any]]:
    """The checks of a scenario as a file has them.

    What its script expected is left out, as the call shows what the agent did; what counted as the
    success of a simulated person becomes a criterion.

    Args:
        checks: All of the scenario.
        line_of: The line of the new script that a line of the old one has become.
        notes: Takes a sentence about each that is left out.
    """
    found: list[dict[str, Any]] = []
    for check in checks:
        if isinstance(check, Expected | NotAsked):
            continue
        if isinstance(check, SimMeasure):
            notes.append(f"“{check.name}” is left out: only a simulated person has metrics.")
            continue
        if isinstance(check, Success):
            found.append({"name": check.name, "rule": "criterion", "text": check.text})
            continue
        written = check.model_dump(mode="json", exclude_defaults=True)
        if written.get("turn") is not None:
            line = line_of(written["turn"])
            if line is None:
                notes.append(f"“{check.name}” is left out: its line was not reached in the call.")
                continue
            written["turn"] = line
        found.append(written)
    return found


def vetoes_of(draft: Draft) -> Draft:
    """A draft whose criteria rest on no check that is not in it any more."""
    checks = draft.get(_CHECKS) or []
    known = {check["name"] for check in checks}
    for number, check in enumerate(checks):
        vetoes = check.get("vetoes") or []
        left = [name for name in vetoes if name in known]
        where: KeyPath = (*_CHECKS, number, "vetoes")
        if vetoes and not left:
            draft = draft.remove(where)
        elif left != vetoes:
            draft = draft.set(where, left)
    return draft


def fitting(draft: Draft, notes: list[str]) -> Draft:
    """A draft without those parts of the old scenario's block that can no longer be used.

    A call is kept for longer than a persona, a voice or the limits of a value may last.

    Args:
        draft: With what was taken along.
        notes: Takes a sentence about each part that is left out.
    """
    draft = vetoes_of(draft)
    while True:
        wrong = next((one for one in draft.load()[1] if not one.warning), None)
        found = _OWN.match(wrong.key) if wrong is not None else None
        if wrong is None or found is None:
            return draft
        where: KeyPath = (
            (*_CHECKS, int(found["check"])) if found["check"] else (*_BLOCK, found["key"])
        )
        if found["part"] and draft.get((*where, found["part"])) is not None:
            where = (*where, found["part"])
        told = draft.get((*where, "name")) if found["check"] else ".".join(map(str, where[3:]))
        before, draft = draft, vetoes_of(draft.remove(where))
        if draft.text == before.text:
            return draft
        notes.append(f"“{told}” of the call is left out: {wrong.message}")
