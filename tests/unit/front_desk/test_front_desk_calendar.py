"""The clinic's calendar."""

from __future__ import annotations

from datetime import date

import pytest
from desk import DOCTORS, Desk, clinic_hours

FRIDAY = "2026-11-27"


def test_the_same_day_has_the_same_calendar() -> None:
    one, other = Desk(date(2026, 11, 23)), Desk(date(2026, 11, 23))
    assert one.find_slots("Osei", FRIDAY) == other.find_slots("Osei", FRIDAY)
    assert one.appointments == other.appointments


def test_times_the_demo_scenarios_rely_on(desk: Desk) -> None:
    assert "10:00" in desk.free("Osei", FRIDAY)
    assert "09:30" in desk.free("Marsh", "2026-11-26")
    assert "14:15" in desk.free("Lindqvist", "2026-11-26")


def test_free_times_lie_in_opening_hours_and_not_over_lunch(desk: Desk) -> None:
    for day in range(23, 31):
        for doctor in DOCTORS:
            hours = clinic_hours(date(2026, 11, day))
            for time in desk.free(doctor, f"2026-11-{day}"):
                assert hours is not None
                assert hours[0] <= time < hours[1]
                assert not "12:30" <= time < "13:30"


@pytest.mark.parametrize(
    ("doctor", "day", "reason"),
    [
        (None, "2026-11-29", "closed"),
        ("Lindqvist", "2026-11-25", "away"),
        ("Osei", "2026-11-20", "past"),
        (None, "2027-06-01", "too_far"),
    ],
)
def test_why_there_is_nothing(desk: Desk, doctor: str | None, day: str, reason: str) -> None:
    assert desk.find_slots(doctor, day) == {"slots": [], "reason": reason}


def test_a_booked_time_is_gone(desk: Desk) -> None:
    assert desk.hold_slot("Osei", FRIDAY, "10:00")["held"]
    assert desk.book_appointment("Osei", FRIDAY, "10:00", "Ann Lee", "1990-01-01")["booked"]
    assert "10:00" not in desk.free("Osei", FRIDAY)
    refused = desk.hold_slot("Osei", FRIDAY, "10:00")
    assert (refused["held"], refused["reason"]) == (False, "taken")
    assert refused["nearest"] == ["09:30", "09:45", "11:15"]
    again = desk.book_appointment("Osei", FRIDAY, "10:00", "Bo Lee", "1990-01-01")
    assert again == {"booked": False, "reason": "taken"}


def test_cancelling_needs_name_and_date_of_birth(desk: Desk) -> None:
    missing = {"cancelled": False, "reason": "not_found"}
    assert desk.cancel_appointment("Grace Kim", "1991-10-30") == missing
    assert desk.cancel_appointment("Grace Lim", "1990-10-30") == missing
    done = desk.cancel_appointment("grace kim", "1990-10-30")
    assert done == {
        "cancelled": True,
        "name": "Grace Kim",
        "doctor": "Marsh",
        "day": FRIDAY,
        "time": "09:15",
    }
    assert desk.cancel_appointment("Grace Kim", "1990-10-30") == missing


def test_the_surname_alone_is_enough_with_the_date_of_birth(desk: Desk) -> None:
    assert desk.cancel_appointment("Lopez", "1985-03-04")["cancelled"]
