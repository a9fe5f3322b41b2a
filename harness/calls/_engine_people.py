"""The engine's side on people: they speak in the caller's place, whisper to it and hand back."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from harness.calls._dispatch import Dispatch
from harness.calls._lane_sound import VoiceSound
from harness.calls._live_call import LiveCall
from harness.calls._people import Hold
from harness.errors import CannotTake, CannotWhisper, InputError, NotFound
from harness.nouns import (
    LONGEST_NAME,
    CallState,
    GivenBack,
    Person,
    Presence,
    RulesBrain,
    WhyBack,
)

__all__ = ["PeopleSide"]

_LONGEST_WHISPER = 500
_LONGEST_ID = 64


class PeopleSide(ABC):
    """What :class:`harness.calls.CallService` offers to people at a live call.

    Attributes:
        loop: The engine's loop.
    """

    loop: asyncio.AbstractEventLoop

    @abstractmethod
    def _talking(self, call_id: str) -> tuple[LiveCall, Dispatch]:
        """A call whose conversation goes on; raises NotFound."""

    def take(self, call_id: str, person: Person) -> Hold:
        """A person has the caller's side; see CallService."""
        live, dispatch = self._talking(call_id)
        _check_person(person)
        if live.view().state is not CallState.LIVE or live.request.purpose == "test":
            raise _cannot_take("Nobody is talking yet, or no more.", "Wait until the call is live.")
        if live.request.caller is not None and live.request.caller.by == "text":
            raise _cannot_take(
                "Its caller types and sends no sound.", "Place a call whose caller speaks."
            )
        hold = live.people.take(person)
        self._soon(dispatch.tell, call_id, {"do": "take", "who": person.name})
        return hold

    def holds(self, hold: Hold) -> bool:
        """Whether a hold counts; see CallService."""
        return self._held(hold) is not None

    def speak(self, hold: Hold, first: int, pcm: bytes) -> None:
        """A piece of a person's microphone; see CallService."""
        live_and = self._held(hold)
        if live_and is not None:
            self._soon(live_and[1].speak, VoiceSound(hold.call_id, first, pcm))

    def give_back(self, hold: Hold, *, instruction: str = "", step: int | None = None) -> None:
        """The simulated caller goes on; see CallService."""
        found = self._held(hold)
        if found is None:
            return
        if instruction:
            instruction = _instruction(found[0], instruction)
        scenario = found[0].request.scenario
        steps = len(scenario.steps) if scenario is not None else 0
        if step is not None and not 0 <= step < steps:
            raise InputError(
                f"The script has no line {step + 1}.",
                cause=f"It has {steps} steps.",
                remedy="Choose one of them.",
            )
        self._end(hold, "handed_back", GivenBack(instruction, step))

    def let_go(self, hold: Hold) -> None:
        """The person's browser went away; see CallService."""
        if self._held(hold) is not None:
            self._end(hold, "gone", GivenBack())

    def ask_for(self, call_id: str, person: Person) -> None:
        """Ask whoever has the caller's side for it; see CallService."""
        live, _ = self._talking(call_id)
        _check_person(person)
        live.people.ask(person)

    def stop_asking(self, call_id: str, person: Person) -> None:
        """Ask for it no more; see CallService."""
        with suppress(NotFound):
            hold = self._talking(call_id)[0].people.withdraw(person)
            if hold is not None:
                self.let_go(hold)

    def keep(self, hold: Hold) -> None:
        """Keep it; see CallService."""
        if (found := self._held(hold)) is not None:
            found[0].people.keep(hold)

    def pass_on(self, hold: Hold) -> Hold | None:
        """Give it to whoever asks; see CallService."""
        found = self._held(hold)
        new = None if found is None else found[0].people.pass_on(hold)
        if found is not None and new is not None:
            self._soon(found[1].tell, hold.call_id, {"do": "take", "who": new.person.name})
        return new

    def whisper(self, call_id: str, person: Person, text: str) -> None:
        """Tell a simulated person what to do; see CallService."""
        live, dispatch = self._talking(call_id)
        _check_person(person)
        command = {"do": "whisper", "who": person.name, "text": _instruction(live, text)}
        self._soon(dispatch.tell, call_id, command)

    def people(self, call_id: str) -> tuple[Presence, ...]:
        """Who has the caller's side, and who asks for it; see CallService."""
        return self._talking(call_id)[0].people.present()

    def _held(self, hold: Hold) -> tuple[LiveCall, Dispatch] | None:
        """The call of a hold that counts."""
        try:
            found = self._talking(hold.call_id)
        except InputError:
            return None
        return found if found[0].people.holds(hold) else None

    def _end(self, hold: Hold, why: WhyBack, back: GivenBack) -> None:
        live, dispatch = self._talking(hold.call_id)
        if live.people.let_go(hold):
            command = {
                "do": "give_back",
                "why": why,
                "instruction": back.instruction,
                "step": back.step,
            }
            self._soon(dispatch.tell, hold.call_id, command)

    def _soon(self, do: Callable[..., Any], *args: Any) -> None:
        self.loop.call_soon_threadsafe(do, *args)


def _instruction(live: LiveCall, text: str) -> str:
    """What is whispered, on one line.

    Raises:
        CannotWhisper: What plays the caller is no language model.
        InputError: It is empty or too long.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST_WHISPER:
        raise InputError(
            "The instruction is empty." if not text else f"It has {len(text)} characters.",
            cause=f"An instruction has 1 to {_LONGEST_WHISPER} characters.",
            remedy="Write a shorter one." if text else "Write what the caller should do.",
        )
    scenario = live.request.scenario
    simulation = scenario.simulation if scenario is not None else None
    if simulation is None or isinstance(simulation.brain, RulesBrain):
        raise CannotWhisper(
            "This caller follows no instructions.",
            cause="It says the lines of a script, goes by rules, or nobody plays it: only a "
            "language model understands what it is told.",
            remedy="Type the line that it shall say, or take the call over.",
        )
    return text


def _check_person(person: Person) -> None:
    name = person.name.strip()
    if not name or len(name) > LONGEST_NAME or not person.id or len(person.id) > _LONGEST_ID:
        raise InputError(
            "Whoever takes part in a call needs a name.",
            cause=f"A name has 1 to {LONGEST_NAME} characters.",
            remedy="Enter your name.",
        )


def _cannot_take(cause: str, remedy: str) -> CannotTake:
    return CannotTake("Nobody can take this call over.", cause=cause, remedy=remedy)
