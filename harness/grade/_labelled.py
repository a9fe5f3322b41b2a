"""The labelled calls that come along, and how a judge does on them, in figures and in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from harness.grade._calibration import Agreement, Case, measure_judge, read_cases
from harness.grade._judge import Asks
from harness.nouns import CheckVerdict
from harness.settings import ROOT

__all__ = [
    "HALVES",
    "HalfMeasured",
    "agreement_lines",
    "labelled_cases",
    "measure_halves",
    "measure_sets",
]

HALVES: Final = {"tuned": "labelled", "held_back": "held_back"}
"""The halves and their files in ``data/judge``: rules and prompts may be made for the first."""


@dataclass(frozen=True, slots=True)
class HalfMeasured:
    """One judge on one half of the labelled calls, or another set; `took_s` in seconds."""

    judge: str
    half: str
    found: Agreement
    took_s: float


def labelled_cases(half: str) -> tuple[Case, ...]:
    """The labelled calls of a half.

    Args:
        half: A key of :data:`HALVES`.
    """
    path = ROOT / "data" / "judge" / f"{HALVES[half]}.yaml"
    return read_cases(yaml.safe_load(path.read_text(encoding="utf-8")))


async def measure_halves(
    judge: Asks,
    halves: Sequence[str] = tuple(HALVES),
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[HalfMeasured, ...]:
    """A judge on each of the halves, one after the other.

    Args:
        judge: The judge.
        halves: Keys of :data:`HALVES`.
        told: Called after each answer, with how many there are and how many there will be.
    """
    cases = {half: labelled_cases(half) for half in halves}
    return await measure_sets(judge, cases, told)


async def measure_sets(
    judge: Asks,
    cases: Mapping[str, Sequence[Case]],
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[HalfMeasured, ...]:
    """A judge on each of several sets of labelled calls, one after the other.

    Args:
        judge: The judge.
        cases: The sets, by name; none is empty.
        told: Called after each answer, with how many there are and how many there will be.
    """
    whole = sum(map(len, cases.values()))
    done = 0

    def answered() -> None:
        nonlocal done
        done += 1
        told(done, whole)

    measured = []
    for name, asked in cases.items():
        began = time.perf_counter()
        found = await measure_judge(judge, asked, answered)
        measured.append(HalfMeasured(judge.name, name, found, time.perf_counter() - began))
    return tuple(measured)


def agreement_lines(measured: HalfMeasured, *, wrong: bool = False) -> list[str]:
    """How a judge did, for people.

    Args:
        measured: What was measured.
        wrong: Whether to name the cases it decided wrongly.
    """
    found = measured.found
    lines = [
        f"{measured.judge} on {measured.half}: n {found.n}, decided {found.decided}, "
        f"accuracy {found.accuracy:.2f} {_between(found.accuracy_interval)} "
        f"(of the decided {_figure(found.accuracy_decided)}), "
        f"kappa {_figure(found.kappa)} {_between(found.kappa_interval)}".rstrip()
        + f", {measured.took_s:.2f} s"
    ]
    for holds in (True, False):
        counts = {v.value: found.confusion.get((holds, v), 0) for v in CheckVerdict}
        told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        lines.append(f"  label {'holds' if holds else 'does not hold'}: {told or 'none'}")
    if found.tokens_in:
        lines.append(f"  tokens: {found.tokens_in:,} in, {found.tokens_out:,} out")
    lines += [f"  {count} times: {error}" for error, count in found.errors.items()]
    if wrong and found.wrong:
        lines.append(f"  decided wrongly: {', '.join(found.wrong)}")
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _between(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"[{bounds[0]:.2f}, {bounds[1]:.2f}]"
