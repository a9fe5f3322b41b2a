"""What the unmodified `pipecatcloud` client makes of the emulator; run by test_cloud_contract.

In a process of its own: the client takes its host from the process-wide PIPECAT_API_HOST. Its
arguments are public key, private key and organization; it prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pipecatcloud.api import _API
from pipecatcloud.exception import AgentStartError
from pipecatcloud.session import Session, SessionParams


async def started(agent: str, key: str, **params: Any) -> Any:
    """The answer, or [class name, code, message] of the client's own error."""
    try:
        return await Session(agent, key, SessionParams(**params)).start()
    except AgentStartError as error:
        return [type(error).__name__, error.error_code, error.message]


async def asked(method: str, key: str, **arguments: Any) -> Any:
    """A result, or the code of the client's error."""
    try:
        result, error = await getattr(_API(key), method)(**arguments)
    except AgentStartError as refused:
        return [type(refused).__name__, refused.error_code]
    assert error is None
    return result


async def main(public: str, private: str, org: str) -> dict[str, Any]:
    """Everything the client can ask about agents and sessions."""
    told: dict[str, Any] = {
        "no_key": await started("tone-one", ""),
        "wrong_key": await started("tone-one", "pk_guessed"),
        "private_key": await started("tone-one", private),
        "no_agent": await started("nobody", public),
        "too_large": await started("tone-one", public, data={"x": "x" * 1024 * 1024}),
        "daily": await started("tone-daily", public, use_daily=True, data={"key": "value"}),
        "started": await started("tone-one", public, data={"key": "value"}),
        "full": await started("tone-one", public),
    }
    one: dict[str, Any] = {"agent_name": "tone-one", "org": org}
    session = one | {"session_id": told["started"]["sessionId"]}
    told |= {
        "organization": await asked("organizations_current", private, org=org),
        "agents": await asked("agents", private, org=org),
        "agent": await asked("agent", private, **one),
        "active": await asked("agent_sessions", private, **one, end_state="active"),
        "session": await asked("agent_session", private, **session),
        "logs": await asked("agent_logs", private, **session, limit=50),
        "with_public": await asked("agent_sessions", public, **one),
        "other_org": await asked("agents", private, org="acme"),
        "ended": await asked("agent_session_terminate", private, **session),
        "ended_again": await asked("agent_session_terminate", private, **session),
        "after": await asked("agent_session", private, **session),
        "left": await asked("agent_sessions", private, **one, end_state="active"),
    }
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
