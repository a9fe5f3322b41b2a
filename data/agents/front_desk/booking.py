"""The tasks of the front desk: booking, moving and cancelling an appointment."""

from __future__ import annotations

from datetime import date
from typing import Any

from answers import ANYTHING_ELSE, NO_PICTURE, PICTURE
from desk import DOCTORS
from dialogue import Action, Call, Memory, Say, Slot
from phrases import doctor, listed, on_day, the_day, time

__all__ = ["QUESTIONS", "go_on", "learn"]

_ASK_DAY = "Which day would suit you, and is there a doctor you would like to see?"
_ASK_OTHER_DAY = "Which other day would suit you?"
_ASK_NAME = "What is your full name, please?"
_ASK_BIRTH = "What is your date of birth?"
_ASK_TIME = "Which time would you like?"
QUESTIONS = {
    _ASK_DAY: "day",
    _ASK_OTHER_DAY: "day",
    _ASK_NAME: "name",
    _ASK_BIRTH: "birth",
    _ASK_TIME: "time",
    ANYTHING_ELSE: "more",
}
"""What is open after a question: for conversations that began without us."""


def _ask(memory: Memory, start: str, question: str, awaiting: str) -> Say:
    memory.awaiting, memory.question = awaiting, question
    return Say(f"{start} {question}".strip())


# What to do next ----------------------------------------------------------------------------


def go_on(memory: Memory, today: date) -> Action:
    """The next step of the task under way."""
    if memory.task == "cancel":
        return _person(memory, "I can cancel that for you.") or Call(
            "cancel_appointment", {"name": memory.name, "date_of_birth": memory.born}
        )
    if memory.task == "move":
        known = _person(memory, "I can move that for you.")
        if known:
            return known
    if memory.held is None:
        return _slot(memory, today)
    held = memory.held
    if memory.task == "move" and not memory.cancelled:
        return Call("cancel_appointment", {"name": memory.name, "date_of_birth": memory.born})
    start = f"I am holding {time(held.time)} {on_day(held.day, today)} with {doctor(held.doctor)}."
    return _person(memory, start) or Call(
        "book_appointment",
        {
            "doctor": held.doctor,
            "day": held.day,
            "time": held.time,
            "name": memory.name,
            "date_of_birth": memory.born,
        },
    )


def _person(memory: Memory, start: str) -> Say | None:
    """Ask who the caller is; None when that is known."""
    if memory.name is None:
        return _ask(memory, start, _ASK_NAME, "name")
    first = memory.name.split()[0]
    if " " not in memory.name and not memory.asked_surname:
        memory.asked_surname = True
        start = "Thank you." if memory.spelled else f"Thank you, {first}."
        other = "first name" if memory.spelled else "surname"
        return _ask(memory, start, f"And your {other}, please?", "name")
    if memory.born is None:
        return _ask(memory, f"Thank you, {first}.", _ASK_BIRTH, "birth")
    return None


def _slot(memory: Memory, today: date) -> Action:
    """Find the time the caller wants, and hold it."""
    nothing = not (memory.doctor or memory.day or memory.soonest or memory.part or memory.anyone)
    if nothing and not memory.searched:
        if memory.task == "move":
            return _ask(memory, "", "Which day would you like instead?", "day")
        return _ask(memory, "Of course.", _ASK_DAY, "day")
    if memory.day and memory.time and memory.doctor:
        return Call("hold_slot", {"doctor": memory.doctor, "day": memory.day, "time": memory.time})
    if memory.time and not memory.day and not memory.soonest:
        return _ask(memory, "", "Which day would suit you?", "day")
    wanted = (memory.doctor, memory.day)
    if memory.searched != wanted:
        arguments = {"doctor": memory.doctor, "day": memory.day}
        return Call("find_slots", {name: value for name, value in arguments.items() if value})
    if memory.time:
        for slot in memory.free:
            if slot.time == memory.time:
                return Call("hold_slot", slot._asdict())
        return _offer(memory, today, f"There is nothing free at {time(memory.time)}.")
    return _offer(memory, today, "")


def _fits(memory: Memory, slot: Slot) -> bool:
    noon = slot.time < "12:00"
    if memory.part and noon != (memory.part == "morning"):
        return False
    if memory.bound is None:
        return True
    side, clock = memory.bound
    return slot.time < clock if side == "before" else slot.time >= clock


