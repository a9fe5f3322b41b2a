"""Reports of calls and runs: what stands in each format, and what must not."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.calls import Archive
from harness.errors import InputError, NotFound, hide
from harness.nouns import AgentSaid, Redaction, RunState, Verdict
from harness.report import (
    FORMATS,
    Content,
    GateReport,
    ReportOptions,
    content_schema,
    estimate_size,
    write_html,
    write_one_file,
    write_reports,
)
from tests.graded import graded_calls, judge
from tests.seeded import seed_call, seed_run, seed_scenario
from tests.unit.calibrate.test_error_bar import calibration
from tests.unit.calls.stored_calls import keep_call

SECRET = "zq7-planted-secret-99"
TEXTS = {name: file for name, file in FORMATS.items() if name != "bundle"}
XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"
SCENARIOS = ("Book a follow-up", "Ask for the hours")


@pytest.fixture
def run(archive: Archive) -> str:
    """Two scenarios, four calls each: all of the first pass, half of the second."""
    return seed_run(archive.store, SCENARIOS, 4, [1.0, 0.5], seed=3).id


def planted(archive: Archive, text: str) -> str:
    """A call in whose checks `text` stands."""
    scenario = seed_scenario(f"Title {text}")
    check = AgentSaid(rule="agent_said", name=f"Says {text}", text=f"(never) {text}")
    scenario = replace(scenario, checks=(*scenario.checks, check))
    return seed_call(
        archive.store, scenario=scenario, verdict=Verdict.FAILED, failed=(), recording=False
    ).id


def every_format(
    archive: Archive, id: str, folder: Path, options: ReportOptions | None = None
) -> dict[str, str]:
    """The text of every file of every format, by its name."""
    write_reports(archive, id, TEXTS, folder, options or ReportOptions())
    return {path.name: path.read_text() for path in folder.iterdir()}


class Tags(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_needs_nothing_but_itself(archive: Archive, run: str, tmp_path: Path) -> None:
    page = every_format(archive, run, tmp_path / "out")["report.html"]
    found = Tags(page)
    assert not re.search(r"https?:|url\(|@import|//\w", page)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"link", "script", "img", "iframe", "object", "embed", "base"}
    assert not any({"src", "href", "action"} & set(of) for _, of in found.tags)
    policy = next(of["content"] for tag, of in found.tags if "http-equiv" in of)
    assert policy is not None and policy.startswith("default-src 'none'")


def test_what_a_judge_said_that_is_not_proven_is_told_as_such(
    archive: Archive, tmp_path: Path
) -> None:
    call = keep_call(archive.store, call_id="call_new")
    judge(archive.store, call.id, "not_met")
    doubt = "Judge unproven. No person has graded what this judge says of it."
    made = every_format(archive, call.id, tmp_path / "before")
    assert doubt in Tags(made["report.html"]).words and doubt in made["summary.md"]
    assert doubt in made["checks.csv"] and doubt in made["junit.xml"]
    (part,) = Content.model_validate_json(made["report.json"]).calls
    assert part.doubts == [doubt] and len(part.report.checks) == 1

    rests = "The pass rate rests on “Books”, whose judge is not proven."
    made = every_format(archive, call.run_id, tmp_path / "run")
    assert rests in Tags(made["report.html"]).words and rests in made["summary.md"]

    graded_calls(archive.store, [("met", "met"), ("not_met", "not_met")] * 20)
    for number, id in enumerate((call.id, call.run_id)):
        made = every_format(archive, id, tmp_path / f"after_{number}")
        assert not any("Judge unproven" in text or rests in text for text in made.values())


def test_the_page_of_a_run_tells_its_figures(archive: Archive, run: str, tmp_path: Path) -> None:
    found = Tags(every_format(archive, run, tmp_path / "out")["report.html"])
    summary = archive.summary(run)
    assert "6 of 8" in found.words
    assert summary.p95.value is not None and f"{summary.p95.value:.2f} s" in found.words
    for call in archive.calls_of(run):
        assert call.id in found.words
    assert found.words.count("◆ Failed") == 2
    assert "Definitions" in found.words and "Northgate Clinic, this is Ava." in found.words
    charts = [of["aria-label"] for tag, of in found.tags if tag == "svg" and "role" in of]
    assert "Heard latency of all replies, seconds" in charts
    assert charts.count("Heard latency by turn") == 8
    verdicts = [of["class"] for tag, of in found.tags if tag == "details"]
    assert verdicts.count("call of-failed") == 2
    opened = [of for tag, of in found.tags if tag == "details" and "open" in of]
    assert [of["class"] for of in opened] == ["call of-failed", "call of-failed"]


def test_the_page_shows_each_call_of_a_scenario(archive: Archive, tmp_path: Path) -> None:
    run = seed_run(archive.store, SCENARIOS, 12, [0.5, None], seed=3).id
    page = every_format(archive, run, tmp_path / "out")["report.html"]
    first, second = re.findall(r'<td class="marks">(.+?)</td>', page)
    assert 'aria-label="6 passed, 6 failed"' in first
    assert first.count('class="good"') == first.count('class="late"') == 6
    verdicts = [call.verdict for call in archive.summary(run).cells[0].calls]
    told = re.findall(r"<title>Call (\d+): (\w+)</title>", first)
    assert told == [
        (str(n), verdict.value) for n, verdict in enumerate(verdicts, start=1) if verdict
    ]
    assert second.count('class="empty"') == 12 and 'aria-label="12 not run"' in second


def test_a_turn_without_an_answer_keeps_its_place(archive: Archive, tmp_path: Path) -> None:
    call = seed_call(archive.store, no_answer=(3,), recording=False, turns=6).id
    page = every_format(archive, call, tmp_path / "out")["report.html"]
    chart = page[page.index("Heard latency by turn") :]
    chart = chart[: chart.index("</figure>")]
    assert re.findall(r'text-anchor="middle">(\d+|×)<', chart) == [
        "1",
        "2",
        "3",
        "×",
        "4",
        "5",
        "6",
    ]


def test_the_page_tells_how_far_its_latencies_may_be_off(archive: Archive, tmp_path: Path) -> None:
    call = seed_call(archive.store, recording=False)
    page = tmp_path / "report.html"
    write_html(archive, call.id, page)
    assert "by calibration" not in Tags(page.read_text()).words
    archive.store.add_calibration(calibration(1, 0.004))
    archive.forget(call.id)
    write_html(archive, call.id, page)
    assert "Each may be off by 9 ms either way, by calibration." in Tags(page.read_text()).words


def test_a_call_that_never_came_has_a_report(archive: Archive, tmp_path: Path) -> None:
    call = seed_call(archive.store, verdict=Verdict.NOT_RUN, recording=False)
    files = every_format(archive, call.id, tmp_path / "out")
    assert "The agent did not join the room in 20 s." in Tags(files["report.html"]).words
    case = ElementTree.fromstring(files["junit.xml"]).find(".//testcase")
    assert case is not None and case.find("failure") is not None


def test_what_was_said_is_text_and_no_markup(archive: Archive, tmp_path: Path) -> None:
    files = every_format(archive, planted(archive, XSS), tmp_path / "out")
    found = Tags(files["report.html"])
    assert XSS in found.words
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert not re.search(r"(?<!\\)<(?:script|img)", files["summary.md"])
    assert "<script" not in files["junit.xml"]


def test_secrets_stand_in_no_format(archive: Archive, tmp_path: Path) -> None:
    call = planted(archive, f"the token {SECRET}")
    hide(SECRET)
    for personal in (True, False):
        folder = tmp_path / str(personal)
        files = every_format(archive, call, folder, ReportOptions(personal=personal))
        assert set(files) == {*TEXTS.values(), "turns.csv", "checks.csv", "grades.csv"}
        for name, text in files.items():
            assert SECRET not in text, name


def test_personal_data_stands_in_no_format(archive: Archive, tmp_path: Path) -> None:
    told = "Maya Quill, 555-123-4567, maya@example.org, 12 Hill Street"
    call = planted(archive, told)
    options = ReportOptions(redact=Redaction(names=("Maya Quill",)))
    shown = every_format(archive, call, tmp_path / "shown", ReportOptions(personal=False))
    hidden = every_format(archive, call, tmp_path / "hidden", options)
    for planted_text in ("Maya", "Quill", "123-4567", "example.org", "Hill Street"):
        assert planted_text in shown["report.html"] and planted_text in shown["checks.csv"]
        for name, text in hidden.items():
            assert planted_text not in text, (name, planted_text)
    assert "[name 1]" in hidden["report.html"] and "[address 1]" in hidden["checks.csv"]


def test_the_suite_says_what_is_hidden(archive: Archive, tmp_path: Path) -> None:
    run = seed_run(archive.store, SCENARIOS[:1], 1, [1.0])
    plan = archive.store.run_plan(run.id)
    assert plan is not None
    plan["redact"] = Redaction(names=("Osei",), patterns=("parking",)).model_dump(mode="json")
    archive.store.update_run(run.id, plan=plan)
    files = every_format(archive, run.id, tmp_path / "out")
    assert "Osei" not in files["report.html"] and "Doctor [name 1]" in files["report.html"]
    assert "parking" not in files["turns.csv"]


def test_junit_read_back_counts_what_happened(archive: Archive, tmp_path: Path) -> None:
    run = seed_run(
        archive.store, SCENARIOS, 4, [1.0, 0.5], seed=3, placed=7, state=RunState.CANCELLED
    ).id
    root = ElementTree.fromstring(every_format(archive, run, tmp_path / "out")["junit.xml"])
    summary = archive.summary(run)
    counted = {name: int(root.get(name, "")) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {
        "tests": 8, "failures": summary.rate.failed, "errors": 0, "skipped": 1,
    }  # fmt: skip
    suites = root.findall("testsuite")
    assert [suite.get("name", "").split(" / ")[1] for suite in suites] == list(SCENARIOS)
    assert len(root.findall(".//testcase")) == 8
    failures = root.findall(".//failure")
    assert len(failures) == summary.rate.failed
    assert {failure.get("message") for failure in failures} <= set(summary.failures)
    p95 = suites[0].find("properties/property[@name='p95_s']")
    assert p95 is not None
    assert float(p95.get("value", "")) == pytest.approx(summary.cells[0].p95_s, rel=1e-4)


def test_junit_has_a_case_for_each_rule(archive: Archive, run: str, tmp_path: Path) -> None:
    gates = (
        GateReport(rule="check", holds=True, sentence="2 of 8 failed."),
        GateReport(rule="p95>9", holds=False, sentence="p95 is 1.20 s."),
        GateReport(rule="regression", holds=None, sentence="There is no baseline."),
        GateReport(rule="flip", holds=True, sentence="No longer always met: Hours (1 of 4)."),
        GateReport(rule="goal", holds=True, sentence="6 of 8 passed, the goal is 90 %."),
        GateReport(rule="goal", holds=True, sentence="p95 is 1.20 s, the goal is 1.00 s."),
    )
    options = ReportOptions(gates=gates, compared="Compared with run_1: B is worse.")
    junit = every_format(archive, run, tmp_path / "out", options)["junit.xml"]
    suite = ElementTree.fromstring(junit).find("testsuite[@name='Rules of the run']")
    assert suite is not None
    assert [suite.get(each) for each in ("tests", "failures", "errors", "skipped")] == [
        "5", "3", "1", "0",
    ]  # fmt: skip
    came = {
        str(case.get("name")): (case[0].tag, case[0].get("message") or case[0].text)
        for case in suite.findall("testcase")
    }
    assert came == {
        "p95>9": ("system-out", "p95 is 1.20 s."),
        "regression": ("error", "There is no baseline."),
        "flip": ("failure", "No longer always met: Hours (1 of 4)."),
        **{f"goal: {gate.sentence}": ("failure", gate.sentence) for gate in gates[-2:]},
    }
    assert suite.findtext("system-out") == "Compared with run_1: B is worse."
    afterwards = every_format(archive, run, tmp_path / "later")["junit.xml"]
    assert "Rules of the run" not in afterwards  # no goal was missed, and nobody gave a rule


def test_junit_holds_no_character_that_xml_forbids(archive: Archive, tmp_path: Path) -> None:
    files = every_format(archive, planted(archive, "a\x00\x0b\ufffeb"), tmp_path / "out")
    failure = ElementTree.fromstring(files["junit.xml"]).find(".//failure")
    assert failure is not None and "a���b" in (failure.text or "")


def test_tables_hold_no_formula(archive: Archive, run: str, tmp_path: Path) -> None:
    scenario = replace(seed_scenario("=1+1"), name="=HYPERLINK(1)")
    call = seed_call(archive.store, scenario=scenario, recording=False).id
    files = every_format(archive, call, tmp_path / "one")
    (row,) = csv.DictReader(io.StringIO(files["calls.csv"]))
    assert row["scenario_title"] == "'=1+1" and row["scenario"] == "'=HYPERLINK(1)"
    files = every_format(archive, run, tmp_path / "run")
    rows = list(csv.DictReader(io.StringIO(files["calls.csv"])))
    assert [row["verdict"] for row in rows].count("failed") == 2
    turns = list(csv.DictReader(io.StringIO(files["turns.csv"])))
    latencies = [float(row["latency_s"]) for row in turns if row["latency_s"] and row["outcome"]]
    assert len(latencies) == sum(map(len, archive.summary(run).replies_s.values()))


def test_json_is_by_its_schema(archive: Archive, run: str, tmp_path: Path) -> None:
    text = every_format(archive, run, tmp_path / "out")["report.json"]
    content = Content.model_validate_json(text)
    assert content.run is not None and content.run.passed == 6
    ids = {call.id for call in archive.calls_of(run)}
    assert {call.report.call_id for call in content.calls} == ids
    assert content.run.in_a_row == 3
    for cell in content.run.cells:
        n, c = cell.passed + cell.failed, cell.passed
        likely = None if n < 3 else round(math.comb(c, 3) / math.comb(n, 3), 6)
        assert cell.pass_hat == pytest.approx(likely, abs=1e-3)
    kept = Path(__file__).parents[3] / "docs/schemas/report.schema.json"
    assert json.loads(kept.read_text()) == content_schema()


def test_the_summary_names_why_calls_failed(archive: Archive, run: str, tmp_path: Path) -> None:
    text = every_format(archive, run, tmp_path / "out")["summary.md"]
    assert "**6 of 8 calls passed**" in text
    for name in archive.summary(run).failures:
        assert name in text


def test_what_cannot_be_written_is_told(archive: Archive, run: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no report 'pdf'"):
        write_reports(archive, run, ["html", "pdf"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(NotFound):
        write_html(archive, "call_nowhere", tmp_path / "report.html")
    with pytest.raises(InputError, match="no regular expression"):
        write_html(
            archive, run, io.BytesIO(), ReportOptions(redact=Redaction(patterns=("(",)))
        )  # fmt: skip


def test_sizes_are_told_about_right(archive: Archive, run: str, tmp_path: Path) -> None:
    write_reports(archive, run, TEXTS, tmp_path, ReportOptions())
    for name, file in TEXTS.items():
        made = (tmp_path / file).stat().st_size
        if name == "csv":
            made += sum((tmp_path / each).stat().st_size for each in ("turns.csv", "checks.csv"))
        assert made / 2 < estimate_size(archive, run, name) < made * 2, name


def test_a_report_of_a_hundred_calls_stays_small(archive: Archive, tmp_path: Path) -> None:
    scenarios = [f"Scenario {number}" for number in range(20)]
    run = seed_run(archive.store, scenarios, 5, [0.8] * 20, turns=8).id
    path = tmp_path / "report.html"
    write_html(archive, run, path)
    assert path.stat().st_size < 20_000_000
    found = Tags(path.read_text())
    calls = {of.get("data-call") for tag, of in found.tags if tag == "details"} - {None}
    assert calls == {call.id for call in archive.calls_of(run)} and len(calls) == 100
    assert path.stat().st_size / 2 < estimate_size(archive, run, "html")


def test_tables_are_one_file_for_a_download(archive: Archive, run: str, tmp_path: Path) -> None:
    files = every_format(archive, run, tmp_path / "out")
    out = io.BytesIO()
    write_one_file(archive, run, "csv", out)
    with zipfile.ZipFile(out) as packed:
        assert set(packed.namelist()) == {"calls.csv", "turns.csv", "checks.csv", "grades.csv"}
        assert packed.read("turns.csv").decode() == files["turns.csv"]
    out = io.BytesIO()
    write_one_file(archive, run, "junit", out)
    assert ElementTree.fromstring(out.getvalue()).get("tests") == "8"
