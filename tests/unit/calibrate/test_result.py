"""What the turns of a calibration come to, on logs in which the errors are planted."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.calibrate._result import summarise
from harness.calibrate._truth import Measured
from harness.errors import CalibrationSpoiled

DELAYS = (0.3, 0.8, 1.5, 3.0)


def turns(
    errors: list[float], floors: list[float] | None = None, flagged: frozenset[int] = frozenset()
) -> list[Measured]:
    """Answers whose errors and floors are known."""
    out = []
    for number, error in enumerate(errors):
        delay = DELAYS[number % len(DELAYS)]
        true = delay + (floors[number] if floors else 0.054)
        flags = ("loop lag 90 ms",) if number in flagged else ()
        out.append(Measured(number + 1, "delay", delay, true + error, true, flags))
    return out


@settings(deadline=None)
@given(
    bias=st.floats(-0.1, 0.1),
    sd=st.floats(0.0001, 0.02),
    floor=st.floats(0.02, 0.3),
    count=st.integers(8, 100),
)
def test_planted_bias_and_spread_come_out(bias: float, sd: float, floor: float, count: int) -> None:
    # Errors at evenly spread quantiles: their median is the bias, whatever the seed.
    spread = statistics.NormalDist(bias, sd)
    errors = [spread.inv_cdf((n + 0.5) / count) for n in range(count)]
    np.random.default_rng(count).shuffle(errors)
    found = summarise(turns(errors, [floor] * count))
    assert found.bias_s == pytest.approx(bias, abs=1e-9)
    assert found.sd_s == pytest.approx(statistics.stdev(errors), abs=1e-9)
    assert abs(found.worst_s) == pytest.approx(max(map(abs, errors)), abs=1e-9)
    assert found.floor_s == pytest.approx(floor, abs=1e-9)
    assert found.floor_sd_s == pytest.approx(0.0, abs=1e-9)
    assert found.p95_abs_s <= abs(found.worst_s) + 1e-9
    assert sum(each.n for each in found.delays) == count


def test_the_worst_error_keeps_its_sign() -> None:
    assert summarise(turns([0.001, -0.009, 0.002, 0.001])).worst_s == pytest.approx(-0.009)


def test_the_way_varies_without_being_an_error() -> None:
    found = summarise(turns([0.002] * 4, [0.05, 0.07, 0.09, 0.11]))
    assert found.bias_s == pytest.approx(0.002)
    assert found.sd_s == pytest.approx(0.0, abs=1e-9)
    assert found.floor_s == pytest.approx(0.08)
    assert found.floor_sd_s == pytest.approx(statistics.stdev([0.05, 0.07, 0.09, 0.11]))


def test_flagged_turns_are_counted_and_left_out() -> None:
    found = summarise(turns([0.001, 0.001, 0.001, 0.5], flagged=frozenset({3})))
    assert (found.turns, found.flagged) == (4, 1)
    assert found.worst_s == pytest.approx(0.001)
    assert [each.delay_s for each in found.delays] == [0.3, 0.8, 1.5]


def test_half_of_the_turns_may_be_spoiled_and_no_more() -> None:
    assert summarise(turns([0.0] * 4, flagged=frozenset({0, 1}))).flagged == 2
    with pytest.raises(CalibrationSpoiled, match="3 of 4 turns") as raised:
        summarise(turns([0.0] * 4, flagged=frozenset({0, 1, 2})))
    assert "loop lag 90 ms" in raised.value.cause
    assert raised.value.exit_code == 3


def test_a_turn_of_which_nothing_is_said_is_told() -> None:
    answers = turns([0.0] * 4)
    answers[2] = Measured(3, "delay", 1.5, None, 1.554, ())
    found = summarise(answers)
    assert (found.flagged, found.missed) == (0, 1)
    assert [each.delay_s for each in found.delays] == [0.3, 0.8, 3.0]


def test_stop_and_overlap_have_results_of_their_own() -> None:
    more = [
        Measured(5, "stop", 0.4, 0.47, 0.46, ()),
        Measured(6, "stop", 0.4, 0.49, 0.46, ()),
        Measured(7, "overlap", -0.5, -0.45, -0.446, ()),
    ]
    found = summarise([*turns([0.001] * 4), *more], [0.05, 0.06, 0.09])
    assert found.turns == 4
    assert found.bias_s == pytest.approx(0.001)
    assert found.stop is not None
    assert found.stop.bias_s == pytest.approx(0.02)
    assert found.stop.floor_s == pytest.approx(0.06)
    assert found.stop.plain_floor_s == pytest.approx(0.06)
    assert found.overlap is not None
    assert found.overlap.bias_s == pytest.approx(-0.004)
    assert found.overlap.floor_s == pytest.approx(0.054)


def test_without_stops_there_is_no_result_of_them() -> None:
    found = summarise(turns([0.001] * 4))
    assert found.stop is None
    assert found.overlap is None
