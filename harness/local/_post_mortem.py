"""Why a bot's process ended, in words a developer can act on."""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from harness.agents.bot_files import BotLaunch
from harness.errors import BotDied
from harness.local._crash import Crash, ending, read_crash
from harness.local._imports import Finding, import_trouble, is_own, where

__all__ = ["died"]

_MAIN = 'if __name__ == "__main__":\n    from pipecat.runner.run import main\n    main()'
_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")
_ABOUT_VARIABLES = re.compile(
    r"(?i)environment variable|api[_ ]?key|not set|\bunset\b|is required|are required|missing"
)
_SEAT = frozenset({"LIVEKIT_ROOM", "LIVEKIT_ROOM_NAME", "LIVEKIT_TOKEN"})
_READS = re.compile(r"""(?:getenv|environ(?:\.get)?)\s*[(\[]\s*["']([A-Za-z_]\w*)["']""")
_NOT_AN_OPTION = re.compile(r"error: unrecognized arguments?: (.*)")
_WANTS_ARGUMENT = re.compile(r"error: the following arguments are required: (.*)")
_NO_LIVEKIT = re.compile(r"invalid choice: '?livekit'?")
_PORT_TAKEN = re.compile(r"address \('[^']*', (\d+)\)|[Pp]ort (\d+) is (?:already )?in use")
_NO_PARAMS = re.compile(r"Missing transport params for 'livekit'")
_NO_BOT = re.compile(r"Could not find 'bot' function|module '\w+' has no attribute 'bot'")
_OTHER_ARGUMENTS = re.compile(r"Unsupported runner arguments type: .*LiveKitRunnerArguments")


