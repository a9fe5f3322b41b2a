"""Finding, downloading and building a LiveKit server, with a real HTTP server and shell."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from harness.errors import LiveKitMissing
from harness.local import _build as build
from harness.local import _fetch as fetch
from harness.local import find_livekit, livekit_on_this_machine
from harness.local._obtain import LIVEKIT_VERSION, NotObtained
from harness.settings import Settings

PROGRAM = b"#!/bin/sh\necho livekit-server version " + LIVEKIT_VERSION.encode() + b"\n"
NAME = f"livekit_{LIVEKIT_VERSION}_linux_amd64.tar.gz"


def archive(files: dict[str, bytes], *, link: str | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755
            tar.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo("livekit-server")
            member.type, member.linkname = tarfile.SYMTYPE, link
            tar.addfile(member)
    return out.getvalue()


GOOD = archive({"LICENSE": b"Apache", "livekit-server": PROGRAM})


class Releases:
    """A release page on a local HTTP server."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.hang_on: str | None = None
        self.leave = threading.Event()
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                releases.asked.append(self.path)
                name = self.path.removeprefix(f"/v{LIVEKIT_VERSION}/")
                if name == releases.hang_on:
                    releases.leave.wait(60)
                    return
                data = releases.files.get(name)
                self.send_response(404 if data is None else 200)
                self.send_header("content-length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def publish(self, data: bytes, *, checksum: str | None = None) -> None:
        self.files[NAME] = data
        checksum = checksum or hashlib.sha256(data).hexdigest()
        self.files["checksums.txt"] = (
            f"{'0' * 64}  livekit_{LIVEKIT_VERSION}_windows_amd64.zip\n{checksum}  {NAME}\n"
        ).encode()


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    monkeypatch.setattr(fetch.platform, "system", lambda: "Linux")
    monkeypatch.setattr(fetch.platform, "machine", lambda: "x86_64")
    releases = Releases()
    yield releases
    releases.leave.set()
    releases.server.shutdown()
    releases.server.server_close()


@pytest.fixture
def bare(tmp_path: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A machine with no LiveKit, no Go, and releases on our own server."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("RINGBACK_LIVEKIT_SERVER", raising=False)
    monkeypatch.setattr(build, "_USUAL_PLACES", ())
    monkeypatch.setattr(build.shutil, "which", _which_in(tmp_path / "bin"))
    return Settings(cache=tmp_path / "cache", livekit_releases=releases.base)


def _which_in(folder: Path) -> Callable[[str], str | None]:
    return lambda name: str(folder / name) if (folder / name).exists() else None


def program(path: Path, text: bytes = PROGRAM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    path.chmod(0o755)
    return path


def target_of(settings: Settings) -> Path:
    return settings.cache / "livekit" / LIVEKIT_VERSION / "livekit-server"


def leftovers(settings: Settings) -> set[str]:
    return {path.name for path in target_of(settings).parent.iterdir()} - {".lock"}


async def find(settings: Settings) -> tuple[Path, list[str]]:
    told: list[str] = []
    return await find_livekit(settings, progress=told.append), told


async def test_the_one_in_the_settings_comes_first(bare: Settings, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "livekit-server")
    mine = program(tmp_path / "mine")
    settings = bare.model_copy(update={"livekit_server": mine})
    assert await find(settings) == (mine, [])


@pytest.mark.parametrize("there", [True, False])
async def test_a_wrong_one_in_the_settings_is_told_not_replaced(
    bare: Settings, tmp_path: Path, there: bool
) -> None:
    if there:
        (tmp_path / "mine").write_text("not executable")
    settings = bare.model_copy(update={"livekit_server": tmp_path / "mine"})
    with pytest.raises(LiveKitMissing, match="RINGBACK_LIVEKIT_SERVER"):
        await find(settings)


async def test_path_then_cache(bare: Settings, tmp_path: Path, releases: Releases) -> None:
    cached = program(target_of(bare))
    assert await find(bare) == (cached, [])
    on_path = program(tmp_path / "bin" / "livekit-server")
    assert await find(bare) == (on_path, [])
    assert releases.asked == []


async def test_download(bare: Settings, releases: Releases) -> None:
    releases.publish(GOOD)
    assert livekit_on_this_machine(bare) is None
    path, told = await find(bare)
    assert path == target_of(bare)
    assert path.read_bytes() == PROGRAM
    assert path.stat().st_mode & 0o777 == 0o755
    assert told
    assert leftovers(bare) == {"livekit-server"}
    assert livekit_on_this_machine(bare) == path
    asked = len(releases.asked)
    assert (await find(bare))[0] == path
    assert len(releases.asked) == asked


async def _not_downloaded(settings: Settings, because: str) -> None:
    """It is told, nothing is left, and the next way (there is no Go here) was tried."""
    with pytest.raises(LiveKitMissing) as caught:
        await find(settings)
    assert because in caught.value.cause
    assert "Go is not installed" in caught.value.cause
    assert "brew" in caught.value.remedy
    assert "Docker" in caught.value.remedy
    assert leftovers(settings) == set()


async def test_wrong_checksum(bare: Settings, releases: Releases) -> None:
    releases.publish(GOOD, checksum="1" * 64)
    await _not_downloaded(bare, "its checksum differs")


async def test_no_release(bare: Settings) -> None:
    await _not_downloaded(bare, "404")


async def test_checksums_without_our_archive(bare: Settings, releases: Releases) -> None:
    releases.files["checksums.txt"] = b"abc  something_else.tar.gz\n"
    await _not_downloaded(bare, f"do not name {NAME}")


async def test_not_an_archive(bare: Settings, releases: Releases) -> None:
    releases.publish(b"<html>sign in to this network</html>")
    await _not_downloaded(bare, "cannot be read")


async def test_half_an_archive(bare: Settings, releases: Releases) -> None:
    releases.publish(archive({"livekit-server": bytes(range(256)) * 4000})[:3000])
    await _not_downloaded(bare, "cannot be read")


@pytest.mark.parametrize("outside", ["../../livekit-server", "/tmp/livekit-server", "a/../../x"])
async def test_archive_that_names_other_places(
    bare: Settings, releases: Releases, outside: str
) -> None:
    releases.publish(archive({outside: PROGRAM}))
    await _not_downloaded(bare, "has no livekit-server")
    assert {path.name for path in bare.cache.iterdir()} == {"livekit"}
    assert {path.name for path in (bare.cache / "livekit").iterdir()} == {LIVEKIT_VERSION}


async def test_archive_with_a_link_in_place_of_the_program(
    bare: Settings, releases: Releases
) -> None:
    releases.publish(archive({}, link="/bin/true"))
    await _not_downloaded(bare, "has no livekit-server")


async def test_a_program_for_another_machine(bare: Settings, releases: Releases) -> None:
    releases.publish(archive({"livekit-server": b"\x7fELF for something else"}))
    await _not_downloaded(bare, "does not run on this machine")


@pytest.mark.parametrize("what", ["checksums.txt", NAME])
async def test_a_server_that_hangs(bare: Settings, releases: Releases, what: str) -> None:
    releases.publish(GOOD)
    releases.hang_on = what
    target = target_of(bare)
    target.parent.mkdir(parents=True)
    with pytest.raises(NotObtained, match="Timeout"):
        await fetch.fetch_livekit(releases.base, target, lambda _: None, silence_s=0.2)
    assert not target.exists()


async def test_nobody_at_the_address(bare: Settings, releases: Releases) -> None:
    settings = bare.model_copy(update={"livekit_releases": "http://127.0.0.1:9"})
    started = time.monotonic()
    await _not_downloaded(settings, "could not be downloaded")
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", f"livekit_{LIVEKIT_VERSION}_linux_amd64.tar.gz"),
        ("Linux", "aarch64", f"livekit_{LIVEKIT_VERSION}_linux_arm64.tar.gz"),
        ("Linux", "armv7l", f"livekit_{LIVEKIT_VERSION}_linux_armv7.tar.gz"),
        ("Linux", "riscv64", None),
        ("Darwin", "arm64", None),
    ],
)
def test_archive_names(system: str, machine: str, name: str | None) -> None:
    assert fetch.archive_name(system, machine) == name


async def test_on_macos_nothing_is_downloaded(
    bare: Settings, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(fetch.platform, "machine", lambda: "arm64")
    await _not_downloaded(bare, "no server for Darwin arm64")
    assert releases.asked == []


GO = """#!/bin/sh
[ "$1 $2 $3" = "install -v github.com/livekit/livekit-server/cmd/server@v{version}" ] || exit 64
echo "go: downloading github.com/livekit/protocol v1" >&2
echo "github.com/livekit/protocol/utils" >&2
printf '#!/bin/sh\\necho version\\n' > "$GOBIN/server"
"""


async def test_build_when_there_is_no_download(bare: Settings, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", GO.format(version=LIVEKIT_VERSION).encode())
    path, told = await find(bare)
    assert path == target_of(bare)
    assert leftovers(bare) == {"livekit-server"}
    assert any("404" in line for line in told)
    assert any("two minutes" in line for line in told)


async def test_a_build_that_fails_is_told_with_gos_words(bare: Settings, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", b"#!/bin/sh\necho 'go: no such module' >&2\nexit 1\n")
    with pytest.raises(LiveKitMissing) as caught:
        await find(bare)
    assert "go: no such module" in caught.value.cause
    assert leftovers(bare) == set()


async def test_a_cancelled_build_leaves_nothing_running(bare: Settings, tmp_path: Path) -> None:
    fifo = tmp_path / "built"
    program(tmp_path / "bin" / "go", f"#!/bin/sh\necho $$ > {fifo}\nexec sleep 600\n".encode())
    task = asyncio.create_task(find(bare))
    while not (fifo.exists() and fifo.read_text().strip()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    pid = int(fifo.read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(pid)
    assert leftovers(bare) == set()


async def test_two_at_once_get_it_once(bare: Settings, releases: Releases) -> None:
    releases.publish(GOOD)
    (first, told_first), (second, told_second) = await asyncio.gather(find(bare), find(bare))
    assert first == second == target_of(bare)
    assert releases.asked.count(f"/v{LIVEKIT_VERSION}/{NAME}") == 1
    assert any("Another Ringback" in line for line in told_first + told_second)


async def test_a_cache_that_cannot_be_written(tmp_path: Path, bare: Settings) -> None:
    (tmp_path / "file").touch()
    settings = bare.model_copy(update={"cache": tmp_path / "file"})
    with pytest.raises(Exception, match="RINGBACK_CACHE"):
        await find(settings)
