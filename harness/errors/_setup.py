"""SetupError: this machine lacks something."""

from __future__ import annotations

from harness.errors._base import RingbackError

__all__ = [
    "DataFolderError",
    "DatabaseBroken",
    "DatabaseNewer",
    "LiveKitMissing",
    "LiveKitStopped",
    "OpenToOthers",
    "PackageMissing",
    "SetupError",
    "VoiceMissing",
]


class SetupError(RingbackError):
    """This machine lacks something Ringback needs."""

    kind = "setup"


class LiveKitMissing(SetupError):
    """No LiveKit server was found, fetched or built."""

    kind = "livekit_missing"


class LiveKitStopped(SetupError):
    """The local LiveKit server ended or does not answer."""

    kind = "livekit_stopped"


class VoiceMissing(SetupError):
    """The voice or its package is not installed."""

    kind = "voice_missing"


class PackageMissing(SetupError):
    """A speech stack's package is not installed."""

    kind = "package_missing"


class OpenToOthers(SetupError):
    """The console would let in whoever reaches this machine."""

    kind = "open_to_others"


class DataFolderError(SetupError):
    """The data folder cannot be written."""

    kind = "data_folder"


class DatabaseNewer(SetupError):
    """The database was made by a newer Ringback."""

    kind = "database_newer"


class DatabaseBroken(SetupError):
    """The database is damaged, or no database of Ringback."""

    kind = "database_broken"
