"""Ask a bot's own Python what it has: its version, its Pipecat, and where names live in it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.agents._bot_launch import BotLaunch, plain_environment
from harness.errors import AgentConfigError, redact

__all__ = ["Gone", "Inside", "Wanted", "look_inside"]

_SCRIPT = Path(__file__).with_name("_look_inside.py")
_INLINE = "# /// script"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import: ``from module import name``, or ``import module`` without a name.

    `names` and `modules` are what may stand for it today.
    """

    module: str
    name: str | None = None
    names: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """An import that does not work, and what does: module and name, the likeliest first."""

    module: str
    name: str | None
    now: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """What a Python has.

    Attributes:
        python: Its version.
        executable: Its path.
        pipecat: The version of Pipecat; None if there is none.
        at: Where the package is; also if something else goes by its name.
        extras: Which of Pipecat's extras bring a distribution (lower case).
        gone: Of the imports that were asked for, those that do not work.
    """

    python: str
    executable: str
    pipecat: str | None
    at: str | None
    extras: dict[str, list[str]] = field(repr=False)
    gone: tuple[Gone, ...] = ()


async def look_inside(
    launch: BotLaunch, wanted: Sequence[Wanted] = (), *, timeout_s: float = 30.0
) -> Inside:
    """Ask the Python that runs a bot file. Nothing of the bot is imported or run.

    Args:
        launch: Whose Python.
        wanted: Imports to be looked for.
        timeout_s: Seconds for the answer; `uv` may have to install packages first.

    Raises:
        AgentConfigError: It cannot be run or does not answer.
    """
    return await asyncio.to_thread(_look, launch, tuple(wanted), timeout_s)


def _look(launch: BotLaunch, wanted: tuple[Wanted, ...], timeout_s: float) -> Inside:
    imports = [[each.module, each.name, each.names, each.modules] for each in wanted]
    question = json.dumps({"beside": str(launch.file.parent), "imports": imports})
    answer = _run(launch, [*_python(launch, timeout_s), str(_SCRIPT), question], timeout_s)
    try:
        told = json.loads(answer.strip().splitlines()[-1])
        return Inside(
            python=told["python"],
            executable=told["executable"],
            pipecat=told["pipecat"],
            at=told["at"],
            extras=told["extras"],
            gone=tuple(
                Gone(module, name, tuple((other, spelled) for other, spelled in now))
                for module, name, now in told["gone"]
            ),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise _no_python(launch, "It answers something else than a Python does.") from error


def _python(launch: BotLaunch, timeout_s: float) -> list[str]:
    """The command that runs the Python in which the bot will find itself."""
    if not launch.uses_uv:
        return list(launch.command)
    if _INLINE not in launch.file.read_text("utf-8", errors="replace"):
        return [*launch.command, "python"]
    # A file that lists its own packages has an environment of its own.
    uv, script = launch.command[0], ("--script", str(launch.file))
    _run(launch, [uv, "sync", *script], timeout_s)
    return [_run(launch, [uv, "python", "find", *script], timeout_s).strip()]


def _run(launch: BotLaunch, command: list[str], timeout_s: float) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=launch.folder,
            env=plain_environment() | dict(launch.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _no_python(launch, f"It did not answer within {timeout_s:g} s.") from error
    except OSError as error:
        raise _no_python(launch, f"The system says: {error.strerror or error}.") from error
    if done.returncode:
        said = redact(done.stderr.decode(errors="replace")).strip().splitlines()
        raise _no_python(launch, f"It says: {said[-1][:300]}" if said else "It says nothing.")
    return done.stdout.decode(errors="replace")


def _no_python(launch: BotLaunch, cause: str) -> AgentConfigError:
    return AgentConfigError(
        f"{' '.join(launch.command)} cannot run Python.",
        cause=cause,
        remedy="Set the agent's `python` to an interpreter with Pipecat, or mend the "
        "environment of the bot.",
    )
