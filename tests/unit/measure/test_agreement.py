"""Agreement with people: textbook tables, what holds of any table, and how often it is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import Agreement, Confusion, agreement, wilson

tables = st.builds(Confusion, *[st.integers(0, 60)] * 4)
pairs = st.tuples(st.booleans(), st.booleans())
labelled = st.dictionaries(st.text("abc", max_size=3), st.lists(pairs, max_size=5), max_size=6)


def as_calls(table: Confusion, per_call: int = 1) -> dict[str, list[tuple[bool, bool]]]:
    """The examples of a table, so many to a call."""
    every = (
        [(True, True)] * table.both_met
        + [(True, False)] * table.false_alarm
        + [(False, True)] * table.missed
        + [(False, False)] * table.both_failed
    )
    return {f"call {at}": every[at : at + per_call] for at in range(0, len(every), per_call)}


def turned(table: Confusion) -> Confusion:
    """People and judge swapped."""
    return Confusion(table.both_met, table.missed, table.false_alarm, table.both_failed)


@pytest.mark.parametrize(
    ("table", "kappa", "ac1"),
    [
        # Two readers of 50 proposals, the usual example: agreed 0.7, by chance 0.5.
        (Confusion(20, 5, 10, 15), 0.4, 0.4059),
        # Gwet's own: nearly all is of one kind, agreed 118 of 125, and kappa is below nought.
        (Confusion(118, 5, 2, 0), -0.0234, 0.9408),
        # Both agreed 0.6, by other shares of met and failed.
        (Confusion(45, 15, 25, 15), 0.1304, 0.2661),
        (Confusion(25, 35, 5, 35), 0.2593, 0.2079),
        (Confusion(0, 10, 10, 0), -1.0, -1.0),
        (Confusion(25, 25, 25, 25), 0.0, 0.0),
    ],
)
def test_textbook_tables(table: Confusion, kappa: float, ac1: float) -> None:
    assert table.kappa == pytest.approx(kappa, abs=5e-5)
    assert table.ac1 == pytest.approx(ac1, abs=5e-5)


def test_where_chance_agrees_on_everything_kappa_is_unknown() -> None:
    assert Confusion(50).kappa is None and Confusion(50).ac1 == 1.0
    assert Confusion(0, 0, 0, 7).kappa is None
    assert Confusion().kappa is None and Confusion().ac1 is None
    assert Confusion(0, 0, 9, 0).kappa == 0.0, "each says always the same, and never alike"


@given(tables)
def test_kappa_and_ac1_take_neither_side(table: Confusion) -> None:
    over = Confusion(table.both_failed, table.missed, table.false_alarm, table.both_met)
    for one in (turned(table), over):
        assert one.kappa == (table.kappa if table.kappa is None else pytest.approx(table.kappa))
        assert one.ac1 == (table.ac1 if table.ac1 is None else pytest.approx(table.ac1))
    for found in (table.kappa, table.ac1):
        assert found is None or -1.0 <= found <= 1.0
    agreed = table.both_met + table.both_failed == table.n
    if table.kappa is not None:
        assert (table.kappa == 1.0) is agreed


@settings(max_examples=60, deadline=None)
@given(labelled)
def test_what_holds_of_any_examples(calls: dict[str, list[tuple[bool, bool]]]) -> None:
    found = agreement(calls, draws=60)
    every = [pair for some in calls.values() for pair in some]
    assert found.confusion.n == found.kappa.n == found.accuracy.n == len(every)
    assert found.kappa.groups == sum(map(bool, calls.values()))
    assert (found.kappa.value, found.ac1.value) == (found.confusion.kappa, found.confusion.ac1)
    assert found.precision.n == sum(not judge for _, judge in every)
    assert found.recall.n == sum(not people for people, _ in every)
    for one in (found.accuracy, found.precision, found.recall, found.kappa, found.ac1):
        assert one.grey is (one.n < 20)
        if one.low is not None and one.high is not None and one.value is not None:
            assert -1.0 <= one.low <= one.high <= 1.0
            assert one.low - 1e-9 <= one.value <= one.high + 1e-9
    order = {call: some[::-1] for call, some in reversed(calls.items())}
    assert agreement(order, draws=60) == found, "the order tells nothing"
    sides = {call: [(judge, people) for people, judge in some] for call, some in calls.items()}
    swapped = agreement(sides, draws=60)
    assert swapped.kappa.value == (
        None if found.kappa.value is None else pytest.approx(found.kappa.value)
    )
    assert (swapped.precision, swapped.recall) == (found.recall, found.precision)


def test_of_failures_is_told_what_was_found_and_what_was_invented() -> None:
    found = agreement(as_calls(Confusion(50, 10, 5, 35)))
    assert found.accuracy.value == 0.85
    assert (found.accuracy.low, found.accuracy.high) == wilson(85, 100)
    assert found.precision.value == 35 / 45 and found.recall.value == 35 / 40
    assert (found.recall.low, found.recall.high) == wilson(35, 40)
    none = agreement(as_calls(Confusion(30)))
    assert none.precision.value is None and none.recall.value is None
    assert none.kappa.value is None and none.kappa.low is None and none.accuracy.value == 1.0


def test_all_agreed_on_is_no_proof_by_itself() -> None:
    few, many = (agreement(as_calls(Confusion(n, 0, 0, n))).kappa for n in (5, 50))
    assert few.value == many.value == few.high == 1.0
    assert few.low is not None and many.low is not None
    assert few.low == pytest.approx(2 * wilson(10, 10)[0] - 1) and few.low < 0.5 < 0.9 < many.low
    rare = agreement(as_calls(Confusion(30, 0, 0, 1))).kappa
    assert rare.value == 1.0 and rare.low is None, "one failure: a third of the samples has none"


def test_calls_are_drawn_and_not_their_turns() -> None:
    table = Confusion(30, 10, 10, 30)
    by_turn, by_call = agreement(as_calls(table)), agreement(as_calls(table, per_call=10))
    assert by_turn.kappa.value == by_call.kappa.value
    assert _width(by_call) > 1.5 * _width(by_turn), "ten turns alike tell what one of them tells"
    one = agreement({"call": as_calls(table, per_call=80)["call 0"]}).kappa
    assert (one.value, one.low, one.high) == (0.5, None, None)


def _width(found: Agreement) -> float:
    assert found.kappa.low is not None and found.kappa.high is not None
    return found.kappa.high - found.kappa.low


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """40 calls of two replies, a third of which fail; the judge is right of nine in ten."""
    rng = np.random.Generator(np.random.PCG64(7))
    people = rng.random((120, 40)) < 0.67
    judge = np.where(rng.random((120, 40, 2)) < 0.9, people[:, :, None], ~people[:, :, None])
    agreed, met = 0.9, 0.67 * 0.9 + 0.33 * 0.1
    chance = 0.67 * met + 0.33 * (1 - met)
    truth, held = (agreed - chance) / (1 - chance), 0
    for labels, said in zip(people, judge, strict=True):
        calls = {
            str(call): [(bool(label), bool(each)) for each in both]
            for call, (label, both) in enumerate(zip(labels, said, strict=True))
        }
        kappa = agreement(calls, draws=300).kappa
        assert kappa.low is not None and kappa.high is not None
        held += kappa.low <= truth <= kappa.high
    assert held >= 108
