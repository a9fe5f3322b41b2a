"""The address of the history and the query that it asks, both ways."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from harness.console.runs.history_filters import params_of, query_of
from harness.nouns import CallQuery


def midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


FULL = {
    "show": "failed",
    "find": "friday & doctor",
    "agent": "Clinic front desk",
    "scenario": "Book",
    "failure": "!no_audio",
    "tag": "v12",
    "over": "1.5",
    "starred": "yes",
    "since": "2026-11-01",
    "until": "2026-11-02",
    "sort": "slowest",
}


def test_an_address_and_its_query_are_the_same_thing() -> None:
    query = query_of(FULL)
    assert params_of(query) == FULL
    assert (query.since, query.until) == (
        midnight(date(2026, 11, 1)),
        midnight(date(2026, 11, 3)),  # the last day is shown to its end
    )
    assert query.p95_over_s == 1.5 and query.starred and query.outcome == "failed"
    assert params_of(CallQuery()) == {} and query_of({}) == CallQuery()


def test_pages_of_fifty() -> None:
    assert [query_of({"page": page}).offset for page in ("1", "2", "300")] == [0, 50, 14950]
    assert query_of({"page": "2"}).limit == 50
    assert "page" not in params_of(query_of({"page": "2"}))


@pytest.mark.parametrize(
    "params",
    [
        {"show": "everything"}, {"sort": "random"}, {"over": "fast"}, {"over": "nan"},
        {"over": "-1"}, {"over": "inf"}, {"starred": "no"}, {"since": "yesterday"},
        {"until": "2026-13-01"}, {"page": "-3"}, {"page": "0"}, {"page": "²"},
        {"page": "9" * 400}, {"run": "run_1"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_asks_for_nothing(params: dict[str, str]) -> None:
    assert query_of(params) == CallQuery()


def test_days_stay_the_same_days_when_clocks_change() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)):
        both = {"since": day.isoformat(), "until": (day + timedelta(days=1)).isoformat()}
        assert params_of(query_of(both)) == both
