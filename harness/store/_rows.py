"""Rows of calls: to nouns and back, and what every part of the store asks of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from harness.errors import NotFound
from harness.nouns import AgentVersion, Call, CallState, Failure, Verdict, from_json, to_json
from harness.settings import Settings
from harness.store._artifacts import Artifacts
from harness.store._database import Database
from harness.store._tables import calls, runs

__all__ = [
    "CALL_COLUMNS",
    "FINAL",
    "PASSING",
    "CallChanges",
    "Part",
    "among",
    "as_call",
    "as_row",
    "call_of",
    "drop_digests",
    "no_call",
    "row_of",
]

PASSING = ("test", "calibrate")
"""Purposes of calls that are no part of the history."""
FINAL = [state.value for state in CallState if state.is_final]
CALL_COLUMNS = [calls.c[name] for name in Call.__dataclass_fields__]


class CallChanges(TypedDict, total=False):
    """What may change in a call's row; see :class:`harness.nouns.Call`."""

    state: CallState
    verdict: Verdict | None
    failure: Failure | None
    ended_at: datetime | None
    duration_s: float | None
    summary: dict[str, float | int | None] | None
    version: AgentVersion | None


class Part:
    """What each part of the store has: the database, the data folder, and the lease it took."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._lease: str | None = None

    def artifacts(self, call_id: str) -> Artifacts:
        """Where the call's files are; see :meth:`Artifacts.of`."""
        return Artifacts.of(self._settings, call_id)


def among(column: sa.ColumnElement[str], ids: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a column is one of `ids`, however many: they go as one parameter."""
    each = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(sa.select(each.c.value))


def drop_digests(connection: sa.Connection, call_ids: Iterable[str]) -> None:
    """Forget the figures of the runs of calls: they are of other calls from now on."""
    of = sa.select(calls.c.run_id).where(among(calls.c.id, call_ids))
    kept = runs.c.id.in_(of) & runs.c.summary.is_not(None)
    connection.execute(runs.update().where(kept).values(summary=sa.null()))


def call_of(connection: sa.Connection, call_id: str) -> Call:
    """The call of that id; raises NotFound."""
    row = connection.execute(sa.select(*CALL_COLUMNS).where(calls.c.id == call_id)).first()
    if row is None:
        raise no_call(call_id)
    return as_call(row)


def as_call(row: sa.Row[*tuple[Any, ...]]) -> Call:
    """The call of a row that has :data:`CALL_COLUMNS`, and maybe others."""
    values = {name: row._mapping[name] for name in Call.__dataclass_fields__}
    failure, version = values["failure"], values["version"]
    return Call(
        **values
        | {
            "state": CallState(values["state"]),
            "verdict": values["verdict"] and Verdict(values["verdict"]),
            "failure": failure and from_json(Failure, failure),
            "version": version and from_json(AgentVersion, version),
        }
    )


def row_of(call: Call) -> dict[str, Any]:
    """Every column of a call that is a field of it."""
    row = {name: getattr(call, name) for name in Call.__dataclass_fields__}
    nouns = as_row(
        state=call.state, verdict=call.verdict, failure=call.failure, version=call.version
    )
    return row | nouns


def as_row(**changes: Unpack[CallChanges]) -> dict[str, Any]:
    """Columns of what changes."""
    values: dict[str, Any] = dict(changes)
    for name in ("state", "verdict"):
        if values.get(name) is not None:
            values[name] = str(values[name].value)
    for name in ("failure", "version"):
        if values.get(name) is not None:
            values[name] = to_json(values[name])
    return values


def no_call(call_id: str) -> NotFound:
    """What to say of a call that is not there."""
    return NotFound(
        f"There is no call {call_id[:64]!r}.",
        cause="It was deleted for good, or belongs to another data folder.",
        remedy="Pick a call from the history: ringback calls.",
    )
