"""What plays a simulated person: the rules brain, or a language model behind OpenAI's API."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from harness.caller.evals._rules_brain import RulesBrainLLM
from harness.errors import PackageMissing, PersonaError
from harness.nouns import Brain, LlmAccess, RulesBrain
from harness.settings import install_command

if TYPE_CHECKING:
    from pipecat.services.llm_service import LLMService

__all__ = ["make_brain"]


def make_brain(brain: Brain, access: LlmAccess | None) -> LLMService[Any]:
    """The language model, or what stands for one, that plays a person for one call.

    Args:
        brain: Of the simulation.
        access: The language model that `brain` names, with its key; the rules brain needs none.

    Raises:
        PersonaError: No language model was given.
        PackageMissing: The client of OpenAI's API is not installed.
    """
    if isinstance(brain, RulesBrain):
        return RulesBrainLLM(brain)
    if access is None:
        raise PersonaError(
            "No language model is there to play the caller.",
            cause="The simulation's brain is openai, and no language model is set up.",
            remedy="Set one up on the Settings page, or give the scenario a brain of kind rules.",
        )
    return _language_model(access)


def _language_model(access: LlmAccess) -> LLMService[Any]:
    if importlib.util.find_spec("openai") is None:
        raise PackageMissing(
            "A language model as the caller needs the package openai.",
            cause="Python finds no package openai.",
            remedy=f"Install it: {install_command('pipecat-ai[openai]')}",
        )
    from harness.caller.evals._openai_brain import OpenAiBrainLLM

    return OpenAiBrainLLM(access)
