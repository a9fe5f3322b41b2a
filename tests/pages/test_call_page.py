from __future__ import annotations

from dataclasses import replace

import pytest
from on_page import everything, labels, texts
from replay_service import SCRIPTS, BrokenService, ended
from streamlit.testing.v1 import AppTest

from harness.calls import MAX_RUNS, CallRequest
from harness.console import install
from harness.console import place as console_place
from harness.console.call.setup import Setup
from harness.console.inspect.metrics import SNIPPET
from harness.errors import DataFolderError, VoiceMissing
from harness.nouns import Agent, CheckVerdict, Scenario, Simulation

DEMO = CallRequest(agent=Agent(name="demo", provider="demo", title="Clinic front desk"))


def test_first_run_shows_one_button_and_the_cards_that_work(serve, page):
    serve()
    app = page()
    assert not app.exception
    assert labels(app.button) == ["**Call the demo agent**", "Set up", "Set up", "Set up"]
    assert app.title[0].value == "Hear your agent the way a caller does"
    assert "Pipecat Cloud" in texts(app) and "Bot file" in texts(app)


def test_saved_agents_are_offered_instead_of_the_cards(serve, page, library):
    service = serve()
    for name in ("a", "b", "c", "d"):
        library.save(Agent(name=name, provider="dev_runner", config={"url": f"http://{name}:1"}))
    ended(service, service.place(CallRequest(agent=library.get("d"))).id)
    app = page()
    assert not app.exception
    assert labels(app.button) == ["**Call the demo agent**", "Call", "Call", "Call"]
    assert [b.key for b in app.button][1:] == ["call_d", "call_a", "call_b"]
    app.button(key="call_d").click().run()
    assert not app.exception
    assert next(box for box in app.selectbox if box.label == "Agent").value == "d"


def test_a_text_call_says_by_which_channel(serve, page, library):
    serve()
    library.save(
        Agent(name="a", provider="dev_runner", config={"url": "http://a:1"}, text_channel="lk.chat")
    )
    app = page()
    app.session_state["setup"] = Setup(agent_name="a", by="text")
    app.query_params["agent"] = "a"
    app.run()
    assert "by lk.chat" in texts(app)


def test_what_the_platform_tells_stands_beside_the_call(serve, page, library):
    service = serve(script="platform")
    call = service.place(DEMO)
    service._calls[call.id].started -= 3
    app = page(call=call.id)
    assert "asked again in 2 s" in everything(app) and "Cold start" not in everything(app)
    ended(service, call.id)
    app = page(call=call.id)
    assert not app.exception
    shown = everything(app)
    assert "Cold start" in shown and "6.40 s" in shown and "392.9 MB" in shown
    assert "its words: by RTVI, its own" in shown


def test_warnings_stand_beside_the_call_each_once(serve, page, monkeypatch):
    service = serve()
    call = service.place(DEMO)
    view = service.view
    told = ("It runs an old Pipecat.", "It runs an old Pipecat.", *(f"No {n}." for n in range(5)))
    monkeypatch.setattr(service, "view", lambda call_id: replace(view(call_id), warnings=told))
    app = page(call=call.id)
    assert not app.exception
    shown = everything(app)
    assert shown.count("It runs an old Pipecat.") == 1
    assert "No 2." in shown and "No 3." not in shown and "and 2 more" in shown
    monkeypatch.setattr(service, "view", view)
    assert "an old Pipecat" not in everything(page(call=call.id))


def test_one_click_places_a_call_and_shows_it(serve, page):
    service = serve()
    app = page()
    app.button(key="demo").click().run()
    assert not app.exception and not app.error
    (call,) = service.live()
    assert app.query_params["call"] == call.id
    assert call.provider == "demo"
    assert labels(app.tabs) == ["Checks", "Figures", "Agent's log"]
    request = service._calls[call.id].request
    assert request.scenario is not None and request.agent.body == {}


def test_a_busy_machine_is_told_where_a_call_is_placed(serve, page):
    service = serve(script="short")
    assert not page().warning
    service.cpu = 0.97
    app = page()
    assert "its processors are 97% at work" in app.warning[0].value
    app = page(call=ended(service, service.place(DEMO).id))
    next(b for b in app.button if b.label == "Edit").click().run()
    assert any("This computer is busy" in each.value for each in app.warning)
    assert any(b.label == "Call" for b in app.button), "the call goes ahead"


def test_a_busy_machine_is_told_beside_what_calls_again(serve, page):
    service = serve(script="short")
    call_id = ended(service, service.place(DEMO).id)
    assert "busy" not in texts(page(call=call_id))
    service.cpu = 0.97
    app = page(call=call_id)
    (told,) = (one for one in app.markdown if "Computer is busy" in one.value)
    assert "its processors are 97% at work" in told.proto.help


