"""No key is passed over in silence: each warning names file, line and key, and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.scenarios import Draft, find_persona, load_scenarios
from harness.settings import ROOT

SCRIPT = "scenarios:\n- {name: y, turns: [{user: Hi}]}\n"
PERSON = "scenarios:\n- {name: y, persona: p, goal: g, success: s}\n"
FIRST = "scenarios[0].turns[0].expect[0]"
EXPECT = "scenarios:\n- name: y\n  turns:\n  - user: Hi\n    expect:\n    - "


def warnings_of(path: Path) -> list[str]:
    return list(dict.fromkeys(text for one in load_scenarios(path) for text in one.warnings))


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        # Pipecat's own runner is told what a call does not look at.
        (
            f"user: {{modality: text}}\n{SCRIPT}",
            "line 2, key `user.modality`",
            "`ringback.caller.by: text`",
        ),
        (
            f"user:\n  speech: {{service: cartesia, voice: katie}}\n{SCRIPT}",
            "line 3, key `user.speech`",
            "`service` and `voice` have no effect here: `ringback.caller` says",
        ),
        (
            f"user: {{speech: {{language: de}}}}\n{SCRIPT}",
            "line 2, key `user.speech.language`",
            "say it as `ringback.caller.language`",
        ),
        (
            f"user: {{speech: {{speed: 1.2}}}}\n{SCRIPT}",
            "line 2, key `user.speech.speed`",
            "say it as `ringback.caller.speed`",
        ),
        (
            f"judge: {{modality: text}}\n{SCRIPT}",
            "line 2, key `judge.modality`",
            "Expect `llm_response`",
        ),
        (
            f"judge: {{transcription: {{service: moonshine, language: de}}}}\n{SCRIPT}",
            "line 2, key `judge.transcription.language`",
            "`ringback.caller.language`",
        ),
        (
            f"judge: {{transcription: {{service: whisper}}}}\n{SCRIPT}",
            "line 2, key `judge.transcription`",
            "`service` has no effect here: the `stack`",
        ),
        (
            f"judge:\n  eval:\n    model: m\n    explain_below: 0.5\n{SCRIPT}",
            "line 3, key `judge.eval`",
            "`model` and `explain_below` have no effect here: `ringback.judge.endpoints`",
        ),
        (f"simulator: {{model: m}}\n{PERSON}", "line 2, key `simulator`", "`ringback.brain`"),
        (
            f"trigger_disconnect: true\n{SCRIPT}",
            "line 2, key `trigger_disconnect`",
            "no effect here",
        ),
        (
            f"stop_on_failure: 'no'\n{SCRIPT}",
            "line 2, key `stop_on_failure`",
            "'no' counts as true",
        ),
        # Of the other kind.
        (
            f"max_turns: 5\n{SCRIPT}",
            "line 2, key `max_turns`",
            "there is no simulation in this file",
        ),
        ("max_turns: 5\nturns: [{user: Hi}]\n", "line 2, key `max_turns`", "no simulation"),
        (f"context: []\n{PERSON}", "line 2, key `context`", "there is no script in this file"),
        (
            f"ringback: {{brain: {{kind: openai}}}}\n{SCRIPT}",
            "line 2, key `ringback.brain`",
            "there is no simulation",
        ),
        # An event and a key that do not go together.
        (
            f"{EXPECT}event: response\n      name: book\n",
            f"line 8, key `{FIRST}.name`",
            "it is ignored for `response`: it is for `function_call`",
        ),
        (
            f"{EXPECT}event: response\n      args: {{a: 1}}\n",
            f"line 8, key `{FIRST}.args`",
            "it is ignored for `response`",
        ),
        (
            f"{EXPECT}event: response\n      calls: []\n",
            f"line 8, key `{FIRST}.calls`",
            "it is ignored for `response`",
        ),
        (
            f"{EXPECT}event: function_call\n      text_contains: x\n",
            f"line 8, key `{FIRST}.text_contains`",
            "a call has no text",
        ),
        (
            f"{EXPECT}event: function_call\n      calls: [a]\n      name: b\n",
            f"line 9, key `{FIRST}.name`",
            "ignored beside `calls`",
        ),
        # Ours.
        (
            "scenarios:\n- name: y\n  turns:\n  - {user: Hi}\n  - ringback: {pause_s: 1}\n",
            "line 6, key `scenarios[0].turns[1].ringback.pause_s`",
            "a turn that only waits",
        ),
        (
            f"ringback: {{caller: {{by: text, voice: deep}}}}\n{SCRIPT}",
            "line 2, key `ringback.caller.voice`",
            "the caller types",
        ),
        (
            "ringback:\n  checks:\n"
            "  - {name: A, rule: agent_said, pattern: x, whole_words: false}\n" + SCRIPT,
            "line 4, key `ringback.checks[0].whole_words`",
            "no effect with a `pattern`",
        ),
        # Spelled in large letters.
        (
            "scenarios:\n- {name: y, turns: [{user: Hi, EXPECT: []}]}\n",
            "line 3, key `scenarios[0].turns[0].EXPECT`",
            "Did you mean `expect`?",
        ),
    ],
)
def test_it_is_told(write: WriteFile, text: str, place: str, says: str) -> None:
    path = write(f"name: x\n{text}")

    told = [text for text in warnings_of(path) if "an old shape" not in text]

    assert len(told) == 1
    assert f"case.yaml, {place}: " in told[0] and says in told[0]


@pytest.mark.parametrize(
    "text",
    [
        # What Pipecat wants to be named, and what says the same as the call does.
        f"user: {{modality: audio, speech: {{service: kokoro, voice: af_heart}}}}\n{SCRIPT}",
        f"judge: {{modality: audio, transcription: {{service: moonshine}}}}\n{SCRIPT}",
        "user: {speech: {language: en, speed: 1.0}}\njudge: {eval: {allow_continue: no}}\n"
        + SCRIPT,
        # What the block says beside it.
        "user: {modality: text, speech: {voice: katie, language: de, speed: 2}}\n"
        "ringback: {caller: {by: text, language: de, persona: patient}}\n"
        "scenarios:\n- {name: y, turns: [{user: Hi}], ringback: {caller: "
        "{by: voice, voice: deep, language: en, speed: 1.2}}}\n",
        f"judge: {{eval: {{model: m}}}}\nringback: {{judge: {{endpoints: [m]}}}}\n{SCRIPT}",
        f"simulator: {{model: m}}\nringback: {{brain: {{kind: openai}}}}\n{PERSON}",
        # For one of two scenarios.
        "max_turns: 3\nscenarios:\n- {name: y, turns: [{user: Hi}]}\n"
        "- {name: z, persona: p, goal: g, success: s}\n",
        "x-notes: {a: 1}\n_shared: [2]\n.more: 3\n" + SCRIPT,
    ],
)
def test_what_has_its_effect_is_not_warned_of(write: WriteFile, text: str) -> None:
    assert warnings_of(write(f"name: x\n{text}")) == []


def test_a_file_for_all_is_told_once_and_for_who_does_not_say_it(write: WriteFile) -> None:
    path = write(
        "name: x\nuser: {speech: {language: de}}\nscenarios:\n"
        "- {name: y, turns: [{user: Hi}], ringback: {caller: {language: de}}}\n"
        "- {name: z, turns: [{user: Hi}]}\n"
    )
    (told,) = [text for text in warnings_of(path) if "language" in text and "user" in text]
    assert "line 2, key `user.speech.language`" in told


def test_an_included_file_is_named(write: WriteFile) -> None:
    write(
        "# Ours.\n- user: Hi\n  expct: []\n  expect:\n  - {event: response, name: f}\n", "part.yaml"
    )
    path = write("name: x\nscenarios:\n- {name: y, turns: !include part.yaml}\n")

    first, second = warnings_of(path)
    assert "part.yaml, line 3, key `scenarios[0].turns[0].expct`: unknown key" in first
    assert "Did you mean `expect`?" in first
    assert "part.yaml, line 5, key `scenarios[0].turns[0].expect[0].name`: " in second


def test_a_persona_with_an_unknown_key_cannot_be_used(people: Path) -> None:
    (people / "night.yaml").write_text(
        "name: night\ntitle: N\ndescription: D\nhabits:\n  filler: [um]\n"
    )

    with pytest.raises(ScenarioError) as caught:
        find_persona("night")

    assert caught.value.message.endswith(
        "night.yaml, line 5, key `habits.filler`: unknown key. Did you mean `fillers`?"
    )


@pytest.mark.parametrize("keys", ["true: a\n1: b\n", "yes: a\ntrue: b\n", "1: a\n1.0: b\n"])
def test_keys_that_are_one_to_yaml(write: WriteFile, keys: str) -> None:
    path = write(f"name: x\nx-notes:\n{re.sub('(?m)^', '  ', keys.rstrip())}\n{SCRIPT}")

    with pytest.raises(
        ScenarioError, match=r"line 4, key `x-notes\.\S+`: the same key is"
    ) as caught:
        load_scenarios(path)

    assert "line 3" in caught.value.message and "quotes" in caught.value.remedy


def test_a_key_that_pipecat_misses_for_its_spelling(write: WriteFile) -> None:
    path = write(
        "name: x\nscenarios:\n- name: y\n  persona: p\n  goal: g\n  success: s\n"
        "  metrics:\n  - measure: turns\n    max: 5\n"
    )
    with pytest.raises(ScenarioError, match="Pipecat Evals says: metric 'turns' needs") as caught:
        load_scenarios(path)

    assert "Line 9, key `scenarios[0].metrics[0].max`: unknown key" in caught.value.cause
    assert "Did you mean `max_value`?" in caught.value.cause


def test_the_editor_shows_them_at_their_lines() -> None:
    (warning,) = Draft(f"name: x\nuser: {{speech: {{language: de}}}}\n{SCRIPT}").load()[1]
    assert (warning.line, warning.key, warning.warning) == (2, "user.speech.language", True)


def test_our_own_scenarios_hold_none() -> None:
    for path in sorted((ROOT / "data" / "scenarios").rglob("*.yaml")):
        assert warnings_of(path) == [], path.name
