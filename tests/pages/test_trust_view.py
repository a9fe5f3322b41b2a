"""Trust in judges: the card of Settings, and the mark beside verdicts of judges."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.calls import Archive
from harness.console import install, judge_view
from harness.console.cards import check_rows
from harness.console.settings import trust, view
from harness.nouns import CheckVerdict, JudgedCheck
from harness.report import ReportOptions
from harness.settings import get_settings
from harness.store import Store
from tests.graded import grade, graded_calls, judge, said
from tests.seeded import seed_run
from tests.seeded_grades import seed_judged
from tests.seeded_service import SeededService
from tests.unit.calls.stored_calls import BOOKS, keep_call


@pytest.fixture
def store(serve) -> Iterator[Store]:
    store = Store.open(get_settings())
    serve(SeededService(store, get_settings()))
    yield store
    install(None)


@pytest.fixture
def card(page, monkeypatch):
    """The Settings page, which does not look at this computer."""

    async def look(settings):
        return []

    monkeypatch.setattr(view, "doctor", look)
    view.look_again()
    yield lambda: page("settings")
    view.look_again()


def table_of(app):
    """The judges by criterion."""
    return next(each.value for each in app.dataframe if "Criterion" in each.value)


def everything(app) -> str:
    told = [str(element.proto) for element in app.main]
    told += [element.value for element in (*app.markdown, *app.caption, *app.error)]
    return " ".join(told)


def links(app) -> list[dict[str, str]]:
    """Where each link of the card leads."""
    return [
        {"page": link.proto.page, "query": link.proto.query_string, "label": link.proto.label}
        for link in app.get("page_link")
        if link.proto.icon in (":material/troubleshoot:", ":material/rate_review:")
    ]


def test_without_grades_it_says_how_to_grade(card, store):
    keep_call(store)
    app = card()
    assert not app.exception
    assert "under Grades" in everything(app)
    (link,) = links(app)
    assert link["label"] == "Grade a random sample" and "queue=sample" in link["query"]


def test_a_judge_is_held_to_what_people_say(card, store):
    right = [("met", "met"), ("not_met", "not_met")]
    calls = graded_calls(store, [*right * 9, ("not_met", "met"), ("met", "not_met")])
    grade(store, calls[0].id, "unsure", said("met"), grader="<b>Ben</b>", blind=True)
    other = keep_call(store, call_id="call_other")
    grade(store, other.id, "met", said("met"), check="Polite")
    app = card()
    assert not app.exception
    table = table_of(app)
    assert list(table["Criterion"]) == [BOOKS.name, "Polite"] and list(table["n"]) == [20, 1]
    assert table["Kappa"][0].startswith("0.80 [0.") and table["Kappa"][1] == "–"
    assert list(table["Trust"]) == ["Unproven", "Unproven"]
    told = everything(app)
    assert "| **People: met** | 9 | :red[**1** false alarm] |" in told
    assert "| **People: failed** | :red[**1** missed] | 9 |" in told
    assert "Not shown to agree with people well enough" in told
    assert "1 of 20 blind" in told and "1 not sure" in told
    assert "<b>Ben" not in " ".join(element.value for element in app.caption)
    apart = links(app)
    assert [link["label"].rpartition(": ")[2] for link in apart] == [
        "people say met, the judge says failed", "people say failed, the judge says met",
    ]  # fmt: skip
    assert f"call={calls[-1].id}" in apart[0]["query"]
    assert "turn=1&t=5.0" in apart[0]["query"] and "tab=checks" in apart[0]["query"]

    assert "Labelled examples" in everything(app)
    app.session_state["ringback_blind"], app.session_state["ringback_grader"] = True, "Ben"
    grade(store, calls[-1].id, "met", said("not_met"), grader="Ben")
    app.run()
    assert "1 more is shown once you have graded" in everything(app)
    assert [link["query"] for link in links(app)] == [
        apart[0]["query"].replace("tab=checks", "tab=grades")
    ]


def test_the_export_holds_what_people_say(store):
    graded_calls(store, [("met", "met"), ("not_met", "met")])
    made = trust.examples_of(Archive(store, get_settings()), ReportOptions())
    assert [json.loads(line)["label"] for line in made.splitlines()] == ["not_met", "met"]
    assert b"Ann" not in made


def test_a_verdict_of_a_judge_that_is_not_proven_is_marked(store):
    calls = graded_calls(store, [("met", "met"), ("not_met", "not_met")] * 19)
    archive = Archive(store, get_settings())
    shown = archive.view(calls[0].id)
    assert judge_view.doubts(shown.checks) == {}, "proven by 38 calls"
    new = keep_call(store, call_id="call_new")
    judge(store, new.id, "met", check=BOOKS.name)
    graded_calls(store, [("met", "not_met")] * 30, start=100)
    doubts = judge_view.doubts(archive.view(new.id).checks)
    assert doubts[BOOKS.name].word == "Judge weak"
    (row,) = check_rows(shown.checks, {}, doubts=doubts)
    assert row.chip == "Judge weak" and "kappa" in row.chip_tip and "20" in row.chip_tip


def test_pass_rates_that_rest_on_a_judge_that_is_not_proven_say_so(page, store):
    """Of a run, over runs, between two of them and between two calls; not without a judge."""
    plain, *runs = (seed_run(store, ("Opening hours",), 3, [0.5], seed=n) for n in range(3))
    archive = Archive(store, get_settings())
    for run in runs:
        for call in archive.calls_of(run.id):
            store.put_judged(call.id, [JudgedCheck("Is kind", 1.0, judge="local", model="gemma")])
    told = "on “Is kind”, whose judge is not proven."
    a, b = (run.id for run in runs)
    for name, query in (
        ("runs", {"run": a}), ("runs", {"view": "trends"}), ("compare", {"a": a, "b": b}),
    ):  # fmt: skip
        app = page(name, **query)
        assert not app.exception
        (line,) = [each for each in app.markdown if told in each.value.replace("\\", "")]
        assert "No person has graded" in line.help.replace("\\", "")
    assert "not proven" not in everything(page("runs", run=plain.id))
    two = [seed_judged(store, CheckVerdict.MET, check="Is kind").id for _ in range(2)]
    assert told in everything(page("compare", a=two[0], b=two[1])).replace("\\", "")