def test_a_call_that_is_over_leads_to_where_it_is_inspected(serve, page):
    service = serve(script="short")
    call_id = ended(service, service.place(DEMO).id)
    links = {
        link.proto.label: link.proto.query_string for link in page(call=call_id).get("page_link")
    }
    assert links["Inspect"] == f"call={call_id}"


def test_as_many_are_called_as_the_set_up_says(serve, page):
    service = serve(script="short")

    def dialog():
        from harness.console.call import setup

        chosen = setup.edit_form()
        if chosen is not None:
            setup.keep(chosen)
            chosen.place()

    form = AppTest.from_function(dialog, default_timeout=30).run()
    often = next(box for box in form.number_input if box.label == "Calls")
    assert often.value is None and (often.min, often.max) == (1, MAX_RUNS)
    often.set_value(3)
    form.button[0].click().run()
    assert not form.exception
    placed = service.history()
    assert [call.run_id for call in placed] == [placed[0].run_id] * 3
    often = next(box for box in form.run().number_input if box.label == "Calls")
    assert often.value == 3, "what was chosen stays"
    app = page(call=ended(service, placed[0].id))
    again = next(b for b in app.button if b.label == "Call again")
    assert again.help == "All 3 calls of the run"
    again.click().run()
    assert not app.exception and not app.error
    assert len(service.history()) == 6


def test_a_run_of_another_process_is_called_again_as_often(serve, page):
    service = serve(script="short")
    first, _ = service.place_run(DEMO, 2)
    app = page(call=ended(service, first.id))
    next(b for b in app.button if b.label == "Call again").click().run()
    assert not app.exception and not app.error
    assert len(service.history()) == 4


@pytest.mark.parametrize(
    ("width", "order"),
    [
        ("wide", ["**Set-up**", "Call again", "ringback_call_view", "**Latency by turn**"]),
        ("medium", ["Call again", "ringback_call_view", "**Latency by turn**", "**Set-up**"]),
        ("narrow", ["Call again", "ringback_call_view", "**Latency by turn**", "**Set-up**"]),
    ],
)
def test_the_call_comes_first_where_there_is_less_room(serve, page, width, order):
    service = serve(script="platform")
    call = service.place(DEMO)
    call_id = ended(service, call.id)
    app = page(call=call_id)
    app.session_state["window_width"] = width
    app.run()
    assert not app.exception
    drawn = [str(element.proto) for element in app.main]
    places = [next(i for i, one in enumerate(drawn) if sign in one) for sign in order]
    assert places == sorted(places)


def test_a_running_call_is_locked_and_has_its_charts(serve, page):
    service = serve()
    call = service.place(DEMO)
    service._calls[call.id].started -= 45
    app = page(call=call.id)
    assert not app.exception
    edit = next(b for b in app.button if b.label == "Edit")
    assert edit.disabled
    assert "Call again" not in labels(app.button)
    keys = {chart.proto.id.rsplit("-", 1)[-1] for chart in app.get("plotly_chart")}
    assert keys == {"latency", "checks_strip", "health"}
    assert "1 failed" in texts(app) and "not yet" in texts(app)


def test_a_call_that_has_ended_can_be_called_again(serve, page):
    service = serve(script="short")
    call_id = ended(service, service.place(DEMO).id)
    app = page(call=call_id)
    assert not app.exception
    assert not next(b for b in app.button if b.label == "Edit").disabled
    next(b for b in app.button if b.label == "Call again").click().run()
    assert not app.exception and not app.error
    assert app.query_params["call"] != call_id
    assert len(service.live()) == 1


def test_a_simulated_person_is_called_as_often_as_the_scenario_says(serve, page):
    service = serve(script="short")
    simulation = Simulation("Ann", "hours", "told", runs=3)
    person = Scenario("p/p", "Ann", "p.yaml", kind="simulation", simulation=simulation)
    first = console_place(CallRequest(agent=DEMO.agent, scenario=person))
    assert len(service.history()) == len(service.live()) == 3
    assert {call.run_id for call in service.history()} == {first.run_id}
    app = page(call=ended(service, first.id))
    assert not app.exception
    assert "Call 1 of 3 of a run: Passed 1 of 3" in texts(app)
    next(b for b in app.button if b.label == "Call again").click().run()
    assert not app.exception and not app.error
    assert len(service.history()) == 6


def test_a_check_that_another_says_too_stands_below_it(serve, page, monkeypatch):
    service = serve(script="book")
    call = ended(service, service.place(DEMO).id)
    before = texts(page(call=call))
    view = service.view
    behind = {"Offers at least two times": "Reads back date and time"}
    monkeypatch.setattr(service, "view", lambda call_id: replace(view(call_id), implied=behind))
    app = page(call=call)
    assert not app.exception
    shown = texts(app)
    met = sum(check.verdict is CheckVerdict.MET for check in view(call).checks)
    assert f"[{met} met]" in before and f"[{met - 1} met]" in shown
    assert "says too: Offers at least two times" in everything(app)


