from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.console.runs import charts
from harness.console.theme import palette

LIGHT = palette("light")


@given(st.lists(st.floats(-0.5, 2000), min_size=1, max_size=80))
def test_every_reply_is_in_one_of_at_most_40_bars(values):
    edges, counts = charts.bins_of(values)
    assert sum(counts) == len(values)
    assert len(counts) <= 40 and len(edges) == len(counts) + 1
    assert edges[0] <= min(values) + 1e-6 and edges[-1] >= max(values) - 1e-3


def test_bars_are_green_up_to_three_quarters_of_the_budget_then_amber_then_red():
    figure = charts.histogram([0.5, 1.75, 2.5], 2.0, LIGHT)
    bars = figure.data[0]
    by = {
        round(x, 2): ink for x, y, ink in zip(bars.x, bars.y, bars.marker.color, strict=True) if y
    }
    assert list(by.values()) == [LIGHT.good.line, LIGHT.close.line, LIGHT.bad.line]
    assert "33 % are slower" in figure.layout.annotations[0].text


def test_rare_failures_stand_together():
    figure = charts.failures({f"Check {n}": 9 - n for n in range(8)}, LIGHT)
    assert list(figure.data[0].x) == [9, 8, 7, 6, 5, 4 + 3 + 2]
    assert "3 others" in [note.text for note in figure.layout.annotations]


def test_a_name_of_a_check_is_no_markup():
    figure = charts.failures({"<b>x</b>": 1}, LIGHT)
    assert figure.layout.annotations[0].text == "&lt;b&gt;x&lt;/b&gt;"


def test_a_judge_that_is_not_proven_is_named_after_its_check():
    name = "The caller hears the price before the visit is booked"
    figure = charts.failures({name: 2, "Greets": 1}, LIGHT, {name: "judge weak"})
    marked, _, plain, _ = (note.text for note in figure.layout.annotations)
    assert marked.startswith("The caller hears the price") and ">judge weak<" in marked
    assert plain == "Greets"


def test_many_replies_and_calls_are_thinned_to_what_can_be_seen():
    values = [n / 1000 for n in range(5000)]
    dots, p50, p95 = charts.by_scenario({"One": values}, 2.0, LIGHT).data
    assert len(dots.x) == 60 and min(dots.x) == 0 and max(dots.x) == 4.999
    assert abs(p50.x[0] - 2.5) < 0.01 and abs(p95.x[0] - 4.75) < 0.01
    calls = [(f"Call {n}", "passed", [0.5, 1.0]) for n in range(3000)]
    assert len(charts.by_call(calls, None, LIGHT).data[1].x) == 400


def test_calls_without_a_reply_keep_their_number():
    figure = charts.by_call(
        [("A", "passed", [1.0]), ("B", "not_run", []), ("C", "failed", [3.0])], 2.0, LIGHT
    )
    assert list(figure.data[1].x) == [1, 3]
    assert list(figure.data[1].marker.symbol) == ["circle", "diamond"]
