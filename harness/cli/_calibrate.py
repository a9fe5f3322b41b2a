"""``ringback calibrate``: how accurate the caller is on this machine, as text and as JSON."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from rich.text import Text

from harness.agents import RoomKeys
from harness.calibrate import GOAL, Progress, calibrate
from harness.calls import Engine
from harness.cli._terminal import Terminal, new_table, print_table
from harness.cli._words import clean
from harness.errors import InputError
from harness.nouns import Calibration, DelayResult, to_json
from harness.settings import Settings

__all__ = [
    "Server",
    "calibration_report",
    "calibration_schema",
    "print_calibration",
    "run_calibrate",
]


@dataclass(frozen=True, slots=True)
class Server:
    """A LiveKit server that was named: its address, and the variables that hold its keys."""

    url: str
    key_env: str
    secret_env: str

    def keys(self) -> RoomKeys:
        """Its keys.

        Raises:
            InputError: A variable is not set.
        """
        values = [os.environ.get(name, "").strip() for name in (self.key_env, self.secret_env)]
        for name, value in zip((self.key_env, self.secret_env), values, strict=True):
            if not value:
                raise InputError(
                    f"The environment variable {name} is not set.",
                    cause=f"The keys of {self.url} let the calibration's agent and caller in.",
                    remedy=f"Set {name}, or name another variable: --key-env, --secret-env",
                )
        return RoomKeys(self.url, *values)


def run_calibrate(
    settings: Settings, turns: int, server: Server | None, *, to_stderr: bool
) -> dict[str, Any]:
    """Calibrate, and print what was found.

    Args:
        settings: Data folder and LiveKit server.
        turns: With a known delay.
        server: Another LiveKit server than Ringback's own.
        to_stderr: Whether standard output is kept for the report.

    Returns:
        The report; see :func:`calibration_report`.

    Raises:
        CalibrationFailed: The agent of known delay could not be called.
        CalibrationSpoiled: The machine was too busy.
        RingbackError: The server is of no use.
    """
    terminal = Terminal(stderr=to_stderr)
    keys = server.keys() if server is not None else None
    found = _measured(settings, turns, server, keys, terminal)
    print_calibration(found, terminal)
    return calibration_report(found)


def _measured(
    settings: Settings,
    turns: int,
    server: Server | None,
    keys: RoomKeys | None,
    terminal: Terminal,
) -> Calibration:
    engine = Engine(settings)
    engine.start()
    said: list[str] = []
    try:
        with terminal.status("") as status:

            def tell(progress: Progress) -> None:
                if terminal.is_terminal:
                    of = f" {progress.done} of {progress.of}" if progress.done else ""
                    status.update(Text(f"{progress.sentence}{of}"))
                elif progress.sentence not in said:
                    said.append(progress.sentence)
                    terminal.print(Text(progress.sentence, "dim"), soft_wrap=True)

            url = server.url if server is not None else None
            work = calibrate(settings, engine, turns=turns, url=url, keys=keys, progress=tell)
            return asyncio.run(work)
    finally:
        engine.stop()


def calibration_report(found: Calibration) -> dict[str, Any]:
    """What ``--json`` prints; `docs/schemas/calibration.schema.json` describes it."""
    goal = {
        "bias": abs(found.bias_s) <= GOAL.bias_s,
        "sd": found.sd_s <= GOAL.sd_s,
        "worst": abs(found.worst_s) <= GOAL.worst_s,
    }
    result: dict[str, Any] = to_json(found)
    return {"version": 1, **result, "error_s": found.error_s, "goal": goal, "exit_code": 0}


def calibration_schema() -> dict[str, Any]:
    """The JSON schema of :func:`calibration_report`."""
    schema = TypeAdapter(Calibration).json_schema(mode="serialization")
    more: dict[str, Any] = {
        "version": {"const": 1, "type": "integer", "description": "Of this schema."},
        "error_s": {
            "type": "number",
            "minimum": 0,
            "description": "Half the width of the bar shown beside a latency: |bias| + 1.96 sd.",
        },
        "goal": {
            "type": "object",
            "description": "Whether the goals are met: bias 5 ms, sd 3 ms, worst 15 ms.",
            "properties": {name: {"type": "boolean"} for name in ("bias", "sd", "worst")},
            "required": ["bias", "sd", "worst"],
            "additionalProperties": False,
        },
        "exit_code": {"const": 0, "type": "integer"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "properties": {**more, **schema["properties"]},
        "required": [*more, *schema["required"]],
    }


def print_calibration(found: Calibration, terminal: Terminal) -> None:
    """Print a calibration for people."""
    of = f"{found.turns - found.flagged} of {found.turns} turns"
    head = Text.assemble((f"±{_ms(found.error_s)}", "bold"), f" beside each latency, by {of}")
    terminal.print(head, soft_wrap=True)
    table = new_table("known", "turns", "spoiled", "bias", "sd", "worst", "way there and back")
    for result in found.delays:
        _add(table, f"answers after {result.delay_s:g} s", result)
    if found.stop is not None:
        _add(table, f"falls silent after {found.stop.delay_s:g} s", found.stop)
    if found.overlap is not None:
        _add(table, f"starts {-found.overlap.delay_s:g} s too early", found.overlap)
    print_table(table, stderr=terminal.stderr)
    plain = next((each.plain_floor_s for each in found.delays if each.plain_floor_s), None)
    lines = [
        f"All answers: bias {_ms(found.bias_s)}, sd {_ms(found.sd_s)}, "
        f"worst {_ms(found.worst_s)}, way {_ms(found.floor_s)} (sd {_ms(found.floor_sd_s)}).",
        f"A plain caller found the way to take {_ms(plain)}." if plain is not None else "",
        f"Load {found.load:.1f} on {found.cores} cores, loop lag {found.loop_lag_p99_ms:.0f} ms "
        "(p99). Nothing is subtracted from any latency.",
    ]
    if found.missed:
        lines.append(f"Of {found.missed} turns that were not spoiled nothing was measured.")
    for line in filter(None, lines):
        terminal.print(Text(clean(line)), soft_wrap=True)


def _add(table: Any, name: str, result: DelayResult) -> None:
    table.add_row(
        name,
        str(result.n),
        str(result.flagged),
        _ms(result.bias_s),
        _ms(result.sd_s) if result.n > 1 else "–",
        _ms(result.worst_s),
        _ms(result.floor_s),
    )


def _ms(value_s: float) -> str:
    """``1.3 ms``, with a real minus sign."""
    return f"{value_s * 1000:.1f} ms".replace("-", "\N{MINUS SIGN}")
