"""OpenAiBrainLLM: a language model behind OpenAI's API plays a person; its faults in our words."""

from __future__ import annotations

import asyncio

import openai
from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.llm import OpenAILLMService

from harness.errors import PersonaError, hide, redact
from harness.nouns import LlmAccess, LlmEndpoint

__all__ = ["OpenAiBrainLLM"]

_NO_KEY = "none"
"""Sent where no key is needed: without any the client would take OPENAI_API_KEY out of the
environment and send it to whoever is asked."""


class OpenAiBrainLLM(OpenAILLMService):
    """Pipecat's OpenAI service, asked within the time its entry gives.

    Args:
        access: The language model and its key.
    """

    def __init__(self, access: LlmAccess) -> None:
        endpoint = access.endpoint
        if access.key:
            hide(access.key)
        super().__init__(
            api_key=access.key or _NO_KEY,
            base_url=endpoint.url,
            settings=OpenAILLMService.Settings(
                model=endpoint.model,
                # What the client takes itself is how long it waits for a piece of the answer;
                # the rest goes into the request as it stands.
                extra={"timeout": endpoint.timeout_s, "extra_body": dict(endpoint.extra)},
            ),
        )
        self.endpoint = endpoint
        self._answering = False

    def fault(self, error: BaseException | None, said: str) -> PersonaError:
        """What an error of its own means.

        Args:
            error: What was raised, if that is known.
            said: What it said of itself.
        """
        return _fault(self.endpoint, error, said, answering=self._answering)

    async def get_chat_completions(self, context: LLMContext) -> AsyncStream[ChatCompletionChunk]:
        """Ask, the client's own further attempts included, within the entry's time."""
        self._answering = False
        async with asyncio.timeout(self.endpoint.timeout_s):
            answer: AsyncStream[ChatCompletionChunk] = await super().get_chat_completions(context)
        self._answering = True
        return answer


def _fault(
    endpoint: LlmEndpoint, error: BaseException | None, said: str, *, answering: bool
) -> PersonaError:
    who = f"The language model {endpoint.name}, which plays the caller,"
    check = "Check its entry on the Settings page"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return PersonaError(
            f"{who} refuses the key ({error.status_code}).",
            cause="The key is wrong, has expired or may not use this model.",
            remedy=f"{check}, then call again.",
        )
    if isinstance(error, openai.NotFoundError):
        return PersonaError(
            f"{who} is not there (404).",
            cause=f"There is no model {endpoint.model} at that address, or the address is wrong.",
            remedy=f"{check}: its address as far as /v1, and its model. Then call again.",
        )
    if isinstance(error, openai.RateLimitError):
        return PersonaError(
            f"{who} takes no more requests for now (429).",
            cause="Too many were sent, or the account's quota is used up.",
            remedy="Wait a while or look at the account, then call again.",
        )
    if isinstance(error, openai.APIStatusError):
        return PersonaError(
            f"{who} answers with an error ({error.status_code}).",
            cause=redact(said)[:300],
            remedy="Call again; if it goes on, look at the service's own status and log.",
        )
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return PersonaError(
            f"{who} gave no answer in time.",
            cause="It is overloaded or loads its model, or the time of its entry is too short.",
            remedy="Call again, choose a faster model, or give its entry more time.",
        )
    if isinstance(error, openai.APIConnectionError) and not answering:
        return PersonaError(
            f"{who} cannot be reached.",
            cause="Nothing listens at its address, or the network between failed.",
            remedy=f"{check} and that the service runs, then call again.",
        )
    return PersonaError(
        f"{who} broke off its answer.",
        cause=redact(said)[:300],
        remedy="Call again; if it goes on, look at the service's own log.",
    )
