from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from on_page import everything, labels, press, texts
from replay_service import ended

from harness.calls import CallRequest
from harness.console import cards
from harness.console.inspect import judging
from harness.errors import InputError
from harness.nouns import Agent, CheckVerdict, Criterion
from harness.scenarios import find_scenario
from harness.secrets import Secrets
from harness.settings import get_settings
from harness.store import EndpointLibrary
from tests.emulated_judge import KEY, emulated_judge

DEMO = Agent(name="demo", provider="demo", title="Clinic front desk")


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def judge():
    with emulated_judge() as one:
        yield one


def add(app, judge_url, *, name="local", key="", variable="", model="judge-1"):
    press(app, "Add")
    app.text_input(key="llm. new.name").set_value(name)
    app.text_input(key="llm. new.url").set_value(judge_url)
    app.text_input(key="llm. new.model").set_value(model)
    app.text_input(key="llm. new.key").set_value(key)
    app.text_input(key="llm. new.variable").set_value(variable)
    press(app, "Save")


def test_a_language_model_is_entered_tried_and_its_key_never_shown(serve, page, judge):
    serve()
    app = page("settings")
    assert "None. Rules judge all they can" in texts(app)
    add(app, judge.url, key=KEY)
    library = EndpointLibrary(get_settings())
    assert library.get("local").key == "secret:llm.local"
    assert library.access("local").key == KEY
    assert KEY not in everything(app) and KEY not in library.path.read_text()
    app.button(key="llm_try_local").click().run()
    assert not app.exception
    assert "Answers, with 110 tokens" in texts(app).replace("\\", "")
    app.button(key="llm_edit_local").click().run()
    assert app.text_input(key="llm.local.key").value == ""
    assert app.text_input(key="llm.local.key").placeholder.startswith("Kept")
    app.text_input(key="llm.local.model").set_value("judge-2")
    press(app, "Save")
    assert library.get("local").model == "judge-2" and library.access("local").key == KEY
    app.button(key="llm_edit_local").click().run()
    press(app, "Delete")
    assert not library.all() and "llm.local" not in Secrets(get_settings()).names()


def test_what_cannot_be_used_is_told_and_what_was_entered_stays(serve, page, judge):
    serve()
    app = page("settings")
    for wrong, said in (
        ({"name": "no name!"}, "A name has letters"),
        ({"judge_url": "ftp://x"}, "begin with http"),
        ({"model": ""}, "model is missing"),
        ({"variable": "sk-proj-0123456789"}, "not the name of an environment variable"),
    ):
        add(app, **{"judge_url": judge.url, **wrong})
        assert said in app.error[0].value.replace("\\", "")
        assert app.text_input(key="llm. new.url").value == wrong.get("judge_url", judge.url)
        press(app, "Cancel")
    assert not EndpointLibrary(get_settings()).all()


def test_one_that_does_not_answer_is_told(serve, page):
    serve()
    app = page("settings")
    add(app, "http://127.0.0.1:9/v1", name="gone")
    app.button(key="llm_try_gone").click().run()
    assert not app.exception and ":red[:material/cancel: gone" in texts(app)
    assert "Answers" not in texts(app)


def test_judges_verdicts_appear_while_the_call_runs(serve, page):
    stands_still = 1e-6
    service = serve(script="judged", speed=stands_still)
    call = service.place(CallRequest(agent=DEMO))
    service._calls[call.id].started -= 5 / stands_still
    app = page(call=call.id)
    assert not app.exception and "Judged by" not in texts(app)
    service._calls[call.id].started -= 2.5 / stands_still
    app.run()
    assert "Judged by model-1 and 2 more · 1,263 tokens" in texts(app).replace("\\", "")
    assert "Versions" not in labels(app.tabs)


