"""``ringback console``: where it listens, and with which certificate."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from harness.cli._console import Listening, console_command, run_console
from harness.errors import InputError
from harness.local import is_loopback
from tests.certificates import certificate


def test_a_certificate_is_handed_on(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    listening = Listening(8501, "0.0.0.0", cert, key)
    listening.check()
    command = console_command(listening, open_browser=False)
    assert command[command.index("--server.sslCertFile") + 1] == str(cert)
    assert command[command.index("--server.sslKeyFile") + 1] == str(key)
    assert command[command.index("--server.address") + 1] == "0.0.0.0"
    assert "--server.sslCertFile" not in console_command(Listening(8501), open_browser=True)


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("qa", False)],
)
def test_who_reaches_it(address: str, here: bool) -> None:
    assert is_loopback(address) is here


def test_certificates_that_cannot_be_used(run, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    _, other = certificate(tmp_path, "other")
    _, locked = certificate(tmp_path, "locked", b"secret")
    for one, two in ((cert, other), (cert, locked), (key, cert), (tmp_path / "none", key)):
        with pytest.raises(InputError, match="cannot be used"):
            Listening(8501, "127.0.0.1", one, two).check()
    result = run("console", "--certificate", str(cert))
    assert result.exit_code == 2 and "belong together" in result.stderr


def test_a_port_busy_at_its_address_gives_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.chdir(tmp_path)  # and back: the console works in the project's folder
    monkeypatch.setattr(os, "execv", lambda _, command: started.append(command))
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        run_console(Listening(busy, "0.0.0.0"), open_browser=False)
    command = started[0]
    taken = int(command[command.index("--server.port") + 1])
    assert busy < taken <= busy + 100
    assert f"Port {busy} is busy: using {taken}." in capsys.readouterr().out


def test_an_address_of_another_computer_is_refused(run) -> None:
    result = run("console", "--address", "192.0.2.1")
    assert result.exit_code == 2 and "cannot listen at 192.0.2.1" in result.stderr
