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
    places = {"c6": (2, 3), "c5": (1, 1)}
    told = list(history.table([second, CRASHED], NOW, places=places)["Scenario"])
    assert told == ["Book a follow-up, 2 of 3", "Book a follow-up"]
    # Wilson of 1 in 2.
    assert history.run_told(second, [third, second, PASSED]) == (
        "Call 2 of 3 of a run: Passed 1 of 3, 95 % interval 9 to 91 %, 1 still to end, "
        "4 turns spoiled"
    )
    assert history.run_told(CRASHED, [CRASHED]) == ""


def test_stars_tags_and_notes_have_columns_where_there_are_any() -> None:
    bare = history.table([PASSED, LIVE], NOW)
    assert not {"Starred", "Tags", "Note"} & set(bare.columns)
    marked = replace(FAILED, starred=True, note="the pause is ours")
    rows = history.table([PASSED, marked], NOW, tags={"c2": ("v12", "pause")})
    assert list(rows["Starred"]) == ["", "★"]
    assert list(rows["Tags"]) == [[], ["v12", "pause"]]
    assert list(rows["Note"]) == ["", "the pause is ours"]


def test_what_failed_is_told_in_words() -> None:
    assert history.why("!agent_never_joined") == "Never got through: agent never joined"
    assert history.why("Reads back the time") == "Reads back the time"


def test_every_result_has_a_shape_and_a_word() -> None:
    assert [history.result(call) for call in ALL] == [
        "● Passed",
        "◆ Failed",
        "○ Lost",
        "▸ Running",
        "◆ Failed",
    ]


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
    optional = {"Starred"}
    told = {
        title: each["help"]
        for title, each in history.columns().items()
        if each.get("help") and title not in optional
    }
    infos = [METRICS[f"response_latency_{q}"] for q in ("p50", "p95")] + [METRICS["flagged_turns"]]
    assert told == {info.title: info.tooltip for info in infos}
    assert set(told) < set(titles)


def test_results_are_coloured_too() -> None:
    html = history.styled([PASSED, FAILED], palette("light"), NOW).to_html()
    assert palette("light").good.text in html and palette("light").bad.text in html
