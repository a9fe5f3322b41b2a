"""One question by HTTP to whoever starts sessions, and every way it can go wrong.

Agents' addresses come from people, and what answers there may be anything: the whole exchange has
one time limit (an answer that drips is cut off), an answer has a size limit (unpacked, too), and a
redirect is followed on the same machine only, so that a key never reaches another host.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from harness.errors import (
    AgentNotFound,
    AtCapacity,
    BodyTooLarge,
    ConnectTimeout,
    Forbidden,
    HostUnknown,
    NotPipecat,
    RunnerAnswered,
    RunnerRefused,
    RunnerTimeout,
    ServerError,
    StartError,
    TlsRefused,
    Unauthorised,
    redact,
)

__all__ = [
    "CONNECT_S",
    "Answer",
    "ask",
    "read_object",
    "readable",
    "refusal",
    "said",
    "slow_to_connect",
    "unreachable",
]

CONNECT_S = 10.0
"""Seconds that a connection may take to come about."""
_REDIRECTS = 2
_MAX_ANSWER = 256 * 1024
_REPEAT = (301, 302, 307, 308)
# The rest of the time limit is left for the answer, so that the two can be told apart.
_CONNECT_SHARE = 0.8
_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
_PACKED = ("gzip", "x-gzip", "deflate")
_MESSAGES = ("message", "error", "detail", "msg", "errors")
_DEEPEST_MESSAGE = 6
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[@-Z\\-_])"
)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust, read once: reading it takes up to 40 ms, which a worker's calls would lose."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in lower case) and content."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status says that it worked."""
        return 200 <= self.status < 300

    @property
    def retry_after_s(self) -> float | None:
        """For how many seconds it asks to wait before the next request, if it does."""
        asked = self.headers.get("retry-after", "").strip()
        try:
            wait = float(asked)
        except ValueError:
            try:
                until = parsedate_to_datetime(asked)
            except ValueError:
                return None
            if until.tzinfo is None:
                until = until.replace(tzinfo=UTC)
            wait = (until - datetime.now(UTC)).total_seconds()
        return max(0.0, wait) if math.isfinite(wait) else None


async def ask(
    method: str,
    url: str,
    *,
    who: str,
    payload: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
    max_answer: int = _MAX_ANSWER,
) -> Answer:
    """Send one request and read its answer, whatever its status.

    Args:
        method: GET, POST or DELETE.
        url: Where to.
        who: Names the other side in messages, as a sentence begins: "The runner at ...".
        payload: A JSON document.
        headers: Besides the content type; may hold a key.
        timeout_s: Seconds for everything, the last byte of the answer included.
        max_answer: Bytes of answer that are read at most.

    Raises:
        StartError: HostUnknown, RunnerRefused, ConnectTimeout, RunnerTimeout, TlsRefused, or
            NotPipecat (too large an answer, a redirect elsewhere).
    """
    # What was not asked for packed is seldom packed, and nobody packs a bomb by mistake.
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    if payload is not None:
        sent.setdefault("Content-Type", "application/json")
    connect_s = min(CONNECT_S, timeout_s * _CONNECT_SHARE)
    try:
        target = httpx.URL(url)
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(
                timeout=httpx.Timeout(timeout_s, connect=connect_s), verify=_trusted()
            ) as client,
        ):
            for _ in range(_REDIRECTS + 1):
                request = client.build_request(method, target, content=payload, headers=sent)
                answer = await _once(client, request, who, max_answer)
                location = answer.headers.get("location")
                if answer.status not in _REPEAT or not location:
                    return answer
                target = _same_machine(target, location, who)
    except httpx.ConnectTimeout as error:
        raise slow_to_connect(who, connect_s) from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise RunnerTimeout(
            f"{who} did not answer within {timeout_s:g} s.",
            cause="The bot is still loading, or hangs while it starts.",
            remedy="Look at the bot's own log, then call again.",
        ) from error
    except httpx.HTTPError as error:
        raise unreachable(error, who) from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise HostUnknown(
            f"{who} has no address that can be used.",
            cause="The address is misspelled.",
            remedy="Check the address.",
        ) from error
    raise NotPipecat(
        f"{who} redirects in circles.",
        cause="Something else than a Pipecat runner answers at this address.",
        remedy="Check the address.",
    )


async def _once(
    client: httpx.AsyncClient, request: httpx.Request, who: str, max_answer: int
) -> Answer:
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
    except httpx.InvalidURL as error:  # of a Location, which httpx reads even if it does not go
        raise _elsewhere("nowhere", who) from error
    try:
        unpack = _Unpack(response.headers.get("content-encoding", ""), max_answer, who)
        async for chunk in response.aiter_raw():
            unpack.add(chunk)
        return Answer(response.status_code, dict(response.headers), bytes(unpack.content))
    finally:
        await response.aclose()


class _Unpack:
    """Puts an answer together and gives up as soon as it is too large, however well packed."""

    def __init__(self, encoding: str, limit: int, who: str) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", *_PACKED):
            raise NotPipecat(
                f"{who} packed its answer in a way that was not asked for.",
                cause="Something else than a Pipecat runner answers at this address.",
                remedy="Check the address.",
            )
        self.content = bytearray()
        self._limit = limit
        self._who = who
        self._unpack = zlib.decompressobj(_ZLIB_OR_GZIP) if encoding in _PACKED else None

    def add(self, chunk: bytes) -> None:
        if self._unpack is not None:
            try:
                chunk = self._unpack.decompress(chunk, self._limit - len(self.content) + 1)
            except zlib.error as error:
                raise NotPipecat(
                    f"{self._who} says that its answer is packed, and it cannot be unpacked.",
                    cause="Something between breaks answers, or it is no web service.",
                    remedy="Check the address.",
                ) from error
        self.content += chunk
        if len(self.content) > self._limit:
            raise NotPipecat(
                f"{self._who} answered with more than {self._limit // 1024} KB.",
                cause="Something else than a Pipecat runner answers at this address.",
                remedy="Check the address.",
            )


