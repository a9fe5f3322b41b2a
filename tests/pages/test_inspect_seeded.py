"""The Inspect page over stored calls: where it opens, what its tabs show, what the address says."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from on_page import press
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.calls import Reply
from harness.calls._known_ear import Said
from harness.calls._measured import keep_measured
from harness.console.components import bar_height
from harness.console.inspect import view as inspect_view
from harness.console.inspect.place import failures
from harness.console.inspect.turn_bars import MOST_BARS
from harness.measure import audio_report
from harness.nouns import (
    LANE_RATE,
    AgentNeverSaid,
    AgentSaid,
    AgentVersion,
    CallState,
    Verdict,
    WordErrors,
)
from harness.settings import get_settings
from harness.store import Store
from tests.seeded import seed_call, seed_run, seed_scenario
from tests.seeded_service import SeededService


@pytest.fixture
def store(library: AgentLibrary, serve: Callable[..., object]) -> Store:
    settings = get_settings()
    kept = Store.open(settings)
    serve(SeededService(kept, settings))
    return kept


@pytest.fixture
def view(store: Store):
    """A failed call with a turn that got no answer; two of its failed checks have a second."""
    from harness.console import service

    scenario = replace(
        seed_scenario("Book a follow-up"),
        checks=(
            AgentNeverSaid(rule="agent_never_said", name="Names no price", text="quarter"),
            AgentSaid(rule="agent_said", name="Tells the price", text="dollars"),
            AgentNeverSaid(rule="agent_never_said", name="Asks no birthday", text="birth"),
        ),
    )
    version = AgentVersion(label="prompt 12", git_commit="0123456789abcdef")
    call = seed_call(
        store, scenario=scenario, verdict=Verdict.FAILED, no_answer=(6,), seed=4, version=version
    )
    return service().view(call.id)


def given(app: AppTest, name: str) -> list[dict[str, object]]:
    """What our components with this in their id were given."""
    return [
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if name in element.proto.id
    ]


def opened(app: AppTest, view) -> float:
    """Where the waveform was led."""
    (data,) = given(app, f"inspect_wave_{view.call_id}")
    return float(data["at"])  # type: ignore[arg-type]


def pick(app: AppTest, **states: dict[str, object]) -> AppTest:
    """Do something in the waveform: a run of the page that comes with these states of it."""
    (wave,) = [
        each.proto.id for each in app.get("bidi_component") if "inspect_wave_" in each.proto.id
    ]
    numbered = {name: {**state, "n": time.monotonic_ns()} for name, state in states.items()}
    told = WidgetStates()
    told.widgets.add(id=wave, json_value=json.dumps(numbered))
    return app._run(told)


def text(app: AppTest) -> str:
    found = (*app.markdown, *app.caption, *app.title)
    return " ".join(e.value for e in found).replace("\\", "").replace("\u2060", "")


def test_it_opens_on_the_first_failed_check_and_next_failure_goes_on(page, view):
    first, second = failures(view)
    app = page("inspect_call", call=view.call_id)
    assert not app.exception
    assert 0 <= opened(app, view) - first.t < 0.1
    assert f"**{first.check}**" in app.error[0].value.replace("\\", "")
    assert "1 of 2 failed checks with a second, 1 more without." in app.error[0].value.replace(
        "\\", ""
    )
    press(app, "Next failure")
    assert not app.exception
    assert 0 <= opened(app, view) - second.t < 0.1
    assert f"**{second.check}**" in app.error[0].value.replace("\\", "")
    assert float(app.query_params["t"]) == opened(app, view)
    assert app.query_params["turn"] == str(second.turn)
    press(app, "Next failure")
    assert 0 <= opened(app, view) - first.t < 0.1


def test_without_a_failed_check_it_opens_on_the_worst_turn(page, store):
    from harness.console import service

    passed = seed_call(store, latency=1.0, seed=9)
    view = service().view(passed.id)
    worst = max(view.turns[1:], key=lambda turn: turn.response_latency_s)
    app = page("inspect_call", call=view.call_id)
    assert not app.exception and not app.error
    assert 0 <= opened(app, view) - worst.caller.start < 0.1
    assert app.metric[0].label.startswith(f"Turn {worst.index},")
    assert "Next failure" not in [button.label for button in app.button]


def test_where_no_failure_shows_all_of_them_are_named(page, view):
    app = page("inspect_call", call=view.call_id, t="0.5")
    told = app.error[0].value.replace("\\", "").replace("\u2060", "")
    assert "**3 checks failed**" in told and "Tells the price" in told
    assert "1 of them is about what never happened: no second shows it." in told


def test_what_is_picked_in_the_waveform_is_in_the_address_and_shown_at_once(page, view):
    app = page("inspect_call", call=view.call_id, tab="latency")
    begins = next(turn for turn in view.turns if turn.index == 2).caller.start
    t = round(begins + 0.05, 1)
    pick(app, turn={"t": t, "turn": 2})
    assert app.query_params["turn"] == "2" and app.query_params["t"] == f"{t:.1f}"
    assert app.metric[0].label.startswith("Turn 2,")
    app.run()
    assert opened(app, view) == t
    pick(app, part={"from": 20.0, "to": 41.0})
    assert (app.query_params["from"], app.query_params["to"]) == ("20.0", "41.0")
    assert " turns in 0:20–0:41" in text(app)
    app.run()
    assert given(app, "inspect_wave_")[0]["part"] == [20.0, 41.0]
    assert opened(app, view) == t
    pick(app, part={"from": None, "to": None})
    assert "from" not in app.query_params and "to" not in app.query_params
    assert " turns in 0:20–0:41" not in text(app)


def test_a_pick_outlives_a_run_that_is_broken_off(page, view, monkeypatch):
    app = page("inspect_call", call=view.call_id, tab="latency")
    query = dict(app.query_params)
    real = inspect_view.inspect_wave

    def broken_off(*args, **kwargs):
        raise StopException

    # The run that was told of it ends at once, and what it wrote never reaches the browser.
    for turn in (2, 3):
        t = round(next(each for each in view.turns if each.index == turn).caller.start + 0.05, 1)
        monkeypatch.setattr(inspect_view, "inspect_wave", broken_off)
        pick(app, turn={"t": t, "turn": turn})
        monkeypatch.setattr(inspect_view, "inspect_wave", real)
        app.query_params.clear()
        app.query_params.update(query)
        app.run()
        assert app.query_params["turn"] == str(turn)
        assert opened(app, view) == t
        assert app.metric[0].label.startswith(f"Turn {turn},")
        query = dict(app.query_params)
    # A link to another place is followed all the same.
    app.query_params["turn"] = "1"
    app.query_params["t"] = ""
    app.run()
    assert app.metric[0].label.startswith("Turn 1,")


def test_a_call_of_a_run_leads_to_it(page, store, view):
    run = seed_run(store, ("Opening hours",), 3, [1.0], label="prompt v12")
    call = store.calls(run_id=run.id)[1]
    app = page("inspect_call", call=call.id)
    assert not app.exception
    links = {link.proto.query_string: link.proto.label for link in app.get("page_link")}
    assert links[f"run={run.id}"].replace("\\", "") == "prompt v12"
    assert "2 of 3" in text(app)
    app = page("inspect_call", call=view.call_id)
    assert not any("run=" in link.proto.query_string for link in app.get("page_link"))


def test_from_call_to_call_of_a_run(page, store, view):
    run = seed_run(store, ("Opening hours",), 5, [0.6], seed=3)
    calls = [call.id for call in reversed(store.calls(run_id=run.id))]
    failed = [call.id for call in reversed(store.calls(run_id=run.id)) if call.verdict == "failed"]
    assert len(failed) == 2
    app = page("inspect_call", call=calls[2], tab="latency", t="3.0")

    def press(label: str) -> AppTest:
        return app.button(key=f"step_{label}").click().run()

    press("Next")
    assert not app.exception
    # The tab stays; each call opens at its own place.
    assert dict(app.query_params) == {"call": calls[3], "tab": "latency"} and "4 of 5" in text(app)
    press("Previous")
    press("Previous")
    assert app.query_params["call"] == calls[1] and "2 of 5" in text(app)
    seen = []
    for _ in range(3):
        press("Next failed")
        seen.append(app.query_params["call"])
    assert set(seen) == set(failed) and seen[0] == seen[2] != seen[1]
    app = pick(app, step={"call": calls[0]})
    assert app.query_params["call"] == calls[0] and "1 of 5" in text(app)
    assert app.button(key="step_Previous").disabled
    # A call of no run has no way on.
    app = page("inspect_call", call=view.call_id)
    assert not [button for button in app.button if (button.key or "").startswith("step_")]


def test_a_link_at_a_second_opens_there(page, view):
    app = page("inspect_call", call=view.call_id, t="33.5")
    assert opened(app, view) == 33.5


def test_only_the_tab_of_the_address_is_drawn(page, view):
    tools = [tool for turn in view.turns for tool in turn.tools]
    app = page("inspect_call", call=view.call_id, tab="tools")
    assert not app.exception
    assert [tab.label for tab in app.tabs] == [
        "Checks :red-badge[3]", "Grades", "Latency", f"Events `{view.seq}`",
        f"Tools `{len(tools)}`", "Audio", "Metadata", "Logs",
    ]  # fmt: skip
    (listed,) = given(app, "inspect_tools")
    assert len(listed["rows"]) == len(tools) > 1
    first, took = listed["rows"][0], tools[0].returned_at - tools[0].called_at
    assert first["text"] == "find_slot(day=Fri)" and first["below"] == ["→ 2 slots"]
    assert first["right"].startswith("turn 2") and first["right"].endswith(f"{took:.2f} s")
    assert not given(app, "inspect_checks") and not given(app, "event_list")


def test_latency_shows_the_stages_of_the_chosen_turn(page, view):
    app = page("inspect_call", call=view.call_id, tab="latency", turn="2")
    assert not app.exception
    turns, stages = app.get("plotly_chart")
    turn = next(turn for turn in view.turns if turn.index == 2)
    assert json.loads(turns.proto.spec)["data"][0]["customdata"] == [1, 2, 3, 4, 5, 6]
    bars = json.loads(stages.proto.spec)["data"][0]["x"]
    assert len(bars) == len(turn.stages) + 1 + (turn.bot_reported_s is not None)
    assert [metric.value for metric in app.metric] == [
        f"{turn.response_latency_s:.2f} s", f"{turn.bot_reported_s:.2f} s", f"+{turn.gap_s:.2f} s"
    ]  # fmt: skip


def test_a_turn_without_an_answer_has_no_stages(page, view):
    app = page("inspect_call", call=view.call_id, tab="latency", turn="6")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert "No answer. The caller waited" in text(app)
    assert app.metric[0].value == ":red[no answer]"


def test_events_are_asked_for_by_kind_and_window(page, view):
    app = page("inspect_call", call=view.call_id, tab="events")
    assert not app.exception
    (asked,) = given(app, "event_list")
    assert (asked["kinds"], asked["part"], asked["all"]) == ([], None, view.seq)
    kinds = app.get("button_group")[0]
    assert "tool `4`" in [option.content for option in kinds.proto.options]
    kinds.set_value(["tool"]).run()
    assert given(app, "event_list")[0]["kinds"] == ["tool"]


def test_a_window_filters_every_tab(page, view):
    from harness.console._event_log import log_of
    from harness.console.inspect.window import Window, checks_in, tools_in, turns_in

    window = Window(20.0, 41.0)
    place = {"call": view.call_id, "from": "20", "to": "41"}
    tools = [tool for turn in view.turns for tool in turn.tools]
    inside = turns_in([turn for turn in view.turns if turn.index], window)
    assert 0 < len(inside) < len(view.turns) - 1
    told = {
        "checks": f"{len(checks_in(view, window))} of {len(view.checks)} checks in 0:20–0:41 · "
        "1 failed check is about what never happened and in no part",
        "latency": f"{len(inside)} of {len(view.turns) - 1} turns in 0:20–0:41",
        "tools": f"{len(tools_in(tools, window))} of {len(tools)} function calls in 0:20–0:41",
        "audio": " lines in 0:20–0:41",
    }
    for tab, sentence in told.items():
        app = page("inspect_call", tab=tab, **place)
        assert not app.exception
        assert sentence in text(app)
    app = page("inspect_call", tab="events", **place)
    events = [row for row in log_of(view.call_id) if window.holds(row.t)]
    labels = [tab.label for tab in app.tabs]
    assert f"Events `{len(events)}/{view.seq}`" in labels
    assert f"Tools `{len(tools_in(tools, window))}/{len(tools)}`" in labels
    assert re.fullmatch(r"Checks :(red|gray)-badge\[\d/3\]", labels[0])
    assert given(app, "event_list")[0]["part"] == [20.0, 41.0]
    assert given(app, "inspect_wave_")[0]["part"] == [20.0, 41.0]


def test_the_log_of_the_agent_is_looked_through(page, store, view):
    store.artifacts(view.call_id).agent_log.write_text(
        "10:00:01.2 INFO    Ready\n10:00:02.1 ERROR   It broke\nTraceback: why\n"
        "10:00:03.0 INFO    Going on\n"
    )
    app = page("inspect_call", call=view.call_id, tab="logs")
    assert not app.exception
    assert "4 lines" in text(app)
    app.get("button_group")[0].set_value(["error"]).run()
    rows = given(app, "inspect_log_")[0]["rows"]
    assert [row["text"] for row in rows] == ["10:00:02.1 ERROR   It broke", "Traceback: why"]
    assert "2 of 4 lines" in text(app)
    next(i for i in app.text_input if i.label == "Find").set_value("trace").run()
    assert len(given(app, "inspect_log_")[0]["rows"]) == 1


def test_a_window_filters_the_log_by_the_times_its_lines_begin_with(page, store, view):
    def line(second: float, text: str) -> str:
        return f"{(view.clock_started_at + timedelta(seconds=second)).isoformat()} {text}"

    log = store.artifacts(view.call_id).agent_log
    log.write_text(
        "\n".join(
            (
                line(-3.0, "INFO Warm"),
                "INFO: no time",
                line(25.0, "ERROR It broke"),
                "Traceback: why",
                line(50.0, "INFO Going on"),
            )
        )
    )
    part = {"from": "20", "to": "41"}
    app = page("inspect_call", call=view.call_id, tab="logs", **part)
    assert not app.exception
    rows = given(app, "inspect_log_")[0]["rows"]
    assert [(row["text"].split()[-1], row["right"], row["seek"]) for row in rows] == [
        ("broke", "0:25", 25.0),
        ("why", "0:25", 25.0),
    ]
    assert "2 of 5 lines in 0:20–0:41 · 1 line that says no time is left out" in text(app)
    log.write_text("20:00:25 ERROR Whose twenty o'clock?\n")
    app = page("inspect_call", call=view.call_id, tab="logs", **part)
    assert len(given(app, "inspect_log_")[0]["rows"]) == 1
    assert "1 line · of the whole call: no line says when it was written" in text(app)
    log.write_text("2020-01-01T10:00:00Z INFO Another clock\n")
    app = page("inspect_call", call=view.call_id, tab="logs", **part)
    assert "of the whole call: the log's clock is another one" in text(app)


def test_audio_shows_what_the_agent_heard_wrong(page, view):
    app = page("inspect_call", call=view.call_id, tab="audio")
    assert not app.exception
    lines = [turn for turn in view.turns if turn.heard_text]
    assert f"1 of {len(lines)} lines differ" in text(app)
    assert ":red[~~Osei.~~]" in text(app)


def test_audio_shows_what_was_heard_of_the_agent_where_the_ear_can_be_trusted(page, store, view):
    def told(said: Said, **place: str) -> str:
        silence = np.zeros(2 * LANE_RATE, np.int16)
        report = audio_report(silence, LANE_RATE, [], concealed_ms=None, packet_loss=None)
        keep_measured(store.artifacts(view.call_id).measured, report, [], "", said)
        app = page("inspect_call", call=view.call_id, tab="audio", **place)
        assert not app.exception
        return text(app)

    app = page("inspect_call", call=view.call_id, tab="audio")
    assert "Not measured yet." in text(app)
    good, bad = WordErrors(1000, 1, 0, 0), WordErrors(20, 4, 0, 0)
    replies = (Reply(2.0, "we are open", "we are open"), Reply(30.0, "at eight", "at late"))
    errors = (WordErrors(3, 0, 0, 0), WordErrors(1, 1, 0, 0))
    shown = told(Said(errors, (good,), replies=replies))
    assert "1 of 2 replies differ" in shown and "at :red[~~eight~~] :green[" in shown
    assert "it got 1 of 1,001 known words" in shown
    assert "0 of 1 reply differ · 1 of 2 replies in 0:00–0:20" in told(
        Said(errors, (good,), replies=replies), **{"from": "0", "to": "20"}
    )
    assert ":red[~~eight" not in told(Said(errors, (bad,), replies=replies))
    assert "which" in told(Said(errors, (good,)))
    assert "nobody knows" in told(Said(why="Not measured: nobody knows."))


@pytest.mark.parametrize("tab", ["checks", "metadata", "logs", "nonsense"])
def test_each_other_tab_is_drawn(page, view, tab):
    app = page("inspect_call", call=view.call_id, tab=tab)
    assert not app.exception
    if tab == "metadata":
        assert view.call_id in json.dumps(given(app, "inspect_pairs"))
        told = json.dumps(given(app, "inspect_pairs"))
        assert "prompt 12" in told and "0123456789abcdef" in told
    if tab == "checks":
        assert {"Names no price", "Tells the price"} <= {
            row["text"] for row in given(app, "inspect_checks_list")[0]["rows"]
        }


def test_a_call_that_never_got_through_says_why(page, store):
    from harness.console import service

    call = seed_call(store, verdict=Verdict.NOT_RUN)
    app = page("inspect_call", call=call.id)
    assert not app.exception
    assert "did not join" in app.error[0].value
    assert service().view(call.id).failure.remedy.split()[0] in app.error[0].value
    assert given(app, "inspect_connected")
    app = page("inspect_call", call=call.id, tab="latency")
    assert "Nobody spoke in this call" in text(app) and not app.get("plotly_chart")


def test_half_an_hour_opens_too(page, store):
    call = seed_call(store, minutes=30, turns=200, recording=False)
    app = page("inspect_call", call=call.id, turn="150", tab="latency")
    assert not app.exception
    bars = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]["customdata"]
    assert 150 in bars and len(bars) == MOST_BARS
    # What is sent again with each run is little; the words are sent once, and stay the same.
    first = {e.proto.id: e.proto.json for e in app.get("bidi_component")}
    app.query_params["turn"] = "151"
    app.query_params["t"] = ""
    app.run()
    again = {e.proto.id: e.proto.json for e in app.get("bidi_component")}
    changed = [name for name, data in again.items() if first.get(name) != data]
    assert any("inspect_wave_" in name for name in changed)
    assert not any("inspect_transcript_" in name for name in changed)
    assert sum(len(again[name]) for name in changed) < 60_000


def test_a_call_is_starred_tagged_and_noted_where_it_is_heard(page, store, view):
    app = page("inspect_call", call=view.call_id)
    app.button(key="star").click().run()
    (tags,) = [each for each in app.multiselect if each.label == "Tags"]
    tags.set_value(["bug 7"]).run()
    app.text_area(key=f"note_{view.call_id}").set_value("Ask *again*").run()
    app.button(key="keep_note").click().run()
    assert not app.exception
    kept = store.get_call(view.call_id)
    assert kept.starred and kept.note == "Ask *again*"
    assert store.tags_of(view.call_id) == ("bug 7",)


def test_beside_a_live_call_the_panels_leave_room_for_its_bar(page, store, view):
    def taken() -> int:
        app = page("inspect_call", call=view.call_id)
        assert not app.exception
        return int(given(app, "inspect_transcript_")[0]["taken"])  # type: ignore[call-overload]

    before = taken()
    seed_call(store, state=CallState.LIVE)
    assert taken() == before + bar_height() > before
