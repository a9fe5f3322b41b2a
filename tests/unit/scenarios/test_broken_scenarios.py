"""Every way a file can be wrong: its own error, with file, line and key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.scenarios import load_scenarios

HEAD = "name: x\n"
TURNS = "    turns: [{user: Hi}]\n"


PERSON = "name: x\nscenarios:\n- name: b\n  persona: p\n  goal: g\n  success: s\n"


def error_of(path: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(path)
    assert caught.value.remedy, caught.value
    return caught.value


def with_block(block: str) -> str:
    """A file whose `ringback:` block starts in line 2."""
    return f"{HEAD}ringback:\n{block}scenarios:\n  - name: y\n{TURNS}"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "  caller: {voise: deep}\n",
            "line 3, key `ringback.caller.voise`: unknown key. Did you mean `voice`?",
        ),
        ("  titel: A\n", "line 3, key `ringback.titel`: unknown key. Did you mean `title`?"),
        ("  title: 12\n", "line 3, key `ringback.title`: must be text; put 12 in quotes."),
        ("  budget_s: -1\n", "line 3, key `ringback.budget_s`: must be greater than 0, not -1."),
        ("  budget_s: .inf\n", "line 3, key `ringback.budget_s`: must be"),
        ("  budget_s: fast\n", "line 3, key `ringback.budget_s`: must be a valid number"),
        ("  caller:\n    speed: 9\n", "line 4, key `ringback.caller.speed`: must be less than"),
        ("  caller: deep\n", "line 3, key `ringback.caller`: "),
        ("  tags: [1]\n", "line 3, key `ringback.tags[0]`: must be text; put 1 in quotes."),
        ("  - a\n", "line 2, key `ringback`: must be a mapping of keys and values."),
        ("  checks: [late]\n", "line 3, key `ringback.checks[0]`: a check must be a mapping"),
        ("  checks: 3\n", "line 3, key `ringback.checks`: "),
        ("  checks:\n  - name: A\n", "line 4, key `ringback.checks[0]`: `rule` is missing."),
        (
            "  checks:\n  - name: A\n    rule: agent_sayd\n",
            "line 5, key `ringback.checks[0].rule`: unknown rule `agent_sayd`. "
            "Did you mean `agent_said`?",
        ),
        (
            "  checks:\n  - rule: said_goodbye\n",
            "line 4, key `ringback.checks[0].name`: `name` is missing.",
        ),
        (
            "  checks:\n  - {name: A, rule: said_goodbye}\n  - {name: A, rule: no_missed_turn}\n",
            "line 5, key `ringback.checks[1].name`: the check in line 4 has the same name.",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n    texd: b\n    text: c\n",
            "line 6, key `ringback.checks[0].texd`: unknown key. Did you mean `text`?",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n",
            "line 4, key `ringback.checks[0]`: give either `text` or `pattern`.",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n    pattern: '(b'\n",
            "line 6, key `ringback.checks[0].pattern`: not a regular expression: missing )",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n    pattern: '(x|xx)+y'\n",
            "line 6, key `ringback.checks[0].pattern`: the pattern takes too long",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n    pattern: 'b*'\n",
            "line 6, key `ringback.checks[0].pattern`: the pattern finds something even in",
        ),
        (
            "  checks:\n  - name: A\n    rule: latency\n    within_s: 2\n    of: wurst\n",
            "line 7, key `ringback.checks[0].of`: must be 'worst' or 'median', not 'wurst'.",
        ),
        (
            "  checks:\n  - name: A\n    rule: agent_said\n    text: b\n    turn: 2\n",
            "line 7, key `ringback.checks[0].turn`: the caller says 1 line, there is no line 2.",
        ),
        (
            "  checks:\n  - name: A\n    rule: function_called\n    function: f\n"
            "    arguments: {yes: 1}\n",
            "line 7, key `ringback.checks[0].arguments`: the key True must be text; put it in",
        ),
        (
            "  caller: {persona: impatiend}\n",
            "line 3, key `ringback.caller.persona`: there is no persona `impatiend`. Did you mean",
        ),
        ("  judge: {repeats: 0}\n", "line 3, key `ringback.judge.repeats`: must be greater than"),
        (
            "  checks:\n  - {name: A, rule: criterion, text: t, vetoes: [B]}\n",
            "line 4, key `ringback.checks[0].vetoes[0]`: there is no check by rule called `B`.",
        ),
        (
            "  checks:\n  - {name: Says hi, rule: agent_said, text: hi}\n"
            "  - {name: A, rule: criterion, text: t, vetoes: [Say hi]}\n",
            "line 5, key `ringback.checks[1].vetoes[0]`: there is no check by rule called `Say "
            "hi`. Did you mean `Says hi`?",
        ),
        (
            "  checks:\n  - {name: B, rule: criterion, text: t}\n"
            "  - {name: A, rule: criterion, text: t, vetoes: [B]}\n",
            "line 5, key `ringback.checks[1].vetoes[0]`: `B` is decided by judges; only a check by",
        ),
        (
            "  checks:\n  - {name: A, rule: in_order, steps: [{said: a}, {sad: b}]}\n",
            "line 4, key `ringback.checks[0].steps[1].sad`: unknown key. Did you mean `said`?",
        ),
        (
            "  checks:\n  - {name: A, rule: says_number}\n",
            "line 4, key `ringback.checks[0]`: give either `value`, or",
        ),
        (
            "  checks:\n  - {name: A, rule: expected, step: 0, index: 0, event: response}\n",
            "line 4, key `ringback.checks[0].rule`: unknown rule `expected`.",
        ),
        (
            "  checks:\n  - {name: A, rule: not_asked, reason: b}\n",
            "line 4, key `ringback.checks[0].rule`: unknown rule `not_asked`.",
        ),
    ],
)
def test_our_block(write: WriteFile, block: str, expected: str) -> None:
    error = error_of(write(with_block(block)))

    assert error.kind == "bad_scenario"
    assert f"case.yaml, {expected}" in error.message


def test_several_problems_are_counted(write: WriteFile) -> None:
    error = error_of(write(with_block("  titel: A\n  budget_s: -1\n  tag: b\n")))

    assert error.cause == "2 more problems follow in this block."


def test_a_scenarios_own_block(write: WriteFile) -> None:
    path = write(f"{HEAD}scenarios:\n  - name: y\n    ringback:\n      bugdet_s: 1\n{TURNS}")

    assert (
        "case.yaml, line 5, key `scenarios[0].ringback.bugdet_s`: unknown key. "
        "Did you mean `budget_s`?"
    ) in error_of(path).message


def test_a_turns_own_block(write: WriteFile) -> None:
    path = write(
        f"{HEAD}scenarios:\n  - name: y\n    turns:\n      - user: Hi\n"
        "        ringback: {lable: Say hi}\n"
    )

    assert (
        "line 6, key `scenarios[0].turns[0].ringback.lable`: unknown key. Did you mean `label`?"
    ) in error_of(path).message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty."),
        ("  \n\n", "is empty."),
        ("# only a comment\n", "is empty."),
        ("- a\n- b\n", "line 1: a scenario file is a mapping"),
        ("just words\n", "this is a single value"),
        ("name: x\n\tturns: 3\n", "line 2: broken YAML: found character '\\t'"),
        ("name: [x\nturns: 3\n", "line 2: broken YAML"),
        ("name: x\nsay: this: that\n", "line 2: broken YAML: mapping values are not allowed"),
        ("name: x\n---\nname: y\n", "broken YAML"),
        ("name: !!python/object:os.system x\n", "line 1, key `name`: the tag `!!python/"),
        ("name: x\nturns: *nowhere\n", "line 2: broken YAML: found undefined alias"),
        ("name: \x07\n", "broken YAML"),
        ("name: x\nturns: []\nname: y\n", "line 3, key `name`: the same key is already in line 1."),
        ("name: x\nturns: &a [*a]\n", "line 2: an alias contains itself."),
        ("? [a, b]\n: c\n", "line 1: a key must be a word, not a list or a mapping."),
    ],
)
def test_yaml(write: WriteFile, text: str, expected: str) -> None:
    assert expected in error_of(write(text)).message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scenarios: [{name: y, turns: []}]\n", "line 1: Pipecat Evals says: missing or invalid"),
        ("name: x\n", "needs 'turns:'"),
        ("name: x\nscenarios: []\n", "line 2, key `scenarios`: Pipecat Evals says"),
        ("name: x\nscenarios:\n  - turns: []\n", "line 3, key `scenarios[0]`: Pipecat Evals says"),
        ("name: x\nscenarios:\n  - hello\n", "line 3, key `scenarios[0]`: Pipecat Evals says"),
        (
            "name: x\nscenarios:\n  - name: y\n    turns: []\n",
            "line 4, key `scenarios[0].turns`: a script needs at least one turn.",
        ),
        (
            "name: x\nscenarios:\n- {name: a, turns: [{user: Hi}]}\n"
            "- name: b\n  turns:\n  - user: Hi\n  - user: 12\n",
            "line 7, key `scenarios[1].turns[1].user`: Pipecat Evals says",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: Hi\n    expect:\n"
            "    - {event: response, check_from: start}\n",
            "line 7, key `scenarios[0].turns[0].expect[0].check_from`: Pipecat Evals says",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: Hi\n    expect:\n"
            "    - event: response\n      within_ms: soon\n",
            "line 8, key `scenarios[0].turns[0].expect[0].within_ms`: must be a number",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: Hi\n    expect:\n"
            "    - event: response\n      text_contains: 42\n",
            "line 8, key `scenarios[0].turns[0].expect[0].text_contains`: must be text, not 42.",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: Hi\n    expect:\n"
            "    - event: function_call\n      name: f\n      args: [1]\n",
            "line 7, key `scenarios[0].turns[0].expect[0]`: a call needs a `name`",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: ' '\n",
            "line 5, key `scenarios[0].turns[0].user`: the caller's line is empty.",
        ),
        (
            "name: x\nuser: {modality: loud}\nscenarios:\n- name: b\n  turns: [{user: Hi}]\n",
            "line 2, key `user.modality`: Pipecat Evals says",
        ),
        (
            "name: x\nscenarios:\n- {name: b, turns: [{user: Hi}]}\n"
            "- {name: b, turns: [{user: Hi}]}\n",
            "duplicate scenario names",
        ),
        (
            PERSON + "  max_turns: 0\n",
            "line 7, key `scenarios[0].max_turns`: Pipecat Evals says: 'max_turns:' must be a",
        ),
        (
            PERSON + "  metrics:\n  - {name: a, criterion: c}\n  - {name: b}\n",
            "line 9, key `scenarios[0].metrics[1]`: Pipecat Evals says: metric #1 is judged",
        ),
        (
            PERSON + "  metrics:\n  - name: polite\n    criterion: c\n    min_score: 2\n",
            "line 10, key `scenarios[0].metrics[0].min_score`: Pipecat Evals says",
        ),
        (
            PERSON + "  metrics:\n  - {name: a, criterion: c}\n  - {name: a, criterion: d}\n",
            "line 9, key `scenarios[0].metrics[1]`: Pipecat Evals says: metric 'a' is listed twice",
        ),
        (
            PERSON + "  metrics:\n  - measure: function_calls\n    calls: [f, 3]\n",
            "line 9, key `scenarios[0].metrics[0].calls[1]`: Pipecat Evals says",
        ),
        (
            "name: x\nmetrics: [{measure: speed, max_value: 1}]\n"
            "scenarios:\n- {name: b, persona: p, goal: g, success: s}\n",
            "line 2, key `metrics[0].measure`: Pipecat Evals says",
        ),
        (
            "name: x\nscenarios:\n- {name: b, persona: p, goal: g, turns: [{user: Hi}]}\n",
            "line 3, key `scenarios[0].turns`: Pipecat Evals says",
        ),
        (
            "name: x\nscenarios:\n- {name: b, persona: p, goal: g}\n",
            "Pipecat Evals says: missing or invalid 'success:'",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  context: [hello]\n  turns: [{user: Hi}]\n",
            "line 4, key `scenarios[0].context[0]`: a message needs `role` and `content`.",
        ),
        (
            "name: x\nscenarios:\n- name: b\n  turns:\n  - user: Hi\n    expect:\n"
            "    - {event: function_call, name: f, args: {a: .inf}}\n",
            "line 7, key `scenarios[0].turns[0].expect[0].args.a`: must be a finite number",
        ),
        ("name: x\nscenarios:\n- {name: b, turns: 3}\n", "line 3, key `scenarios[0].turns`"),
        ("name: x\nscenarios:\n- {name: b, turns: [3]}\n", "line 3, key `scenarios[0].turns[0]`"),
    ],
)
def test_pipecats_part(write: WriteFile, text: str, expected: str) -> None:
    message = error_of(write(text)).message

    assert expected in message
    assert str(Path.home()) not in message.replace(str(write(text)), "")


def test_not_utf8(write: WriteFile) -> None:
    path = write("name: x\n")
    path.write_bytes(b"name: x\ntitle: caf\xe9\n")

    error = error_of(path)

    assert "case.yaml, line 2: not UTF-8 text." in error.message
    assert error.remedy == "Save the file as UTF-8."


def test_a_folder_a_missing_file_and_a_pipe(tmp_path: Path) -> None:
    assert "is a folder" in error_of(tmp_path).message
    assert "There is no file" in error_of(tmp_path / "none.yaml").message
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "is not an ordinary file" in error_of(tmp_path / "pipe.yaml").message


def test_a_huge_file(write: WriteFile) -> None:
    path = write("name: x\n" + "# long\n" * 200_000)

    assert "is too large for a scenario file: 1.4 MB." in error_of(path).message


def test_a_file_nested_too_deeply(write: WriteFile) -> None:
    assert "nested too deeply" in error_of(write("name: " + "[" * 5000 + "]" * 5000)).message


def test_aliases_that_multiply(write: WriteFile) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")

    assert "more than 50000 values" in error_of(write("\n".join(lines))).message


INCLUDING = "name: x\njudge: !include {}\nscenarios: [{{name: y, turns: [{{user: Hi}}]}}]\n"


@pytest.mark.parametrize("target", ["../outside.yaml", "/etc/hosts.yaml", "link.yaml"])
def test_includes_stay_in_the_folder(write: WriteFile, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    path = write(INCLUDING.format(target))
    (path.parent / "link.yaml").symlink_to(tmp_path / "outside.yaml")

    message = error_of(path).message

    assert f"line 2, key `judge`: `!include {target}` lies outside" in message


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("none.yaml", "there is no file none.yaml to include."),
        ("notes.txt", "only .yaml files can be included, not notes.txt."),
        ("[a]", "`!include` needs the path of a file."),
        ("case.yaml", "the files include each other without end (case.yaml -> case.yaml)."),
        ("loop.yaml", "the files include each other without end"),
    ],
)
def test_includes_that_cannot_be(write: WriteFile, target: str, expected: str) -> None:
    write("a: 1\n", "notes.txt")
    write("more: !include loop.yaml\n", "loop.yaml")

    assert expected in error_of(write(INCLUDING.format(target))).message


def test_an_error_in_an_included_file_names_that_file(write: WriteFile) -> None:
    write("# checks\n- {name: A, rule: agent_said, txt: b}\n", "checks.yaml")
    path = write(
        "name: x\nringback:\n  checks: !include checks.yaml\n"
        "scenarios: [{name: y, turns: [{user: Hi}]}]\n"
    )

    assert "checks.yaml, line 2, key `ringback.checks[0].txt`: unknown key." in (
        error_of(path).message
    )


def test_a_check_of_a_line_that_nobody_wrote(write: WriteFile) -> None:
    checks = "  ringback: {checks: [{name: A, rule: agent_said, text: b, turn: 1}]}\n"

    assert "checks[0].turn`: a simulated person has no lines to count" in (
        error_of(write(PERSON + checks)).message
    )


def test_keys_of_the_other_kind_and_of_services_are_warned_of(write: WriteFile) -> None:
    path = write(
        """
        name: x
        judge: {eval: {service: ollama, modle: m, explainer: {url: u}}}
        user: {speech: {service: kokoro, voise: a}}
        scenarios:
          - name: y
            persona: p
            goal: g
            success: s
            context: []
            simulator: {servise: ollama}
            metrics: [{name: a, criterion: c, max_value: 3, minscore: 1}]
          - name: z
            max_turns: 3
            turns: [{user: Hi, send_after: {event: llm_start, delay_ms: 5}}]
        """
    )

    warnings = load_scenarios(path)[0].warnings

    assert [warning.split("line ")[1].split("`: ")[0] for warning in warnings] == [
        "3, key `user.speech.voise",
        "2, key `judge.eval.modle",
        "2, key `judge.eval.explainer.url",
        "10, key `scenarios[0].simulator.servise",
        "9, key `scenarios[0].context",
        "11, key `scenarios[0].metrics[0].minscore",
        "11, key `scenarios[0].metrics[0].max_value",
        "13, key `scenarios[1].max_turns",
        "14, key `scenarios[1].turns[0].send_after.event",
        "3, key `user.speech",
        "2, key `judge.eval",
    ]
