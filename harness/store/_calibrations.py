"""Rows of calibrations."""

from __future__ import annotations

import socket

import sqlalchemy as sa

from harness.nouns import Calibration, from_json, server_of, to_json
from harness.store._tables import calibrations

__all__ = ["add", "all_of", "for_url"]

_LOCAL = "local"
_NEWEST_FIRST = sa.select(calibrations.c.result).order_by(
    calibrations.c.created_at.desc(), calibrations.c.id.desc()
)


def add(connection: sa.Connection, calibration: Calibration) -> None:
    """Enter the result of a calibration."""
    connection.execute(
        calibrations.insert().values(
            id=calibration.id,
            created_at=calibration.created_at,
            url=calibration.url,
            host=calibration.host,
            result=to_json(calibration),
        )
    )


def all_of(connection: sa.Connection, url: str | None) -> list[Calibration]:
    """Those of a server, or all; newest first."""
    query = _NEWEST_FIRST
    if url is not None:
        query = query.where(calibrations.c.url == url)
    return [from_json(Calibration, row.result) for row in connection.execute(query)]


def for_url(connection: sa.Connection, url: str) -> Calibration | None:
    """The newest of this machine and that server; without one the newest of its local server."""
    here = _NEWEST_FIRST.where(calibrations.c.host == socket.gethostname()).limit(1)
    for wanted in (server_of(url), _LOCAL):
        row = connection.execute(here.where(calibrations.c.url == wanted)).first()
        if row is not None:
            return from_json(Calibration, row.result)
    return None
