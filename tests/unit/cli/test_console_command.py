"""``ringback console``: where it listens, and with which certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli._console import Listening, console_command
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
