"""The review queue: what it holds, in which order, and that grading in it moves nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from harness.calls import (
    LOW_AGREEMENT,
    SAMPLE,
    Archive,
    ReviewItem,
    graded_of,
    keep_figures,
    review_queue,
    sample_of,
    stored_view,
)
from harness.nouns import (
    CheckResult,
    CheckVerdict,
    Criterion,
    Event,
    EventKind,
    Grading,
    JudgedCheck,
    Judgement,
    JudgePlan,
    Vote,
    to_json,
)
from harness.settings import Settings
from harness.store import EventWriter, Store
from tests.graded import grade, said
from tests.unit.calls.stored_calls import BOOKS, PIECES, SCENARIO, keep_call

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
V = CheckVerdict
ITEMS = st.lists(
    st.builds(
        ReviewItem,
        st.integers(1, 30).map(lambda n: f"call_{n:02}"),
        st.sampled_from(["Polite", "Books", "Short"]),
    ),
    unique=True,
)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    kept = Store.open(settings)
    yield kept
    kept.close()


@pytest.fixture
def archive(store: Store, settings: Settings) -> Archive:
    return Archive(store, settings)


def judged(store: Store, call_id: str, **agreement: float) -> None:
    keep_call(store, call_id=call_id)
    checks = [JudgedCheck(name, share, judge="openai") for name, share in agreement.items()]
    store.put_judged(call_id, checks)


def held(archive: Archive, queue: str, seed: int = 0) -> list[tuple[str, str]]:
    return [(one.call_id, one.check) for one in review_queue(archive, queue, seed)]  # type: ignore[arg-type]


def test_a_yes_against_a_no_is_a_disagreement(store: Store, archive: Archive) -> None:
    keep_call(store)
    apart = set()
    for value in ("met", "not_met", "unsure"):
        for verdict in (None, *CheckVerdict):
            check = f"{value} against {verdict}"
            grade(store, "call_1", value, verdict and said(verdict), check=check)  # type: ignore[arg-type]
            if (value, verdict) in {("met", V.NOT_MET), ("not_met", V.MET)}:
                apart.add(("call_1", check))
    assert len(apart) == 2 and set(held(archive, "disagreements")) == apart


def test_each_disagreement_is_there_once_and_the_newest_call_comes_first(
    store: Store, archive: Archive
) -> None:
    for n in (1, 3, 2):
        keep_call(store, call_id=f"call_{n}")
        for who in ("Ann", "Ben"):
            grade(store, f"call_{n}", "met", said("not_met"), grader=who)
        grade(store, f"call_{n}", "not_met", said("met"), check="A", turn=n)
    wanted = [(f"call_{n}", check) for n in (3, 2, 1) for check in ("A", BOOKS.name)]
    assert held(archive, "disagreements") == wanted
    store.delete_call("call_2")
    assert held(archive, "disagreements") == wanted[:2] + wanted[4:]


def test_uncertain_ones_are_all_below_the_bound_and_the_most_divided_first(
    store: Store, archive: Archive
) -> None:
    judged(store, "call_1", Polite=0.5, Books=2 / 3, Short=3 / 4)
    judged(store, "call_2", Polite=0.5, Books=1.0)
    judged(store, "call_3", Polite=1 / 3)
    assert 2 / 3 < LOW_AGREEMENT < 3 / 4
    assert held(archive, "uncertain") == [
        ("call_3", "Polite"), ("call_2", "Polite"), ("call_1", "Polite"), ("call_1", "Books"),
    ]  # fmt: skip
    store.delete_call("call_3")
    assert held(archive, "uncertain")[0] == ("call_2", "Polite")
    store.restore_call("call_3")
    assert held(archive, "uncertain")[0] == ("call_3", "Polite")


def test_a_sample_is_of_all_calls_however_old_and_of_those_that_are_there(
    store: Store, archive: Archive
) -> None:
    calls = [f"call_{n:03}" for n in range(SAMPLE + 5)]
    for call_id in calls:
        judged(store, call_id, Polite=1.0)
    drawn = held(archive, "sample", 7)
    assert len(drawn) == SAMPLE and held(archive, "sample", 7) == drawn
    assert held(archive, "sample", 8) != drawn
    for call_id, _ in drawn[:10]:
        store.delete_call(call_id)
    left = held(archive, "sample", 7)
    assert left[: SAMPLE - 10] == drawn[10:] and len(left) == SAMPLE - 5
    store.restore_call(drawn[0][0])
    assert held(archive, "sample", 7)[0] == drawn[0]
    grade(store, drawn[0][0], "met", check="Polite")
    assert held(archive, "sample", 7)[0] == drawn[0]


@given(ITEMS, st.integers(0, 9), st.randoms())
def test_a_sample_is_the_same_by_its_seed_whatever_the_order(
    items: list[ReviewItem], seed: int, random: object
) -> None:
    sample = sample_of(items, seed)
    assert len(sample) == len(set(sample)) == min(SAMPLE, len(items))
    assert set(sample) <= set(items)
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sample_of(shuffled, seed) == sample


@given(ITEMS, st.integers(0, 9))
def test_a_new_criterion_pushes_out_one_at_most(items: list[ReviewItem], seed: int) -> None:
    before = sample_of(items, seed)
    after = sample_of([*items, ReviewItem("call_99", "Polite")], seed)
    left = [one for one in after if one.call_id != "call_99"]
    assert list(before[: len(left)]) == left and len(before) - len(left) <= 1


def test_another_seed_draws_others_each_about_as_often() -> None:
    items = [ReviewItem(f"call_{n:03}", "Polite") for n in range(5 * SAMPLE)]
    drawn = Counter(one for seed in range(200) for one in sample_of(items, seed))
    # 40 of 200 are expected of each, with a standard deviation of 5.7.
    assert len(drawn) == len(items) and min(drawn.values()) > 15 and max(drawn.values()) < 65


def test_what_is_done_is_of_each_person_and_of_whole_criteria(
    store: Store, archive: Archive
) -> None:
    for n in range(3):
        judged(store, f"call_{n}", Polite=0.5)
    queue = review_queue(archive, "uncertain")
    grade(store, "call_1", "unsure", check="Polite")
    grade(store, "call_0", "met", check="Polite", turn=1)
    for one in queue:
        grade(store, one.call_id, "met", check="Polite", grader="Ben")
    assert graded_of(queue, store.graded_checks("Ann")) == {1}
    assert graded_of(queue, store.graded_checks("Ben")) == {0, 1, 2}
    assert graded_of(queue, store.graded_checks("")) == set()
    assert review_queue(archive, "uncertain") == queue
    asked = ["call_0", "call_1", "call_2", "call_none"]
    assert store.ungraded(asked, "Ann") == {"call_0", "call_2"}
    assert store.ungraded(asked, "Ben") == set() and store.ungraded(asked[:1], "") == {"call_0"}


def test_queues_read_no_row_of_a_call(store: Store, archive: Archive, settings: Settings) -> None:
    """A row is kilobytes long: with 20,000 of them reading each would take the time of a page."""
    queries = []
    sa.event.listen(
        store._database._engine, "before_cursor_execute", lambda *args: queries.append(args[2:4])
    )
    for queue in ("disagreements", "uncertain", "sample"):
        held(archive, queue)
    with sqlite3.connect(settings.data / "ringback.db") as connection:
        asked = [each for each in queries if "FROM calls" in each[0]]
        assert len(asked) == 4
        for statement, values in asked:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            read = [step for step in plan if step.split()[1] == "calls"]
            assert read and all("COVERING INDEX ix_calls_listed" in step for step in read), plan


def say(check: str, *verdicts: CheckVerdict) -> Judgement:
    votes = tuple(Vote("openai", "gpt", each) for each in verdicts)
    return Judgement(check, None, verdicts[0], votes, verdicts.count(verdicts[0]) / len(verdicts))


def test_judged_criteria_are_found_in_calls_and_in_their_later_gradings(
    store: Store, archive: Archive
) -> None:
    more = [Criterion(rule="criterion", name=name, text=name) for name in ("Polite", "Odd")]
    scenario = replace(SCENARIO, checks=(BOOKS, *more))
    for call_id in ("call_1", "call_2"):
        keep_call(store, scenario, call_id=call_id)
    verdicts = (say("Books", V.MET), say("Polite", V.MET, V.MET, V.NOT_MET), say("Odd", V.NOT_RUN))
    with EventWriter(store.artifacts("call_1").events) as writer:
        for seq, one in enumerate(verdicts, len(PIECES) + 1):
            writer.append(Event(seq, 9.0, EventKind.JUDGE_VERDICT, to_json(one)))
        writer.append(Event(seq + 1, 9.0, EventKind.GRADING, {"status": "done"}))
    for call_id in ("call_1", "call_2"):
        keep_figures(store, stored_view(store, call_id))
    assert store.judged_checks() == [("call_1", "Polite", 2 / 3), ("call_1", "Books", 1.0)]
    newer = CheckResult("Books", "criterion", V.MET, judgements=(say("Books", V.MET, V.NOT_MET),))
    for n, call_id in enumerate(("call_2", "call_1")):
        store.add_grading(Grading(f"grading_{n}", call_id, AT, "", JudgePlan(), (), (newer,)))
        keep_figures(store, stored_view(store, call_id))
    assert store.judged_checks() == [
        ("call_2", "Books", 0.5), ("call_1", "Books", 0.5), ("call_1", "Polite", 2 / 3),
    ]  # fmt: skip
    assert store.judges_of_runs(["run_call_1", "run_call_2"]) == [
        ("Books", "openai", "gpt", "", True),
        ("Polite", "openai", "gpt", "", True),
    ]
    store.delete_call("call_1")
    assert store.judged_checks() == [("call_2", "Books", 0.5)]
    assert store.judges_of_runs(["run_call_1", "run_call_2"]) == []
