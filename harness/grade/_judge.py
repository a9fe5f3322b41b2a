"""What judges are asked, and what every judge can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.nouns import CheckVerdict, Turn, Vote

__all__ = ["VERDICTS", "Asks", "Question"]

VERDICTS = {
    "yes": CheckVerdict.MET,
    "no": CheckVerdict.NOT_MET,
    "not_applicable": CheckVerdict.NOT_RUN,
    "continue": CheckVerdict.PENDING,
}
"""What the choices of a question come to. Which of them there are is Pipecat Evals' own."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a judge.

    Attributes:
        prompt: Name and version of the prompt that asks it.
        text: What must hold, as it was written.
        transcript: The call as far as the judge may know it.
        turn: The turn it is about; None: the whole call.
        choices: What can be answered; keys of :data:`VERDICTS`.
    """

    prompt: str
    text: str
    transcript: tuple[Turn, ...]
    turn: int | None = None
    choices: tuple[str, ...] = ("yes", "no")


class Asks(Protocol):
    """A judge.

    Attributes:
        name: Of its endpoint; `rules` needs no language model.
    """

    name: str

    async def ask(self, question: Question) -> Vote:
        """Its answer, with the quote as the judge gave it.

        Never raises but for being cancelled: what goes wrong is a vote with verdict `error`.
        """
        ...
