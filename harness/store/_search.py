"""The history: figures and words of calls, what is found by them, stars, notes and tags."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from harness.errors import InputError
from harness.nouns import (
    FIGURES_VERSION,
    Call,
    CallFigures,
    CallPage,
    CallQuery,
    JudgedCheck,
    Verdict,
    from_json,
    to_json,
)
from harness.store._clean import clean
from harness.store._judged import replace_judged
from harness.store._rows import (
    CALL_COLUMNS,
    FINAL,
    PASSING,
    Part,
    among,
    as_call,
    call_of,
    drop_digests,
    no_call,
)
from harness.store._tables import call_failures, call_tags, call_texts, call_words, calls, runs

__all__ = ["LONGEST_NOTE", "LONGEST_TAG", "History", "conditions"]

LONGEST_NOTE = 2000
"""Characters."""
LONGEST_TAG = 40
"""Characters."""

# Word for word as in the index of lists (_tables.py), or SQLite does not see that it is there.
_P95 = sa.literal_column("json_extract(calls.summary, '$.p95_s')", sa.Float)
_ABOUT: sa.ColumnElement[str] = calls.c.id
for _column in ("run_id", "agent", "agent_name", "scenario", "note"):
    _ABOUT = _ABOUT + " " + sa.func.coalesce(calls.c[_column], "")
"""What stands about a call in its row, in one text."""
_ORDERS: dict[str, tuple[sa.ColumnElement[Any], ...]] = {
    "newest": (calls.c.created_at.desc(), calls.c.id.desc()),
    "oldest": (calls.c.created_at, calls.c.id),
    "slowest": (_P95.desc().nulls_last(), calls.c.id.desc()),
    "longest": (calls.c.duration_s.desc().nulls_last(), calls.c.id.desc()),
}


class History(Part):
    """What tables and searches read of calls, and what people write to them."""

    def put_figures(
        self,
        call_id: str,
        figures: CallFigures,
        said: str,
        replied: str,
        size: int,
        judged: Iterable[JudgedCheck] = (),
    ) -> None:
        """Keep what lists and searches need of a call that has ended.

        Args:
            call_id: The call; one that is gone is passed over.
            figures: See there.
            said: All words of the caller.
            replied: All words of the agent.
            size: Bytes of its files.
            judged: Its checks that judges decided.
        """
        with self._database.write() as connection:
            done = connection.execute(
                calls.update()
                .where(calls.c.id == call_id)
                .values(figures=to_json(figures), bytes=size)
            )
            if done.rowcount == 0:
                return
            replace_judged(connection, call_id, judged)
            connection.execute(call_failures.delete().where(call_failures.c.call_id == call_id))
            if failed := dict.fromkeys(figures.failed):
                rows = [{"call_id": call_id, "name": name} for name in failed]
                connection.execute(call_failures.insert(), rows)
            texts = {"said": clean(said), "replied": clean(replied)}
            anew = call_texts.update().where(call_texts.c.call_id == call_id).values(**texts)
            if connection.execute(anew).rowcount == 0:
                connection.execute(call_texts.insert().values(call_id=call_id, **texts))

    def figures(self, call_ids: Iterable[str]) -> dict[str, CallFigures]:
        """The figures that are kept of calls, by id; those of an older version are left out."""
        query = sa.select(calls.c.id, calls.c.figures).where(
            among(calls.c.id, call_ids), calls.c.figures.is_not(None)
        )
        with self._database.read() as connection:
            found = list(connection.execute(query))
        return {
            row.id: from_json(CallFigures, row.figures)
            for row in found
            if row.figures.get("version") == FIGURES_VERSION
        }

    def call_ids_without_figures(self, limit: int) -> list[str]:
        """Calls that have ended and have no figures of this version, newest first."""
        version = sa.func.json_extract(calls.c.figures, "$.version")
        query = sa.select(calls.c.id).where(
            calls.c.state.in_(FINAL),
            calls.c.purpose.not_in(PASSING),
            calls.c.figures.is_(None) | (version != FIGURES_VERSION),
        )
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(*_ORDERS["newest"]).limit(limit)))

    def search(self, query: CallQuery) -> CallPage:
        """The calls that are asked for; connection tests and calibrations are left out."""
        wanted = conditions(query)
        # First the ids, which the index of lists alone can tell, then the rows of this page.
        page = sa.select(calls.c.id).where(*wanted).order_by(*_ORDERS[query.sort])
        with self._database.read() as connection:
            total = connection.scalar(sa.select(sa.func.count()).select_from(calls).where(*wanted))
            ids = list(connection.scalars(page.limit(query.limit).offset(query.offset)))
            rows = connection.execute(sa.select(*CALL_COLUMNS).where(among(calls.c.id, ids)))
            known = {call.id: call for call in map(as_call, rows)}
            tags = _tags_of(connection, ids)
        return CallPage(tuple(known[call_id] for call_id in ids), total or 0, tags)

    def call_ids(self, query: CallQuery) -> list[str]:
        """The ids of all calls that are asked for, whatever page the query is of."""
        wanted = sa.select(calls.c.id).where(*conditions(query)).order_by(*_ORDERS[query.sort])
        with self._database.read() as connection:
            return list(connection.scalars(wanted))

    def delete_calls(self, call_ids: Iterable[str]) -> list[str]:
        """Mark calls deleted, but for those that go on; :meth:`restore_calls` undoes it.

        The figures that are kept of their runs are dropped, either way.

        Returns:
            The ids of those that were not deleted before.
        """
        due = among(calls.c.id, call_ids) & calls.c.deleted_at.is_(None) & calls.c.state.in_(FINAL)
        with self._database.write() as connection:
            found = list(connection.scalars(sa.select(calls.c.id).where(due)))
            connection.execute(
                calls.update().where(among(calls.c.id, found)).values(deleted_at=datetime.now(UTC))
            )
            drop_digests(connection, found)
        return found

    def restore_calls(self, call_ids: Iterable[str]) -> None:
        """Undo :meth:`delete_calls`."""
        found = list(call_ids)
        with self._database.write() as connection:
            connection.execute(
                calls.update().where(among(calls.c.id, found)).values(deleted_at=None)
            )
            drop_digests(connection, found)

    def mark_call(
        self, call_id: str, *, starred: bool | None = None, note: str | None = None
    ) -> Call:
        """Star a call, or note something on it; None leaves it as it is.

        Raises:
            NotFound: No such call.
            InputError: The note is too long.
        """
        values: dict[str, Any] = {}
        if starred is not None:
            values["starred"] = starred
        if note is not None:
            if len(note) > LONGEST_NOTE:
                raise InputError(
                    f"The note has {len(note):,} characters.",
                    cause=f"A note has at most {LONGEST_NOTE:,}.",
                    remedy="Shorten it.",
                )
            values["note"] = clean(note.strip())
        with self._database.write() as connection:
            if values:
                connection.execute(calls.update().where(calls.c.id == call_id).values(**values))
            return call_of(connection, call_id)

    def tag_call(self, call_id: str, tag: str) -> str:
        """Tag a call, and return the tag as it is kept: in small letters.

        Raises:
            NotFound: No such call.
            InputError: The tag is empty, too long, or has a comma in it.
        """
        tag = _tag(tag)
        with self._database.write() as connection:
            if connection.scalar(sa.select(calls.c.id).where(calls.c.id == call_id)) is None:
                raise no_call(call_id)
            insert = call_tags.insert().prefix_with("OR IGNORE")
            connection.execute(insert.values(call_id=call_id, tag=tag))
        return tag

    def untag_call(self, call_id: str, tag: str) -> None:
        """Take a tag away."""
        with self._database.write() as connection:
            connection.execute(
                call_tags.delete().where(
                    call_tags.c.call_id == call_id, call_tags.c.tag == _tag(tag)
                )
            )

    def tags_of(self, call_id: str) -> tuple[str, ...]:
        """The tags of a call, by name; none if there is no such call."""
        with self._database.read() as connection:
            return _tags_of(connection, [call_id]).get(call_id, ())

    def tags(self) -> dict[str, int]:
        """Every tag with the number of its calls that are not deleted, by name."""
        query = (
            sa.select(call_tags.c.tag, sa.func.count())
            .join(calls, calls.c.id == call_tags.c.call_id)
            .where(calls.c.deleted_at.is_(None))
            .group_by(call_tags.c.tag)
            .order_by(call_tags.c.tag)
        )
        with self._database.read() as connection:
            return {tag: count for tag, count in connection.execute(query)}


def conditions(query: CallQuery) -> list[sa.ColumnElement[bool]]:
    """What holds of the calls that a query asks for."""
    deleted = calls.c.deleted_at
    found: list[sa.ColumnElement[bool]] = [
        deleted.is_not(None) if query.deleted else deleted.is_(None),
        calls.c.purpose.not_in(PASSING),
    ]
    found += [_word(word) for word in query.text.split() if any(map(str.isalnum, word))]
    if query.agent:
        found.append((calls.c.agent == query.agent) | (calls.c.agent_name == query.agent))
    if query.scenario:
        found.append(calls.c.scenario == query.scenario)
    if query.run_id:
        found.append(calls.c.run_id == query.run_id)
    if query.suite:
        found.append(calls.c.run_id.in_(sa.select(runs.c.id).where(runs.c.suite == query.suite)))
    if query.tag:
        tagged = sa.select(call_tags.c.call_id).where(call_tags.c.tag == query.tag.casefold())
        found.append(calls.c.id.in_(tagged))
    if query.failure:
        named = sa.select(call_failures.c.call_id).where(call_failures.c.name == query.failure)
        found.append(calls.c.id.in_(named))
    found += _outcome(query.outcome)
    if query.p95_over_s is not None:
        found.append(query.p95_over_s < _P95)
    if query.starred is not None:
        found.append(calls.c.starred.is_(query.starred))
    if query.since is not None:
        found.append(calls.c.created_at >= query.since)
    if query.until is not None:
        found.append(calls.c.created_at < query.until)
    return found


def _outcome(outcome: str) -> list[sa.ColumnElement[bool]]:
    over = calls.c.state.in_(FINAL)
    match outcome:
        case "running":
            return [~over]
        case "passed" | "failed":
            return [calls.c.verdict == outcome]
        case "not_run":
            unknown = calls.c.verdict.is_(None) | (calls.c.verdict == Verdict.NOT_RUN.value)
            return [over, unknown]
    return []


def _word(word: str) -> sa.ColumnElement[bool]:
    """Whether a word, or one that begins so, is anywhere in a call.

    What a person types never reaches FTS5 as it is, where it would be a language of its own: it
    goes as one quoted string, of which FTS5 makes words by itself.
    """
    quoted = '"' + word.replace('"', '""') + '"*'
    hit = sa.select(call_words.c.rowid).where(sa.literal_column("call_words").op("MATCH")(quoted))
    said = sa.select(call_texts.c.call_id).where(call_texts.c.id.in_(hit))
    return calls.c.id.in_(said) | _ABOUT.icontains(word, autoescape=True)


def _tags_of(connection: sa.Connection, call_ids: list[str]) -> dict[str, tuple[str, ...]]:
    query = sa.select(call_tags).where(among(call_tags.c.call_id, call_ids))
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query.order_by(call_tags.c.tag)):
        found[row.call_id] = (*found.get(row.call_id, ()), row.tag)
    return found


def _tag(tag: str) -> str:
    tag = " ".join(tag.split()).casefold()
    if not tag or len(tag) > LONGEST_TAG or "," in tag:
        raise InputError(
            "The tag is empty." if not tag else f"The tag {tag[:60]!r} cannot be kept.",
            cause=f"A tag has 1 to {LONGEST_TAG} characters and no comma.",
            remedy="Choose another.",
        )
    return tag
