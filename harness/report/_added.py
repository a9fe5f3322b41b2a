"""Added: what people put to a call after it ended, handed on with it in a bundle."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from harness.errors import NotFound
from harness.nouns import (
    LONGEST_GRADE_NOTE,
    LONGEST_NAME,
    Call,
    Grade,
    from_json,
    to_json,
)
from harness.store import LONGEST_NOTE, LONGEST_TAG, Store, new_id

__all__ = ["GRADES", "TAGS", "Added", "added_files", "keep_added", "read_added"]

GRADES: Final = "grades.json"
TAGS: Final = "tags.json"
_MOST_TURNS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Added:
    """Star, note and tags of a call, and people's grades of it."""

    starred: bool
    note: str
    tags: tuple[str, ...]
    grades: tuple[Grade, ...]


def added_files(store: Store, call_id: str) -> dict[str, Any]:
    """JSON values of the files in a bundle; star and note stand in the call's own row."""
    return {
        TAGS: list(store.tags_of(call_id)),
        GRADES: [to_json(grade) for grade in store.grades_of(call_id)],
    }


def read_added(folder: Path, call: Call) -> Added:
    """What stands in an unpacked folder; bundles of format 1 have neither grades nor tags.

    Raises:
        ValueError: It cannot be kept.
    """
    tags = _list(folder / TAGS)
    for tag in tags:
        if not (
            isinstance(tag, str) and tag.strip() and len(tag) <= LONGEST_TAG and "," not in tag
        ):
            raise ValueError("no tag")
    grades = tuple(from_json(Grade, each) for each in _list(folder / GRADES))
    for grade in grades:
        if (
            grade.call_id != call.id
            or not 0 < len(grade.grader.strip()) <= len(grade.grader) <= LONGEST_NAME
            or len(grade.note) > LONGEST_GRADE_NOTE
            or not 0 <= (grade.turn or 0) < _MOST_TURNS
            or not math.isfinite(grade.at or 0.0)
            or grade.created_at.tzinfo is None
            or grade.changed_at.tzinfo is None
        ):
            raise ValueError("no grade of the call")
    if len(call.note) > LONGEST_NOTE:
        raise ValueError("no note")
    return Added(call.starred, call.note, tuple(tags), grades)


def keep_added(store: Store, added: Added, call_id: str) -> int:
    """Put it to a call, besides what is there: nothing that people said here is lost.

    A note that is there stays. Of two grades that one person gave the same thing the newer counts.

    Returns:
        How many grades are new here, or changed.
    """
    call = store.get_call(call_id)
    if (added.starred and not call.starred) or (added.note and not call.note):
        store.mark_call(
            call_id, starred=added.starred or call.starred, note=call.note or added.note
        )
    for tag in added.tags:
        store.tag_call(call_id, tag)
    here = {(grade.grader, grade.target): grade for grade in store.grades_of(call_id)}
    count = 0
    for grade in added.grades:
        own = here.get((grade.grader, grade.target))
        if own is not None and own.changed_at >= grade.changed_at:
            continue
        own_id = new_id("grade") if own is None and _is_taken(store, grade.id) else grade.id
        store.put_grade(replace(grade, id=own_id, call_id=call_id))
        count += 1
    return count


def _list(path: Path) -> list[Any]:
    if not path.exists():
        return []
    found = json.loads(path.read_bytes())
    if not isinstance(found, list):
        raise ValueError("no list")
    return found


def _is_taken(store: Store, grade_id: str) -> bool:
    try:
        store.get_grade(grade_id)
    except NotFound:
        return False
    return True
