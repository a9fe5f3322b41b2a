"""What browser tests share: a console in a process of its own, and a tab that is watched."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, Page, WebSocket, expect

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "test-results"

expect.set_options(timeout=30_000)

_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
]
_TRIES = 3
_TAKEN = re.compile(r"address already in use|Port \d+ is not available", re.IGNORECASE)


class PortTaken(AssertionError):
    """Somebody took the port between our choosing and its binding."""


@dataclass
class Console:
    """A running console."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def text(self) -> str:
        """What it has logged so far."""
        return self.log.read_text(errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM, within_s: float = 30) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(how)
        return self.process.wait(within_s)


def launch(kind: BrowserType, microphone: Path) -> Browser:
    """Chromium from PATH, else Playwright's own, whose microphone takes up a WAV file."""
    return kind.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        args=[*_ARGS, f"--use-file-for-fake-audio-capture={microphone}"],
    )


def settled(page: Page) -> None:
    """Wait until the page is drawn: no run goes on, and nothing of an earlier one is left."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    # What the run before has left fades until it is taken away.
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for what no page shows; AssertionError after half a minute."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        page.wait_for_timeout(50)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_console(app: Path, log: Path, env: dict[str, str]) -> Console:
    """Start `app` on a free port and wait until it answers."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(PortTaken):
            return _try_to_start(app, log, env)
    return _try_to_start(app, log, env)


def _try_to_start(app: Path, log: Path, env: dict[str, str]) -> Console:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT
        )
    console = Console(process, port, log)
    deadline = time.monotonic() + 120
    while True:
        # Whoever answers here may be another that has taken the port: ours must be alive.
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{console.url}/_stcore/health", timeout=2),
        ):
            if process.poll() is None:
                return console
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            kind = PortTaken if _TAKEN.search(console.text()) else AssertionError
            raise kind(f"The console did not start:\n{console.text()}")
        time.sleep(0.1)


@dataclass
class Tab:
    """One page of a browser, and what went over its wires."""

    page: Page
    console: Console
    errors: list[str] = field(default_factory=list)
    full_runs: int = 0
    fragment_runs: int = 0
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)

    def open(self, path: str = "/") -> Tab:
        self.page.goto(f"{self.console.url}{path}")
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
        return self

    def call_demo(self) -> str:
        """Click the one button; gives the call's id."""
        self.page.get_by_role("button", name="Call the demo agent").click()
        self.page.wait_for_url("**/?call=*")
        return self.page.url.split("call=")[1]

    def streams(self) -> list[dict[str, str]]:
        """Headers of the event streams opened so far."""
        return [headers for url, headers in self.requests if url.endswith("/events")]

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


class Cable:
    """A way to a console; unplugged, it carries nothing and closes nothing."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._plugged = threading.Event()
        self._plugged.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def unplug(self) -> None:
        self._plugged.clear()

    def plug(self) -> None:
        self._plugged.set()

    def close(self) -> None:
        """Let nobody in any more; what is open goes on until its ends close it."""
        self.plug()
        self._door.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._plugged.wait()
                target.sendall(data)
        self._plugged.wait()
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
