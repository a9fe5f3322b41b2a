"""HttpJudge: a language model behind OpenAI's chat completions."""

from __future__ import annotations

import httpx

from harness.chat import Chat
from harness.errors import JudgeError, redact
from harness.grade._judge import VERDICTS, Question
from harness.grade._prompts import answer_schema, messages, read_answer
from harness.nouns import CheckVerdict, LlmAccess, Vote

__all__ = ["HttpJudge"]


class HttpJudge:
    """Asks a language model, as :class:`harness.chat.Chat` does: within its endpoint's time limit.

    An answer without a verdict is asked for again.
    """

    def __init__(self, access: LlmAccess, client: httpx.AsyncClient | None = None) -> None:
        self.name = access.endpoint.name
        self._chat = Chat(access, client)

    async def aclose(self) -> None:
        """Close the connections, if they are its own."""
        await self._chat.aclose()

    async def ask(self, question: Question) -> Vote:
        """Its answer; whatever goes wrong is a vote with verdict `error`."""
        try:
            return await self.answer(question)
        except JudgeError as failed:
            error = f"{failed.message} {failed.cause}".strip()
        except Exception as failed:  # a judge never ends a call
            error = (
                f"{self.name} could not be asked: {redact(str(failed)) or type(failed).__name__}"
            )
        return Vote(self.name, self._chat.endpoint.model, CheckVerdict.ERROR, error=error)

    async def answer(self, question: Question) -> Vote:
        """Its answer.

        Raises:
            JudgeError: It gave none, or none that can be used; as :meth:`Chat.ask`.
        """
        said = await self._chat.ask(
            messages(question),
            answer_schema(question),
            lambda text: read_answer(text, question),
            about="verdict",
        )
        answer = said.value
        return Vote(
            judge=self.name,
            model=said.model,
            verdict=VERDICTS[answer.choice],
            quote=answer.quote,
            turn=answer.turn,
            reason=answer.reason,
            tokens_in=said.tokens_in,
            tokens_out=said.tokens_out,
        )
