"""A bot whose process dies when somebody calls: its session has started, nobody comes."""

import asyncio
import os
import traceback

from pipecat.runner.run import main
from pipecat.runner.types import RunnerArguments


async def bot(runner_args: RunnerArguments) -> None:
    """Fails after the runner has answered, and takes the process with it."""
    await asyncio.sleep(0.5)
    try:
        os.stat("calendar-of-the-clinic.json")
    except OSError:
        traceback.print_exc()
        os._exit(7)


if __name__ == "__main__":
    main()
