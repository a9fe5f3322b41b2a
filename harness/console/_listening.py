"""Who can reach the console."""

from __future__ import annotations

import ipaddress

from streamlit import config

from harness.errors import OpenToOthers
from harness.settings import Settings

__all__ = ["check_listening"]


def check_listening(settings: Settings) -> None:
    """See that nobody but this machine's users can open the console, or only after a login.

    Whoever opens it can place calls that cost money, hear recordings and run bot files.

    Raises:
        OpenToOthers: It listens beyond this machine, and nobody asks who is there.
    """
    address = config.get_option("server.address")
    if settings.behind_login or _is_loopback(address):
        return
    raise OpenToOthers(
        f"The console listens at {address or 'every address'}, and anybody there could use it.",
        cause="It has no login of its own: who opens it can place calls and hear recordings.",
        remedy="Start it with make run or ringback console, for this machine only. Or put a "
        "proxy that asks for a login before it, and set RINGBACK_BEHIND_LOGIN=1.",
    )


def _is_loopback(address: str | None) -> bool:
    if address is None:  # Streamlit listens everywhere then
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
