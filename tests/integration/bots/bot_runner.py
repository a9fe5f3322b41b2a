"""A bot runner as Pipecat's own guide describes it: ``POST /start_bot`` starts a process a call.

It makes a room, runs the bot file in it, and answers ``{"room_url", "token", "bot": {"id"}}``;
``DELETE /bots/{id}`` ends the bot and its room. It wants a key, which it gets in RUNNER_KEY.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from livekit import api

URL, KEY, SECRET = (os.environ[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))


async def known(authorization: str = Header("")) -> None:
    """Whoever asks shows the key."""
    if authorization != f"Bearer {os.environ['RUNNER_KEY']}":
        raise HTTPException(401, f"{authorization.removeprefix('Bearer ')} is not the key")


app = FastAPI(dependencies=[Depends(known)])
bots: dict[str, tuple[str, asyncio.subprocess.Process]] = {}


def token(room: str, identity: str, **grants: Any) -> str:
    """A way into `room`."""
    video = api.VideoGrants(room_join=True, room=room, **grants)
    return api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(video).to_jwt()


@app.post("/start_bot")
async def start_bot(request: dict[str, Any]) -> dict[str, Any]:
    """Start a bot in a room of its own."""
    bot_id = secrets.token_hex(4)
    room = f"call {bot_id}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "front_desk_by_arguments.py", "-u", URL, "-r", room),
        *("-t", token(room, "bot", agent=True), "-b", json.dumps(request["config"])),
    )
    bots[bot_id] = room, process
    return {"room_url": URL, "token": token(room, "caller"), "bot": {"id": bot_id}}


@app.delete("/bots/{bot_id}")
async def stop_bot(bot_id: str) -> dict[str, str]:
    """End a bot, whatever it is doing, and its room."""
    if bot_id not in bots:
        raise HTTPException(404, "no such bot")
    room, process = bots.pop(bot_id)
    if process.returncode is None:
        process.kill()
    await process.wait()
    async with api.LiveKitAPI(URL, KEY, SECRET) as livekit:
        try:
            await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
        except api.TwirpError as error:
            if error.code != "not_found":
                raise
    return {"stopped": bot_id}


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"listens on http://127.0.0.1:{listening.getsockname()[1]} now", flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    asyncio.run(server.serve(sockets=[listening]))
