"""The clinic's calendar: who works when, what is free, and the booking functions.

Everything follows from the day given as `today`, so a call can be repeated word for word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

__all__ = ["DOCTORS", "Appointment", "Desk", "clinic_hours"]

DOCTORS = ("Osei", "Lindqvist", "Marsh")
HORIZON_DAYS = 90
"""Appointments are given this many days ahead."""

# Weekdays (Monday is 0) on which each doctor sees patients.
_WORKS = {"Osei": {0, 1, 2, 3, 4}, "Lindqvist": {0, 1, 3, 4}, "Marsh": {1, 2, 3, 4, 5}}
_OPEN = {5: ("09:00", "13:00")}
_WEEKDAY = ("08:00", "18:00")
_LUNCH = ("12:30", "13:30")


def clinic_hours(day: date) -> tuple[str, str] | None:
    """Opening and closing time of a day, None when closed (Sundays)."""
    return None if day.weekday() == 6 else _OPEN.get(day.weekday(), _WEEKDAY)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked appointment; days "YYYY-MM-DD", times "HH:MM"."""

    name: str
    date_of_birth: str
    doctor: str
    day: str
    time: str

    def as_dict(self) -> dict[str, str]:
        """The appointment as a function reports it."""
        return {"name": self.name, "doctor": self.doctor, "day": self.day, "time": self.time}


class Desk:
    """The calendar of one session.

    Args:
        today: The day the call takes place.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self._taken: set[tuple[str, str, str]] = set()
        self._held: tuple[str, str, str] | None = None
        self.appointments = list(self._standing())

    def _standing(self) -> Iterator[Appointment]:
        """Appointments patients already have: one with each doctor, in the next two weeks."""
        for name, born, doctor, after, clock in (
            ("Maria Lopez", "1985-03-04", "Osei", 3, "15:00"),
            ("John Smith", "1972-07-19", "Lindqvist", 8, "11:30"),
            ("Grace Kim", "1990-10-30", "Marsh", 4, "09:15"),
            ("Thomas Reed", "1958-01-12", "Osei", 10, "08:30"),
        ):
            day = self.today + timedelta(days=after)
            while day.weekday() not in _WORKS[doctor]:
                day += timedelta(days=1)
            self._taken.add((doctor, day.isoformat(), clock))
            yield Appointment(name, born, doctor, day.isoformat(), clock)

    def free(self, doctor: str, day: str) -> list[str]:
        """Free times of a doctor on a day, earliest first; empty when the doctor is away."""
        when = date.fromisoformat(day)
        hours = clinic_hours(when)
        if hours is None or when.weekday() not in _WORKS[doctor] or not self._in_reach(when):
            return []
        opening, closing = (_minutes(clock) for clock in hours)
        times = []
        for number, start in enumerate(range(opening, closing, 15)):
            clock = _clock(start)
            pattern = number * 5 + when.weekday() * 3 + DOCTORS.index(doctor) * 4
            busy = pattern % 7 in (1, 2, 4, 6) or _LUNCH[0] <= clock < _LUNCH[1]
            if not busy and (doctor, day, clock) not in self._taken:
                times.append(clock)
        return times

    def _in_reach(self, day: date) -> bool:
        return 0 <= (day - self.today).days <= HORIZON_DAYS

    def _days(self, day: str | None) -> list[str]:
        if day:
            return [day]
        return [(self.today + timedelta(days=ahead)).isoformat() for ahead in range(1, 15)]

    def find_slots(self, doctor: str | None = None, day: str | None = None) -> dict[str, Any]:
        """Free times, of one doctor or all, on one day or on the first days that have any.

        Returns:
            ``{"slots": [{"doctor", "day", "times": [...]}]}``, at most three entries, with all free
            times of the day asked for, else the first three of each day. When there are none,
            ``reason`` says why: closed, past, too_far, away or full.
        """
        doctors = (doctor,) if doctor else DOCTORS
        slots: list[dict[str, Any]] = []
        for each in self._days(day):
            for name in doctors:
                times = self.free(name, each)
                if times:
                    shown = times if day else times[:3]
                    slots.append({"doctor": name, "day": each, "times": shown})
            if len(slots) >= 3:
                break
        if slots:
            return {"slots": slots[:3]}
        return {"slots": [], "reason": self._why_none(doctor, day) if day else "full"}

    def _why_none(self, doctor: str | None, day: str) -> str:
        when = date.fromisoformat(day)
        if when < self.today:
            return "past"
        if not self._in_reach(when):
            return "too_far"
        if clinic_hours(when) is None:
            return "closed"
        works = any(when.weekday() in _WORKS[name] for name in ([doctor] if doctor else DOCTORS))
        return "full" if works else "away"

    def hold_slot(self, doctor: str, day: str, time: str) -> dict[str, Any]:
        """Hold a free time while the caller gives their details.

        Returns:
            ``{"held": true, "doctor", "day", "time"}``, or ``{"held": false, "reason",
            "nearest": [...]}`` with the free times nearest to the one asked for.
        """
        times = self.free(doctor, day)
        if time in times:
            self._held = (doctor, day, time)
            return {"held": True, "doctor": doctor, "day": day, "time": time}
        near = sorted(times, key=lambda clock: abs(_minutes(clock) - _minutes(time)))[:3]
        reason = "taken" if times else self._why_none(doctor, day)
        return {"held": False, "reason": reason, "nearest": sorted(near)}

    def book_appointment(
        self, doctor: str, day: str, time: str, name: str, date_of_birth: str
    ) -> dict[str, Any]:
        """Book a time; one that was held for this caller, or any that is free.

        Returns:
            ``{"booked": true, "name", "doctor", "day", "time"}`` or ``{"booked": false,
            "reason"}``.
        """
        slot = (doctor, day, time)
        if slot != self._held and time not in self.free(doctor, day):
            return {"booked": False, "reason": "taken"}
        appointment = Appointment(name, date_of_birth, *slot)
        self._held = None
        self._taken.add(slot)
        self.appointments.append(appointment)
        return {"booked": True, **appointment.as_dict()}

    def cancel_appointment(self, name: str, date_of_birth: str) -> dict[str, Any]:
        """Cancel the next appointment of a patient, found by name and date of birth.

        The surname alone is enough when the date of birth agrees.

        Returns:
            ``{"cancelled": true, "name", "doctor", "day", "time"}`` or ``{"cancelled": false,
            "reason": "not_found"}``.
        """
        wanted = name.casefold().split()
        for appointment in sorted(self.appointments, key=lambda each: (each.day, each.time)):
            known = appointment.name.casefold().split()
            same = wanted == known or (len(wanted) == 1 and wanted[0] == known[-1])
            if same and appointment.date_of_birth == date_of_birth:
                self.appointments.remove(appointment)
                self._taken.discard((appointment.doctor, appointment.day, appointment.time))
                return {"cancelled": True, **appointment.as_dict()}
        return {"cancelled": False, "reason": "not_found"}
