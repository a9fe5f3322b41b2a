"""SessionKeeper: one agent's session in a worker, from its start to its stop and the look back."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from typing import Any

from loguru import logger

from harness.agents import AgentProvider, SessionInsight, provider_for
from harness.calls._log_tap import LogTap
from harness.errors import InternalError, RingbackError, RunnerTimeout, SessionLimit, redact
from harness.nouns import Agent, EventKind, Session

__all__ = ["SessionKeeper"]

_STOP_S = 8.0
_ASK_S = 3.0
_LATE_S = 20.0
_CANCEL_S = 12.0
_LOG_LINES = 2000


class SessionKeeper:
    """Whatever happens, a session that was started is stopped.

    Args:
        agent: With its secrets in place.
        tap: Where it is told.

    Attributes:
        session: Once it is started.
    """

    def __init__(self, agent: Agent, tap: LogTap) -> None:
        self.session: Session | None = None
        self._agent = agent
        self._tap = tap
        self._provider: AgentProvider | None = None
        self._starting: asyncio.Task[Session] | None = None
        self._started_at = 0.0

    @property
    def provider(self) -> AgentProvider:
        """The way to the agent.

        Raises:
            RingbackError: The agent's configuration cannot be used.
        """
        if self._provider is None:
            self._provider = provider_for(self._agent)
        return self._provider

    async def start(self, limit_s: float) -> Session:
        """Start the session within `limit_s`; see :meth:`forget` for one that comes too late.

        Raises:
            ConnectError: It did not start, and why.
        """
        began = self._tap.now()
        work = self.provider.start(self._agent.body, self._tell_wait)
        task = self._starting = asyncio.ensure_future(work)
        # Cancelling the request would not cancel what it began at the other side.
        done, _ = await asyncio.wait({task}, timeout=limit_s)
        if not done:
            raise RunnerTimeout(
                f"The agent's session did not start in {limit_s:g} s.",
                cause="The agent is still loading, or hangs while it starts.",
                remedy="Look at the agent's own log, then call again.",
            )
        session = self.session = task.result()
        self._started_at = self._tap.now()
        self._tap.emit(
            EventKind.SESSION_STARTED,
            provider=self._agent.provider,
            session_id=session.session_id,
            room=session.room,
            url=session.url,
            took_s=round(self._started_at - began, 3),
        )
        for warning in session.warnings:
            self._tap.emit(EventKind.ROOM_WARNING, code="session", message=warning)
        return session

    async def stop(self) -> RingbackError | None:
        """Stop the session if one was started; tells how, and gives the error if it failed."""
        if self.session is None:
            return None
        trouble: RingbackError | None = None
        try:
            how = await asyncio.wait_for(self.provider.stop(self.session), _STOP_S)
        except RingbackError as error:
            trouble = error
        except TimeoutError:
            trouble = RunnerTimeout(
                f"The agent's session was not stopped within {_STOP_S:g} s.",
                cause="Whoever runs it does not answer.",
                remedy="It is tried again when Ringback starts the next time.",
            )
        except Exception as error:
            logger.exception("stopping a session")
            trouble = InternalError(
                f"The agent's session could not be stopped: {redact(str(error))[:200]}",
                cause="A defect in Ringback.",
                remedy="It is tried again when Ringback starts the next time.",
            )
        if trouble is None:
            self._tap.emit(EventKind.SESSION_STOPPED, how=how)
        else:
            self._tap.emit(EventKind.SESSION_STOPPED, how="failed", message=str(trouble))
        return trouble

    async def forget(self, *, hurry: bool) -> None:
        """Stop a session that starts although nobody waits for it any more.

        Args:
            hurry: Whether this process is about to end.
        """
        task = self._starting
        if task is None or self.session is not None:
            return
        done, _ = await asyncio.wait({task}, timeout=_STOP_S / 2 if hurry else _LATE_S)
        if not done:
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=_STOP_S / 2 if hurry else _CANCEL_S)
        if done and not task.cancelled() and task.exception() is None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.provider.stop(task.result()), _STOP_S)

    async def at_limit(self) -> SessionLimit | None:
        """Why the session ended, if it was the platform's limit on its length."""
        provider, session = self._provider, self.session
        if session is None or not isinstance(provider, SessionInsight):
            return None
        lasted_s = self._tap.now() - self._started_at
        try:
            reached = await asyncio.wait_for(
                provider.limit_reached(session.session_id, lasted_s), _ASK_S
            )
        except Exception:
            return None
        if not reached:
            return None
        return SessionLimit(
            f"The platform ended the session after {lasted_s:.0f} s: its limit was reached.",
            cause="Sessions are cut at their maximum duration, without notice.",
            remedy="Raise the deployment's maximum session duration, or have the caller finish "
            "earlier.",
        )

    async def look_back(self) -> None:
        """Tell what the platform says of the session now, and keep what the bot wrote."""
        provider, session = self._provider, self.session
        if session is None or not session.session_id or not isinstance(provider, SessionInsight):
            return
        if provider.can_look():
            details, lines = await asyncio.gather(
                asyncio.wait_for(provider.details(session.session_id), _ASK_S),
                asyncio.wait_for(provider.logs(session.session_id, _LOG_LINES), _ASK_S),
                return_exceptions=True,
            )
            if not isinstance(details, BaseException):
                told: dict[str, Any] = asdict(details)
                if any(value is not None for value in told.values()):
                    self._tap.emit(EventKind.SESSION_DETAILS, **told)
            if not isinstance(lines, BaseException) and lines:
                await self._tap.keep_agent_log(lines)

    def _tell_wait(self, sentence: str) -> None:
        self._tap.emit(EventKind.SESSION_WAITS, message=redact(sentence))
