"""Numbers, days, times, names and phone numbers in a caller's line."""

from __future__ import annotations

from datetime import date

import pytest
from phrases import digits, on_day, the_day, time
from understanding import understand
from words import read

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("twenty seven", [27]),
        ("twenty seventh", [27]),
        ("nineteen eighty five", [19, 85]),
        ("nineteen oh two", [19, 0, 2]),
        ("two thousand and three", [2003]),
        ("two thousand twenty five", [2025]),
        ("oh seven seven double four", [0, 7, 7, 4, 4]),
        ("triple five", [5, 5, 5]),
        ("oh dear", []),
        ("the first one", [1]),
        ("27th", [27]),
    ],
)
def test_numbers(line: str, values: list[int]) -> None:
    assert [item.value for item in read(line) if item.value is not None] == values


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("friday", "2026-11-27"),
        ("this friday", "2026-11-27"),
        ("next friday", "2026-12-04"),
        ("next tuesday", "2026-12-01"),
        ("friday next week", "2026-12-04"),
        ("a week on friday", "2026-12-04"),
        ("monday", "2026-11-30"),
        ("next week", "2026-11-30"),
        ("the 27th", "2026-11-27"),
        ("on the twenty seventh", "2026-11-27"),
        ("friday the twenty seventh", "2026-11-27"),
        ("the third of december", "2026-12-03"),
        ("December 3rd", "2026-12-03"),
        ("january the second", "2027-01-02"),
        ("in two weeks", "2026-12-07"),
        ("11/27/2026", "2026-11-27"),
        ("2026-11-27", "2026-11-27"),
        ("not thursday, friday", "2026-11-27"),
        ("the first one", None),
        ("the first available", None),
        ("doctor march", None),
    ],
)
def test_days(line: str, day: str | None) -> None:
    assert understand(line, TODAY).day == day


@pytest.mark.parametrize(
    ("line", "clock"),
    [
        ("quarter past two", "14:15"),
        ("two fifteen", "14:15"),
        ("half past nine", "09:30"),
        ("half nine", "09:30"),
        ("quarter to three", "14:45"),
        ("twenty past three", "15:20"),
        ("five to twelve", "11:55"),
        ("three oh five", "15:05"),
        ("10:20", "10:20"),
        ("ten o'clock", "10:00"),
        ("3pm", "15:00"),
        ("8 a.m.", "08:00"),
        ("at ten", "10:00"),
        ("noon", "12:00"),
        ("eight in the evening", "20:00"),
        ("eleven", "11:00"),
        ("the second one", None),
        ("yes", None),
    ],
)
def test_times_when_a_time_was_asked_for(line: str, clock: str | None) -> None:
    assert understand(line, TODAY, "time").time == clock


def test_day_and_time_do_not_eat_each_other() -> None:
    heard = understand("the twenty seventh of november at ten fifteen", TODAY)
    assert (heard.day, heard.time) == ("2026-11-27", "10:15")


@pytest.mark.parametrize(
    ("line", "born"),
    [
        ("march fourth nineteen eighty five", "1985-03-04"),
        ("the fourth of march nineteen eighty five", "1985-03-04"),
        ("march the fourth eighty five", "1985-03-04"),
        ("the fourth of the third nineteen eighty five", "1985-03-04"),
        ("oh three oh four nineteen eighty five", "1985-03-04"),
        ("3/4/1985", "1985-03-04"),
        ("19.7.1972", "1972-07-19"),
        ("1985-03-04", "1985-03-04"),
        ("first of february two thousand and one", "2001-02-01"),
        ("february twenty ninth two thousand", "2000-02-29"),
        ("february thirtieth nineteen ninety", None),
        ("march fourth", None),
    ],
)
def test_dates_of_birth(line: str, born: str | None) -> None:
    heard = understand(line, TODAY, "birth")
    assert (heard.born, heard.day) == (born, None)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("maria lopez", "Maria Lopez"),
        ("My name is Maria Lopez.", "Maria Lopez"),
        ("it's maria lopez, l o p e z", "Maria Lopez"),
        ("john smyth, that's S-M-I-T-H", "John Smith"),
        ("s m i t h", "Smith"),
        ("S as in sugar, M as in mother, I, T, H", "Smith"),
        ("w i double l s", "Wills"),
        ("first name j o h n last name s m i t h", "John Smith"),
        ("sure, um, it is grace kim", "Grace Kim"),
        ("yes please", None),
        ("could you repeat that", None),
        ("where can i park", None),
    ],
)
def test_names_when_the_name_was_asked_for(line: str, name: str | None) -> None:
    assert understand(line, TODAY, "name").name == name


@pytest.mark.parametrize(
    "line",
    ["i am really worried", "an appointment for friday", "i am calling about my son", "i am dizzy"],
)
def test_what_is_no_name(line: str) -> None:
    assert understand(line, TODAY).name is None


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("oh seven seven double four nine oh oh one two three", "07744900123"),
        ("my number is five five five, oh one three two", "5550132"),
        ("call me on 0770 900 123", "0770900123"),
        ("two fifteen", None),
    ],
)
def test_phone_numbers(line: str, phone: str | None) -> None:
    assert understand(line, TODAY).phone == phone


@pytest.mark.parametrize(
    ("line", "doctor"),
    [
        ("doctor osei", "Osei"),
        ("dr. o'shea", "Osei"),
        ("doctor lindquist", "Lindqvist"),
        ("doctor march please", "Marsh"),
        ("not doctor osei, doctor marsh", "Marsh"),
        ("march fourth", None),
    ],
)
def test_doctors(line: str, doctor: str | None) -> None:
    assert understand(line, TODAY).doctor == doctor


def test_how_times_days_and_numbers_are_said() -> None:
    assert time("14:15") == "two fifteen"
    assert time("09:05") == "nine oh five"
    assert time("12:00") == "noon"
    assert time("12:30") == "twelve thirty"
    assert the_day("2026-11-27") == "Friday, November twenty-seventh"
    assert on_day("2026-11-24", TODAY) == "tomorrow, Tuesday, November twenty-fourth"
    assert on_day("2026-11-23", TODAY) == "today"
    assert the_day("2026-11-30").endswith("thirtieth")
    assert digits("07744900123") == "zero seven seven four four, nine zero zero, one two three"