def test_figures_tell_what_they_rest_on_and_what_the_bot_could_tell(serve, page, monkeypatch):
    service = serve(script="book")
    call = ended(service, service.place(DEMO).id)
    app = page(call=call)
    assert not app.exception
    shown = everything(app)
    assert "Heard latency, p50" in shown and "Not measured" in shown
    assert SNIPPET.splitlines()[0] in app.code[0].value
    view = service.view

    def with_observer(call_id):
        found = view(call_id)
        turns = [replace(turn, latency_source="observer") for turn in found.turns]
        return replace(found, turns=tuple(turns))

    monkeypatch.setattr(service, "view", with_observer)
    app = page(call=call)
    assert not app.exception and not app.code


def test_a_failed_call_has_no_traceback_and_no_chart_error(serve, page):
    service = serve(script="refused")
    app = page(call=ended(service, service.place(DEMO).id))
    assert not app.exception
    assert "2 not run" in texts(app)


def test_a_call_without_checks_says_so(serve, page):
    SCRIPTS["bare"] = type(SCRIPTS["short"])(lines=(), wishes=(), length=5)
    service = serve(script="bare")
    app = page(call=ended(service, service.place(DEMO).id))
    assert not app.exception
    assert "This call has no checks" in texts(app)


def test_an_unknown_call_is_told_and_the_first_screen_stays(serve, page):
    serve()
    app = page(call="nothing")
    assert not app.exception
    assert "There is no such call" in app.error[0].value
    assert "**Call the demo agent**" in labels(app.button)


def test_a_call_that_cannot_be_placed_is_told(serve, page):
    error = VoiceMissing(
        "The voice is not installed.", cause="hibari-tts is missing.", remedy="Run make run."
    )
    serve(BrokenService(error))
    app = page()
    app.button(key="demo").click().run()
    assert not app.exception
    shown = app.error[0].value
    assert "The voice is not installed" in shown
    assert "is missing" in shown and "Run make run" in shown
    assert "call" not in app.query_params


def test_without_an_engine_the_page_says_why(page):
    install(
        None, because=DataFolderError("The data folder cannot be written.", cause="c", remedy="r")
    )
    app = page()
    assert not app.exception
    assert "The data folder cannot be written" in app.error[0].value
    assert not app.button


def test_the_agents_log_is_shown_for_the_demo_agent(serve, page):
    service = serve()
    call = service.place(DEMO)
    service._calls[call.id].started -= 10
    app = page(call=call.id)
    assert not app.exception
    assert "Nothing yet" not in texts(app)


def test_agent_words_never_become_markup(serve, page):
    service = serve(script="xss")
    app = page(call=ended(service, service.place(DEMO).id))
    assert not app.exception
    assert "onerror" not in texts(app) and "javascript:" not in texts(app)


def test_an_agent_is_made_ready_when_it_is_chosen(serve, page, library):
    service = serve()
    for name in ("a", "b"):
        library.save(Agent(name=name, provider="bot_file", config={"file": f"/{name}/bot.py"}))
    app = page()
    assert service.prepared == [], "nothing is chosen yet"
    for name in ("a", "a", "b", "demo"):
        app.query_params["agent"] = name
        app.run()
        assert not app.exception
        assert next(box for box in app.selectbox if box.label == "Agent").value == name
    assert [agent.name for agent in service.prepared] == ["a", "b", "demo"], "once each"


def test_an_agent_that_cannot_be_made_ready_does_not_fail_the_page(
    serve, page, library, monkeypatch
):
    service = serve()

    def refuse(agent):
        raise DataFolderError("The disk is full.", cause="", remedy="")

    monkeypatch.setattr(service, "prepare", refuse)
    library.save(Agent(name="a", provider="bot_file", config={"file": "/a/bot.py"}))
    app = page(agent="a")
    assert not app.exception and not app.error
    assert next(box for box in app.selectbox if box.label == "Agent").value == "a"


def test_keys_and_texts_are_sent_by_hand(serve, page, monkeypatch):
    service = serve()
    sent = []
    monkeypatch.setattr(
        service, "type_line", lambda call_id, text, as_text: sent.append((text, as_text))
    )
    call = service.place(DEMO)
    app = page(call=call.id)
    assert not any(b.key == "key_5" for b in app.button), "the menu is closed"
    app.session_state["by_hand"] = True
    app.run()
    app.button(key="key_5").click().run()
    assert service.said == ["Keys 5"] and not app.error
    next(each for each in app.text_input if each.label == "Several at once").set_value("nine")
    next(each for each in app.button if each.label == "Press").click().run()
    assert "no keys" in app.error[0].value and service.said == ["Keys 5"]
    next(each for each in app.text_input if each.label == "Text").set_value("By text")
    next(each for each in app.button if each.label == "Send").click().run()
    assert sent == [("By text", True)] and not app.error