def _spread(slots: list[Slot]) -> list[Slot]:
    """At most three: of one doctor's day the first, the middle and the last; else one of each."""
    groups: dict[tuple[str, str], list[Slot]] = {}
    for slot in slots:
        groups.setdefault((slot.doctor, slot.day), []).append(slot)
    if len(groups) > 1:
        return [group[0] for group in groups.values()][:3]
    return slots if len(slots) <= 3 else [slots[0], slots[len(slots) // 2], slots[-1]]


def _offer(memory: Memory, today: date, start: str) -> Action:
    """Offer free times that fit."""
    fitting = [slot for slot in memory.free if _fits(memory, slot)]
    if memory.time:
        fitting = sorted(fitting, key=lambda slot: abs(_apart(slot.time, memory.time or "")))[:3]
        fitting.sort(key=lambda slot: slot.time)
        memory.time = None
    if not fitting and memory.free:
        start = start or "I am sorry, there is nothing at that time of day."
        memory.part = memory.bound = None
        fitting = memory.free
    if not fitting:
        memory.day = memory.searched = None
        return _ask(memory, start or "I have no other times that day.", _ASK_OTHER_DAY, "day")
    memory.offered = _spread(fitting)
    question = _ASK_TIME if len(memory.offered) > 1 else "Would that suit you?"
    return _ask(memory, f"{start} {_describe(memory.offered, today)}".strip(), question, "time")


def _apart(clock: str, other: str) -> int:
    first, second = ((int(each[:2]) * 60 + int(each[3:])) for each in (clock, other))
    return first - second


def _describe(slots: list[Slot], today: date) -> str:
    doctors = {slot.doctor for slot in slots}
    days = {slot.day for slot in slots}
    first = slots[0]
    if len(doctors) == 1 and len(days) == 1:
        times = listed([time(slot.time) for slot in slots])
        return f"{doctor(first.doctor)} is free {on_day(first.day, today)} at {times}."
    if len(days) == 1:
        each = listed([f"{doctor(slot.doctor)} at {time(slot.time)}" for slot in slots])
        day = on_day(first.day, today)
        return f"{day[0].upper()}{day[1:]} I have {each}."
    if len(doctors) == 1:
        each = listed([f"{on_day(slot.day, today)} at {time(slot.time)}" for slot in slots])
        return f"{doctor(first.doctor)} is free {each}."
    each = listed(
        [f"{doctor(slot.doctor)} {on_day(slot.day, today)} at {time(slot.time)}" for slot in slots]
    )
    return f"The first free times are {each}."


# What a function returned -------------------------------------------------------------------


def learn(
    memory: Memory, name: str, arguments: dict[str, Any], result: dict[str, Any], today: date
) -> Action:
    """Take a function's result into the memory, and go on."""
    if name == "receive_picture":
        said = PICTURE if result.get("received") else NO_PICTURE
        if memory.task:
            memory.news = said
            return go_on(memory, today)
        return _ask(memory, said, ANYTHING_ELSE, "more")
    if name == "find_slots":
        return _found(memory, arguments, result, today)
    if name == "hold_slot":
        if result.get("held"):
            memory.held = Slot(result["doctor"], result["day"], result["time"])
            memory.doctor, memory.day, memory.time = memory.held
            memory.offered = []
            return go_on(memory, today)
        return _not_held(memory, arguments, result, today)
    if name == "cancel_appointment":
        return _cancelled(memory, result, today)
    return _booked(memory, result, today)


def _found(
    memory: Memory, arguments: dict[str, Any], result: dict[str, Any], today: date
) -> Action:
    memory.searched = (arguments.get("doctor"), arguments.get("day"))
    memory.free = [
        Slot(each["doctor"], each["day"], clock)
        for each in result.get("slots", ())
        for clock in each["times"]
    ]
    if memory.free:
        return _slot(memory, today)
    return _none(memory, arguments, str(result.get("reason")), today)


def _none(memory: Memory, arguments: dict[str, Any], reason: str, today: date) -> Say:
    day, who = arguments.get("day"), arguments.get("doctor")
    when = on_day(day, today) if day else "in the next two weeks"
    name = doctor(who) if who in DOCTORS else "Nobody"
    said = {
        "closed": f"We are closed {when}.",
        "past": "That day is over.",
        "too_far": "We book at most three months ahead.",
        "away": f"{name} is not in {when}.",
    }.get(reason, f"There is nothing free {when}.")
    memory.day = memory.searched = None
    memory.offered = []
    return _ask(memory, f"I am sorry. {said}", _ASK_OTHER_DAY, "day")


def _not_held(
    memory: Memory, arguments: dict[str, Any], result: dict[str, Any], today: date
) -> Action:
    near = [Slot(arguments["doctor"], arguments["day"], clock) for clock in result["nearest"]]
    if not near:
        return _none(memory, arguments, str(result.get("reason")), today)
    memory.time = None
    memory.free, memory.searched = near, (arguments["doctor"], arguments["day"])
    wanted = f"{time(arguments['time'])} {on_day(arguments['day'], today)}"
    return _offer(memory, today, f"I am sorry, {wanted} is not free.")


def _cancelled(memory: Memory, result: dict[str, Any], today: date) -> Action:
    if not result.get("cancelled"):
        start = f"I cannot find an appointment for {memory.name} with that date of birth."
        memory.name = memory.born = None
        memory.asked_surname = False
        return _ask(memory, start, "Could you tell me the name again, please?", "name")
    if memory.task == "move":
        memory.cancelled = True
        return go_on(memory, today)
    said = (
        f"Your appointment with {doctor(result['doctor'])} on {the_day(result['day'])} at "
        f"{time(result['time'])} is cancelled."
    )
    if memory.then:
        memory.task, memory.then, memory.news = memory.then, None, said
        return go_on(memory, today)
    memory.forget_task()
    return _ask(memory, said, ANYTHING_ELSE, "more")


def _booked(memory: Memory, result: dict[str, Any], today: date) -> Action:
    held = memory.held
    if not result.get("booked") or held is None:
        memory.forget_slot()
        return _ask(memory, "I am sorry, that time has just gone.", _ASK_OTHER_DAY, "day")
    done = "Your appointment is moved. You are booked" if memory.cancelled else "You are booked"
    first = (memory.name or "").split()[0]
    said = (
        f"Thank you, {first}. {done} with {doctor(held.doctor)} {on_day(held.day, today)} at "
        f"{time(held.time)}."
    )
    memory.forget_task()
    return _ask(memory, said, ANYTHING_ELSE, "more")