def _same_machine(target: httpx.URL, location: str, who: str) -> httpx.URL:
    """Where a redirect leads, if to the same machine and port (http may become https)."""
    try:
        there = target.join(location)
    except (httpx.InvalidURL, ValueError):
        there = httpx.URL()
    upgraded = (target.scheme, there.scheme) == ("http", "https")
    # A scheme's own port counts as none: http://host may become https://host.
    same = (target.host, target.port) == (there.host, there.port)
    if same and (upgraded or there.scheme == target.scheme):
        return there
    where = f"{there.scheme}://{there.netloc.decode(errors='replace')}" if there.host else "nowhere"
    raise _elsewhere(where, who)


def _elsewhere(where: str, who: str) -> NotPipecat:
    return NotPipecat(
        f"{who} redirects to {where}, which was not asked.",
        cause="The address is not the service's own, or a login page stands before it.",
        remedy="Give the address that the redirect leads to, if you trust it.",
    )


def slow_to_connect(who: str, connect_s: float) -> ConnectTimeout:
    """What it means that there is no connection after `connect_s` seconds."""
    return ConnectTimeout(
        f"{who} could not be reached within {connect_s:g} s.",
        cause="The address is wrong, the machine is off, or a firewall is between.",
        remedy="Check the address and the network, then try again.",
    )


def unreachable(error: Exception, who: str) -> StartError:
    """What it means that a connection failed or broke off, by what is behind `error`."""
    causes = list(_chain(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        why = next(cause for cause in causes if isinstance(cause, ssl.SSLError))
        told = getattr(why, "verify_message", "") or why.reason or "the handshake failed"
        return TlsRefused(
            f"{who} could not be trusted: {told}.",
            cause="Its certificate is self-signed, expired or for another name, "
            "or there is no TLS on this port.",
            remedy="Check http:// against https:// and the certificate, then try again.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return HostUnknown(
            f"{who} was not found: no machine goes by that name.",
            cause="The address is misspelled, or this machine has no name service.",
            remedy="Check the address and the network, then try again.",
        )
    if isinstance(error, httpx.ConnectError | OSError):
        return RunnerRefused(
            f"{who} does not answer: nothing listens there.",
            cause="It is not running, or listens on another port.",
            remedy="Start it, check host and port, then call again.",
        )
    return NotPipecat(
        f"{who} broke the connection off.",
        cause="It crashed while it answered, or it does not speak HTTP.",
        remedy="Look at its own log and check the address, then call again.",
    )


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def said(answer: Answer, limit: int = 200) -> str:
    """What an answer says in words: its JSON message if it has one, else its beginning."""
    text = answer.content.decode(errors="replace")
    if "html" in answer.headers.get("content-type", "") or text.lstrip()[:1] == "<":
        return "a web page"
    with contextlib.suppress(ValueError, RecursionError):
        text = _message(json.loads(text)) or text
    # Before it is cut: half a secret is not known for one any more.
    return redact(readable(text))[:limit]


def readable(text: str) -> str:
    """`text` in one line, without what would move a terminal's cursor."""
    text = _ESCAPE.sub("", text)
    return " ".join("".join(mark for mark in text if mark.isprintable() or mark.isspace()).split())


def _message(told: Any) -> str:
    """The sentence in an error's JSON, wherever services put it."""
    for _ in range(_DEEPEST_MESSAGE):
        if isinstance(told, dict):
            told = next((told[key] for key in _MESSAGES if told.get(key)), None)
        elif isinstance(told, list):
            told = next(iter(told), None)
        else:
            break
    return told if isinstance(told, str) else ""


def refusal(answer: Answer, who: str) -> StartError:
    """The error that a status of 300 and above means; providers may say more of their own."""
    told = said(answer)
    what = f"{who} answered {answer.status}" + (f": {told.rstrip('.')}" if told else "") + "."
    kinds: dict[int, tuple[type[StartError], str, str]] = {
        401: (Unauthorised, "The key is wrong, expired or missing.", "Check the API key."),
        403: (Forbidden, "The key is not allowed to do this.", "Check what the key is for."),
        404: (AgentNotFound, "There is no such agent or path there.", "Check name and address."),
        405: (AgentNotFound, "The path takes no such request.", "Check the address."),
        413: (BodyTooLarge, "The session body is over the limit.", "Make the body smaller."),
        429: (
            AtCapacity,
            "As many sessions run as are allowed.",
            "Wait until one has ended, or allow more.",
        ),
    }
    if answer.status in kinds:
        kind, cause, remedy = kinds[answer.status]
        return kind(what, cause=cause, remedy=remedy)
    if answer.status >= 500:
        wait = answer.retry_after_s
        when = "in a moment" if wait is None else f"in {wait:.0f} s, as it asks"
        return ServerError(
            what,
            cause="The other side failed while it started the session.",
            remedy=f"Look at the bot's own log; try again {when}.",
        )
    return RunnerAnswered(
        what,
        cause="The other side does not take the request.",
        remedy="Check the address and the agent's configuration.",
    )


def read_object(answer: Answer, who: str) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        NotPipecat: It is none.
    """
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict):
        return told
    raise NotPipecat(
        f"{who} did not answer with a JSON object.",
        cause="Something else than a Pipecat runner listens at this address.",
        remedy="Check host, port and path.",
    )
