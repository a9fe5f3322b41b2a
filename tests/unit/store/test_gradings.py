"""Gradings: kept beside their call, and gone with it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.errors import NotFound
from harness.nouns import (
    AgentSaid,
    Call,
    CallState,
    CheckResult,
    CheckVerdict,
    Criterion,
    Evidence,
    Grading,
    Judgement,
    JudgePlan,
    Verdict,
    Vote,
)
from harness.settings import Settings
from harness.store import Store, new_id
from harness.store._database import HEAD
from tests.unit.store.make import make_call, migrate


def make_grading(call: Call, *, minutes: int = 0, reason: str = "It is.") -> Grading:
    vote = Vote("openai", "gpt", CheckVerdict.MET, "how may I help", 0, reason, 100, 20)
    judgement = Judgement("Polite", None, CheckVerdict.MET, (vote,), 1.0, "yes_no 1")
    return Grading(
        id=new_id("grading"),
        call_id=call.id,
        created_at=datetime(2026, 11, 21, 12, minutes, tzinfo=UTC),
        label="With another judge",
        judge=JudgePlan(endpoints=("openai",), repeats=3),
        checks=(
            Criterion(rule="criterion", name="Polite", text="The agent is polite."),
            AgentSaid(rule="agent_said", name="Greets", text="hello"),
        ),
        results=(
            CheckResult(
                "Polite",
                "criterion",
                CheckVerdict.MET,
                evidence=Evidence("how may I help", 0, 1.5),
                judgements=(judgement,),
            ),
            CheckResult("Greets", "agent_said", CheckVerdict.NOT_RUN, kind="not_reached"),
        ),
        verdict=Verdict.NOT_RUN,
        tokens_in=judgement.tokens_in,
        tokens_out=judgement.tokens_out,
    )


@pytest.fixture
def call(store: Store) -> Call:
    call = make_call(state=CallState.DONE)
    store.add_call(call, {})
    return call


def test_a_grading_comes_back_as_it_was(store: Store, settings: Settings, call: Call) -> None:
    grading = make_grading(call)
    unasked = replace(make_grading(call), checks=(), results=(), verdict=None)
    store.add_grading(grading)
    store.add_grading(unasked)
    store.close()
    again = Store.open(settings)
    assert again.get_grading(grading.id) == grading
    assert again.get_grading(unasked.id) == unasked
    assert again.gradings_of(call.id) == [grading, unasked]
    again.close()


def test_versions_stand_side_by_side_oldest_first(store: Store, call: Call) -> None:
    other = make_call(state=CallState.DONE)
    store.add_call(other, {})
    late, early = make_grading(call, minutes=5), make_grading(call, minutes=1)
    for grading in (late, early, make_grading(other)):
        store.add_grading(grading)
    assert store.gradings_of(call.id) == [early, late]
    assert store.gradings_of("call_x") == []


def test_a_grading_of_no_call_and_one_that_is_not_there_are_told(store: Store) -> None:
    with pytest.raises(NotFound, match="no call"):
        store.add_grading(make_grading(make_call()))
    with pytest.raises(NotFound, match="grading_x"):
        store.get_grading("grading_x")


def test_gradings_go_with_their_call(store: Store, call: Call) -> None:
    grading = make_grading(call)
    store.add_grading(grading)
    store.delete_call(call.id)
    assert store.gradings_of(call.id) == [grading]
    assert store.purge_deleted(timedelta(0)) == [call.id]
    with pytest.raises(NotFound):
        store.get_grading(grading.id)


def test_what_looks_like_a_secret_is_not_kept(store: Store, settings: Settings, call: Call) -> None:
    store.add_grading(make_grading(call, reason="It said sk-SeCrEt0123456789abc."))
    store.close()
    assert b"SeCrEt" not in b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))


def test_imported_conversations_are_listed_and_tests_are_not(store: Store) -> None:
    imported = replace(make_call(state=CallState.DONE), purpose="import")
    test = replace(make_call(state=CallState.DONE), purpose="test")
    for one in (imported, test):
        store.add_call(one, {})
    assert store.calls() == [imported]


def test_a_database_of_before_keeps_its_calls_and_gets_gradings(
    store: Store, settings: Settings, call: Call
) -> None:
    store.close()
    migrate(settings, "0002", down=True)
    again = Store.open(settings)
    assert again.calls() == [call]
    again.add_grading(make_grading(call))
    assert len(again.gradings_of(call.id)) == 1
    again.close()
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
