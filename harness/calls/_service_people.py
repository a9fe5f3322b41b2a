"""PeopleService: what people may do at a live call, in the caller's place or beside it."""

from __future__ import annotations

from typing import Protocol

from harness.calls._people import Hold
from harness.nouns import Person, Presence

__all__ = ["PeopleService"]


class PeopleService(Protocol):
    """That part of :class:`harness.calls.CallService` which is about people."""

    def take(self, call_id: str, person: Person) -> Hold:
        """Let a person speak in the caller's place: the simulated caller falls silent at once.

        The agent hears one participant and one track, as before. Lines that are typed are said all
        the same.

        Returns:
            What :meth:`speak` and :meth:`give_back` want; of one person only the newest counts.

        Raises:
            NotFound: The call has ended.
            CannotTake: It is not live yet, is a test, or its caller types.
            CallHeld: Somebody else has the caller's side, and who.
            InputError: The person has no name, or too long a one.
        """
        ...

    def holds(self, hold: Hold) -> bool:
        """Whether a hold still counts: the call goes on, and its caller's side is theirs."""
        ...

    def speak(self, hold: Hold, first: int, pcm: bytes) -> None:
        """Pass on a piece of that person's microphone; never waits, never raises.

        Args:
            hold: One that counts no more is passed over.
            first: Its first sample by the microphone's own count, which goes on while it is muted.
            pcm: int16, little endian, mono at LANE_RATE.
        """
        ...

    def give_back(self, hold: Hold, *, instruction: str = "", step: int | None = None) -> None:
        """Let the simulated caller go on, or nobody, if there is none. An old hold does nothing.

        Args:
            hold: Of whoever has the caller's side.
            instruction: What a simulated person shall do now.
            step: Where a script goes on, from 0; None for the first line that was not said. What
                lies between is not asked.

        Raises:
            CannotWhisper: There is an instruction, and no language model plays the caller.
            InputError: It is too long, or there is no such step.
        """
        ...

    def let_go(self, hold: Hold) -> None:
        """As :meth:`give_back`, of a person whose browser went away."""
        ...

    def ask_for(self, call_id: str, person: Person) -> None:
        """Ask whoever has the caller's side for it; after 20 s without an answer they keep it.

        Raises:
            NotFound: The call has ended.
            CallHeld: Somebody else asks already.
            InputError: The person has no name, or too long a one.
        """
        ...

    def stop_asking(self, call_id: str, person: Person) -> None:
        """Take that question back, as of a person whose browser went away.

        What was given to them meanwhile is let go.
        """
        ...

    def keep(self, hold: Hold) -> None:
        """Say no to whoever asks."""
        ...

    def pass_on(self, hold: Hold) -> Hold | None:
        """Give the caller's side to whoever asks.

        Returns:
            Their hold; None if nobody asks any more, or `hold` counts no more.
        """
        ...

    def whisper(self, call_id: str, person: Person, text: str) -> None:
        """Tell a simulated person what to do from its next words on; the agent does not hear it.

        Raises:
            NotFound: The call has ended.
            CannotWhisper: No language model plays the caller.
            InputError: The text is empty or longer than 500 characters, or the person has no name.
        """
        ...

    def people(self, call_id: str) -> tuple[Presence, ...]:
        """Who has the caller's side, then who asks for it.

        Raises:
            NotFound: The call has ended.
        """
        ...
