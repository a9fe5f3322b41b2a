from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from scenario_files import WriteFile

from harness.nouns import (
    Caller,
    FunctionCalled,
    from_json,
    to_json,
)
from harness.nouns import Scenario as ScenarioNoun
from harness.scenarios import load_scenarios

FILE = """
name: clinic
ringback:
  tags: [daily]
  caller: {voice: deep, speed: 1.1}
  checks:
    - {name: Greets, rule: agent_said, text: Northgate, turn: 0}
scenarios:
  - name: book
    ringback:
      title: Book a visit
      budget_s: 1.5
      checks:
        - name: Books with Osei
          rule: function_called
          function: book
          arguments: {day: 2026-11-27, time: 14:15, count: 010, sure: yes}
    turns:
      - expect: [{event: response}]
      - user: I would like to see Doctor Osei, please, on any day that suits.
        ringback: {label: Ask for Dr Osei, pause_s: 0.5}
        expect: [{event: response}]
      - user: Goodbye.
  - name: hours
    turns:
      - user: When are you open?
"""


def test_a_file_with_two_scenarios(write: WriteFile) -> None:
    book, hours = load_scenarios(write(FILE))

    assert (book.name, book.title, book.budget_s) == ("clinic/book", "Book a visit", 1.5)
    assert (hours.name, hours.title, hours.budget_s) == ("clinic/hours", "Hours", 2.0)
    assert book.caller == hours.caller == Caller(voice="deep", speed=1.1)
    assert book.tags == hours.tags == ("daily",)
    assert book.warnings == ()


def test_steps(write: WriteFile) -> None:
    book, hours = load_scenarios(write(FILE))

    assert [step.say for step in book.steps] == [
        None,
        "I would like to see Doctor Osei, please, on any day that suits.",
        "Goodbye.",
    ]
    assert [step.label for step in book.steps] == [
        "Wait for the greeting",
        "Ask for Dr Osei",
        "Goodbye.",
    ]
    assert [step.pause_s for step in book.steps] == [0.0, 0.5, 0.0]
    assert [len(step.expect) for step in book.steps] == [1, 1, 0]
    assert hours.steps[0].label == "When are you open?"


def test_a_scenarios_checks_replace_the_files(write: WriteFile) -> None:
    book, hours = load_scenarios(write(FILE))

    assert [check.name for check in hours.checks] == ["Greets"]
    assert [check.name for check in book.checks] == [
        "Books with Osei",
        "Greeting comes",
        "Reply 1 comes",
    ]


def test_days_times_and_numbers_are_what_was_written(write: WriteFile) -> None:
    check = load_scenarios(write(FILE))[0].checks[0]

    assert isinstance(check, FunctionCalled)
    assert check.arguments == {
        "day": "2026-11-27",
        "time": "14:15",
        "count": "010",
        "sure": True,
    }


def test_a_scenario_goes_through_json(write: WriteFile) -> None:
    for scenario in load_scenarios(write(FILE)):
        assert from_json(ScenarioNoun, to_json(scenario)) == scenario


def test_the_old_shape_of_a_file_loads_with_a_warning(write: WriteFile) -> None:
    path = write(
        """
        name: greeting
        turns:
          - expect:
              - event: response
                text_contains: hello
        """
    )

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (scenario,) = load_scenarios(path)

    assert scenario.name == "greeting"
    assert scenario.title == "Greeting"
    assert len(scenario.warnings) == 1
    assert "line 2, key `turns`: an old shape" in scenario.warnings[0]


def test_parts_can_be_included(write: WriteFile) -> None:
    write("- {name: Greets, rule: agent_said, text: hello}\n", "parts/checks.yaml")
    path = write(
        """
        name: inc
        ringback:
          checks: !include parts/checks.yaml
        scenarios:
          - name: one
            turns: [{user: Hi}]
        """
    )

    (scenario,) = load_scenarios(path)

    assert [check.name for check in scenario.checks] == ["Greets"]


def test_an_include_from_a_folder_of_scenarios(tmp_path: Path) -> None:
    folder = tmp_path / "evals"
    (folder / "sub").mkdir(parents=True)
    (folder / "judge.yaml").write_text("modality: text\n")
    path = folder / "sub" / "case.yaml"
    path.write_text(
        "name: x\njudge: !include ../judge.yaml\nscenarios:\n- {name: y, turns: [{user: Hi}]}\n"
    )

    assert load_scenarios(path)[0].name == "x/y"


def test_unknown_keys_of_pipecats_part_are_told(write: WriteFile) -> None:
    path = write(
        """
        name: x
        description: not a key of Pipecat
        .shared: &reply [{event: response}]
        scenarios:
          - name: y
            judge: {modalty: text}
            turns:
              - usr: Hello
                user: Hello
                expect: *reply
              - user: Bye
                send_after: {event: bot_stopped_speaking, delay: 5}
                expect:
                  - {event: respons, text_contain: x}
                  - event: function_call
                    calls: [{name: f, arg: {}}]
        """
    )

    (scenario,) = load_scenarios(path)

    told = [warning.split(": ", 1) for warning in scenario.warnings]
    assert [place.split("case.yaml, ")[1] for place, _ in told] == [
        "line 2, key `description`",
        "line 6, key `scenarios[0].judge.modalty`",
        "line 8, key `scenarios[0].turns[0].usr`",
        "line 12, key `scenarios[0].turns[1].send_after.delay`",
        "line 14, key `scenarios[0].turns[1].expect[0].text_contain`",
        "line 14, key `scenarios[0].turns[1].expect[0].event`",
        "line 16, key `scenarios[0].turns[1].expect[1].calls[0].arg`",
    ]
    assert told[1][1] == "unknown key, it is ignored. Did you mean `modality`?"
    assert told[5][1] == "unknown event `respons`. Did you mean `response`?"


def test_whether_it_goes_on_after_a_failure_is_as_written(write: WriteFile) -> None:
    path = write(
        """
        name: x
        stop_on_failure: false
        scenarios:
          - {name: y, turns: [{user: Hi}]}
          - {name: z, stop_on_failure: true, turns: [{user: Hi}]}
        """
    )

    assert [scenario.stop_on_failure for scenario in load_scenarios(path)] == [False, True]


@pytest.mark.parametrize("say", ["I want it " * 20, "x" * 200])
def test_a_long_line_has_a_short_label(write: WriteFile, say: str) -> None:
    path = write(f"name: x\nscenarios: [{{name: y, turns: [{{user: '{say}'}}]}}]\n")

    label = load_scenarios(path)[0].steps[0].label

    assert len(label) <= 46
    assert label.endswith("…")


@pytest.mark.parametrize(
    ("judge", "allowed"),
    [
        ("", True),
        ("judge: {eval: {service: openai}}", True),
        ("judge: {eval: {allow_continue: true}}", True),
        ("judge: {eval: {allow_continue: false}}", False),
    ],
)
def test_whether_judges_may_wait_for_more_is_as_written(
    write: WriteFile, judge: str, allowed: bool
) -> None:
    text = f'name: x\n{judge}\nturns:\n  - user: "Hi."\n    expect: [{{event: response}}]\n'
    with warnings.catch_warnings(record=True):
        (scenario,) = load_scenarios(write(text))
    assert scenario.allow_continue is allowed
