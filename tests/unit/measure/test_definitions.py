"""What each metric means is told once, and docs/measurement.md says the same."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from harness.measure import JUDGE_METRICS, METRICS, info_of
from harness.nouns import MetricInfo, StageName, Unit
from harness.settings import ROOT

GROUPS = {
    "latency": "Latency",
    "turn_taking": "Turn taking",
    "talk": "Talk",
    "words": "Words",
    "audio": "Sound",
    "health": "Health",
}
UNITS = {
    "s": "s",
    "count": "number",
    "share": "0 to 1",
    "score": "0 to 1",
    "per_minute": "1/min",
    "db": "dB",
    "hz": "Hz",
}


def row(info: MetricInfo) -> str:
    """A metric's row in docs/measurement.md."""
    better = "" if info.better == "neither" else info.better
    cells = (f"`{info.key}`", info.title, UNITS[info.unit], better, info.formula)
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("info", METRICS.values(), ids=list(METRICS))
def test_each_metric_is_told_in_plain_words(info: MetricInfo) -> None:
    assert info is info_of(info.key)
    assert re.fullmatch(r"[a-z0-9_]+", info.key)
    assert info.unit in get_args(Unit)
    assert info.title[0].isupper() and len(info.title) <= 40
    assert 0 < len(info.tooltip) <= 200
    assert info.tooltip.rstrip("\u201d").endswith(".") and "  " not in info.tooltip
    assert info.formula and "  " not in info.formula and "|" not in info.formula
    assert info.source


def test_no_two_metrics_look_alike() -> None:
    for told in ([info.title for info in METRICS.values()], [i.tooltip for i in METRICS.values()]):
        assert len(set(told)) == len(told)


def test_every_stage_has_its_metric() -> None:
    assert {f"stage_{name}_p50" for name in get_args(StageName)} <= set(METRICS)


def test_only_estimates_are_greyed() -> None:
    for info in METRICS.values():
        estimate = re.search(r"_p\d\d$|(?<!clipped)_share$|_score$|_rate$", info.key)
        told = info.source == "docs/measurement.md#figures"
        assert info.grey_below == (10 if estimate and not told else 0)


def test_the_page_tells_how_agreement_is_measured() -> None:
    page = (ROOT / "docs" / "grading.md").read_text("utf-8").splitlines()
    units = {"share": "0 to 1", "score": "-1 to 1"}
    assert [line for line in page if line.startswith("| `judge_")] == [
        f"| `{each.key}` | {each.title} | {units[each.unit]} | {each.better} | {each.formula} | "
        f"{each.source} |"
        for each in JUDGE_METRICS.values()
    ]
    for each in JUDGE_METRICS.values():
        assert (each.group, each.grey_below) == ("judges", 20) and "|" not in each.formula
        assert 0 < len(each.tooltip) <= 200 and each.tooltip.endswith(".")
    assert not JUDGE_METRICS.keys() & METRICS.keys()


def test_an_unknown_metric_is_none() -> None:
    with pytest.raises(KeyError):
        info_of("nothing")


def test_the_page_tells_every_metric_as_the_code_does() -> None:
    page = (ROOT / "docs" / "measurement.md").read_text("utf-8")
    told = [line for line in page.splitlines() if re.match(r"\| `[a-z0-9_]+` \|", line)]
    rows = [row(info) for group in GROUPS for info in METRICS.values() if info.group == group]
    assert [line for line in told if line.split("`")[1] in METRICS] == rows
    assert {info.group for info in METRICS.values()} == set(GROUPS)
    assert all(f"\n### {title}\n" in page for title in GROUPS.values())


def test_where_a_definition_comes_from_can_be_looked_up() -> None:
    page = (ROOT / "docs" / "measurement.md").read_text("utf-8")
    headings = {line.lstrip("# ").lower() for line in page.splitlines() if line.startswith("#")}
    for source in {info.source for info in METRICS.values()}:
        if source.startswith("docs/"):
            path, anchor = source.split("#")
            assert path == "docs/measurement.md" and anchor.replace("-", " ") in headings
