from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from grade_turns import ended, greeting, live, turn
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.grade import evaluate
from harness.grade._dates import find_date
from harness.grade._numbers import has_unit, numbers_in
from harness.nouns import CheckResult, CheckSpec, CheckVerdict, SaysDate, SaysNumber

V = CheckVerdict
DAY = dt.date(2026, 5, 31)


def one(spec: CheckSpec, facts: object) -> CheckResult:
    (result,) = evaluate([spec], facts)  # type: ignore[arg-type]
    return result


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("That will be forty-five dollars.", [45]),
        ("forty-five dollars and fifty cents", [45, 45.5, 50]),
        ("It is $1,250.50, not 45.", [1250.5, 45]),
        ("one hundred and twenty or two thousand five hundred", [120, 2500]),
        ("a hundred and one", [101]),
        ("one thousand and one nights", [1001]),
        ("2.5 million", [2_500_000]),
        ("three point one four", [3.14]),
        ("minus five, or -7", [-5, -7]),
        ("five five five", [5, 555, 5, 5]),
        ("twenty, thirty and forty two", [20, 30, 42]),
        ("at 10:30 on 2026-05-31, call 555-0134", []),
        ("The first one is fine, but which one?", []),
        ("There is one left.", [1]),
        ("We close at 5.", [5]),
        ("area51 and B12", []),
        ("", []),
    ],
)
def test_numbers(text: str, values: list[float]) -> None:
    assert [number.value for number in numbers_in(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "unit", "held"),
    [
        ("45 dollars", "dollars", True),
        ("45 dollars", "dollar", True),
        ("one dollar", "dollars", True),
        ("$45", "dollars", True),
        ("45 %", "%", True),
        ("45 percent", "%", True),
        ("45-minute visit", "minutes", True),
        ("45 days", "dollars", False),
        ("45. Dollars are fine", "euros", False),
        ("45 dollarets", "dollars", False),
    ],
)
def test_units(text: str, unit: str, held: bool) -> None:
    assert has_unit(numbers_in(text)[0], unit, text) is held


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for number in numbers_in(text):
        assert 0 <= number.start < number.end <= len(text)
    find_date(text, DAY)


SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen".split()  # noqa: SIM905


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 999_999))
def test_figures_and_words_say_the_same(value: int) -> None:
    assert [n.value for n in numbers_in(f"It is {value:,} in all")] == [value]
    assert [n.value for n in numbers_in(f"It is {words(value)} in all")] == [value]


def words(value: int) -> str:
    """An own way from figures to words, for the test."""
    teens = "fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
    if value < 20:
        return (SMALL + teens)[value]
    if value < 100:
        rest = f"-{SMALL[value % 10]}" if value % 10 else ""
        return tens[value // 10 - 2] + rest
    if value < 1000:
        rest = f" and {words(value % 100)}" if value % 100 else ""
        return f"{SMALL[value // 100]} hundred{rest}"
    rest = f" {words(value % 1000)}" if value % 1000 else ""
    return f"{words(value // 1000)} thousand{rest}"


@pytest.mark.parametrize(
    "text",
    [
        "See you on May 31.",
        "May 31st, 2026",
        "the thirty-first of May",
        "May the thirty first",
        "on may thirty-one",
        "Sunday the 31st",
        "Sunday, May thirty-first, twenty twenty-six",
        "31 May two thousand and twenty-six",
        "2026-05-31",
        "5/31 at nine",
        "31/5/2026",
        "31.05.2026",
    ],
)
def test_the_day_is_said(text: str) -> None:
    assert find_date(text, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "May 3",
        "May thirtieth",
        "June 31",
        "May 31, 2025",
        "May thirty-first, twenty twenty-five",
        "Sunday the thirty-first of August",
        "Monday the 31st",
        "You may have 31 of them.",
        "5/311",
        "12026-05-31",
        "Sunday",
        "tomorrow",
    ],
)
def test_another_day_is_said(text: str) -> None:
    assert find_date(text, DAY) is None


def test_the_twentieth_is_not_the_twenty_first() -> None:
    assert find_date("May twenty-first", dt.date(2026, 5, 20)) is None
    assert find_date("May twenty", dt.date(2026, 5, 20))
    assert find_date("September 5", dt.date(2026, 9, 5)) == (0, 11)
    assert find_date("Sept. 5", dt.date(2026, 9, 5)) == (0, 7)


@settings(deadline=None, max_examples=60)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_is_found_as_itself_only(day: dt.date) -> None:
    for form in ("%B %d, %Y", "%d %B %Y", "%Y-%m-%d", "%A, %b %d", "%d.%m.%Y"):
        assert find_date(f"It is on {day.strftime(form)}.", day)
    other = day + dt.timedelta(days=40)
    assert find_date(f"It is on {other:%B %d, %Y}.", day) is None


def test_a_check_on_a_number() -> None:
    spec = SaysNumber(rule="says_number", name="Price", value=45, unit="dollars")
    told = turn(1, "That is forty-five dollars a visit. Anything else?")

    result = one(spec, live(greeting(), told, turn(2)))

    assert result.verdict is V.MET
    assert result.evidence is not None
    assert result.evidence.quote == "That is forty-five dollars a visit."
    assert one(spec, live(greeting())).verdict is V.PENDING
    assert one(spec, ended(greeting(), turn(1, "Forty-five minutes."))).verdict is V.NOT_MET


def test_a_range() -> None:
    spec = SaysNumber(rule="says_number", name="Wait", min=5, max=10, unit="minutes", turn=1)

    assert one(spec, ended(greeting(), turn(1, "About seven minutes."))).verdict is V.MET
    assert one(spec, ended(greeting(), turn(1, "About eleven minutes."))).verdict is V.NOT_MET
    late = ended(greeting(), turn(1, "Soon."), turn(2, "Seven minutes."))
    assert one(spec, late).verdict is V.NOT_MET


def test_what_is_still_being_said_is_not_taken_for_the_whole() -> None:
    spec = SaysDate(rule="says_date", name="Day", date=dt.date(2026, 5, 20))
    begun = turn(1, "On May twenty", is_open=True)

    assert one(spec, live(greeting(), begun)).verdict is V.PENDING
    whole = replace(begun, agent_text="On May twenty-first.", open=False)
    assert one(spec, ended(greeting(), whole)).verdict is V.NOT_MET
