"""The parts of the inspector alone, on seeded calls: for browser tests only."""

import os
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.console import app_arguments
from harness.nouns import Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call
from tests.seeded_service import SeededService


def _seeded() -> SeededService:
    """A call that failed, and with `SEED_LONG` one of half an hour with 400 lines."""
    settings = get_settings()
    store = Store.open(settings)
    if os.environ.get("SEED_LONG"):
        seed_call(store, minutes=30, turns=400, seed=5)
    else:
        seed_call(store, verdict=Verdict.FAILED, no_answer=(3,), turns=6, minutes=1.5, seed=2)
    return SeededService(store, settings)


app = st.App(
    **app_arguments(_seeded) | {"script_path": Path(__file__).with_name("inspect_script.py")}
)
