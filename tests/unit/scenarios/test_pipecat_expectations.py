"""What Pipecat's expectations become for the callers of today: rules, or a note why not."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.nouns import (
    AgentNeverSaid,
    AgentSaid,
    Expectation,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    Scenario,
)
from harness.scenarios._load import load_with_files


@pytest.fixture
def load(write: WriteFile) -> Any:
    def _load(*turns: dict[str, Any], **keys: Any) -> Scenario:
        data = {"name": "x", "scenarios": [{"name": "y", "turns": list(turns), **keys}]}
        (scenario,), _ = load_with_files(
            write(yaml.safe_dump(data, sort_keys=False)), by_rules=True
        )
        return scenario

    return _load


def expect(event: str, **keys: Any) -> dict[str, Any]:
    return {"event": event, **keys}


def test_texts_of_a_reply(load: Any) -> None:
    scenario = load(
        {"expect": [expect("response", text_contains="Northgate")]},
        {
            "user": "Friday, please.",
            "expect": [
                expect("llm_response", text_contains="Fri", text_excludes="●", within_ms=5000)
            ],
        },
    )

    assert scenario.steps[1].expect == (
        Expectation(contains=("Fri",), excludes=("●",), within_s=5.0, event="llm_response"),
    )
    shown = [(type(check), check.name, getattr(check, "turn", None)) for check in scenario.checks]
    assert shown == [
        (NoMissedTurn, "Every line gets a reply", None),
        (AgentSaid, "Greeting says “Northgate”", 0),
        (AgentSaid, "Reply 1 says “Fri”", 1),
        (AgentNeverSaid, "Reply 1 does not say “●”", 1),
        (LatencyBudget, "Reply 1 within 5 s", 1),
    ]
    contains, within = scenario.checks[2], scenario.checks[4]
    assert isinstance(contains, AgentSaid) and not contains.whole_words
    assert isinstance(within, LatencyBudget) and within.within_s == 5.0
    assert scenario.not_run == ()


def test_function_calls(load: Any) -> None:
    scenario = load(
        {
            "user": "Book it.",
            "expect": [
                expect(
                    "function_call",
                    calls=["find_slots", {"name": "book", "args": {"day": "2026-11-27"}}],
                ),
                expect("function_call", name="hold", args={"n": 1}, eval="the right one"),
                expect("function_call"),
            ],
        }
    )

    checks = [check for check in scenario.checks if isinstance(check, FunctionCalled)]
    assert [(check.function, check.arguments, check.turn) for check in checks] == [
        ("find_slots", {}, 1),
        ("book", {"day": "2026-11-27"}, 1),
        ("hold", {"n": 1}, 1),
    ]
    assert checks[1].name == "Line 1 calls book(day=2026-11-27)"
    assert [name for name, _ in scenario.not_run] == [
        "Line 1: the right one",
        "Line 1 calls a function",
    ]


def test_an_unquoted_day_is_text(write: WriteFile) -> None:
    path = write(
        """
        name: x
        scenarios:
          - name: y
            turns:
              - user: Book it.
                expect:
                  - {event: function_call, name: book, args: {day: 2026-11-27, days: [2026-11-28]}}
        """
    )

    (scenario,), _ = load_with_files(path, by_rules=True)
    (check, *_) = scenario.checks

    assert isinstance(check, FunctionCalled)
    assert check.arguments == {"day": "2026-11-27", "days": ["2026-11-28"]}


@pytest.mark.parametrize(
    ("expectation", "name"),
    [
        (expect("response", eval="says Tokyo"), "Reply 1: says Tokyo"),
        (expect("response", absent=True, within_ms=3000), "Reply 1: no response"),
        (expect("function_call", absent=True), "Reply 1: no function_call"),
        (expect("llm_marker", marker="complete"), "Reply 1: llm_marker"),
        (expect("image"), "Reply 1: image"),
        (expect("user_transcription", text_contains="hi"), "Reply 1: user_transcription"),
        (expect("user_started_speaking"), "Reply 1: user_started_speaking"),
        (expect("bot_interrupted"), "Reply 1: bot_interrupted"),
        (expect("bot_backchannel"), "Reply 1: bot_backchannel"),
        (
            expect("function_call_stopped", name="f", args={"cancelled": True}),
            "Reply 1: function_call_stopped",
        ),
    ],
)
def test_what_cannot_be_asked_is_a_required_check_not_run(
    load: Any, expectation: dict[str, Any], name: str
) -> None:
    scenario = load({"user": "Hello.", "expect": [expectation]})

    assert [found for found, _ in scenario.not_run] == [name]
    (check,) = [check for check in scenario.checks if isinstance(check, NotAsked)]
    assert check.required
    assert check.reason


@pytest.mark.parametrize("event", ["bot_started_speaking", "bot_stopped_speaking", "llm_started"])
def test_that_the_agent_speaks_is_that_a_reply_comes(load: Any, event: str) -> None:
    scenario = load({"user": "Hello.", "expect": [expect(event)]})

    assert [check.name for check in scenario.checks] == ["Every line gets a reply"]
    assert scenario.not_run == ()


AUDIO = {"modality": "audio", "speech": {"service": "kokoro", "voice": "af_heart"}}


@pytest.mark.parametrize(
    ("turn", "keys", "name"),
    [
        ({"user": "Hi."}, {"context": [{"role": "system", "content": "x"}]}, "Starts from"),
        ({"user": "Hi.", "audio": "hi.wav"}, {"user": AUDIO}, "Line 1 is played from a recording"),
        (
            {"user": ["So", {"pause_ms": 2000}, "Spain."]},
            {"user": AUDIO},
            "Line 1 pauses in the middle",
        ),
        ({"user": "Look.", "image": "a.png"}, {}, "Line 1 shows an image"),
        (
            {"user": "Stop!", "send_after": {"event": "llm_started", "delay_ms": 500}},
            {},
            "Line 1 is said 500 ms after llm_started",
        ),
        (
            {"user": "Stop!", "send_after": {"delay_ms": 500}},
            {},
            "Line 1 is said 500 ms after the line before",
        ),
    ],
)
def test_what_is_done_otherwise_is_told_but_fails_nothing(
    load: Any, turn: dict[str, Any], keys: dict[str, Any], name: str
) -> None:
    scenario = load(turn, **keys)

    (check,) = scenario.checks
    assert isinstance(check, NotAsked)
    assert check.name.startswith(name)
    assert not check.required
    assert len(scenario.steps) == 1


def test_a_pause_after_the_agent_has_stopped(load: Any) -> None:
    scenario = load(
        {"user": "Hm.", "send_after": {"event": "bot_stopped_speaking", "delay_ms": 1500}}
    )

    assert scenario.steps[0].pause_s == 1.5
    assert scenario.checks == ()


def test_a_spoken_line_of_several_parts_is_said_in_one_go(load: Any) -> None:
    scenario = load({"user": ["So I", {"pause_ms": 900}, "went."]}, user=AUDIO)

    assert scenario.steps[0].say == "So I went."


def test_keys_are_not_pressed_nor_what_follows_expected(load: Any) -> None:
    scenario = load(
        {"user": "Hello."},
        {"dtmf": "12#", "expect": [expect("response"), expect("response", eval="thanks")]},
        {"user": "Goodbye.", "expect": [expect("response", text_contains="bye")]},
    )

    assert [step.say for step in scenario.steps] == ["Hello.", "Goodbye."]
    assert [name for name, _ in scenario.not_run] == [
        "Presses 12#",
        "After the keys: response",
        "After the keys: response (thanks)",
    ]
    assert "Reply 2 says “bye”" in [check.name for check in scenario.checks]


def test_names_of_checks_differ(load: Any) -> None:
    twice = expect("response", text_contains="Friday")
    scenario = load({"user": "When?", "expect": [twice, twice]})

    names = [check.name for check in scenario.checks]
    assert "Reply 1 says “Friday” (2)" in names
    assert len(set(names)) == len(names)


def test_own_checks_make_the_general_ones_needless(load: Any) -> None:
    scenario = load(
        {"expect": [expect("response")]},
        {"user": "Hello.", "expect": [expect("response")]},
        ringback={
            "checks": [
                {"name": "No missed turn", "rule": "no_missed_turn"},
                {"name": "Greets", "rule": "agent_said", "text": "hello", "turn": 0},
            ]
        },
    )

    assert [check.name for check in scenario.checks] == ["No missed turn", "Greets"]


def test_simulations_come_later(write: WriteFile) -> None:
    path = write("name: x\nscenarios:\n- {name: b, persona: Jamie, goal: g, success: s}\n")

    with pytest.raises(ScenarioError) as caught:
        load_with_files(path, by_rules=True)

    assert "line 3, key `scenarios[0].persona`: this is a simulated" in caught.value.message
