"""Who has the caller's side: the first to take it, until they let it go or give it to another."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from harness.calls._people import ASK_S, Hold, People
from harness.errors import CallHeld
from harness.nouns import Person

ANN, BEN, CLEO = (Person(name[0].lower(), name) for name in ("Ann", "Ben", "Cleo"))


class Clock:
    def __init__(self) -> None:
        self.t = 0.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(clock: Clock) -> People:
    return People("call_1", clock)


def shown(people: People) -> str:
    signs = {True: "*", False: "?"}
    return " ".join(f"{one.person.name}{signs[one.holds]}" for one in people.present())


def test_one_at_a_time_and_by_name(people: People) -> None:
    hold = people.take(ANN)
    with pytest.raises(CallHeld, match="Ann has the call"):
        people.take(BEN)
    assert people.let_go(hold) and not people.let_go(hold)
    assert people.take(BEN).person == BEN


def test_who_comes_back_begins_anew(people: People) -> None:
    old, new = people.take(ANN), people.take(ANN)
    assert people.holds(new) and not people.holds(old)
    assert not people.let_go(old) and shown(people) == "Ann*"


def test_a_second_asks_and_the_first_keeps(people: People) -> None:
    hold = people.take(ANN)
    people.ask(BEN)
    assert shown(people) == "Ann* Ben?"
    with pytest.raises(CallHeld, match="Ben asks"):
        people.ask(CLEO)
    people.keep(hold)
    assert shown(people) == "Ann*" and people.pass_on(hold) is None
    assert people.holds(hold)


def test_or_gives(people: People) -> None:
    hold = people.take(ANN)
    people.ask(BEN)
    new = people.pass_on(hold)
    assert new is not None and new.person == BEN and people.holds(new)
    assert not people.let_go(hold) and shown(people) == "Ben*"


def test_who_asks_may_stop(people: People) -> None:
    hold = people.take(ANN)
    people.ask(BEN)
    assert people.withdraw(CLEO) is None and shown(people) == "Ann* Ben?"
    assert people.withdraw(BEN) is None and people.pass_on(hold) is None
    people.ask(BEN)
    given = people.pass_on(hold)
    assert people.withdraw(BEN) == given, "given meanwhile: theirs to let go"


def test_an_ask_without_an_answer_falls(people: People, clock: Clock) -> None:
    hold = people.take(ANN)
    people.ask(BEN)
    clock.t = ASK_S + 0.1
    assert shown(people) == "Ann*" and people.pass_on(hold) is None
    people.ask(CLEO)
    assert shown(people) == "Ann* Cleo?"


def test_nobody_asks_for_what_is_free_or_their_own(people: People) -> None:
    people.ask(BEN)
    assert shown(people) == ""
    people.take(ANN)
    people.ask(ANN)
    assert shown(people) == "Ann*"


class Testers(RuleBasedStateMachine):
    """Whatever three testers do, at most one hold counts, and only its holder can end it."""

    someone = st.sampled_from([ANN, BEN, CLEO])

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.people = People("call_1", self.clock)
        self.holds: list[Hold] = []

    @rule(person=someone)
    def take(self, person: Person) -> None:
        now = self.current()
        try:
            self.holds.append(self.people.take(person))
        except CallHeld:
            assert now is not None and now.person != person
        else:
            assert now is None or now.person == person

    @rule(person=someone)
    def ask(self, person: Person) -> None:
        try:
            self.people.ask(person)
        except CallHeld:
            assert len(self.people.present()) == 2

    @rule(back=st.integers(1, 4), what=st.sampled_from(["let_go", "keep", "pass_on"]))
    def answer(self, back: int, what: str) -> None:
        if len(self.holds) < back:
            return
        hold, before = self.holds[-back], self.current()
        done = getattr(self.people, what)(hold)
        if isinstance(done, Hold):
            self.holds.append(done)
        if hold != before:
            assert self.current() == before and not done

    @rule(person=someone)
    def withdraw(self, person: Person) -> None:
        before = self.current()
        given = self.people.withdraw(person)
        assert given == (before if before and before.person == person else None)
        assert self.current() == before
        assert not any(one.asks for one in self.people.present() if one.person == person)

    @rule(seconds=st.sampled_from([1.0, ASK_S + 1.0]))
    def wait(self, seconds: float) -> None:
        self.clock.t += seconds

    def current(self) -> Hold | None:
        return next((hold for hold in self.holds if self.people.holds(hold)), None)

    @invariant()
    def at_most_one_counts(self) -> None:
        assert sum(map(self.people.holds, self.holds)) <= 1
        present = self.people.present()
        assert sum(one.holds for one in present) == (self.current() is not None)
        assert len({one.person.id for one in present}) == len(present) <= 2


TestTesters = Testers.TestCase
TestTesters.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
