"""Settings, from the environment (``RINGBACK_...``)."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import sys
from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from harness.errors import DataFolderError

__all__ = ["ROOT", "Settings", "get_settings", "install_command"]

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: `data/`, `pages/` and `app.py` live there."""


class Settings(BaseSettings):
    """What a user may set; every field is ``RINGBACK_<NAME>`` in the environment.

    Attributes:
        data: Folder of database, recordings and logs.
        cache: Folder of what can be made again: the LiveKit server, synthesised lines.
        concurrency: Calls at once; None means max(1, cores - 1).
        livekit_server: Path of a LiveKit server binary to use instead of looking for one.
        livekit_releases: Where release archives of the LiveKit server are fetched from.
        secrets: Where secrets are kept: in a file that only its owner can read, or in the system's
            keyring (with the package ``keyring``).
        cartesia_url: Where Cartesia is reached instead of its own address.
        deepgram_url: The same for Deepgram.
        openai_url: The same for OpenAI, as far as ``/v1``: its voices, its recogniser, and the
            language model `openai`.
        behind_login: The console may listen beyond this machine: something in front of it asks
            who is there.
    """

    model_config = SettingsConfigDict(env_prefix="RINGBACK_", extra="ignore")

    data: Path = Field(default_factory=lambda: user_data_path("ringback", appauthor=False))
    cache: Path = Field(default_factory=lambda: user_cache_path("ringback", appauthor=False))
    concurrency: int | None = Field(default=None, ge=1, le=32)
    livekit_server: Path | None = None
    livekit_releases: str = "https://github.com/livekit/livekit/releases/download"
    secrets: Literal["file", "keyring"] = "file"
    cartesia_url: str | None = None
    deepgram_url: str | None = None
    openai_url: str | None = None
    behind_login: bool = False

    def folder(self, *parts: str) -> Path:
        """A folder inside the data folder, made if missing.

        Raises:
            DataFolderError: It cannot be made or written.
        """
        path = self.data.joinpath(*parts)
        try:
            path.mkdir(parents=True, exist_ok=True)
            probe = path / ".writable"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise DataFolderError(
                f"The data folder {path} cannot be written.",
                cause=f"The system says: {error.strerror or error}.",
                remedy="Give it to this user, or set RINGBACK_DATA to a folder you can write.",
            ) from error
        return path


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()


def install_command(package: str, *, again: bool = False) -> str:
    """What a user types to install a package into the environment that Ringback runs in.

    `make` lays that environment out with uv and without pip.

    Args:
        package: With extras if need be.
        again: Also if it is there: its files are damaged.
    """
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("pip") is not None:
        force = "--force-reinstall " if again else ""
        return f'{python} -m pip install {force}"{package}"'
    own = ROOT / ".tools" / "uv" / "bin" / "uv"
    uv = "uv" if shutil.which("uv") or not own.is_file() else shlex.quote(str(own))
    force = " --reinstall" if again else ""
    return f'{uv} pip install "{package}"{force} --python {python}'
