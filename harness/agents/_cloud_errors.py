"""What Pipecat Cloud's refusals mean, with the causes and remedies of its own documents.

An error body is ``{"error": "...", "code": "..."}``, where the code is the status again ("429") or
one of the platform's own ("PCC-1004"). The platform's SDK makes an ``AgentStartError`` of it and
drops the status; a service that stands between and passes that on says "429 - no capacity".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from harness.agents._http import Answer, readable, refusal, said
from harness.errors import (
    AgentNotFound,
    AgentNotReady,
    AtCapacity,
    BodyTooLarge,
    Forbidden,
    StartError,
    Unauthorised,
    redact,
)

__all__ = ["carries_an_error", "cloud_refusal"]

_SDK_TEXT = re.compile(r"\s*([45]\d\d|PCC[-_][\w-]+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+) - (.+)", re.S)
_NOT_READY_TEXT = re.compile(r"not (yet )?(in )?(an? )?(ready|healthy)|unhealthy", re.I)
_NOT_READY = "PCC-1001"
_NO_KEY = "PCC-1002"
_NO_BILLING = "PCC-1004"
# Statuses that say so little that a status in the body says more.
_VAGUE = (400, 500, 502)


@dataclass(frozen=True, slots=True)
class _Told:
    status: int
    code: str
    text: str


def carries_an_error(told: dict[str, Any]) -> bool:
    """Whether a body is an error's although its status said that all is well."""
    error = told.get("error")
    return bool(error) and isinstance(error, str | dict)


def cloud_refusal(answer: Answer, who: str, *, key: str = "api_key") -> StartError:
    """The error that a refusal of Pipecat Cloud means.

    Args:
        answer: What it answered.
        who: Names it in messages, as a sentence begins.
        key: The configuration field of the key that was sent.
    """
    told = _read(answer)
    what = f"{_title(told.status)} from {who}" + (f": {told.text}" if told.text else "")
    what += f" (code {told.code})." if told.code and told.code not in what else "."
    unready = told.code == _NOT_READY or bool(_NOT_READY_TEXT.search(told.text))
    if unready and told.status not in (401, 403, 429):
        return AgentNotReady(
            what,
            cause="The agent's deployment is not in a ready state.",
            remedy="Look at its deployment in the Pipecat Cloud dashboard, then call again.",
        )
    if told.code == _NO_BILLING:
        return Forbidden(
            what,
            cause="The organization has no billing credentials.",
            remedy="Set them up in the Pipecat Cloud dashboard.",
        )
    if told.status == 401 or told.code == _NO_KEY:
        kind = "private" if key == "private_api_key" else "public"
        return Unauthorised(
            what,
            cause="Invalid API key.",
            remedy=f"Check Pipecat Cloud API key: `{key}` takes a {kind} one.",
        )
    if told.status == 403:
        return Forbidden(
            what,
            cause="The API key is of another organization, or may not do this.",
            remedy=f"Check what the key in `{key}` is for, and the organization's plan.",
        )
    if told.status == 404:
        return AgentNotFound(
            what,
            cause="Invalid agent name.",
            remedy="Verify agent is deployed, and that agent_name and base_url are right.",
        )
    if told.status == 413:
        return BodyTooLarge(
            what,
            cause="The session body may have 1 MB at most, and 4 KB over the websocket transport.",
            remedy="Make the agent's body smaller.",
        )
    if told.status == 429:
        wait = answer.retry_after_s
        asks = f" It asks to wait {wait:.0f} s." if wait else ""
        return AtCapacity(
            what,
            cause=f"As many sessions run as the deployment allows.{asks}",
            remedy="Wait until one has ended, or raise the deployment's max agents.",
        )
    plain = refusal(Answer(told.status, answer.headers, answer.content), who)
    return type(plain)(what, cause=plain.cause, remedy=plain.remedy)


def _title(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _read(answer: Answer) -> _Told:
    text, code = said(answer), _code(answer)
    if from_sdk := _SDK_TEXT.fullmatch(text):
        code, text = code or from_sdk[1], from_sdk[2]
    status = answer.status
    if code.isdecimal() and (answer.ok or status in _VAGUE):
        status = int(code)
    elif answer.ok:
        status = 500
    return _Told(status, "" if code == str(status) else code, text.rstrip(". "))


def _code(answer: Answer) -> str:
    try:
        told: Any = json.loads(answer.content)
    except (ValueError, RecursionError):
        return ""
    for _ in range(2):
        if not isinstance(told, dict):
            return ""
        code = told.get("code")
        if isinstance(code, int) and not isinstance(code, bool):
            code = str(code) if 0 <= code < 10**6 else ""
        if isinstance(code, str) and code:
            code = redact(readable(code))[:60]
            return code if not code.isdecimal() or 400 <= int(code) <= 599 else ""
        told = told.get("error")
    return ""
