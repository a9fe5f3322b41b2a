"""EmulatedAgent: what is "deployed" to the emulator, and how it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from harness.agents.bot_files import BotFile, BotLaunch
from harness.errors import AgentConfigError
from harness.local._host import DEMO_BOT, DEMO_TODAY
from harness.nouns import Agent

__all__ = ["LONGEST_S", "SHORTEST_S", "AnswerStyle", "EmulatedAgent", "demo_front_desk"]

AnswerStyle = Literal["url", "livekit", "snake", "room_url", "nested", "none", "daily"]
"""How a start answer tells where the room is; no public document says how the platform does."""

SHORTEST_S, LONGEST_S = 60.0, 14400.0
"""What the platform takes as a session's limit. Tests may set a shorter one in code."""

_BESIDE_THE_BOT = Path(__file__).with_name("_bot_process.py")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class EmulatedAgent:
    """One deployed agent.

    Attributes:
        name: As in the paths: letters, digits and hyphens.
        file: Its Pipecat bot file.
        python: The Python that runs it; else that of the nearest ``.venv``, else ours.
        style: How a start answer tells where the room is.
        max_sessions: Sessions at once (max-agents there).
        min_warm: Processes that wait for a session (min-agents there).
        max_session_s: Seconds after which a session is cut.
        retry_after_s: What a 429 says in Retry-After; None leaves the header out.
        knows_livekit: Whether ``"transport": "livekit"`` is taken: the platform's documents list
            daily, webrtc and websocket only.
        body: What the bot gets in its body where the request does not say otherwise.
        start_timeout_s: Seconds the bot may take until it can be called.
    """

    name: str
    file: Path
    python: Path | None = None
    style: AnswerStyle = "url"
    max_sessions: int = 50
    min_warm: int = 1
    max_session_s: float = 7200.0
    retry_after_s: float | None = None
    knows_livekit: bool = True
    body: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    start_timeout_s: float = 60.0

    def launch(self) -> BotLaunch:
        """How its bot is run: its own file, beside which we can hand it a session.

        Raises:
            AgentConfigError: Its name, file or Python cannot be used.
        """
        if not _NAME.fullmatch(self.name):
            raise AgentConfigError(
                f"{self.name[:64]!r} cannot be the name of an agent on Pipecat Cloud.",
                cause="Names there have letters, digits and hyphens.",
                remedy="Give it another name.",
            )
        config = {"file": str(self.file), "timeout_s": self.start_timeout_s}
        if self.python is not None:
            config["python"] = str(self.python)
        launch = BotFile(Agent(name=self.name, provider="bot_file", config=config)).launch()
        return replace(launch, command=(*launch.command, str(_BESIDE_THE_BOT)))


def demo_front_desk(**changes: Any) -> EmulatedAgent:
    """The clinic front desk as ``front-desk``, on the day that its scenarios speak of."""
    return EmulatedAgent("front-desk", DEMO_BOT, body={"today": DEMO_TODAY}, **changes)
