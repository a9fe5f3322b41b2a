"""What ``ringback agents test --json`` prints: one object, whatever became of the test."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from harness.calls import CallView
from harness.errors import Interrupted, RingbackError
from harness.nouns import CallState, Failure
from harness.report import ErrorReport, problem

__all__ = ["ConnectionReport", "connection_error", "connection_report", "took_s", "trouble_of"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepReport(_Part):
    """One step; `took_s` in seconds, null if it was not tried."""

    name: str
    title: str
    status: Literal["pending", "running", "done", "skipped", "failed"]
    took_s: float | None
    note: str


class SessionReport(_Part):
    """What the platform tells of the session afterwards; null is what it does not tell."""

    cold_start: bool | None
    boot_s: float | None
    completion: str | None
    cpu: dict[str, float] | None
    memory: dict[str, float] | None


class ConnectionReport(_Part):
    """A connection test, or why there was none."""

    call_id: str | None
    state: CallState | None
    ok: bool
    exit_code: int
    agent: str | None
    where: str | None
    took_s: float | None
    steps: list[StepReport]
    session: SessionReport | None
    waits: list[str]
    warnings: list[str]
    error: ErrorReport | None


def connection_report(view: CallView) -> dict[str, Any]:
    """The report of a test that has ended, as JSON values."""
    trouble = trouble_of(view)
    code = 3 if view.exit_code is None else view.exit_code
    return ConnectionReport(
        call_id=view.call_id,
        state=view.state,
        ok=code == 0 and trouble is None,
        exit_code=code,
        agent=view.agent,
        where=view.agent_where,
        took_s=took_s(view),
        steps=[StepReport(**asdict(step)) for step in view.steps],
        session=SessionReport(**asdict(view.session)) if view.session else None,
        waits=list(view.waits),
        warnings=list(view.warnings),
        error=problem(trouble) if trouble else None,
    ).model_dump(mode="json")


def connection_error(error: RingbackError) -> dict[str, Any]:
    """The report if nothing could be tried."""
    return ConnectionReport(
        call_id=None,
        state=None,
        ok=False,
        exit_code=error.exit_code,
        agent=None,
        where=None,
        took_s=None,
        steps=[],
        session=None,
        waits=[],
        warnings=[],
        error=problem(error),
    ).model_dump(mode="json")


def took_s(view: CallView) -> float:
    """Seconds that the steps took, all together."""
    return round(sum(step.took_s or 0.0 for step in view.steps), 3)


def trouble_of(view: CallView) -> Failure | None:
    """Why a test that has ended did not go well; None if it did."""
    if view.failure is None and view.state is CallState.CANCELLED:
        return Failure.of(
            Interrupted(
                "The test was cancelled before its last step.",
                cause="Ctrl-C was pressed.",
                remedy="Test again.",
            )
        )
    return view.failure
