"""The console on a replayed conversation instead of the engine: for browser tests only."""

import os
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))
sys.path.insert(0, str(Path(__file__).parents[2]))

from replay_service import ReplayService

from harness.calls import Hold
from harness.console import app_arguments
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_console
from tests.seeded_service import SeededService


class Telling(ReplayService):
    """Says so when it is stopped, and who has given a call back."""

    def _end(self, hold: Hold, why: str, instruction: str, step: int | None) -> None:
        super()._end(hold, why, instruction, step)
        stand = self._get(hold.call_id).stands[-1]
        print("given back:", *self.back[-1:], f"{stand.began} to {stand.ended}", flush=True)

    def stop(self) -> None:
        super().stop()
        print("replay stopped", flush=True)


def _replay() -> ReplayService:
    if os.environ.get("REPLAY_SEEDED"):
        return _seeded()
    return Telling(
        script=os.environ.get("REPLAY_SCRIPT", "book"),
        speed=float(os.environ.get("REPLAY_SPEED", "1")),
        history=bool(os.environ.get("REPLAY_HISTORY")),
    )


def _seeded() -> ReplayService:
    """Stored calls and runs in the data folder; the same ones if it is started again."""
    settings = get_settings()
    store = Store.open(settings)
    if not store.runs(limit=1):
        seed_console(store)
    return SeededService(store, settings)


app = st.App(**app_arguments(_replay))
