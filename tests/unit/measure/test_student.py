"""Student's t against the printed tables, and what it makes of an interval's ends."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from harness.measure._student import expanded_tail, t_quantile

TABLE = {
    (0.975, 1): 12.7062,
    (0.975, 2): 4.30265,
    (0.975, 3): 3.18245,
    (0.95, 7): 1.89458,
    (0.995, 5): 4.03214,
    (0.975, 10): 2.22814,
    (0.975, 29): 2.04523,
    (0.975, 100): 1.98397,
    (0.975, 1000): 1.96234,
    (0.5, 4): 0.0,
}


@pytest.mark.parametrize("asked", TABLE, ids=str)
def test_the_tables_are_met(asked: tuple[float, int]) -> None:
    assert t_quantile(*asked) == pytest.approx(TABLE[asked], abs=1e-5, rel=1e-5)


def test_with_many_it_is_the_normal_distribution() -> None:
    ends = [t_quantile(0.975, df) for df in (1999, 2000, 10**6)]
    assert ends == pytest.approx([NormalDist().inv_cdf(0.975)] * 3, rel=1e-3)
    assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize(("p", "df"), [(0.4, 3), (1.0, 3), (0.9, 0)])
def test_what_has_no_quantile_is_refused(p: float, df: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        t_quantile(p, df)


def test_fewer_cut_off_less() -> None:
    tails = [expanded_tail(n, 0.95) for n in (2, 3, 5, 20, 200, 20_000)]
    assert tails == sorted(tails)
    assert tails[0] < 1e-6
    assert tails[-1] == pytest.approx(0.025, rel=1e-3)
