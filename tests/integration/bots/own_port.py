"""A bot with a web server of its own on a port of its own: ``OWN_PORT``."""

import os

import uvicorn
from fastapi import FastAPI

if __name__ == "__main__":
    uvicorn.run(FastAPI(), host="127.0.0.1", port=int(os.environ["OWN_PORT"]))
