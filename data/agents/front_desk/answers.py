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
    "FOR_EXAMPLE",
    "GIVES_UP",
    "GREETING",
    "NEEDED",
    "NOT_UNDERSTOOD",
    "NO_PICTURE",
    "ONLY_OWN",
    "ONLY_THIS",
    "PICTURE",
    "STILL_THERE",
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
ONLY_THIS = "I can only help with appointments and with questions about Northgate Clinic."
ONLY_OWN = (
    "I am sorry, I cannot tell you anything about other patients. "
    "I can only help you with your own appointments."
)
NEEDED = "I understand, but without a name and a date of birth I cannot book or change anything."
GIVES_UP = "Then I cannot go on with this. Reception can help you in person."
FOR_EXAMPLE = "You can say, for example, I would like to book an appointment."
STILL_THERE = "Are you still there?"
PICTURE = "Thank you, I have received your picture. A colleague will look at it."
NO_PICTURE = "I am sorry, no picture has arrived here."

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
