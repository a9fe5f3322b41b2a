from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from harness.console import history
from harness.console.theme import palette
from harness.measure import METRICS
from harness.nouns import Call, CallState, Verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSED = Call(
    id="c1",
    run_id="r1",
    agent="Clinic front desk",
    provider="demo",
    scenario="Book a follow-up",
    voice="heart",
    state=CallState.DONE,
    verdict=Verdict.PASSED,
    failure=None,
    created_at=NOW,
    duration_s=94.5,
    summary={
        "turns": 8,
        "no_answer": 1,
        "p50_s": 1.08,
        "p95_s": 2.41,
        "spoiled": 2,
        "checks_met": 4,
        "checks": 7,
    },
)
FAILED = replace(PASSED, id="c2", run_id="r2", verdict=Verdict.FAILED, scenario="Cancel")
LOST = replace(PASSED, id="c3", run_id="r3", state=CallState.LOST, verdict=Verdict.NOT_RUN)
LIVE = replace(
    PASSED,
    id="c4",
    run_id="r4",
    state=CallState.LIVE,
    verdict=None,
    summary=None,
    duration_s=None,
    scenario=None,
)
CRASHED = replace(PASSED, id="c5", run_id="r5", state=CallState.FAILED, verdict=Verdict.FAILED)
ALL = [PASSED, FAILED, LOST, LIVE, CRASHED]


def test_calls_of_one_run_are_counted_together() -> None:
    second = replace(FAILED, id="c6", run_id="r1", scenario="Book a follow-up")
    third = replace(LIVE, id="c7", run_id="r1", scenario="Book a follow-up")
    calls = [third, second, PASSED, CRASHED]
    told = list(history.table([second, CRASHED], NOW, of=calls)["Scenario"])
    assert told == ["Book a follow-up, 2 of 3", "Book a follow-up"]
    # Wilson of 1 in 2.
    assert history.run_told(second, calls) == (
        "Call 2 of 3 of a run: Passed 1 of 3, 95 % interval 9 to 91 %, 1 still to end, "
        "4 turns spoiled"
    )
    assert history.run_told(CRASHED, calls) == ""
    assert history.select(calls, "all", "r1") == [third, second, PASSED]


def test_every_result_has_a_shape_and_a_word() -> None:
    assert [history.result(call) for call in ALL] == [
        "● Passed",
        "◆ Failed",
        "◇ Lost",
        "▸ Running",
        "◆ Failed",
    ]


def test_a_call_that_did_not_run_is_neither_passed_nor_failed() -> None:
    assert history.counts(ALL) == {"all": 5, "passed": 1, "failed": 2, "not_run": 1}
    assert history.select(ALL, "not_run", "") == [LOST]
    assert history.select(ALL, "failed", "") == [FAILED, CRASHED]


def test_words_are_looked_for_everywhere() -> None:
    assert history.select(ALL, "all", "CANCEL clinic") == [FAILED]
    assert history.select(ALL, "all", "no script") == [LIVE]
    assert history.select(ALL, "all", "lost") == [LOST]
    assert history.select(ALL, "all", "nowhere") == []


def test_the_table_writes_what_is_known_and_a_dash_for_the_rest() -> None:
    rows = history.table([PASSED, LIVE], NOW).to_dict("records")
    assert rows[0] == {
        "Result": "● Passed",
        "When": "just now",
        "Agent": "Clinic front desk",
        "Scenario": "Book a follow-up",
        "Length": "1:34",
        "Turns": "8, 1 no answer",
        "Heard latency, p50": "1.08 s",
        "Heard latency, p95": "2.41 s",
        "Spoiled turns": "2",
        "Checks": "4 of 7 met",
    }
    unknown = ("Length", "Turns", "Heard latency, p50", "Spoiled turns", "Checks")
    assert [rows[1][c] for c in unknown] == ["–"] * 5


def test_an_empty_table_has_its_columns() -> None:
    assert list(history.table([]).columns) == list(history.table([PASSED]).columns)


def test_figures_of_the_table_are_called_and_explained_as_everywhere() -> None:
    titles = list(history.table([]).columns)
    told = {title: each["help"] for title, each in history.columns().items() if each.get("help")}
    infos = [METRICS[f"response_latency_{q}"] for q in ("p50", "p95")] + [METRICS["flagged_turns"]]
    assert told == {info.title: info.tooltip for info in infos}
    assert set(told) < set(titles)


def test_results_are_coloured_too() -> None:
    html = history.styled([PASSED, FAILED], palette("light"), NOW).to_html()
    assert palette("light").good.text in html and palette("light").bad.text in html
