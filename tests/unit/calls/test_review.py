"""The review queue: what it holds, in which order, and that grading in it moves nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.calls import (
    LOW_AGREEMENT,
    SAMPLE,
    Archive,
    ReviewItem,
    disagrees,
    graded_of,
    judged_items,
    review_queue,
)
from harness.nouns import (
    CheckResult,
    CheckVerdict,
    Event,
    EventKind,
    Grade,
    Grading,
    JudgedAs,
    Judgement,
    JudgePlan,
    Vote,
    to_json,
)
from harness.settings import Settings
from harness.store import EventWriter, Store
from tests.unit.calls.stored_calls import PIECES, keep_call

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
V = CheckVerdict
ITEMS = st.lists(
    st.builds(
        ReviewItem,
        st.integers(1, 30).map(lambda n: f"call_{n:02}"),
        st.sampled_from(["Polite", "Books", "Short"]),
        st.sampled_from([1 / 3, 0.5, 0.6, 2 / 3, 0.75, 1.0]),
    ),
    unique_by=lambda one: (one.call_id, one.check),
)


def grade(
    item: ReviewItem, value: str, verdict: CheckVerdict | None = None, grader: str = "Ann"
) -> Grade:
    said = None if verdict is None else JudgedAs(verdict, "openai")
    return Grade("grade_1", item.call_id, grader, value, AT, AT, check=item.check, judged=said)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["met", "not_met", "unsure"])
@pytest.mark.parametrize("verdict", [None, *CheckVerdict])
def test_a_yes_against_a_no_is_a_disagreement(value: str, verdict: CheckVerdict | None) -> None:
    wanted = (value, verdict) in {("met", V.NOT_MET), ("not_met", V.MET)}
    assert disagrees(grade(ReviewItem("call_1", "Polite"), value, verdict)) == wanted


@given(ITEMS, st.data())
def test_disagreements_are_those_and_the_newest_call_comes_first(
    items: list[ReviewItem], data: st.DataObject
) -> None:
    values = st.sampled_from(["met", "not_met", "unsure"])
    said = st.sampled_from([V.MET, V.NOT_MET, V.NOT_PROVEN])
    grades = [grade(one, data.draw(values), data.draw(said)) for one in items]
    queue = review_queue("disagreements", (), grades)
    wanted = {(g.call_id, g.check) for g in grades if disagrees(g)}
    assert [(one.call_id, one.check) for one in queue] == sorted(
        sorted(wanted, key=lambda key: key[1]), key=lambda key: key[0], reverse=True
    )


@given(ITEMS)
def test_uncertain_ones_are_all_below_the_bound_and_the_most_divided_first(
    items: list[ReviewItem],
) -> None:
    queue = review_queue("uncertain", items, ())
    assert Counter(queue) == Counter(one for one in items if one.agreement < LOW_AGREEMENT)
    keys = [(one.agreement, one.call_id) for one in queue]
    for (first, newer), (then, older) in zip(keys, keys[1:], strict=False):
        assert first < then or (first == then and newer >= older)


def test_two_of_three_votes_are_uncertain() -> None:
    assert review_queue("uncertain", [ReviewItem("call_1", "Polite", 2 / 3)], ())
    assert not review_queue("uncertain", [ReviewItem("call_1", "Polite", 3 / 4)], ())


@given(ITEMS, st.integers(0, 9), st.randoms())
def test_a_sample_is_the_same_by_its_seed_whatever_the_order(
    items: list[ReviewItem], seed: int, random: object
) -> None:
    sample = review_queue("sample", items, (), seed)
    assert len(sample) == len(set(sample)) == min(SAMPLE, len(items))
    assert set(sample) <= set(items)
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert review_queue("sample", shuffled, (), seed) == sample


@given(ITEMS, st.integers(0, 9))
def test_a_new_criterion_pushes_out_one_at_most(items: list[ReviewItem], seed: int) -> None:
    before = review_queue("sample", items, (), seed)
    after = review_queue("sample", [*items, ReviewItem("call_99", "Polite")], (), seed)
    left = [one for one in after if one.call_id != "call_99"]
    assert list(before[: len(left)]) == left and len(before) - len(left) <= 1


def test_another_seed_draws_others_each_about_as_often() -> None:
    items = [ReviewItem(f"call_{n:03}", "Polite") for n in range(100)]
    drawn = Counter(one for seed in range(200) for one in review_queue("sample", items, (), seed))
    # 40 of 200 are expected of each, with a standard deviation of 5.7.
    assert len(drawn) == 100 and min(drawn.values()) > 15 and max(drawn.values()) < 65


@given(ITEMS, st.sets(st.integers(0, 40)))
def test_what_is_done_is_counted_for_each_and_moves_nothing(
    items: list[ReviewItem], some: set[int]
) -> None:
    queue = review_queue("sample", items, (), 1)
    mine = {n for n in some if n < len(queue)}
    grades = [grade(queue[n], "unsure") for n in mine]
    others = [grade(one, "met", grader="Ben") for one in queue]
    assert graded_of(queue, grades + others, "Ann") == mine
    assert review_queue("sample", items, grades + others, 1) == queue


def say(check: str, *said: CheckVerdict) -> Judgement:
    votes = tuple(Vote("openai", "gpt", each) for each in said)
    return Judgement(check, None, said[0], votes, said.count(said[0]) / len(said))


def test_judged_criteria_are_found_in_calls_and_in_their_later_gradings(
    settings: Settings,
) -> None:
    store = Store.open(settings)
    keep_call(store, call_id="call_1")
    keep_call(store, call_id="call_2")
    said = (say("Books", V.MET), say("Polite", V.MET, V.MET, V.NOT_MET), say("Odd", V.NOT_RUN))
    with EventWriter(store.artifacts("call_1").events) as writer:
        for seq, one in enumerate(said, len(PIECES) + 1):
            writer.append(Event(seq, 9.0, EventKind.JUDGE_VERDICT, to_json(one)))
    archive = Archive(store, settings)
    assert judged_items(archive) == (
        ReviewItem("call_1", "Books"),
        ReviewItem("call_1", "Polite", 2 / 3),
    )
    newer = CheckResult("Books", "criterion", V.MET, judgements=(say("Books", V.MET, V.NOT_MET),))
    store.add_grading(Grading("grading_1", "call_2", AT, "", JudgePlan(), (), (newer,)))
    store.add_grading(Grading("grading_2", "call_1", AT, "", JudgePlan(), (), (newer,)))
    assert {(one.call_id, one.check): one.agreement for one in judged_items(archive)} == {
        ("call_1", "Books"): 0.5,
        ("call_1", "Polite"): 2 / 3,
        ("call_2", "Books"): 0.5,
    }
    store.delete_call("call_1")
    assert [one.call_id for one in judged_items(archive)] == ["call_2"]
    store.close()
