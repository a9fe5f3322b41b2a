"""What this machine has, what it lacks, and how to mend it. Quick, and it fetches nothing."""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from harness.errors import RingbackError
from harness.local._build import find_go
from harness.local._chromium import find_chromium
from harness.local._fetch import archive_name
from harness.local._find import livekit_on_this_machine
from harness.local._ports import free_port, free_udp_port
from harness.settings import Settings

__all__ = ["CONSOLE_PORT", "Finding", "Status", "doctor", "findings_as_text"]

CONSOLE_PORT = 8501
"""Where the console listens if nobody says otherwise."""

Status = Literal["ok", "warn", "missing"]

_PROBE_S = 0.4
_TICK_S = 0.01
_LAG_WARN_S = 0.03
_ROOM_WARN_BYTES = 1 << 30
_VERSION_WITHIN_S = 1.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: What, for people.
        status: ok; warn: works, or will, with a remark; missing: calls cannot work without it.
        found: What is there.
        fix: How to mend it, one sentence; empty if there is nothing to mend.
    """

    name: str
    status: Status
    found: str
    fix: str = ""


async def doctor(settings: Settings) -> list[Finding]:
    """Look at everything Ringback needs; takes about a second, and fetches nothing."""
    # The lag is a sign of what else the machine does, so nothing of ours runs beside it.
    busy = await _busy()
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        lambda: _livekit(settings),
        _network,
        _voice,
        _recogniser,
        _chromium,
        _ports,
        lambda: _data_folder(settings),
    )
    findings = await asyncio.gather(*(asyncio.to_thread(look) for look in looks))
    return [*findings, busy]


def findings_as_text(findings: Sequence[Finding]) -> str:
    """The findings as lines for a terminal, each followed by how to mend it."""
    width = max((len(finding.name) for finding in findings), default=0)
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.status:<7}  {finding.name:<{width}}  {finding.found}")
        if finding.fix:
            lines.append(f"{'':<7}  {'':<{width}}  -> {finding.fix}")
    return "\n".join(lines)


def _python() -> Finding:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", f"{version} at {sys.executable}")
    return Finding(
        "Python", "missing", version, "Install Python 3.11, 3.12 or 3.13 and run `make run` again."
    )


def _livekit(settings: Settings) -> Finding:
    name = "LiveKit server"
    try:
        path = livekit_on_this_machine(settings)
    except RingbackError as error:
        return Finding(name, "missing", error.message, error.remedy)
    if path is not None:
        try:
            said = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=_VERSION_WITHIN_S
            )
            version = said.stdout.strip().removeprefix("livekit-server version ")
            return Finding(name, "ok", f"{version or 'of unknown version'} at {path}")
        except subprocess.TimeoutExpired:
            return Finding(name, "ok", f"at {path} (slow to tell its version)")
        except OSError as error:
            return Finding(
                name,
                "missing",
                f"{path} does not run: {error.strerror or error}",
                "Put one that runs on this machine on PATH, or name it in RINGBACK_LIVEKIT_SERVER.",
            )
    release = archive_name(platform.system(), platform.machine())
    if find_go():
        return Finding(
            name,
            "warn",
            "none yet",
            "Nothing to do: at the first call it is "
            + ("downloaded, or " if release else "")
            + "built with Go (about two minutes).",
        )
    if release:
        return Finding(
            name,
            "warn",
            "none yet",
            "At the first call it is downloaded from GitHub; without internet, put livekit-server "
            "on PATH or install Go.",
        )
    return Finding(
        name,
        "missing",
        "none, and no Go to build it",
        "Install it (macOS: `brew install livekit`), or name one in RINGBACK_LIVEKIT_SERVER.",
    )


def _network() -> Finding:
    name = "Network interface"
    stats = psutil.net_if_stats()
    found = sorted(
        interface
        for interface, addresses in psutil.net_if_addrs().items()
        if interface in stats
        and stats[interface].isup
        and any(
            address.family in (socket.AF_INET, socket.AF_INET6)
            and not address.address.startswith(("127.", "::1"))
            for address in addresses
        )
    )
    if found:
        return Finding(name, "ok", ", ".join(found))
    return Finding(
        name,
        "missing",
        "only the loopback interface",
        "LiveKit cannot connect on a machine with nothing but `lo`: join a network, or add a dummy "
        "interface (`ip link add ringback0 type dummy; ip addr add 10.99.0.1/24 dev ringback0; "
        "ip link set ringback0 up`).",
    )


def _voice() -> Finding:
    try:
        importlib.import_module("hibari")
    except Exception as error:
        return Finding("Voice", "missing", f"hibari cannot be loaded: {error}", _REINSTALL)
    return Finding("Voice", "ok", "hibari, offline")


def _recogniser() -> Finding:
    name = "Recogniser"
    try:
        model = Path(importlib.import_module("pocketsphinx").get_model_path()) / "en-us"
    except Exception as error:
        return Finding(name, "missing", f"pocketsphinx cannot be loaded: {error}", _REINSTALL)
    if not model.is_dir():
        return Finding(name, "missing", f"pocketsphinx without its model at {model}", _REINSTALL)
    return Finding(name, "ok", "pocketsphinx with its English model, offline")


_REINSTALL = "Delete the folder .venv and run `make run`: it installs everything again."


def _chromium() -> Finding:
    found = find_chromium()
    if found:
        return Finding("Chromium", "ok", str(found))
    return Finding(
        "Chromium",
        "warn",
        "none; only the browser tests need it",
        "`make test` gets one, or install Chromium or Chrome yourself.",
    )


def _ports() -> Finding:
    try:
        free_udp_port()
        port = free_port(CONSOLE_PORT)
    except OSError as error:
        return Finding(
            "Ports",
            "missing",
            f"none can be opened on 127.0.0.1: {error.strerror or error}",
            "Allow this user to listen on 127.0.0.1 (TCP and UDP).",
        )
    if port == CONSOLE_PORT:
        return Finding("Ports", "ok", f"{CONSOLE_PORT} is free for the console")
    return Finding(
        "Ports",
        "warn",
        f"{CONSOLE_PORT} is busy; the console would use {port}",
        "Nothing to do, unless a console that you forgot is running there.",
    )


def _data_folder(settings: Settings) -> Finding:
    try:
        folder = settings.folder()
    except RingbackError as error:
        return Finding("Data folder", "missing", f"{error.message} {error.cause}", error.remedy)
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / (1 << 30):.1f} GB free"
    if free < _ROOM_WARN_BYTES:
        return Finding(
            "Data folder",
            "warn",
            found,
            "Make room: a call's recording takes up to 4 MB a minute while it runs.",
        )
    return Finding("Data folder", "ok", found)


async def _busy() -> Finding:
    """Load against cores, and how late a 10 ms timer of an idle event loop comes."""
    worst = 0.0
    until = time.monotonic() + _PROBE_S
    while (before := time.monotonic()) < until:
        await asyncio.sleep(_TICK_S)
        worst = max(worst, time.monotonic() - before - _TICK_S)
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]
    found = f"load {load:.1f} on {cores} cores, timers late by at most {1000 * worst:.0f} ms"
    if load > cores or worst > _LAG_WARN_S:
        return Finding(
            "Machine",
            "warn",
            found,
            "Close what else is running: latencies measured on a busy machine are not the agent's.",
        )
    return Finding("Machine", "ok", found)
