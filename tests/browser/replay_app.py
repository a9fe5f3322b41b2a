"""The console on a replayed conversation instead of the engine: for browser tests only."""

import os
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))

from replay_service import ReplayService

from harness.console import app_arguments


class Telling(ReplayService):
    """Says so when it is stopped."""

    def stop(self) -> None:
        super().stop()
        print("replay stopped", flush=True)


def _replay() -> ReplayService:
    return Telling(
        script=os.environ.get("REPLAY_SCRIPT", "book"),
        speed=float(os.environ.get("REPLAY_SPEED", "1")),
        history=bool(os.environ.get("REPLAY_HISTORY")),
    )


app = st.App(**app_arguments(_replay))
