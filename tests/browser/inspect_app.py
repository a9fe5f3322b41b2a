"""The parts of the inspector alone, on seeded calls: for browser tests only."""

import sys
from dataclasses import replace
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.console import app_arguments
from harness.nouns import AgentNeverSaid, NoMissedTurn, Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_scenario
from tests.seeded_service import SeededService


def _seeded() -> SeededService:
    """A call with 400 lines, and a newer one in which two checks failed."""
    settings = get_settings()
    store = Store.open(settings)
    seed_call(store, minutes=8, turns=400, latency=0.4, seed=5)
    scenario = seed_scenario("Book a follow-up")
    checks = (
        AgentNeverSaid(rule="agent_never_said", name="Never offers Tuesday", text="Tuesday"),
        NoMissedTurn(rule="no_missed_turn", name="Answers every line"),
    )
    seed_call(
        store,
        scenario=replace(scenario, checks=scenario.checks + checks),
        verdict=Verdict.FAILED,
        no_answer=(3,),
        turns=6,
        minutes=1.5,
        seed=2,
    )
    return SeededService(store, settings)


app = st.App(
    **app_arguments(_seeded) | {"script_path": Path(__file__).with_name("inspect_script.py")}
)
