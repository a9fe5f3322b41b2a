"""The LiveKit server from its release archive, checked against the release's own checksums.

LiveKit releases by GoReleaser: ``{base}/v1.13.5/livekit_1.13.5_linux_amd64.tar.gz`` with the
program ``livekit-server`` and a licence inside, and ``checksums.txt`` of ``<sha256>  <file name>``
lines beside it. There are archives for Linux (amd64, arm64, armv7), none for macOS.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import platform
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from harness.local._obtain import LIVEKIT_VERSION, NotObtained, put_in_place

__all__ = ["archive_name", "fetch_livekit"]

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_MACHINES |= {"armv7l": "armv7"}
_CONNECT_S = 5.0
_SILENCE_S = 10.0
_ALTOGETHER_S = 900.0
_MOST_BYTES = 300 * 1024 * 1024
_TELL_EVERY = 8 * 1024 * 1024


def archive_name(system: str, machine: str) -> str | None:
    """The release archive for a platform as `platform` names it; None if there is none."""
    part = _MACHINES.get(machine.lower())
    if system != "Linux" or part is None:
        return None
    return f"livekit_{LIVEKIT_VERSION}_linux_{part}.tar.gz"


async def fetch_livekit(
    base: str,
    target: Path,
    progress: Callable[[str], None],
    *,
    connect_s: float = _CONNECT_S,
    silence_s: float = _SILENCE_S,
) -> None:
    """Download the release archive for this platform and put its server at `target`.

    Args:
        base: Address of the releases; below it ``v<version>/<file>``.
        target: Where the program goes. It appears whole or not at all.
        progress: Called with one sentence for each thing that takes time.
        connect_s: Seconds allowed to reach the server.
        silence_s: Seconds the server may send nothing.

    Raises:
        NotObtained: Says why.
        OSError: The folder cannot be written.
    """
    name = archive_name(platform.system(), platform.machine())
    if name is None:
        raise NotObtained(
            f"LiveKit releases no server for {platform.system()} {platform.machine()}."
        )
    release = f"{base.rstrip('/')}/v{LIVEKIT_VERSION}"
    timeout = httpx.Timeout(silence_s, connect=connect_s)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        archive = Path(folder) / "archive.tar.gz"
        try:
            async with (
                asyncio.timeout(_ALTOGETHER_S),
                httpx.AsyncClient(timeout=timeout, follow_redirects=True) as client,
            ):
                progress("Looking for a LiveKit server to download.")
                expected = await _checksum(client, f"{release}/checksums.txt", name)
                actual = await _download(client, f"{release}/{name}", archive, progress)
        except httpx.HTTPStatusError as error:
            answer = f"{error.response.status_code} from {error.request.url}"
            raise NotObtained(f"The LiveKit server could not be downloaded ({answer}).") from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            said = str(error) or type(error).__name__
            raise NotObtained(f"The LiveKit server could not be downloaded ({said}).") from error
        if not hmac.compare_digest(expected, actual):
            raise NotObtained(
                f"The downloaded {name} is not what its release says it is "
                "(its checksum differs), so it was thrown away."
            )
        program = Path(folder) / "livekit-server"
        await asyncio.to_thread(_extract, archive, program)
        await asyncio.to_thread(put_in_place, program, target)


async def _checksum(client: httpx.AsyncClient, url: str, name: str) -> str:
    answer = await client.get(url)
    answer.raise_for_status()
    for line in answer.text.splitlines():
        digest, _, file = line.partition(" ")
        if file.lstrip(" *") == name:
            return digest.lower()
    raise NotObtained(f"The release's checksums do not name {name}.")


async def _download(
    client: httpx.AsyncClient, url: str, archive: Path, progress: Callable[[str], None]
) -> str:
    """Store what `url` gives, and return its SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    got = told = 0
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        whole = int(answer.headers.get("content-length") or 0)
        of = f" of {whole >> 20} MB" if whole else " MB"
        with archive.open("wb") as out:
            async for piece in answer.aiter_bytes(1 << 18):
                got += len(piece)
                if got > _MOST_BYTES:
                    raise NotObtained("The LiveKit archive is larger than it can be.")
                digest.update(piece)
                out.write(piece)
                if got - told >= _TELL_EVERY:
                    told = got
                    progress(f"Downloading the LiveKit server: {got >> 20}{of}.")
    return digest.hexdigest()


def _extract(archive: Path, program: Path) -> None:
    """Take the one program out of the archive; nothing in it can name another place."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.name.removeprefix("./") == "livekit-server" and member.isreg():
                    source = tar.extractfile(member)
                    assert source is not None
                    with source, program.open("wb") as out:
                        shutil.copyfileobj(source, out)
                    return
    except (tarfile.TarError, EOFError) as error:
        raise NotObtained(f"The downloaded archive cannot be read ({error}).") from error
    raise NotObtained("The downloaded archive has no livekit-server in it.")
