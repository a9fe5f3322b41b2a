"""The doctor says what is there, what is missing, and how to mend it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.local import Finding, doctor, find_chromium, findings_as_text
from harness.local import _doctor as module
from harness.local import _find as find
from harness.nouns import to_json
from harness.settings import Settings

NAMES = [
    "Python",
    "LiveKit server",
    "Network interface",
    "Voice",
    "Recogniser",
    "Chromium",
    "Ports",
    "Data folder",
    "Machine",
]


@pytest.fixture
def livekit(tmp_path: Path) -> Path:
    program = tmp_path / "livekit-server"
    program.write_text("#!/bin/sh\necho livekit-server version 9.9.9\n")
    program.chmod(0o755)
    return program


async def test_looks_at_everything_and_never_gets_anything(
    settings: Settings, livekit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def only_here(host: str, *rest: Any, **more: Any) -> Any:
        assert host == "127.0.0.1", "the doctor went out"
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    settings = settings.model_copy(update={"livekit_server": livekit})
    findings = await doctor(settings)
    assert [finding.name for finding in findings] == NAMES
    by_name = {finding.name: finding for finding in findings}
    for name in ("Python", "LiveKit server", "Voice", "Recogniser", "Data folder"):
        assert by_name[name].status == "ok", by_name[name]
    assert "9.9.9" in by_name["LiveKit server"].found
    assert all(finding.fix for finding in findings if finding.status != "ok")
    assert json.loads(json.dumps(to_json(findings[1])))["status"] == "ok"


async def test_a_machine_without_network_livekit_or_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback = {"lo": [SimpleNamespace(family=socket.AF_INET, address="127.0.0.1")]}
    monkeypatch.setattr(module.psutil, "net_if_addrs", lambda: loopback)
    (tmp_path / "data").touch()
    settings = Settings(data=tmp_path / "data", livekit_server=tmp_path / "none")
    found = {finding.name: finding for finding in await doctor(settings)}
    for name in ("Network interface", "LiveKit server", "Data folder"):
        assert found[name].status == "missing"
        assert found[name].fix
    assert "RINGBACK_DATA" in found["Data folder"].fix


@pytest.mark.parametrize(
    ("system", "go", "status", "says"),
    [
        ("Linux", "/usr/bin/go", "warn", "downloaded, or built with Go"),
        ("Linux", None, "warn", "downloaded from GitHub"),
        ("Darwin", "/usr/bin/go", "warn", "built with Go"),
        ("Darwin", None, "missing", "brew install livekit"),
    ],
)
def test_no_livekit_yet(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    go: str | None,
    status: str,
    says: str,
) -> None:
    monkeypatch.setattr(find.shutil, "which", lambda _name: None)
    monkeypatch.setattr(module, "find_go", lambda: go)
    monkeypatch.setattr(module.platform, "system", lambda: system)
    monkeypatch.setattr(module.platform, "machine", lambda: "x86_64")
    finding = module._livekit(Settings(cache=tmp_path, livekit_server=None))
    assert finding.status == status
    assert says in finding.fix


def test_a_busy_console_port_is_told_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        monkeypatch.setattr(module, "CONSOLE_PORT", busy)
        finding = module._ports()
    assert finding.status == "warn"
    assert f"{busy} is busy" in finding.found


async def test_a_busy_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "getloadavg", lambda: (1000.0, 0.0, 0.0))
    assert (await module._busy()).status == "warn"


def test_text_has_each_finding_and_how_to_mend_it() -> None:
    text = findings_as_text(
        [Finding("Python", "ok", "3.11"), Finding("Voice", "missing", "none", "Install it.")]
    )
    assert text.splitlines() == [
        "ok       Python  3.11",
        "missing  Voice   none",
        "                 -> Install it.",
    ]
    assert findings_as_text([]) == ""


def test_playwrights_own_chromium_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("harness.local._chromium._MAC_APPS", ())
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\necho install it with snap\nexit 1\n")
    stub.chmod(0o755)
    assert find_chromium() is None
    chrome = tmp_path / "chromium-1187" / "chrome-linux" / "chrome"
    chrome.parent.mkdir(parents=True)
    chrome.write_text("#!/bin/sh\necho Chromium 140\n")
    chrome.chmod(0o755)
    assert find_chromium() == chrome
