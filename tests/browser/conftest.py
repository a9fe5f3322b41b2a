"""Chromium, and consoles to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from browser_support import Console, Tab, launch, start_console
from playwright.sync_api import Browser, WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONGEST = ("test_first_call", "test_live_call", "test_looks")
"""These files first: a long one that began last would go on alone."""


def bursts(seconds: float = 8.0, rate: int = 48000) -> np.ndarray:
    """Something like speech that is never twice the same, -1.0 to 1.0."""
    random = np.random.default_rng(8)
    t = np.arange(int(seconds * rate)) / rate
    lengths = random.uniform(0.08, 0.4, 64)
    levels = random.choice([0.0, 0.15, 0.3, 0.5], 64)
    envelope = np.repeat(levels, (lengths * rate).astype(int))[: len(t)]
    smooth = np.hanning(rate // 50)
    envelope = np.convolve(envelope, smooth / smooth.sum(), "same")
    voice = sum(np.sin(2 * np.pi * 140 * k * t + k) / k for k in range(1, 12))
    return 0.6 * envelope * voice / np.abs(voice).max()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium's microphone takes up, again and again: bursts of a voice, 48 kHz."""
    path = tmp_path_factory.mktemp("microphone") / "voice.wav"
    soundfile.write(path, bursts(), 48000, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def chromium(microphone: Path) -> Iterator[Browser]:
    """Chromium with a microphone, which has to be allowed to a tab."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium, microphone)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Console]]:
    """Consoles on replayed conversations, kept for all tests that ask for the same one.

    With `seeded` its data folder holds the calls and runs of `tests.seeded.seed_console`.
    Calls of earlier tests may still run there; a test to which that matters asks `alone` by a name.
    """
    running: dict[tuple[object, ...], Console] = {}

    def get(
        script: str = "short",
        speed: float = 1.0,
        history: bool = False,
        alone: str = "",
        seeded: bool = False,
    ) -> Console:
        key = (script, speed, history, alone, seeded)
        if key not in running:
            folder = tmp_path_factory.mktemp("console")
            env = {"REPLAY_SCRIPT": script, "REPLAY_SPEED": str(speed)}
            env["RINGBACK_DATA"] = str(folder / "data")
            if history:
                env["REPLAY_HISTORY"] = "1"
            if seeded:
                env["REPLAY_SEEDED"] = "1"
            app = Path(__file__).parent / "replay_app.py"
            running[key] = start_console(app, folder / "log.txt", env)
        return running[key]

    yield get
    for console in running.values():
        console.stop()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[..., Tab]]:
    """Open tabs; a page error in any of them fails the test."""
    contexts = []
    tabs: list[Tab] = []

    def new(
        console: Console,
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        motion: str | None = None,
        permissions: Sequence[str] = (),
        before: str = "",
    ) -> Tab:
        """`before` is a script that runs in the page before any of its own."""
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            permissions=[*permissions],
        )
        context.add_init_script(before)
        contexts.append(context)
        made = Tab(context.new_page(), console)
        tabs.append(made)
        page = made.page
        page.on("pageerror", lambda error: made.errors.append(str(error)))
        page.on("request", lambda request: made.requests.append((request.url, request.headers)))

        def received(payload: bytes | str) -> None:
            if isinstance(payload, bytes):
                message = ForwardMsg.FromString(payload)
                if message.WhichOneof("type") == "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                        made.fragment_runs += 1
                    # A fragment that asks for the page to run ends early: that was no run of it.
                    elif message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        made.full_runs += 1

        def opened(socket: WebSocket) -> None:
            made.sockets.append(socket)
            if "/_stcore/stream" in socket.url:
                socket.on("framereceived", received)

        page.on("websocket", opened)
        return made

    yield new
    for context in contexts:
        context.close()
    assert [error for made in tabs for error in made.errors] == []
