"""Who can reach the console."""

from __future__ import annotations

from streamlit import config

from harness.errors import OpenToOthers
from harness.local import is_loopback
from harness.settings import Settings

__all__ = ["check_listening"]


def check_listening(settings: Settings) -> None:
    """See that nobody but this machine's users can open the console, or only after a login.

    Whoever opens it can place calls that cost money, hear recordings and run bot files.

    Raises:
        OpenToOthers: It listens beyond this machine, and nobody asks who is there.
    """
    address = config.get_option("server.address")
    # Without an address Streamlit listens everywhere.
    if settings.behind_login or (address is not None and is_loopback(address)):
        return
    raise OpenToOthers(
        f"The console listens at {address or 'every address'}, and anybody there could use it.",
        cause="It has no login of its own: who opens it can place calls and hear recordings.",
        remedy="Start it with make run or ringback console, for this machine only. Or put a "
        "proxy that asks for a login before it, and set RINGBACK_BEHIND_LOGIN=1.",
    )
