"""``ringback console``: the pages in the browser."""

from __future__ import annotations

import os
import sys

import typer

from harness.errors import PackageMissing
from harness.local import free_port
from harness.settings import ROOT

__all__ = ["console_command", "run_console"]

_HOST = "127.0.0.1"


def console_command(port: int, *, open_browser: bool) -> list[str]:
    """The command that serves the pages at `port`, on this computer only."""
    return [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")),
        *("--server.address", _HOST),
        *("--server.port", str(port)),
        *("--server.headless", "false" if open_browser else "true"),
        *("--server.showEmailPrompt", "false"),
    ]


def run_console(preferred: int, *, open_browser: bool) -> None:
    """Become the console's process. Does not return.

    Args:
        preferred: Port to listen at; the next free one is taken if it is busy.
        open_browser: Whether to open the page in the browser.

    Raises:
        PackageMissing: The pages are not there.
    """
    if not (ROOT / "app.py").is_file():
        raise PackageMissing(
            "The console's pages are not installed.",
            cause="Ringback was installed without its project folder.",
            remedy="Start the console from a checkout of the project: make run.",
        )
    port = free_port(preferred)
    if port != preferred:
        typer.echo(f"Port {preferred} is busy: using {port}.")
    below = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    typer.echo(f"Ringback is at http://{_HOST}:{port}/{below}  (Ctrl-C stops it)")
    sys.stdout.flush()
    command = console_command(port, open_browser=open_browser)
    os.chdir(ROOT)  # Streamlit reads .streamlit/config.toml from here.
    os.execv(command[0], command)