@dataclass(frozen=True, slots=True)
class _Case:
    launch: BotLaunch
    lines: Sequence[str]
    exit_code: int | None
    crash: Crash | None
    known: AbstractSet[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def where(self) -> str:
        """The last place in the bot's own files."""
        return where(self.launch, self.crash.last) if self.crash else self.launch.file.name


async def died(
    launch: BotLaunch,
    lines: Sequence[str],
    exit_code: int | None,
    log_path: Path,
    known: AbstractSet[str] = frozenset(),
) -> BotDied:
    """What to tell of a bot that ended as it started, or failed as its session did.

    Args:
        launch: How it was run; its own Python may be asked where names are now.
        lines: The last lines it wrote, without secrets.
        exit_code: How its process ended; None if it still runs.
        log_path: Where all of it is.
        known: The environment variables that it had.
    """
    case = _Case(launch, lines, exit_code, read_crash(lines), known)
    finding = None
    if case.crash is not None:
        finding = await import_trouble(launch, case.crash, lines)
    for recognise in _RECOGNISERS:
        if finding is None:
            finding = recognise(case)
    if finding is None:
        finding = _otherwise(case)
    last = ending(lines, case.crash, lambda file: is_own(launch, file))
    return BotDied(
        finding.message,
        cause=f"Its last lines:\n{last}" if last else "It wrote nothing.",
        remedy=f"{finding.remedy}\nIts whole log is {log_path}.",
    )


def _broken_syntax(case: _Case) -> Finding | None:
    if case.crash is None or case.crash.last.name not in (
        "SyntaxError",
        "IndentationError",
        "TabError",
    ):
        return None
    raised = case.crash.last
    place = raised.frames[-1] if raised.frames else None
    at = f"{Path(place.file).name} line {place.line}" if place else case.launch.file.name
    return Finding(
        f"{at} is not valid Python: {raised.text.splitlines()[0]}.",
        f"Mend {at}; if it is right for a newer Python, set the agent's `python` to that.",
    )


def _missing_variable(case: _Case) -> Finding | None:
    """A key that the bot reads from its environment and that is not there."""
    if case.crash is None:
        return None
    names: list[str] = []
    reads = _read_by(case)
    for raised in case.crash.chain:
        if raised.name == "KeyError":
            name = raised.text.strip("'\"")
            through = any(
                "environ" in frame.code
                or "<frozen os>" in frame.file
                or frame.file.endswith("/os.py")
                for frame in raised.frames
            )
            if through and name.isidentifier():
                names.append(name)
        elif _ABOUT_VARIABLES.search(raised.text):
            told = _VARIABLE.findall(raised.text)
            # A library names all that would do: what the bot itself reads is meant.
            names += [name for name in told if name in reads] or told
            for frame in raised.frames:
                names += _READS.findall(frame.code)
    missing = [name for name in dict.fromkeys(names) if name not in case.known]
    if case.launch.way == "runner" and _SEAT.intersection(missing):
        return Finding(
            f"{case.where}: the bot takes its room from the environment, not from Pipecat's "
            "runner.",
            "Set the agent's `way` to `environment`: it is given LIVEKIT_URL, LIVEKIT_ROOM and "
            "LIVEKIT_TOKEN then.",
        )
    about_key = any(
        re.search(r"(?i)api[_ ]?key", raised.text) and raised.name != "KeyError"
        for raised in case.crash.chain
    )
    if not missing and not about_key:
        return None
    others = [name for name in reads if name not in case.known and name not in missing]
    if not missing:
        if not others:
            return None
        missing, others = others, []
    several = len(missing) > 1
    hint = (
        f"It reads {', '.join(others[:8])} as well, "
        f"which {'are' if len(others) > 1 else 'is'} not set either. "
        if others
        else ""
    )
    return Finding(
        f"{case.where}: the environment variable{'s' if several else ''} {', '.join(missing)} "
        f"{'are' if several else 'is'} not set for the bot.",
        f"Set {'them' if several else 'it'} in a .env beside the bot, or in the agent's `env`, "
        f"for instance {missing[0]}: env:{missing[0]} or secret:{missing[0]}. {hint}".strip(),
    )


def _read_by(case: _Case) -> list[str]:
    """The environment variables that the bot file reads without another value to fall back on."""
    try:
        source = case.launch.file.read_text("utf-8", errors="replace")
    except OSError:
        return []
    plain = re.findall(
        r"""(?:getenv|environ\.get)\(\s*["']([A-Za-z_]\w*)["']\s*(?:,\s*(?:None|""|'')\s*)?\)"""
        r"""|environ\[\s*["']([A-Za-z_]\w*)["']\s*\]""",
        source,
    )
    return list(dict.fromkeys(one or other for one, other in plain))


def _port(case: _Case) -> Finding | None:
    if "address already in use" not in case.text.lower():
        return None
    named = _PORT_TAKEN.search(case.text)
    port = f"port {named[1] or named[2]}" if named else "its port"
    return Finding(
        f"The bot wants {port}, which is taken.",
        "End what uses it. A bot should let Pipecat's runner read `--port` from its command line "
        "instead of a port of its own: then every call gets a free one.",
    )


def _command_line(case: _Case) -> Finding | None:
    """The bot reads another command line than the runner's."""
    if _NO_LIVEKIT.search(case.text):
        newer = case.launch.install("pipecat-ai[runner,livekit]>=1.8")
        return Finding(
            "The runner of the bot's Pipecat does not know LiveKit.",
            f"Install Pipecat 1.8 or newer: {newer}\n"
            "Or set the agent's `way` to `arguments` or `environment`.",
        )
    refused = _NOT_AN_OPTION.search(case.text) or _WANTS_ARGUMENT.search(case.text)
    if refused is None:
        return None
    if case.launch.way != "runner":
        return Finding(
            f"The bot does not take its arguments: {refused[1][:200]}.",
            "Set the agent's `args` to what it takes; {url}, {token} and {room} in them are "
            "replaced.",
        )
    return Finding(
        "The bot reads a command line of its own, not that of Pipecat's runner.",
        "If it takes its room as `-u URL -t TOKEN`, set the agent's `way` to `arguments`; if it "
        "takes LIVEKIT_URL, LIVEKIT_ROOM and LIVEKIT_TOKEN, to `environment`. Else end it "
        f"with:\n{_MAIN}",
    )


def _no_transport(case: _Case) -> Finding | None:
    """The bot speaks through something else than LiveKit."""
    if _NO_PARAMS.search(case.text):
        return Finding(
            "The bot has no transport parameters for LiveKit.",
            'Add to its transport_params: "livekit": lambda: LiveKitParams(audio_in_enabled=True, '
            "audio_out_enabled=True). LiveKitParams is in pipecat.transports.livekit.transport.",
        )
    if _OTHER_ARGUMENTS.search(case.text):
        return Finding(
            "The bot takes the runner's arguments of another transport than LiveKit.",
            "Make its transport with create_transport of pipecat.runner.utils, or handle "
            "LiveKitRunnerArguments as well.",
        )
    return None


def _no_bot(case: _Case) -> Finding | None:
    if not _NO_BOT.search(case.text):
        return None
    return Finding(
        f"{case.launch.file.name} has no function `bot`, which Pipecat's runner calls.",
        "Add `async def bot(runner_args):` and carry the session in it.",
    )


def _ended_at_once(case: _Case) -> Finding | None:
    """The file did what it says and was through: nothing in it waits for calls."""
    if case.exit_code != 0 or case.crash is not None:
        return None
    name = case.launch.file.name
    if case.launch.way != "runner":
        return Finding(
            f"{name} ended by itself before it came into its room.",
            "Have it stay until the caller leaves; it gets its room as the agent's `way` says.",
        )
    add = [f"Add at the end of {name}:\n{_MAIN}"]
    if not _defines_bot(case.launch.file):
        add.insert(0, f"Add the function `async def bot(runner_args):` to {name}.")
    add.append("Or set the agent's `way`, if it takes its room from arguments or environment.")
    return Finding(f"{name} ended at once: it does not start Pipecat's runner.", "\n".join(add))


def _defines_bot(file: Path) -> bool:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(
        getattr(node, "name", "") == "bot"
        or (isinstance(node, ast.Name) and node.id == "bot")
        or (
            isinstance(node, ast.Import | ast.ImportFrom)
            and any((alias.asname or alias.name) in ("bot", "*") for alias in node.names)
        )
        for node in ast.walk(tree)
    )


def _signalled(case: _Case) -> Finding | None:
    if case.exit_code is None or case.exit_code >= 0:
        return None
    try:
        name = signal.Signals(-case.exit_code).name
    except ValueError:
        name = f"signal {-case.exit_code}"
    remedy = {
        "SIGKILL": "The machine may have run out of memory: end other programs, or have the bot "
        "load less.",
        "SIGSEGV": "A native library crashed: reinstall the bot's packages.",
        "SIGABRT": "A native library gave up: read what it says.",
        "SIGILL": "A package is built for another processor: reinstall the bot's packages.",
    }.get(name, "See who ended it.")
    return Finding(f"The bot {case.launch.file.name} was ended by {name}.", remedy)


def _otherwise(case: _Case) -> Finding:
    name = case.launch.file.name
    if case.exit_code is None:
        what = case.crash.last.kind if case.crash else "an error"
        return Finding(
            f"The bot failed: {what} in {case.where}.",
            f"Mend {case.where}, then call again.",
        )
    return Finding(
        f"The bot {name} ended (exit code {case.exit_code}).",
        f"Mend {case.where}, then call again.",
    )


_RECOGNISERS: tuple[Callable[[_Case], Finding | None], ...] = (
    _broken_syntax,
    _no_transport,
    _no_bot,
    _missing_variable,
    _port,
    _command_line,
    _ended_at_once,
    _signalled,
)
