"""What Pipecat's expectations are called here, and the values its own loader lets through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml
from PIL import Image
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.nouns import Criterion, Expected, Scenario, SimMeasure, Success
from harness.scenarios import find_scenario, load_scenarios


@pytest.fixture
def load(write: WriteFile) -> Any:
    def _load(*turns: dict[str, Any], **keys: Any) -> Scenario:
        data = {"name": "x", "scenarios": [{"name": "y", "turns": list(turns), **keys}]}
        (scenario,) = load_scenarios(write(yaml.safe_dump(data, sort_keys=False)))
        return scenario

    return _load


def expect(event: str, **keys: Any) -> dict[str, Any]:
    return {"event": event, **keys}


@pytest.mark.parametrize(
    ("expectation", "name"),
    [
        (expect("response"), "Reply 1 comes"),
        (expect("response", within_ms=2500), "Reply 1 comes within 2.5 s"),
        (expect("response", text_contains="Fri"), "Reply 1 says “Fri”"),
        (expect("response", text_excludes="●"), "Reply 1 does not say “●”"),
        (
            expect("llm_response", text_contains="a", text_excludes="b", within_ms=5000),
            "Reply 1 (llm_response) says “a”, not “b” within 5 s",
        ),
        (expect("response", eval="says Tokyo"), "Reply 1: says Tokyo"),
        (expect("response", absent=True, within_ms=900), "Reply 1: no response within 0.9 s"),
        (expect("bot_started_speaking"), "Reply 1: bot_started_speaking"),
        (expect("llm_marker", marker="short"), "Reply 1: llm_marker short"),
        (expect("user_transcription", text_contains="hi"), "Line 1 is understood as “hi”"),
        (expect("function_call"), "Line 1 calls a function"),
        (
            expect("function_call", calls=["f", {"name": "g", "args": {"day": "2026-11-27"}}]),
            "Line 1 calls f and g(day=2026-11-27)",
        ),
        (expect("function_call", name="f", eval="the right one"), "Line 1 calls f: the right one"),
        (expect("function_call_stopped", name="f"), "Line 1 stops f"),
    ],
)
def test_names(load: Any, expectation: dict[str, Any], name: str) -> None:
    (check,) = load({"user": "Hi.", "expect": [expectation]}).checks

    assert check.name == name
    assert isinstance(check, Expected) and check.required


def test_the_same_wish_twice_has_two_names(load: Any) -> None:
    twice = expect("response", text_contains="Friday")

    names = [check.name for check in load({"user": "When?", "expect": [twice, twice]}).checks]

    assert names == ["Reply 1 says “Friday”", "Reply 1 says “Friday” (2)"]


def test_lines_are_what_is_said_or_pressed(load: Any) -> None:
    reply = [expect("response")]
    scenario = load(
        {"expect": reply},
        {"user": "Hello.", "expect": reply},
        {"expect": reply},
        {"dtmf": "12#", "expect": reply},
        {"user": "Goodbye.", "expect": reply},
    )

    assert [check.line for check in scenario.checks] == [0, 1, 1, 2, 3]
    assert [check.step for check in scenario.checks] == [0, 1, 2, 3, 4]
    assert scenario.steps[3].label == "Press 1 2 #"
    assert [step.say for step in scenario.steps] == [None, "Hello.", None, None, "Goodbye."]


@pytest.mark.parametrize("event", ["response", "llm_response", "bot_stopped_speaking"])
def test_a_budget_of_what_is_heard_is_the_checks(load: Any, event: str) -> None:
    scenario = load({"user": "Hi.", "expect": [expect(event, within_ms=1500)]})

    assert scenario.checks[0].within_s == scenario.steps[0].expect[0].within_s == 1.5


@pytest.mark.parametrize(
    "expectation",
    [
        expect("function_call", name="f", within_ms=1500),
        expect("user_transcription", within_ms=1500),
        expect("response", absent=True, within_ms=1500),
    ],
)
def test_every_other_budget_is_the_drivers(load: Any, expectation: dict[str, Any]) -> None:
    scenario = load({"user": "Hi.", "expect": [expectation]})

    assert scenario.checks[0].within_s is None
    assert scenario.steps[0].expect[0].within_s == 1.5


def test_a_budget_of_nought_is_none(load: Any) -> None:
    scenario = load({"user": "Hi.", "expect": [expect("response", within_ms=0)]})

    assert scenario.steps[0].expect[0].within_s is None
    assert scenario.warnings[0].endswith(
        "expect[0].within_ms`: 0 is no limit, as in Pipecat Evals."
    )


def test_a_criterion_where_nothing_is_said_is_warned_of(load: Any) -> None:
    scenario = load({"user": "Hi.", "expect": [expect("llm_started", eval="polite")]})

    assert "expect[0].eval`: a criterion says little about `llm_started`" in scenario.warnings[0]


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
    (call,) = load_scenarios(path)[0].steps[0].expect[0].calls

    assert call.arguments == {"day": "2026-11-27", "days": ["2026-11-28"]}


def test_files_without_our_block_are_told_apart(load: Any) -> None:
    assert not load({"user": "Hi."}).own_block
    assert load({"user": "Hi."}, ringback={"title": "A"}).own_block
    assert load({"user": "Hi.", "ringback": {"label": "Greet"}}).own_block


def test_what_was_read_is_kept(write: WriteFile) -> None:
    text = "# with its comments\nname: x\nscenarios:\n- {name: y, turns: [{user: Hi}]}\n"

    assert load_scenarios(write(text))[0].source == text


def test_a_call_is_placed_with_just_that(write: WriteFile) -> None:
    path = write("name: x\nscenarios:\n- {name: y, persona: p, goal: g, success: it helped}\n")

    assert find_scenario(path) == load_scenarios(path)[0]


def test_who_judges_and_what_is_judged_in_words(load: Any) -> None:
    scenario = load(
        {"user": "Hi."},
        ringback={
            "judge": {"endpoints": ["a", "b"], "repeats": 3},
            "checks": [
                {"name": "Polite", "rule": "criterion", "text": "is polite", "scope": "turn"},
                {"name": "Never", "rule": "policy", "never": ["no way"], "required": False},
                {
                    "name": "Helps",
                    "rule": "criterion",
                    "text": "helps",
                    "vetoes": ["Never"],
                    "weight": 2,
                },
            ],
        },
    )

    assert (scenario.judge.endpoints, scenario.judge.repeats) == (("a", "b"), 3)
    assert [check.weight for check in scenario.checks] == [1, 1, 2]
    assert [check.required for check in scenario.checks] == [True, False, True]
    assert isinstance(scenario.checks[2], Criterion)


def test_what_a_simulation_asks(write: WriteFile) -> None:
    path = write(
        """
        name: x
        scenarios:
          - name: y
            persona: Maria.
            goal: Book.
            success: the bot booked it
            metrics:
              - {name: polite, criterion: is polite}
              - {name: brief, criterion: is brief, min_score: 0.5}
              - {measure: words, max_value: 40}
            ringback:
              caller: {persona: impatient, speed: 1.0}
        """
    )
    (scenario,) = load_scenarios(path)

    success, polite, brief, words = scenario.checks
    assert isinstance(success, Success) and success.required
    assert success.name == "Success: the bot booked it"
    metrics = [polite, brief, words]
    assert all(isinstance(metric, SimMeasure) for metric in metrics)
    assert [metric.required for metric in metrics] == [False, True, True]
    assert [metric.name for metric in metrics] == [
        f"Metric: {n}" for n in ("polite", "brief", "words")
    ]
    assert scenario.simulation is not None
    assert scenario.simulation.habits.cuts_in_after_s == 6.0
    assert scenario.simulation.persona.startswith("Maria.\n\nYou are in a hurry")
    caller = scenario.caller
    assert (caller.persona, caller.voice, caller.speed, caller.patience_s) == (
        "impatient", "deep", 1.0, 0.2,
    )  # fmt: skip


TALKS = "user: {modality: audio}\n"


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_of_any_rate(write: WriteFile, rate: int, channels: int) -> None:
    path = write(
        f"name: x\n{TALKS}scenarios:\n- {{name: y, turns: [{{user: Hi, audio: a.wav}}]}}\n"
    )
    soundfile.write(path.parent / "a.wav", np.zeros((rate // 10, channels), np.int16), rate)

    assert load_scenarios(path)[0].steps[0].audio == str((path.parent / "a.wav").resolve())


def _broken(path: Path) -> None:
    path.write_bytes(b"RIFF0000WAVEnothing of the kind" * 5)


def _empty(path: Path) -> None:
    soundfile.write(path, np.zeros(0, np.int16), 16000)


def _long(path: Path) -> None:
    soundfile.write(path, np.zeros(8000 * 301, np.int16), 8000)


def _at_rate(path: Path, rate: int) -> None:
    soundfile.write(path, np.zeros(100, np.int16), rate)


def _seventeen(path: Path) -> None:
    soundfile.write(path, np.zeros((100, 17), np.int16), 16000)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_001)


def _elsewhere(path: Path) -> None:
    soundfile.write(path.parent.parent / "b.wav", np.zeros(800, np.int16), 8000)
    path.symlink_to(path.parent.parent / "b.wav")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: None, "there is no file"),
        (_broken, "cannot be read as sound."),
        (lambda path: path.write_bytes(b""), "has 0 bytes; 1 are the least."),
        (_empty, "holds no sound."),
        (_long, "has 301 s; 300 are the most."),
        (lambda path: _at_rate(path, 1), "has 1 Hz; 4,000 are the least."),
        (lambda path: _at_rate(path, 4_000_000), "has 4,000,000 Hz; 192,000 are the most."),
        (_seventeen, "has 17 channels; 16 are the most."),
        (_sparse, "has 50,000,001 bytes; 50,000,000 are the most."),
        (_elsewhere, "lies outside"),
        (Path.mkdir, "there is no file"),
    ],
)
def test_a_recording_that_cannot_be_played(write: WriteFile, make: Any, expected: str) -> None:
    path = write(
        f"name: x\n{TALKS}scenarios:\n- name: y\n  turns:\n  - user: Hi\n    audio: a.wav\n"
    )
    make(path.parent / "a.wav")

    with pytest.raises(ScenarioError) as caught:
        load_scenarios(path)

    assert "case.yaml, line 7, key `scenarios[0].turns[0].audio`: " in caught.value.message
    assert expected in caught.value.message
    assert caught.value.remedy


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20_000_001)


def _drawing(path: Path) -> None:
    Image.new("L", (8001, 8000)).save(path)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path.write_text("import sys\n"), "cannot be read as an image."),
        (lambda path: path.write_bytes(b""), "has 0 bytes; 1 are the least."),
        (lambda path: Image.new("RGB", (4, 4)).save(path, "PPM"), "cannot be read as an image."),
        (_large, "has 20,000,001 bytes; 20,000,000"),
        (_drawing, "has 64,008,000 pixels; 50,000,000 are the most."),
    ],
)
def test_a_file_that_is_no_image_to_show(write: WriteFile, make: Any, expected: str) -> None:
    path = write("name: x\nscenarios:\n- {name: y, turns: [{user: Hi, image: a.png}]}\n")
    make(path.parent / "a.png")

    with pytest.raises(ScenarioError) as caught:
        load_scenarios(path)

    assert "line 3, key `scenarios[0].turns[0].image`: " in caught.value.message
    assert expected in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_images_of_four_kinds(write: WriteFile, kind: str) -> None:
    path = write("name: x\nscenarios:\n- {name: y, turns: [{user: Hi, image: a.img}]}\n")
    Image.new("RGB", (8, 8)).save(path.parent / "a.img", kind)

    assert load_scenarios(path)[0].steps[0].image == str((path.parent / "a.img").resolve())


@pytest.mark.parametrize("image", ["none.png", "../outside.png", "/etc/hosts"])
def test_an_image_that_cannot_be_shown(write: WriteFile, tmp_path: Path, image: str) -> None:
    (tmp_path / "outside.png").write_bytes(b"x")
    with pytest.raises(ScenarioError, match=r"line 3, key `scenarios\[0\]\.turns\[0\]\.image`: "):
        load_scenarios(
            write(f"name: x\nscenarios:\n- {{name: y, turns: [{{user: Hi, image: {image}}}]}}\n")
        )


@pytest.mark.parametrize(
    ("user", "say"),
    [("One\n  two\n", "One two"), ("a  b", "a  b"), ("\n\nx\r\ny", "x y"), ("é\xa0", "é\xa0")],
)
def test_a_line_is_as_written_but_for_line_breaks(load: Any, user: str, say: str) -> None:
    assert load({"user": user}).steps[0].say == say


@pytest.mark.parametrize(
    ("user", "what"),
    [
        ("Hi\a", "the character U+0007 cannot be said."),
        ("\N{GRINNING FACE}", "that a voice could say."),
        ("\u200b\u200b", "that a voice could say."),
    ],
)
def test_a_line_that_nobody_could_say(load: Any, user: str, what: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(what)) as caught:
        load({"user": user})

    assert ", key `scenarios[0].turns[0].user`: " in caught.value.message
    assert caught.value.remedy


def test_a_caller_that_types_may_send_a_face(write: WriteFile) -> None:
    path = write(
        "name: x\nringback: {caller: {by: text}}\n"
        'scenarios:\n- {name: y, turns: [{user: "\\U0001F600"}]}\n'
    )

    assert load_scenarios(path)[0].steps[0].say == "\N{GRINNING FACE}"
