"""Agent: how to reach one agent under test."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Agent", "TextChannel", "TextSource"]


TextChannel = Literal["auto", "rtvi", "lk.chat", "data"]
"""How text reaches an agent; auto is RTVI once it said bot-ready, else lk.chat."""

TextSource = Literal["auto", "rtvi", "lk.transcription", "stt"]
"""Where the agent's words come from; auto takes the first of the others that there is."""


class Agent(BaseModel):
    """Provider kind, configuration, and secrets by reference.

    Secrets in `config` and `body` are references, ``env:NAME`` or ``secret:NAME``, replaced by what
    they refer to only when the agent is reached (:mod:`harness.secrets`).

    Attributes:
        name: What it is called for on the command line and stored under.
        provider: A way to reach it, see :data:`harness.agents.PROVIDERS`.
        config: The provider's own fields.
        body: Handed to the session's start.
        title: For people; the name if empty.
        text_channel: How typed text is sent.
        data_template: With the channel `data`: the JSON object that is sent as a data packet,
            ``{text}`` and ``{timestamp}`` (ISO 8601) in its strings replaced.
        transcript: Where the agent's words come from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    provider: str = Field(min_length=1)
    config: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    title: str = ""
    text_channel: TextChannel = "auto"
    data_template: dict[str, Any] = Field(
        default_factory=lambda: {"message": "{text}", "timestamp": "{timestamp}"}
    )
    transcript: TextSource = "auto"
