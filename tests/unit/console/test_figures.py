from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from harness.console._figures import greyed, is_thin, resting_on, stage_titles, value_of
from harness.console.inspect.metrics import SNIPPET, figure_rows
from harness.measure import METRICS, Interval, call_metrics
from harness.nouns import Metric, Outcome, Span, StageName, Turn, Unit

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.318, "s", "1.32 s"),
        (-0.4, "s", "−0.40 s"),
        (3.0, "count", "3"),
        (0.256, "share", "26%"),
        (1.0, "score", "100%"),
        (141.6, "per_minute", "142 a minute"),
        (-21.37, "db", "−21.4 dB"),
        (4000.0, "hz", "4.0 kHz"),
        (None, "s", "–"),
    ],
)
def test_a_figure_has_its_unit(value: float | None, unit: Unit, text: str) -> None:
    assert value_of(value, unit) == text


def test_interval_n_and_what_was_left_out_stand_below() -> None:
    metric = Metric("response_latency_p50", 1.3, "s", 12, low=1.1, high=1.62, left_out=2)
    assert resting_on(metric) == "95 %: 1.10 s to 1.62 s · n = 12 · left out: 2 spoiled"
    assert not is_thin(metric)


def test_a_figure_of_the_sound_rests_on_seconds_of_speech() -> None:
    assert resting_on(Metric("agent_snr", 48.2, "db", 4)) == "from 4 s of speech"
    assert resting_on(Metric("agent_echo_s", 0.0, "s", 4)) == "n = 4"


@pytest.mark.parametrize(("n", "thin"), [(9, True), (10, False)])
def test_an_estimate_from_few_is_greyed_and_says_so(n: int, thin: bool) -> None:
    (_, row) = figure_rows([Metric("response_latency_p50", 1.3, "s", n)])
    assert (row.weight == "soft") is thin
    assert ("too few to rely on" in row.below[0]) is thin


def test_a_count_is_never_too_few() -> None:
    (_, row) = figure_rows([Metric("missed_turns", 0, "count", 3)])
    assert row.weight == "plain" and row.below == ("n = 3",)


def test_every_figure_stands_once_with_the_meaning_of_its_one_definition() -> None:
    turns = [
        Turn(
            index=n,
            outcome=Outcome.ANSWERED,
            caller=Span(10.0 * n, 10.0 * n + 2),
            agent=(Span(10.0 * n + 3, 10.0 * n + 6),),
            response_latency_s=1.0,
        )
        for n in range(1, 4)
    ]
    metrics = call_metrics(turns)
    rows = figure_rows(metrics)
    shown = {row.text: row for row in rows if row.tip}
    known = [metric for metric in metrics if metric.value is not None]
    assert set(shown) == {METRICS[metric.key].title for metric in known}
    for metric in known:
        assert shown[METRICS[metric.key].title].tip == METRICS[metric.key].tooltip
    missing = "; ".join(
        row.text for row in rows[[row.text for row in rows].index("Not measured") :]
    )
    for metric in metrics:
        if metric.value is None:
            assert METRICS[metric.key].title in missing


def test_every_stage_has_a_name_and_a_meaning() -> None:
    titles = stage_titles()
    assert set(titles) == set(get_args(StageName))
    assert titles["llm"] == ("Language model", "Until the model's first words.")
    assert all(tip.endswith(".") for _, tip in titles.values())


def test_the_line_to_paste_is_the_documented_one() -> None:
    told = (DOCS / "agents" / "observer.md").read_text(encoding="utf-8")
    words = " ".join(SNIPPET.split()).replace("( ", "(").replace(" )", ")")
    assert words in " ".join(told.split())


def test_the_error_bar_stands_with_heard_latencies_only() -> None:
    metrics = [
        Metric("response_latency_p95", 1.3, "s", 12),
        Metric("bot_reported_p50", 1.0, "s", 12),
        Metric("missed_turns", 0, "count", 12),
    ]
    shown = {row.text: row.below for row in figure_rows(metrics, 0.0068) if row.tip}
    assert shown["Heard latency, p95"] == ("n = 12", "each ±7 ms, by calibration")
    assert shown["What the agent says, p50"] == ("n = 12",)
    assert not any("±" in line for row in figure_rows(metrics) for line in row.below)


@pytest.mark.parametrize(
    ("value", "grey", "shown"),
    [(1.2, True, ":gray[1.20 s]"), (1.2, False, "1.20 s"), (None, True, "1.20 s")],
)
def test_a_figure_of_a_run_is_grey_where_it_rests_on_too_few(
    value: float | None, grey: bool, shown: str
) -> None:
    assert greyed("1.20 s", Interval(value, None, None, 4, 1, grey)) == shown
