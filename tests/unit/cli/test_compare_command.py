"""``ringback compare``: two runs and two calls in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.nouns import Verdict
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run
from tests.unit.cli.conftest import Run, the_object


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    kept = Store.open(get_settings())
    yield kept
    kept.close()


def test_two_runs_in_words_and_as_json(store: Store, run: Run) -> None:
    a = seed_run(store, ("Book a follow-up",), 4, [1.0], latency=0.8).id
    b = seed_run(store, ("Book a follow-up",), 4, [0.0], latency=1.7).id
    told = run("compare", a, b)
    assert told.exit_code == 0
    assert "B is worse: fewer calls pass" in told.stdout
    assert "4/4" in told.stdout and "0/4" in told.stdout
    found = the_object(run("compare", a, b, "--json"))
    assert found["kind"] == "runs"
    assert found["pass_rate"]["conclusion"] == "worse"
    assert found["pass_rate"]["by"]["value"] == -1.0
    by = found["scenarios"][0]["p50_s"]["by"]
    assert by["value"] > 0.5 and by["low"] < by["value"] < by["high"]
    assert found["scenarios"][0]["conclusion"] == "fewer pass, slower"
    assert {check["name"] for check in found["checks"]} >= {"Says goodbye"}


def test_two_calls_in_words_and_as_json(store: Store, run: Run) -> None:
    a = seed_call(store, recording=False, latency=0.8, seed=3).id
    b = seed_call(
        store, recording=False, latency=1.8, seed=3, verdict=Verdict.FAILED, no_answer=(3,)
    ).id
    told = run("compare", a, b)
    assert told.exit_code == 0
    assert "worse: " in told.stdout and "no answer" in told.stdout
    found = the_object(run("compare", a, b, "--json"))
    assert found["kind"] == "calls"
    assert [turn["kind"] for turn in found["turns"]].count("no_answer") == 1
    assert found["checks"][0] | {"name": ""} == {
        "name": "",
        "change": "worse",
        "a": "met",
        "b": "not_met",
    }


def test_a_run_and_a_call_are_not_compared(store: Store, run: Run) -> None:
    told = run("compare", seed_run(store, ("Book a follow-up",), 1, [1.0]).id, "call_x")
    assert told.exit_code == 2
    assert "A run and a call cannot be compared." in told.output


def test_what_is_not_there_is_told(store: Store, run: Run) -> None:
    told = run("compare", "call_x", "call_y", "--json")
    assert told.exit_code == 2
    assert the_object(told)["error"]["message"].startswith("There is no call")
