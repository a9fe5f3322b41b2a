"""One question by HTTP: each way it can go wrong, provoked by a real server that misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from plain_web import Answer, Request, raw, reply, self_signed, serve

from harness.agents import _http
from harness.agents._http import ask, read_object, refusal, said
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
    hide,
)
from harness.local import free_port

WHO = "The test server"
KEY = "pk_0123456789abcdef-secret"
BEARER = {"Authorization": f"Bearer {KEY}"}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def answered(status: int, content: bytes, **headers: str) -> _http.Answer:
    return _http.Answer(status, {name.replace("_", "-"): v for name, v in headers.items()}, content)


async def error_of(url: str, **more: object) -> StartError:
    """Ask and be refused, in our words and without the key."""
    more.setdefault("timeout_s", 5.0)
    with pytest.raises(StartError) as caught:
        await ask("GET", url, who=WHO, headers=BEARER, **more)  # type: ignore[arg-type]
    error = caught.value
    assert error.message.startswith(WHO) and error.cause and error.remedy
    assert KEY not in str(error)
    return error


async def test_a_plain_exchange():
    async with serve(reply(200, {"url": "wss://x"}, x_more="1")) as web:
        answer = await ask("POST", f"{web.url}/start?a=1", who=WHO, payload=b"{}", headers=BEARER)
    assert answer.ok and read_object(answer, WHO) == {"url": "wss://x"}
    assert answer.headers["x-more"] == "1"
    (request,) = web.requests
    assert (request.method, request.target, request.body) == ("POST", "/start?a=1", b"{}")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"


async def test_an_endless_body_is_cut_off():
    sent = 0

    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"\r\n")
        while True:
            writer.write(b"x" * 4096)
            await writer.drain()
            sent += 4096

    async with serve(endless) as web:
        error = await error_of(web.url, max_answer=64 * 1024, timeout_s=30)
    assert isinstance(error, NotPipecat) and "64 KB" in error.message
    assert sent < 16 * 1024 * 1024


async def test_a_dripping_body_has_one_time_limit():
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"\r\n{")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serve(drip) as web:
        began = time.monotonic()
        error = await error_of(web.url, timeout_s=0.5)
    assert isinstance(error, RunnerTimeout) and "0.5 s" in error.message
    assert time.monotonic() - began < 20


async def test_a_dripping_head_and_silence_too():
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while not writer.is_closing():
            writer.write(b"x-a: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silence(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    for answer in (drip, silence):
        async with serve(answer) as web:
            assert isinstance(await error_of(web.url, timeout_s=0.4), RunnerTimeout)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_bomb_is_not_unpacked(encoding: str):
    packer = gzip.compress if encoding == "gzip" else zlib.compress
    bomb = packer(b" " * 200_000_000)
    assert len(bomb) < 300_000
    packed = raw(HEAD + f"content-encoding: {encoding}\r\n\r\n".encode() + bomb)
    async with serve(packed) as web:
        began = time.process_time()
        error = await error_of(web.url, timeout_s=30)
    assert isinstance(error, NotPipecat) and "256 KB" in error.message
    # Unpacking all of it takes longer than to see that it is too large.
    assert time.process_time() - began < 5


async def test_what_is_packed_honestly_is_read():
    packed = gzip.compress(json.dumps({"a": "é" * 1000}).encode())
    async with serve(reply(200, packed, content_encoding="gzip")) as web:
        answer = await ask("GET", web.url, who=WHO)
    assert read_object(answer, WHO) == {"a": "é" * 1000}


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_what_is_packed_strangely_is_refused(encoding: str):
    async with serve(reply(200, b"{}", content_encoding=encoding)) as web:
        assert isinstance(await error_of(web.url), NotPipecat)


async def test_what_only_claims_to_be_packed():
    async with serve(reply(200, b"{} plain", content_encoding="gzip")) as web:
        assert isinstance(await error_of(web.url), NotPipecat)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_key_goes_to_another_host(status: int):
    async with serve(reply(200, {})) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        for there in (f"{other.url}/start", f"{elsewhere}/start", "//evil.example/start"):
            async with serve(reply(status, location=there)) as web:
                error = await error_of(web.url)
            assert isinstance(error, NotPipecat) and "redirects to" in error.message
        assert other.requests == []


async def test_no_way_down_from_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trusting(monkeypatch, tmp_path)
    tls = self_signed(tmp_path)

    async def down(request: Request, writer: asyncio.StreamWriter) -> None:
        there = f"http://{request.headers['host']}/start"
        await reply(308, location=there)(request, writer)

    async with serve(down, tls) as web:
        assert isinstance(await error_of(web.url), NotPipecat)
    assert len(web.requests) == 1


async def test_another_port_is_another_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trusting(monkeypatch, tmp_path)
    async with (
        serve(reply(200, {}), self_signed(tmp_path)) as other,
        serve(reply(307, location=f"{other.url}/start")) as web,
    ):
        assert isinstance(await error_of(web.url), NotPipecat)
        assert other.requests == []
    up = _http._same_machine(httpx.URL("http://host/a"), "https://host/b", WHO)
    assert str(up) == "https://host/b"


async def test_a_redirect_on_the_same_machine_is_followed_with_the_body():
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        here = request.target == "/start/"
        told = reply(200, {"ok": True}) if here else reply(307, location="/start/")
        await told(request, writer)

    async with serve(answer) as web:
        found = await ask("POST", f"{web.url}/start", who=WHO, payload=b"[1]", headers=BEARER)
    assert read_object(found, WHO) == {"ok": True}
    assert [(each.method, each.body) for each in web.requests] == [("POST", b"[1]")] * 2
    assert web.requests[1].headers["authorization"] == f"Bearer {KEY}"


async def test_redirects_in_circles_end():
    async with serve(reply(302, location="/again")) as web:
        error = await error_of(web.url)
    assert isinstance(error, NotPipecat) and "circles" in error.message
    assert len(web.requests) == 3


@pytest.mark.parametrize("location", ["http://[", "http://a:b:c/", "\x7f", "mailto:x@y", ""])
async def test_redirects_to_nowhere(location: str):
    async with serve(reply(302, b"gone", location=location)) as web:
        if location:
            assert isinstance(await error_of(web.url), NotPipecat)
        else:
            assert (await ask("GET", web.url, who=WHO)).status == 302


@pytest.mark.parametrize(
    "content",
    [b"[]", b'"url"', b"null", b"7", b"", b"{", b"\xff\xfe\x00", b"<html>x</html>", b"NaN"],
)
async def test_other_things_than_an_object(content: bytes):
    async with serve(reply(200, content)) as web:
        answer = await ask("GET", web.url, who=WHO)
    with pytest.raises(NotPipecat):
        read_object(answer, WHO)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 50_000])
def test_json_that_nests_too_deep(content: bytes):
    with pytest.raises(NotPipecat):
        read_object(answered(200, content), WHO)
    assert len(said(answered(500, content))) <= 200
    assert isinstance(refusal(answered(500, content), WHO), ServerError)


async def test_a_web_page_is_called_one():
    page = b"<!DOCTYPE html><html><body>Sign in</body></html>"
    async with serve(reply(404, page, kind="text/html; charset=utf-8")) as web:
        answer = await ask("GET", web.url, who=WHO)
    assert said(answer) == "a web page"
    assert said(answered(404, page)) == "a web page"
    assert "Sign in" not in str(refusal(answer, WHO))


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n"),
    ],
    ids=["nothing", "cut short", "not http", "endless header", "bad chunk"],
)
async def test_what_is_no_http(answer: Answer):
    async with serve(answer) as web:
        assert isinstance(await error_of(web.url), NotPipecat)


async def test_a_reset_connection():
    async def reset(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serve(reset) as web:
        assert isinstance(await error_of(web.url), NotPipecat)


async def test_a_certificate_that_nobody_trusts(tmp_path: Path):
    async with serve(reply(200, {}), self_signed(tmp_path)) as web:
        error = await error_of(web.url)
    assert isinstance(error, TlsRefused) and "self-signed" in error.message
    assert web.requests == []


async def test_tls_where_there_is_none_and_the_other_way_round(tmp_path: Path):
    async with serve(reply(200, {})) as web:
        error = await error_of(web.url.replace("http:", "https:"), timeout_s=3)
        assert isinstance(error, TlsRefused | NotPipecat | ConnectTimeout)
    async with serve(reply(200, {}), self_signed(tmp_path)) as web:
        assert isinstance(await error_of(web.url.replace("https:", "http:")), NotPipecat)


async def test_nothing_listens():
    error = await error_of(f"http://127.0.0.1:{free_port()}")
    assert isinstance(error, RunnerRefused)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", "a..b.invalid"])
async def test_a_host_that_is_not_there(host: str):
    assert isinstance(await error_of(f"http://{host}:1/"), HostUnknown)


async def test_a_connection_that_does_not_come_about(monkeypatch: pytest.MonkeyPatch):
    async def never(*_: object, **__: object) -> None:
        raise httpx.ConnectTimeout("too late")

    # No address is sure to swallow connections on every machine.
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", never)
    error = await error_of("http://127.0.0.1:9/", timeout_s=2.0)
    assert isinstance(error, ConnectTimeout) and "1.6 s" in error.message


async def test_a_full_queue_of_connections_times_out():
    """A listener that accepts nobody: the system's queue of connections fills up."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        full = []
        try:
            for _ in range(4):
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", port))
                full.append(client)
            error = await error_of(f"http://127.0.0.1:{port}/", timeout_s=0.6)
        finally:
            for client in full:
                client.close()
    assert isinstance(error, ConnectTimeout | RunnerTimeout)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (303, RunnerAnswered),
        (400, RunnerAnswered),
        (401, Unauthorised),
        (402, RunnerAnswered),
        (403, Forbidden),
        (404, AgentNotFound),
        (405, AgentNotFound),
        (409, RunnerAnswered),
        (413, BodyTooLarge),
        (422, RunnerAnswered),
        (429, AtCapacity),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
