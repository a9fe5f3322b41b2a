"""What the commands work with: settings and an engine; tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.cli._place import CallEngine
    from harness.nouns import Agent
    from harness.settings import Settings

__all__ = ["Surroundings"]


def _settings() -> Settings:
    from pydantic import ValidationError

    from harness.settings import get_settings

    try:
        return get_settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"RINGBACK_{'_'.join(map(str, first['loc'])).upper()}"
        raise InputError(
            f"The setting {name} cannot be used: {first['msg']}.",
            cause="The environment variable has a wrong value.",
            remedy=f"Set {name} right, or unset it.",
        ) from error


def _engine(settings: Settings, agent: Agent) -> CallEngine:
    from harness.calls import Engine
    from harness.local import LocalHost

    host = LocalHost(settings, warm=agent)
    # A call to an agent elsewhere does not wait for a LiveKit server of ours.
    return Engine(settings, host if host.runs(agent) else None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How the commands come by settings and engine."""

    settings: Callable[[], Settings] = _settings
    engine: Callable[[Settings, Agent], CallEngine] = _engine