def test_votes_agreement_and_a_judges_failure_are_told(serve):
    service = serve(script="judged")
    call = service.place(CallRequest(agent=DEMO))
    ended(service, call.id)
    view = service.view(call.id)
    rows = {row.text: row for row in cards.check_rows(view.checks, {}, audible=True)}
    polite = rows["Is polite throughout"]
    assert polite.below[0] == "“We are open from eight until six.”" and polite.seek == 6.5
    assert "2 of 3 votes agree · model-1, model-2, model-3" in polite.below
    assert "It greets and answers kindly." in polite.below
    assert "advisory" in rows["Offers more help"].below
    failed = rows["Never gives a diagnosis"]
    assert failed.right and "No answer of judge1 within 20 s." in failed.below
    assert all(row.seek is None for row in cards.check_rows(view.checks, {}))


def test_checks_that_are_not_known_any_more_are_told(serve):
    service = serve(script="judged")
    call = service.place(CallRequest(agent=DEMO))
    ended(service, call.id)
    with pytest.raises(InputError, match="cannot be read any more"):
        judging.checks_from(service.view(call.id))


def test_a_call_is_judged_again_and_versions_stand_side_by_side(serve, page, monkeypatch):
    service = serve(script="judged")
    call = service.place(CallRequest(agent=DEMO, scenario=find_scenario("front_desk/book")))
    ended(service, call.id)
    source = Path(find_scenario("front_desk/book").path).read_text()
    viewed = service.view
    monkeypatch.setattr(service, "view", lambda i: replace(viewed(i), scenario_source=source))
    EndpointLibrary(get_settings()).put(_endpoint("strict"))
    app = page(call=call.id)
    assert "Versions" in labels(app.tabs) and "Side by side" not in labels(app.button)
    press(app, "Judge again")
    area = next(field for field in app.text_area if "Criteria" in field.label)
    area.set_value("It spells the name.\n\nIt spells the name.\nIt says a price.")
    next(f for f in app.text_input if f.label == "Name of this version").set_value("Stricter")
    next(f for f in app.number_input if "How often" in f.label).set_value(3)
    press(app, "Judge")
    (grading,) = service.gradings(call.id)
    assert grading.label == "Stricter" and grading.judge.repeats == 3
    assert grading.judge.endpoints == ("strict",)
    names = {check.name for check in grading.checks}
    assert names > {"It spells the name.", "Every reply within 2.0 s"}
    own = [check.text for check in grading.checks if isinstance(check, Criterion)]
    assert own == ["It spells the name.", "It says a price."]
    shown = next(box for box in app.selectbox if box.label == "Version")
    assert shown.options[0].startswith("Stricter: ")
    assert shown.options[-1].startswith("In the call: ")
    assert "3 times each" in texts(app)
    press(app, "Side by side")
    table = next(frame.value for frame in app.dataframe if "Check" in frame.value.columns)
    assert list(table.columns) == ["Check", "In the call", "Stricter"]
    row = table.set_index("Check").loc["It says a price."]
    assert list(row) == ["–", "◆ Failed, 67% agree"]
    # Its quote leads to the second at which it is heard.
    heard = next(c.evidence.at for c in service.view(call.id).checks if c.name == table["Check"][0])
    leads = [link.proto for link in app.get("page_link") if link.proto.label.startswith("At 0:")]
    (seconds,) = {parse_qs(link.query_string)["t"][0] for link in leads}
    assert 0 <= float(seconds) - heard < 0.1
    assert f"call={call.id}" in leads[0].query_string


def test_versions_of_one_name_are_told_apart(serve):
    service = serve(script="judged")
    call = service.place(CallRequest(agent=DEMO))
    ended(service, call.id)
    checks = service.view(call.id).checks
    table = judging.side_by_side([("a", checks), ("a", checks[:1])])
    assert list(table.columns) == ["Check", "a", "a (2)"]
    assert table["a (2)"].tolist()[1:] == ["–"] * (len(checks) - 1)
    assert checks[-1].verdict is CheckVerdict.ERROR


def _endpoint(name):
    from harness.nouns import LlmEndpoint

    return LlmEndpoint(name=name, url="http://127.0.0.1:9/v1", model="m")