async def test_each_status_has_its_error(status: int, kind: type[StartError]):
    body = {"detail": {"error": f"no way, {KEY}"}}
    hide(KEY)
    async with serve(reply(status, body)) as web:
        answer = await ask("GET", web.url, who=WHO, headers=BEARER)
    error = refusal(answer, WHO)
    assert type(error) is kind and not answer.ok
    assert str(status) in error.message and "no way" in error.message
    assert error.cause and error.remedy and KEY not in str(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"error": "No agent", "code": "404"}', "No agent"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body"], "msg": "Field required"}]}', "Field required"),
        (b'{"error": {"message": "deep down"}}', "deep down"),
        (b'{"message": ""}', '{"message": ""}'),
        (b"plain words", "plain words"),
        (b"a\x1b[31mred\x1b[0m\x1b]0;title\x07 b\r\n\tc", "ared b c"),
        (b'"\\ud800 half"', "half"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_what_an_answer_says(content: bytes, words: str):
    assert said(answered(500, content)) == words


@pytest.mark.parametrize("before", range(185, 201, 3))
def test_half_a_secret_is_not_shown_either(before: int):
    hide(KEY)
    shown = said(answered(500, ("x" * before + KEY).encode()))
    assert KEY[:8] not in shown


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), (" 0 ", 0.0), ("-3", 0.0), ("1.5", 1.5), ("nan", None), ("inf", None)]
    + [("soon", None), ("", None), ("9" * 400, None), ("Wed, 99 Foo 2026", None)],
)
def test_retry_after_in_seconds(header: str, wait_s: float | None):
    assert answered(429, b"", retry_after=header).retry_after_s == wait_s


def test_retry_after_as_a_date():
    then = datetime.now(UTC) + timedelta(minutes=10)
    wait = answered(429, b"", retry_after=format_datetime(then, usegmt=True)).retry_after_s
    assert wait is not None and 500 < wait <= 600
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert answered(429, b"", retry_after=past).retry_after_s == 0.0
    assert answered(429, b"").retry_after_s is None


def test_a_server_error_repeats_its_own_hint():
    assert "in 30 s" in refusal(answered(503, b"", retry_after="30"), WHO).remedy


def trusting(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have httpx trust any certificate: what is tested lies behind the handshake."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    client = httpx.AsyncClient

    def make(**options: object) -> httpx.AsyncClient:
        return client(**{**options, "verify": context})  # type: ignore[arg-type]

    monkeypatch.setattr(_http.httpx, "AsyncClient", make)
