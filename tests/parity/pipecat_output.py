"""What ``pipecat eval run -v`` writes, read as verdicts."""

from __future__ import annotations

import re

from parity_case import ENDED, SUCCESS, Key, metric_place

__all__ = ["read_verbose"]

_TURN = re.compile(r"^ {6}turn (\d+) → ")
_EXPECTATION = re.compile(r"^ {8}([✓✗]) (\S+)")
_SCENARIO = re.compile(r"^ {2}\S ws://\S+ (\S+) .*\d+ms\)$")
_FAILED = re.compile(r"^ {2}✗ ws://\S+ (\S+)(?: \d+/\d+ turns passed)?$")
_KIND = re.compile(r"^ {6}• turn (-?\d+) (\S+) (\S+) — ")

_ENDED = re.compile(r"^ {6}ended by (\S+) after \d+ persona turn")
_METRIC = re.compile(r"^ {6}(.+): (unscored|\d\.\d\d)(?: \(min (\d\.\d\d)\))? \| (.*)$")
_SHARE = re.compile(r"^(\d+)/(\d+) turns$")
_GOAL_MISSED = re.compile(r"^ {6}• goal not met: ")
_BROKE_OFF = re.compile(r"^ {2}✗ ws://\S+ (\S+) — ")


def read_verbose(text: str) -> dict[Key, str]:
    """The verdicts in it, of scripts and simulations.

    Returns:
        For each expectation that was reached ``passed`` or ``failed`` and its failure kind, which
        it does not write of a simulation; ``error`` for the success of one that broke off.
    """
    reader = _Reader()
    for line in text.splitlines():
        reader.take(line)
    return reader.verdicts()


class _Reader:
    def __init__(self) -> None:
        self._found: dict[Key, str] = {}
        self._kinds: dict[tuple[str, str, str], list[str]] = {}
        self._waiting: dict[str, str] = {}
        self._simulated = False
        self._turn = self._index = -1
        self._failed = ""

    def take(self, line: str) -> None:
        if match := _SCENARIO.match(line):
            for place, verdict in self._waiting.items():
                self._found[match[1], place] = verdict
            self._waiting, self._simulated = {}, False
        elif match := _ENDED.match(line):
            self._simulated = True
            self._waiting = {ENDED: match[1], SUCCESS: "passed"}
        elif self._simulated:
            if match := _METRIC.match(line):
                self._waiting[metric_place(match[1])] = _metric(match[2], match[3], match[4])
        elif match := _TURN.match(line):
            self._turn, self._index = int(match[1]), -1
        elif match := _EXPECTATION.match(line):
            self._index += 1
            verdict = "passed" if match[1] == "✓" else f"failed {match[2]}"
            self._waiting[f"{self._turn}.{self._index}"] = verdict
        elif match := _KIND.match(line):
            self._kinds.setdefault((self._failed, match[1], match[2]), []).append(match[3])
        elif match := _FAILED.match(line):
            self._failed = match[1]
        elif _GOAL_MISSED.match(line):
            self._found[self._failed, SUCCESS] = "failed"
        elif match := _BROKE_OFF.match(line):
            self._found[match[1], SUCCESS] = "error"

    def verdicts(self) -> dict[Key, str]:
        """All of them, the failed ones of scripts with their kinds."""
        for (scenario, place), verdict in self._found.items():
            event = verdict.removeprefix("failed ")
            if event != verdict:
                kinds = self._kinds.get((scenario, place.split(".")[0], event), [])
                self._found[scenario, place] = f"failed {kinds.pop(0) if kinds else ''}".strip()
        return self._found


def _metric(score: str, least: str | None, told: str) -> str:
    """Of a judged metric the share of turns is told, of a measured one its figure and bounds."""
    share = _SHARE.match(told)
    if score == "unscored" or (share and least is None):
        return "passed"
    reached = int(share[1]) / int(share[2]) if share else float(score)
    return "passed" if reached >= float(least or 1.0) else "failed"
