"""What runs on this machine: the LiveKit server, bot files, and what is missing for them."""

from harness.local._addresses import is_loopback
from harness.local._bots import BotPool, RunningBot
from harness.local._chromium import find_chromium
from harness.local._doctor import CONSOLE_PORT, Finding, Status, doctor, findings_as_text
from harness.local._find import find_livekit, livekit_on_this_machine
from harness.local._host import LocalHost, demo_agent
from harness.local._livekit import LiveKitServer
from harness.local._log import last_lines
from harness.local._ports import free_port, free_udp_port
from harness.local._process import GuardedProcess
from harness.local._registry import reap_leftovers

__all__ = [
    "CONSOLE_PORT",
    "BotPool",
    "Finding",
    "GuardedProcess",
    "LiveKitServer",
    "LocalHost",
    "RunningBot",
    "Status",
    "demo_agent",
    "doctor",
    "find_chromium",
    "find_livekit",
    "findings_as_text",
    "free_port",
    "free_udp_port",
    "last_lines",
    "livekit_on_this_machine",
    "reap_leftovers",
    "is_loopback",
]
