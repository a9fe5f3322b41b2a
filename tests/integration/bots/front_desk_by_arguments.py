"""The demo front desk without Pipecat's runner: it gets its room as ``-u URL -r ROOM -t TOKEN``."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from pipecat.runner.types import LiveKitRunnerArguments

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "data" / "agents" / "front_desk"))
from bot import bot, warm

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The front desk")
    parser.add_argument("-u", required=True, help="LiveKit URL")
    parser.add_argument("-r", required=True, help="Room")
    parser.add_argument("-t", required=True, help="Token")
    parser.add_argument("-b", default="{}", help="Session body")
    given = parser.parse_args()
    warm()
    print("ready", flush=True)
    body = json.loads(given.b)
    asyncio.run(bot(LiveKitRunnerArguments(given.r, given.u, token=given.t, body=body)))
