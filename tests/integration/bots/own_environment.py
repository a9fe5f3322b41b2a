"""A bot without Pipecat's runner: it finds its room in the environment as it starts."""

import asyncio
import os

from tone import play

if __name__ == "__main__":
    room = os.environ["LIVEKIT_ROOM"]
    asyncio.run(play(os.environ["LIVEKIT_URL"], os.environ["LIVEKIT_TOKEN"], room))
