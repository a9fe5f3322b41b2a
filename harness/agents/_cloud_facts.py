"""What Pipecat Cloud's answers say of deployments, sessions and logs, read with care.

Fields are those of the platform's documents and its client: a field that is missing or of another
type is not known, never an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from harness.agents._http import readable
from harness.agents._provider import ActiveSession, SessionDetails
from harness.errors import AgentNotReady, redact

__all__ = [
    "DEFAULT_LIMIT_S",
    "active_in",
    "deployment_in",
    "details_in",
    "lasted_in",
    "limit_in",
    "lines_in",
    "readiness_in",
    "says_limit",
]

DEFAULT_LIMIT_S = 7200.0
"""How long a session may last if the deployment says nothing (seed 003)."""

_CPU = re.compile(r"cpuMillicores(P\d{1,3})")
_MEMORY = re.compile(r"memoryBytes(P\d{1,3})")
# The documents do not say how a session is marked that was cut: these are guesses.
_LIMIT_WORDS = re.compile(r"max\w*duration|(session|duration)[\W_]?(limit|exceeded)", re.I)
_LONGEST_LINE = 2000
_MILLICORES = 1000.0


def readiness_in(deployment: dict[str, Any], who: str, agent: str) -> str | None:
    """A note on a deployment that can take calls; None if it does not say whether it can.

    Raises:
        AgentNotReady: It says that it cannot, with its own errors.
    """
    states = [deployment.get(name) for name in ("ready", "available", "activeDeploymentReady")]
    known = [state for state in states if isinstance(state, bool)]
    if not known:
        return None
    # While a new version rolls out it is not ready, and the old one still takes sessions.
    if not any(known):
        why = "; ".join(_errors(deployment))
        raise AgentNotReady(
            f"{who}: the deployment of {agent} is not ready" + (f": {why}." if why else "."),
            cause="It is still starting, or it failed to start.",
            remedy="Look at its deployment in the Pipecat Cloud dashboard, then call again.",
        )
    running = _number(deployment.get("activeSessionCount"))
    scaling = _object(deployment.get("autoScaling"))
    most = _number(scaling.get("maxReplicas"))
    note = "ready"
    if running is not None:
        note += f", {running:.0f}" + (f" of {most:.0f}" if most is not None else "")
        note += " sessions running"
    if _number(scaling.get("minReplicas")) == 0 and not running:
        note += ", may start cold"
    if troubles := "; ".join(_errors(deployment)):
        note += f"; its last trouble: {troubles}"
    return note


def deployment_in(deployment: dict[str, Any]) -> str:
    """The id of the deployment that takes sessions now; empty if it does not say."""
    return _word(deployment.get("activeDeploymentId")) or ""


def limit_in(deployment: dict[str, Any]) -> float | None:
    """How long a session may last, in seconds, if the deployment says."""
    spec = deployment
    for name in ("deployment", "manifest", "spec"):
        spec = _object(spec.get(name))
    limit = _number(spec.get("maxSessionDurationSeconds"))
    if limit is None:
        limit = _number(deployment.get("maxSessionDuration"))
    return limit if limit and limit > 0 else None


def details_in(session: dict[str, Any]) -> SessionDetails:
    """What is known of a session."""
    metrics = _object(session.get("resourceMetrics"))
    cold = session.get("coldStart")
    return SessionDetails(
        cold_start=cold if isinstance(cold, bool) else None,
        boot_s=_number(session.get("botStartSeconds")),
        completion=_completion(session),
        cpu=dict(_percentiles(metrics, _CPU, _MILLICORES)) or None,
        memory=dict(_percentiles(metrics, _MEMORY, 1.0)) or None,
    )


def lasted_in(session: dict[str, Any]) -> float | None:
    """For how many seconds a session ran, once it is over."""
    began, ended = _time(session.get("createdAt")), _time(session.get("endedAt"))
    try:
        return max(0.0, (ended - began).total_seconds()) if began and ended else None
    except TypeError:  # one with a time zone, one without
        return None


def says_limit(session: dict[str, Any]) -> bool:
    """Whether a session's record says in words that it was cut at its limit."""
    words = [session.get(name) for name in ("completionStatus", "endState")]
    return any(isinstance(word, str) and bool(_LIMIT_WORDS.search(word)) for word in words)


def active_in(answer: dict[str, Any]) -> list[ActiveSession]:
    """The sessions of a list that run now."""
    found = []
    for session in _objects(answer.get("sessions")):
        name = _word(session.get("sessionId"))
        state = _word(session.get("endState"))
        if name and not session.get("endedAt") and state in (None, "active"):
            found.append(ActiveSession(name, _word(session.get("createdAt")), state or "active"))
    return found


def lines_in(answer: dict[str, Any], last: int) -> list[str]:
    """The last lines of a log, the oldest first, without secrets and control characters."""
    entries = [entry for entry in _objects(answer.get("logs")) if isinstance(entry.get("log"), str)]
    if _newest_first(entries):
        entries.reverse()
    # Cut last: half a secret is not known for one any more.
    lines = [redact(readable(entry["log"]))[:_LONGEST_LINE] for entry in entries]
    return lines[-last:] if last > 0 else []


def _completion(session: dict[str, Any]) -> str | None:
    """Both of the platform's words for an end: the state is newer, and says more."""
    status, state = _word(session.get("completionStatus")), _word(session.get("endState"))
    if state == "active":
        state = None
    return f"{status} ({state})" if status and state else status or state


def _newest_first(entries: list[dict[str, Any]]) -> bool:
    times = [_word(entry.get("timestamp")) or "" for entry in entries]
    return bool(times) and times[0] > times[-1]


def _errors(deployment: dict[str, Any]) -> Iterator[str]:
    for error in _objects(deployment.get("errors"))[:3]:
        told = _word(error.get("message")) or _word(error.get("error"))
        if words := " ".join(filter(None, (_word(error.get("code")), told))):
            yield words.rstrip(".")


def _percentiles(
    metrics: dict[str, Any], names: re.Pattern[str], unit: float
) -> Iterator[tuple[str, float]]:
    for name, value in metrics.items():
        found = names.fullmatch(name)
        number = _number(value)
        if found and number is not None:
            yield found[1].lower(), number / unit


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _word(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return redact(readable(value))[:300] or None


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
