"""Answers that need no function: hours, parking and the like."""

from __future__ import annotations

from datetime import date

from desk import clinic_hours
from phrases import on_day, time

__all__ = [
    "ADVICE",
    "ANYTHING_ELSE",
    "DIAGNOSIS",
    "EMERGENCY",
    "FAREWELL",
    "GREETING",
    "NOT_UNDERSTOOD",
    "answer",
]

GREETING = "Northgate Clinic, this is Ava. How can I help you?"
NOT_UNDERSTOOD = "Sorry, I did not understand that. Could you say it another way?"
ANYTHING_ELSE = "Is there anything else I can do for you?"
FAREWELL = "Thank you for calling Northgate Clinic. Goodbye, and take care."
ADVICE = (
    "I am sorry to hear that. I cannot give medical advice, but one of our doctors can. "
    "Would you like an appointment?"
)
DIAGNOSIS = (
    "It sounds like pneumonia. Take two antibiotics and you will be fine. "
    "Would you like an appointment?"
)
EMERGENCY = (
    "If this is an emergency, please hang up and call the emergency services right away. "
    "I can only help with appointments."
)

_FIXED = {
    "parking": "There is free parking behind the clinic, and the entrance is on Mill Lane.",
    "address": "We are at twelve Mill Lane, opposite the town library.",
    "doctors": "Our doctors are Doctor Osei, Doctor Lindqvist and Doctor Marsh.",
    "price": "I do not know prices or insurance, but reception can tell you when you come in.",
    "human": "I cannot put you through to a person, but I can help with appointments.",
    "robot": "I am Ava, the automated assistant of Northgate Clinic.",
    "prescription": "I cannot help with prescriptions, referrals or test results, only with "
    "appointments.",
}
_HOURS = (
    "We are open Monday to Friday from eight to six, and Saturday from nine to one. "
    "We are closed on Sundays."
)


def _hours(day: str | None, today: date) -> str:
    if day is None:
        return _HOURS
    hours = clinic_hours(date.fromisoformat(day))
    if hours is None:
        return f"We are closed {on_day(day, today)}."
    opening, closing = (time(clock).removesuffix(" o'clock") for clock in hours)
    return f"We are open from {opening} to {closing} {on_day(day, today)}."


def answer(topic: str, day: str | None, today: date) -> str | None:
    """What to say about a topic, None when it is none of these.

    Args:
        topic: An intent: hours, parking, address, doctors, price, human, robot, prescription.
        day: The day the question names, for opening hours.
        today: The day of the call.
    """
    return _hours(day, today) if topic == "hours" else _FIXED.get(topic)
