"""The curves of two sets of replies: true to the numbers, and never more than a screen shows."""

from __future__ import annotations

import pytest

from harness.console.compare.charts import latency_curves
from harness.console.theme import palette

LIGHT = palette("light")


def test_half_of_the_replies_are_within_the_median() -> None:
    figure = latency_curves([1.0, 2.0, 3.0, 4.0], [0.5], 2.0, LIGHT)
    curve = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    assert [curve[x] for x in (1.0, 2.0, 3.0, 4.0)] == [25, 50, 75, 100]
    assert figure.data[0].line.dash and figure.data[1].line.dash == "solid"


@pytest.mark.parametrize("n", [0, 1, 499, 20_000])
def test_a_curve_has_no_more_points_than_can_be_seen(n: int) -> None:
    values = [0.5 + i / 10_000 for i in range(n)]
    figure = latency_curves(values, values, None, LIGHT)
    assert len(figure.data[0].x) <= 502
    assert not values or figure.data[0].y[-1] == 100


def test_the_budget_is_named_where_there_is_room() -> None:
    near = latency_curves([1.9], [1.8], 2.0, LIGHT).layout.annotations[0]
    far = latency_curves([9.0], [8.0], 2.0, LIGHT).layout.annotations[0]
    assert (near.xanchor, far.xanchor) == ("right", "center")
    # Above, where neither curve can be.
    assert near.y > 100 and near.yanchor == "bottom"
