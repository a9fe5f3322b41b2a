"""Agent: how to reach one agent under test."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Agent"]


class Agent(BaseModel):
    """Provider kind, configuration, and secrets by reference.

    `config` is the provider's own; a value ``{"env": "NAME"}`` is a secret taken from the
    environment when it is used, never stored. `body` is handed to the session's start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    provider: str = Field(min_length=1, description="demo, dev_runner or room.")
    config: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    title: str = ""
