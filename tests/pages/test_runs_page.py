from __future__ import annotations

import json

import pytest
from on_page import labels
from replay_service import CallRequest
from streamlit.testing.v1 import AppTest

from harness.console.runs import importing
from harness.errors import ConversationError
from harness.grade import conversation_of
from harness.nouns import Agent


def results(app):
    return list(app.dataframe[0].value["Result"])


def test_without_calls_it_says_so_and_leads_to_the_first(serve, page):
    serve()
    app = page("runs")
    assert not app.exception
    assert app.title[0].value == "No calls yet"
    assert labels(app.button) == ["Place the first call", "Import calls", "Start a run"]
    assert not app.dataframe


def test_history_is_listed_newest_first(serve, page):
    serve(history=True)
    app = page("runs")
    assert not app.exception
    assert results(app) == [
        "◆ Failed",
        "○ Not run",
        "○ Not run",
        "● Passed",
        "◆ Failed",
    ]


def test_nothing_can_be_done_before_a_call_is_selected(serve, page):
    serve(history=True)
    app = page("runs")
    assert labels(app.button) == [
        "Start a run", "Import calls", "Open", "Inspect", "Play", "Compare", "Star", "Delete",
    ]  # fmt: skip
    assert all(button.disabled for button in app.button[2:])


def test_filters_narrow_the_list(serve, page):
    serve(history=True)
    app = page("runs")
    app.get_by_key("show").set_value("failed").run()
    assert results(app) == ["◆ Failed", "◆ Failed"]
    app.text_input(key="find").set_value("nobody of that name").run()
    assert not app.exception and not app.dataframe
    assert "No call matches" in app.caption[-1].value


def test_a_call_from_the_address_is_selected_and_can_be_deleted_and_taken_back(serve, page):
    service = serve(history=True)
    call = service.history()[3]
    app = page("runs", call=call.id)
    assert not app.exception
    assert "Selected:" in app.caption[-1].value
    next(b for b in app.button if b.label == "Delete").click().run()
    assert call.id not in [c.id for c in service.history()]
    assert len(results(app)) == 4
    app.button(key="undo").click().run()
    assert call.id in [c.id for c in service.history()]
    assert len(results(app)) == 5
    assert "Undo" not in labels(app.button)


def test_the_last_call_can_be_deleted_and_taken_back(serve, page):
    service = serve(script="short")
    call = service.place(CallRequest(agent=Agent(name="demo", provider="demo")))
    service._calls[call.id].started -= 3600
    app = page("runs", call=call.id)
    next(b for b in app.button if b.label == "Delete").click().run()
    assert app.title[0].value == "No calls yet"
    app.button(key="undo").click().run()
    assert results(app) == ["● Passed"]


def test_a_running_call_keeps_its_bar(serve, page):
    service = serve()
    service.place(CallRequest(agent=Agent(name="demo", provider="demo")))
    app = page("runs")
    assert not app.exception
    assert app.get("bidi_component")
    assert results(app) == ["▸ Running"]


def test_the_calls_of_a_run_stand_together(serve, page):
    service = serve(script="short")
    demo = Agent(name="demo", provider="demo")
    calls = service.place_run(CallRequest(agent=demo), 3)
    for call in calls[:2]:
        service._calls[call.id].started -= 3600
    app = page("runs", call=calls[1].id)
    assert not app.exception
    scenarios = sorted(app.dataframe[0].value["Scenario"])
    assert scenarios == [f"No script, {number} of 3" for number in (1, 2, 3)]
    assert "Passed 2 of 3" in app.caption[-1].value
    assert "1 still to end" in app.caption[-1].value


def test_one_call_is_counted_as_one(serve, page):
    service = serve()
    service.place(CallRequest(agent=Agent(name="demo", provider="demo")))
    pills = page("runs").get_by_key("show")
    assert pills.options[0] == "All 1" and "Running 1" in pills.options


def test_importing_asks_for_files_and_by_what_they_are_judged(serve, page):
    serve(history=True)
    app = page("runs")
    app.button(key="import_conversation").click().run()
    assert not app.exception
    assert app.file_uploader[0].label == "Bundles or conversation files"
    by = app.selectbox(key="import_conversation_by")
    assert by.value == "" and "Book a follow-up" in by.options
    assert "Import" in labels(app.button)


def test_the_error_of_an_import_goes_when_another_file_is_chosen(serve):
    service = serve(history=True)

    def dialog():
        from harness.console.runs import importing as importing

        importing.form()

    app = AppTest.from_function(dialog, default_timeout=30).run()
    app.button(key="import_conversation_now").click().run()
    assert "Choose a file first" in app.markdown[-1].value
    files = app.file_uploader(key="import_conversation_files")
    files.set_value([("bad.json", b"{}", "application/json")]).run()
    assert not app.markdown and not app.error
    app.button(key="import_conversation_now").click().run()
    assert "bad.json cannot be used" in app.error[0].value.replace("\\", "")
    assert not service.imported
    good = ("good.json", b'[{"role": "user", "content": "Hello"}]', "application/json")
    app.file_uploader(key="import_conversation_files").set_value([good]).run()
    assert not app.error
    app.button(key="import_conversation_now").click().run()
    assert [title for _, title, _ in service.imported] == ["good"]


def test_what_was_handed_out_can_be_read_in(serve):
    service = serve(history=True)
    turns = service.view(service.history()[0].id).turns
    messages = conversation_of(turns)
    assert importing.read("a.json", json.dumps(messages).encode()) == messages


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b'{"user": "Hello"}', "it is no list of messages"),
        (b'[{"role": "nobody"}]', "mine.json"),
        (b"\xff\xfe", "it is no JSON"),
    ],
)
def test_a_file_that_is_no_conversation_is_told_by_its_name(content, told):
    with pytest.raises(ConversationError, match=told) as caught:
        importing.read("mine.json", content)
    assert caught.value.message.startswith("mine.json") and caught.value.remedy
