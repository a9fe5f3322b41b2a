"""The figures of the kept calls tell the faults of timing, and a healthy agent has none of them."""

from __future__ import annotations

import sys

import pytest

from harness.settings import ROOT

sys.path.append(str(ROOT / "tests" / "matrix"))

from fault_figures import SEEN, figures
from matrix_pairs import HEALTHY, Pair, expected, pairs, stored

# Turns that are not taken in turn, and rightly: who is told to hold on says nothing, who hears
# nothing asks, nobody answers a cough, and who is in a hurry speaks into the reply.
OTHERWISE = {"hold_on", "silence", "noises", "person_in_a_hurry"}


def kept(fault: str) -> list[Pair]:
    """The calls with a fault, where the scenario gives it occasion to show."""
    return [
        pair
        for pair in pairs()
        if pair.fault == fault
        and pair.scenario not in OTHERWISE
        and (fault == HEALTHY or expected().get(pair))
        and stored(pair) is not None
    ]


FAULTY = [pair for fault in SEEN for pair in kept(fault)]
SOUND = kept(HEALTHY)


@pytest.mark.parametrize("pair", FAULTY, ids=str)
def test_figures_tell_a_fault(pair: Pair) -> None:
    assert SEEN[pair.fault].seen(figures(stored(pair) or ()))


def test_each_fault_of_timing_was_called() -> None:
    assert {pair.fault for pair in FAULTY} == set(SEEN)


@pytest.mark.parametrize("pair", SOUND, ids=str)
def test_figures_of_a_healthy_agent_tell_none(pair: Pair) -> None:
    found = figures(stored(pair) or ())
    assert [fault for fault, sign in SEEN.items() if sign.seen(found)] == []
    assert found["turn_taking_score"] == 1.0


def test_who_goes_on_after_a_pause_has_not_given_way() -> None:
    obeys, goes_on = (
        figures(stored(Pair(fault, "barge_in")) or ()) for fault in (HEALTHY, "stubborn")
    )
    assert (obeys["yield_share"], goes_on["yield_share"]) == (1.0, 0.0)
    assert (obeys["stop_time_max"] or 9.0) < 1.0 < 10.0 < (goes_on["stop_time_max"] or 0.0)
