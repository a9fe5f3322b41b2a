"""Grades of people: one of a person and a thing, kept beside the call and gone with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.errors import InputError, NotFound
from harness.nouns import Call, CallState, CheckVerdict, Grade, JudgedAs
from harness.settings import Settings
from harness.store import Store, new_id
from tests.unit.store.make import make_call, migrate

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
JUDGED = JudgedAs(CheckVerdict.MET, "openai", "gpt", "yes_no 1")


def grade(call: Call, grader: str = "Ann", minutes: int = 0, **of: Any) -> Grade:
    moment = AT + timedelta(minutes=minutes)
    value = of.pop("value", "not_met" if of.get("check") else "down")
    return Grade(new_id("grade"), call.id, grader, value, moment, moment, **of)


@pytest.fixture
def call(store: Store) -> Call:
    call = make_call(state=CallState.DONE)
    store.add_call(call, {})
    return call


def test_a_grade_comes_back_as_it_was(store: Store, settings: Settings, call: Call) -> None:
    given = [
        grade(call, check="Polite", turn=2, note="Rude.", blind=True, judged=JUDGED),
        grade(call, minutes=1, at=12.3456),
        grade(call, minutes=2, value="up"),
    ]
    assert [store.put_grade(one) for one in given] == given
    store.close()
    again = Store.open(settings)
    assert again.grades_of(call.id) == given
    again.close()


def test_a_person_has_one_grade_of_a_thing(store: Store, call: Call) -> None:
    first = store.put_grade(grade(call, check="Polite", note="Rude.", judged=JUDGED))
    other = store.put_grade(grade(call, "Ben", 1, check="Polite", value="met"))
    of_turn = store.put_grade(grade(call, "Ann", 2, check="Polite", turn=3))
    changed = store.put_grade(grade(call, "Ann", 9, check="Polite", value="met"))
    assert (changed.id, changed.created_at) == (first.id, first.created_at)
    assert (changed.value, changed.note, changed.judged) == ("met", "", None)
    assert changed.changed_at == AT + timedelta(minutes=9)
    assert store.grades_of(call.id) == [changed, other, of_turn]


def test_grades_are_found_by_check_and_grader(store: Store, call: Call) -> None:
    away = make_call(state=CallState.DONE)
    store.add_call(away, {})
    polite = store.put_grade(grade(call, check="Polite"))
    greets = store.put_grade(grade(call, "Ben", 1, check="Greets"))
    turn = store.put_grade(grade(call, "Ben", 2, turn=1))
    store.put_grade(grade(away, "Cleo", 3, check="Polite"))
    store.delete_call(away.id)
    assert store.grades() == [turn, greets, polite]
    assert store.grades(limit=1) == [turn]
    assert store.grades(check="Polite") == [polite]
    assert store.grades(grader="Ben") == [turn, greets]
    assert store.graders() == ["Ann", "Ben", "Cleo"]


def test_a_grade_can_be_taken_back_once(store: Store, call: Call) -> None:
    given = store.put_grade(grade(call, turn=1))
    store.drop_grade(given.id)
    assert store.grades_of(call.id) == []
    with pytest.raises(NotFound, match=given.id):
        store.drop_grade(given.id)


def test_grades_go_with_their_call(store: Store, call: Call) -> None:
    given = store.put_grade(grade(call, turn=1))
    store.delete_call(call.id)
    assert store.grades_of(call.id) == [given]
    store.purge_deleted(timedelta(0))
    assert store.grades_of(call.id) == [] and store.graders() == []
    with pytest.raises(NotFound, match="no call"):
        store.put_grade(given)


@pytest.mark.parametrize("wrong", [{"grader": " "}, {"grader": "x" * 41}, {"note": "x" * 2001}])
def test_what_cannot_be_kept_is_told(store: Store, call: Call, wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        store.put_grade(replace(grade(call, turn=1), **wrong))
    assert store.grades_of(call.id) == []


@pytest.mark.parametrize(
    "of",
    [
        {"value": "up", "check": "Polite"},
        {"value": "met"},
        {"value": "met", "check": "Polite", "at": 3.0},
        {"value": "up", "turn": 1, "at": 3.0},
    ],
)
def test_a_grade_of_nothing_cannot_be_made(of: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="grade"):
        Grade("grade_1", "call_1", "Ann", of.pop("value"), AT, AT, **of)


def test_a_secret_in_a_note_is_not_kept(store: Store, settings: Settings, call: Call) -> None:
    store.put_grade(grade(call, turn=1, note="It said sk-SeCrEt0123456789abc."))
    store.close()
    assert b"SeCrEt" not in b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))


def test_a_database_of_before_keeps_its_calls_and_takes_grades(
    store: Store, settings: Settings, call: Call
) -> None:
    store.close()
    migrate(settings, "0005", down=True)
    again = Store.open(settings)
    assert again.calls() == [call]
    assert again.put_grade(grade(call, turn=1)) in again.grades_of(call.id)
    again.close()
