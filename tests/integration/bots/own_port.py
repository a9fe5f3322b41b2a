"""A bot with a web server of its own on a port of its own: ``OWN_PORT``."""

import os

import uvicorn


async def app(scope, receive, send):
    """Nobody asks it anything."""


if __name__ == "__main__":
    # Little is loaded: it must listen before anybody loses patience with it.
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["OWN_PORT"]), lifespan="off")
