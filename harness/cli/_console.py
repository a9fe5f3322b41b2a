"""``ringback console``: the pages in the browser."""

from __future__ import annotations

import os
import ssl
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from harness.errors import InputError, PackageMissing
from harness.local import free_port, is_loopback
from harness.settings import ROOT

__all__ = ["Listening", "console_command", "run_console"]

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the console listens.

    Attributes:
        port: Preferred; the next free one is taken if it is busy.
        address: A host name or an IP address of this computer.
        certificate: PEM file with its chain; with `key` the console speaks HTTPS.
        key: PEM file of its private key, without a passphrase.
    """

    port: int
    address: str = _HOST
    certificate: Path | None = None
    key: Path | None = None

    def check(self) -> None:
        """See that the certificate can be used.

        Raises:
            InputError: One of the two files is missing, cannot be read, or they do not belong
                together.
        """
        if self.certificate is None and self.key is None:
            return
        if self.certificate is None or self.key is None:
            raise InputError(
                "A certificate and its key belong together.",
                cause="Only one of --certificate and --key was given.",
                remedy="Give both, or neither.",
            )
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # Asked for a passphrase nobody would answer: an empty one fails.
            context.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise InputError(
                "The certificate cannot be used.",
                cause=f"{self.certificate} with {self.key}: {error}.",
                remedy="Give two PEM files that belong together, the key without a passphrase.",
            ) from None


def console_command(listening: Listening, *, open_browser: bool) -> list[str]:
    """The command that serves the pages."""
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")),
        *("--server.address", listening.address),
        *("--server.port", str(listening.port)),
        *("--server.headless", "false" if open_browser else "true"),
        *("--server.showEmailPrompt", "false"),
    ]
    if listening.certificate is not None and listening.key is not None:
        command += ["--server.sslCertFile", str(listening.certificate.resolve())]
        command += ["--server.sslKeyFile", str(listening.key.resolve())]
    return command


def _free_port(listening: Listening) -> int:
    try:
        return free_port(listening.port, host=listening.address)
    except OSError as error:
        raise InputError(
            f"The console cannot listen at {listening.address}.",
            cause=f"{error.strerror or error}.",
            remedy="Give an address of this computer: 127.0.0.1, or 0.0.0.0 for all it has.",
        ) from None


def run_console(listening: Listening, *, open_browser: bool) -> None:
    """Become the console's process. Does not return.

    Args:
        listening: Where it listens.
        open_browser: Whether to open the page in the browser.

    Raises:
        InputError: Its certificate cannot be used, or its address is none of this computer.
        PackageMissing: The pages are not there.
    """
    listening.check()
    if not (ROOT / "app.py").is_file():
        raise PackageMissing(
            "The console's pages are not installed.",
            cause="Ringback was installed without its project folder.",
            remedy="Start the console from a checkout of the project: make run.",
        )
    port = _free_port(listening)
    if port != listening.port:
        typer.echo(f"Port {listening.port} is busy: using {port}.")
        listening = replace(listening, port=port)
    below = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    scheme = "http" if listening.certificate is None else "https"
    host = f"[{listening.address}]" if ":" in listening.address else listening.address
    typer.echo(f"Ringback is at {scheme}://{host}:{port}/{below}  (Ctrl-C stops it)")
    if not is_loopback(listening.address) and listening.certificate is None:
        typer.echo(
            "Other computers' browsers give it no microphone: they ask for HTTPS. Give "
            "--certificate and --key, or have the proxy before it speak HTTPS."
        )
    sys.stdout.flush()
    command = console_command(listening, open_browser=open_browser)
    os.chdir(ROOT)  # Streamlit reads .streamlit/config.toml from here.
    os.execv(command[0], command)
