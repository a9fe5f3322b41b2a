"""A bot without Pipecat's runner: it is given its room as ``-u URL -t TOKEN`` as it starts."""

import argparse
import asyncio

from tone import play

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Pipecat Bot")
    parser.add_argument("-u", type=str, required=True, help="Room URL")
    parser.add_argument("-t", type=str, required=True, help="Token")
    config = parser.parse_args()
    asyncio.run(play(config.u, config.t, "whatever its token says"))
