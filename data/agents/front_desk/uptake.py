"""Taking what the caller says about the appointment and themselves into the memory."""

from __future__ import annotations

import re

from dialogue import Memory, Slot
from understanding import Heard

__all__ = ["take_up"]


def take_up(memory: Memory, heard: Heard, intents: set[str]) -> None:
    """Take what the line says about the slot and the caller into the memory."""
    _take_person(memory, heard)
    if memory.task == "cancel" and not memory.then:
        return
    if "anyone" in intents and not heard.doctor and memory.awaiting != "name":
        memory.anyone = True
    if "soonest" in intents and not (heard.day or memory.offered):
        memory.soonest = True
    for part in ("morning", "afternoon"):
        if part in intents and not heard.time:
            memory.part = part
            memory.time = None
    before = (memory.doctor, memory.day, memory.time)
    if heard.doctor:
        memory.doctor = heard.doctor
    if heard.day:
        memory.day = heard.day
        memory.soonest = False
    if heard.time and heard.bound:
        memory.bound, memory.time = (heard.bound, heard.time), None
    elif heard.time:
        memory.time = heard.time
    if not (heard.time or heard.day):
        _choose(memory, heard, intents)
    elif heard.time and not heard.day and not memory.day:
        _choose_by_time(memory, heard.time)
    if "other_day" in intents and not heard.day:
        memory.day = memory.time = None
        memory.soonest = False
        memory.searched = None
    wanted = (memory.doctor, memory.day, memory.time)
    if (wanted != before or heard.bound) and memory.held != wanted:
        memory.held = None


def _take_person(memory: Memory, heard: Heard) -> None:
    if heard.name:
        again = memory.name is not None and memory.awaiting == "name" and memory.asked_surname
        if again and memory.name and heard.name != memory.name and " " not in heard.name:
            both = (heard.name, memory.name) if memory.spelled else (memory.name, heard.name)
            memory.name = " ".join(both)
        else:
            memory.name = heard.name
            memory.spelled = bool(re.search(r"(?:\b[a-z]\b ?){2}", heard.text))
    if heard.born:
        memory.born = heard.born


def _choose(memory: Memory, heard: Heard, intents: set[str]) -> None:
    """Pick one of the offered times: "the first one", "yes", "Doctor Marsh, please"."""
    offered = memory.offered
    if not offered or memory.held or memory.awaiting != "time":
        return
    chosen: Slot | None = None
    of_doctor = [slot for slot in offered if slot.doctor == heard.doctor]
    if heard.doctor and len(of_doctor) == 1 and len(offered) > 1:
        chosen = of_doctor[0]
    elif heard.doctor:
        return
    elif "second" in intents and len(offered) > 1:
        chosen = offered[1]
    elif "last" in intents:
        chosen = offered[-1]
    elif intents & {"later", "earlier"}:
        edge = offered[-1].time if "later" in intents else offered[0].time
        memory.bound = ("after" if "later" in intents else "before", edge)
        return
    elif intents & {"other_time", "no"}:
        memory.free = [slot for slot in memory.free if slot not in offered]
        memory.offered = []
        return
    elif intents & {"first", "any", "soonest"} or ("yes" in intents and len(offered) == 1):
        chosen = offered[0]
    if chosen:
        memory.doctor, memory.day, memory.time = chosen


def _choose_by_time(memory: Memory, clock: str) -> None:
    """A bare time, where several days were offered: the offered slot it belongs to."""
    for slot in [*memory.offered, *memory.free]:
        if slot.time == clock and memory.doctor in (None, slot.doctor):
            memory.doctor, memory.day, memory.time = slot
            return
    if memory.free and len({slot.day for slot in memory.free}) == 1:
        memory.day = memory.free[0].day
