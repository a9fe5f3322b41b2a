"""A bot that starts well and needs its key only when somebody calls."""

import os

from pipecat.runner.run import main
from pipecat.runner.types import RunnerArguments
from pipecat.services.openai.llm import OpenAILLMService


async def bot(runner_args: RunnerArguments) -> None:
    """Fails before it comes into the room."""
    OpenAILLMService(api_key=os.getenv("OPENAI_API_KEY"))


if __name__ == "__main__":
    main()
