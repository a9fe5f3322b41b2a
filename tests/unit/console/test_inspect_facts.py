"""What the tabs Tools, Metadata, Logs and Latency of the Inspect page make of a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.calls import CallRequest
from harness.console._agent_log import look_through, read_lines, weights_of
from harness.console.inspect.metadata import services_told, settings_told, versions_told
from harness.console.inspect.tools import tool_row
from harness.console.inspect.turn_bars import MOST_BARS, around, turn_bars
from harness.console.theme import palette
from harness.nouns import (
    Agent,
    AgentVersion,
    Call,
    Caller,
    CallState,
    Event,
    EventKind,
    Outcome,
    ToolCall,
    Turn,
)

LIGHT = palette("light")

LOG = """\
🚀 Bot ready!
2026-11-22 01:20:18.523 | INFO     | pipecat:<module>:54 - Pipecat 1.14.0
2026-11-22 01:20:37.045 | DEBUG    | vad:__init__:169 - Loading an ERROR model...
INFO:     Started server process [4805]
01:20:53.223 WARNING Late
2026-11-22T01:20:54Z [ERROR] It broke
Traceback (most recent call last):
  ValueError: no
CRITICAL:root:gone
Information is not a level""".splitlines()


def test_each_line_of_a_log_has_the_weight_it_names_or_that_of_the_line_before() -> None:
    assert [line.weight for line in read_lines(LOG)] == [
        "info", "info", "debug", "info", "warning", "error", "error", "error", "error", "error",
    ]  # fmt: skip
    assert weights_of(read_lines(LOG)) == {"error": 5, "warning": 1, "info": 3, "debug": 1}
    assert list(weights_of(read_lines(LOG))) == ["error", "warning", "info", "debug"]


def test_lines_of_a_log_have_their_second_of_the_call_or_none() -> None:
    ours = timezone(timedelta(hours=1))
    began = datetime(2026, 11, 22, 1, 20, 50, tzinfo=ours)
    seconds = [line.t for line in read_lines(LOG, began, ours)]
    assert seconds == pytest.approx(
        [None, -31.477, -12.955, None, 3.223, 3604.0, 3604.0, 3604.0, None, None]
    )
    elsewhere = [line.t for line in read_lines(LOG, began)]
    assert elsewhere == [None] * 5 + [3604.0] * 3 + [None] * 2, "without a zone: nobody knows"
    assert {line.t for line in read_lines(LOG)} == {None}


@pytest.mark.parametrize(
    ("line", "second"),
    [
        ("00:00:01.500 INFO Past midnight", 3.5),
        ("23:59:50,25 INFO Before", -7.75),
        ("[2026-11-22 23:59:58+0100] at the start", 0.0),
        ("2026-11-22T22:59:59.000000Z later", 1.0),
        ("(23:59:59) in brackets", 1.0),
        ("25:00:00 no such time", None),
        ("2026-13-01 10:00:00 no such day", None),
        ("12:30 to 13:00:00 is no time of a log", None),
        ("{'time': '23:59:59'}", None),
    ],
)
def test_how_lines_begin_with_a_time(line: str, second: float | None) -> None:
    ours = timezone(timedelta(hours=1))
    began = datetime(2026, 11, 22, 23, 59, 58, tzinfo=ours)
    (found,) = read_lines([line], began, ours)
    assert found.t == second


def test_a_log_is_looked_through_by_words_and_weight() -> None:
    lines = read_lines(LOG)
    assert look_through(lines) == lines
    assert [line.text for line in look_through(lines, "VALUEerror NO")] == ["  ValueError: no"]
    assert [line.text for line in look_through(lines, "", ["warning"])] == [
        "01:20:53.223 WARNING Late"
    ]
    assert look_through(lines, "late", ["debug"]) == []


def test_a_function_is_told_with_arguments_result_and_how_long_it_took() -> None:
    tool = ToolCall("1", "find", {"day": "Fri", "n": [1, 2]}, 62.0, 62.61, {"slots": 2})
    row = tool_row(tool, 5, audible=True)
    assert row.text == "find(day=Fri, n=[1, 2])"
    assert row.below == ('→ {"slots": 2}',)
    assert (row.right, row.seek) == ("turn 5 · 1:02 · 0.61 s", 62.0)
    lost = tool_row(replace(tool, returned_at=None, result=None), 0, audible=False)
    assert lost.below == ("it did not return",) and lost.seek is None
    assert lost.right == "greeting · 1:02"
    cancelled = tool_row(replace(tool, returned_at=None, cancelled=True), 5, audible=True)
    assert cancelled.below == ("cancelled",)
    unnamed = tool_row(ToolCall("2", None, None, 1.0, 2.0, None), 1, audible=True)
    assert unnamed.text == "a function it does not name()" and unnamed.below == ("→ nothing",)


def call(version: AgentVersion | None) -> Call:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Call(
        "c", "r", "A", "demo", None, "heart", CallState.DONE, None, None, now, version=version
    )


def test_versions_are_those_of_both_sides() -> None:
    events = [
        Event(1, 0.0, EventKind.AGENT_READY, {
            "version": "2.2.0", "about": {"library": "pipecat-ai", "library_version": "1.14.0"},
        }),
        Event(2, 0.1, EventKind.AGENT_INSIGHT, {"kind": "hello", "pipecat": "1.14.0"}),
    ]  # fmt: skip
    told = versions_told(call(AgentVersion("9be04d17", True, label="prompt v12")), events)
    assert told["Agent"] == "prompt v12"
    assert told["Agent's commit"] == "9be04d17, with changes that are in no commit"
    assert told["RTVI"] == "2.2.0" and told["Agent's library"] == "pipecat-ai 1.14.0"
    assert told["Pipecat, by the observer"] == "1.14.0"
    assert list(versions_told(None, [])) == ["Ringback, today"]


def test_services_are_those_the_agents_figures_name() -> None:
    events = [
        Event(1, 0.0, EventKind.AGENT_METRICS, {"ttfb": [
            {"processor": "OpenAILLMService#0", "model": "gpt-4.1", "value": 0.3},
            {"processor": "CartesiaTTSService#1", "value": 0.1},
            {"processor": "SomethingElse#0", "value": 0.1},
        ]}),
        Event(2, 1.0, EventKind.AGENT_METRICS, {"ttfb": [{"processor": "CartesiaTTSService#2"}]}),
        Event(3, 2.0, EventKind.AGENT_METRICS, {"processing": []}),
    ]  # fmt: skip
    assert services_told(events) == {
        "Language model": "OpenAILLMService, gpt-4.1", "Text to speech": "CartesiaTTSService"
    }  # fmt: skip
    assert services_told([]) == {}


def test_settings_are_those_the_call_was_placed_with() -> None:
    agent = Agent(name="demo", provider="demo", body={"token": "secret:KEY"})
    asked = CallRequest(agent=agent, caller=Caller(voice="deep", seed=7, speed=1.2))
    told = settings_told(asked)
    assert told["Seed of the caller"] == "7"
    assert told["Caller's stack and voice"] == "offline, deep"
    assert told["Body of its session"] == '{"token": "secret:KEY"}'
    assert told["Caller's speed and volume"] == "1.2, +0 dB"
    silent = settings_told(CallRequest(agent=agent, caller=Caller(asks_again=False)))
    assert silent["Caller's patience"].endswith("never asks again")


def turns(count: int, late: int, silent: int) -> list[Turn]:
    return [Turn(0)] + [
        Turn(
            n,
            Outcome.NO_ANSWER if n == silent else Outcome.ANSWERED,
            response_latency_s=None if n == silent else 2.5 if n == late else 1.0,
        )
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("count", "chosen", "first"),
    [(5, 2, 1), (200, 1, 1), (200, 100, 93), (200, 200, 186), (5, 0, 1)],
)
def test_the_turns_around_the_chosen_one(count: int, chosen: int, first: int) -> None:
    shown = around([*turns(count, 3, 4), Turn(4, Outcome.SPURIOUS)], chosen)
    assert shown[0].index == first and len(shown) == min(count, MOST_BARS)
    assert chosen == 0 or chosen in [turn.index for turn in shown]


def test_a_late_turn_and_one_without_an_answer_look_bad_and_the_chosen_one_stands_out() -> None:
    shown = around(turns(5, 3, 4), 3)
    figure = turn_bars(shown, 3, 2.0, LIGHT)
    (bars,) = figure.data
    assert list(bars.customdata) == [1, 2, 3, 4, 5]
    assert list(bars.y) == [1.0, 1.0, 2.5, 0.0, 1.0]
    assert bars.marker.color[2] == LIGHT.bad.line
    assert bars.marker.color[0] == bars.marker.color[4] != bars.marker.color[2]
    frames = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(shape.x0 + shape.x1) / 2 for shape in frames] == [3]
    assert figure.layout.xaxis.ticktext[2] == "<b>3</b>"
    assert "no answer" in bars.hovertext[3]
