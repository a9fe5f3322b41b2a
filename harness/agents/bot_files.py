"""Bot files on this machine: how they are run, and what their Python has."""

from harness.agents._bot_file import BotFile
from harness.agents._bot_launch import BotLaunch, BotWay, plain_environment
from harness.agents._interpreter import Gone, Inside, Wanted, look_inside

__all__ = [
    "BotFile",
    "BotLaunch",
    "BotWay",
    "Gone",
    "Inside",
    "Wanted",
    "look_inside",
    "plain_environment",
]
