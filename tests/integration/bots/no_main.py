"""A bot whose author forgot Pipecat's runner: the file is through before anybody calls."""

from pipecat.runner.types import RunnerArguments


async def bot(runner_args: RunnerArguments) -> None:
    """Never called."""
