"""A bot that can only be called from a browser."""

from pipecat.runner.run import main
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.transports.base_transport import TransportParams


async def bot(runner_args: RunnerArguments) -> None:
    """Fails before it comes into the room."""
    await create_transport(runner_args, {"webrtc": lambda: TransportParams()})


if __name__ == "__main__":
    main()
