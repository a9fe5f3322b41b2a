"""The engine's side on calls that have ended: heard, judged again, handed out and taken in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from harness.calls._archive import Archive
from harness.calls._stored import conversation, import_conversation, regrade, scenario_of
from harness.nouns import (
    Calibration,
    Call,
    CheckSpec,
    Grading,
    JudgePlan,
    Scenario,
    Simulation,
)
from harness.settings import Settings
from harness.store import Store

__all__ = ["StoredSide"]

T = TypeVar("T")


class StoredSide(ABC):
    """What :class:`harness.calls.CallService` asks of stored calls; it touches no live one.

    Attributes:
        settings: Data folder, judges.
    """

    settings: Settings

    @property
    @abstractmethod
    def store(self) -> Store:
        """The store; the engine has been started."""

    @property
    @abstractmethod
    def archive(self) -> Archive:
        """Stored calls and runs; the engine has been started."""

    @abstractmethod
    def _call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Do it on the engine's loop and wait for it, `timeout` seconds at most."""

    def recording(self, call_id: str) -> Path:
        """The stored recording; see CallService."""
        return self.archive.recording(call_id)

    def regrade(
        self,
        call_id: str,
        judge: JudgePlan,
        checks: Sequence[CheckSpec] | None = None,
        label: str = "",
    ) -> Grading:
        """Judge a stored call once more; see CallService."""
        work = regrade(self.store, self.settings, call_id, judge, checks, label)
        grading = self._call(work)
        self.archive.forget(call_id)
        return grading

    def gradings(self, call_id: str) -> tuple[Grading, ...]:
        """What was made of a call by regrading, oldest first; see CallService."""
        return tuple(self.store.gradings_of(call_id))

    def conversation(self, call_id: str) -> list[dict[str, Any]]:
        """A call as a Pipecat conversation file has it; see CallService."""
        return conversation(self.store, call_id)

    def import_conversation(
        self,
        messages: Sequence[dict[str, Any]],
        title: str,
        by: Scenario | Simulation | None = None,
    ) -> Call:
        """Keep a Pipecat conversation as a call; see CallService."""
        scenario = scenario_of(by, title) if isinstance(by, Simulation) else by
        work = import_conversation(self.store, self.settings, messages, title, scenario)
        return self._call(work)

    def keep_calibration(self, calibration: Calibration) -> None:
        """Keep the result of a calibration: calls show it beside their latencies from now on."""
        self.store.add_calibration(calibration)
        self.archive.forget()
