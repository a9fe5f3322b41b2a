from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.unit.cli.conftest import Run, the_object

CALLS = """
name: desk
scenarios:
  - name: book
    descripton: a key nobody knows
    turns:
      - user: Book it.
        expect:
          - {event: function_call, name: book}
          - {event: response, eval: says that it is booked}
          - {event: llm_marker, marker: complete}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    (tmp_path / "mine" / "sub" / "desk.yaml").write_text(CALLS)
    (tmp_path / "mine" / "part.yaml").write_text("modality: text\n")
    return tmp_path / "mine"


def test_a_folder_in_text(run: Run, folder: Path) -> None:
    told = run("scenarios", "check", str(folder))

    assert told.exit_code == 0
    assert "desk/book (script)" in told.stdout
    assert "uses: script, speech, function calls, markers, eval" in told.stdout
    assert "key `scenarios[0].descripton`: unknown key, it is ignored." in told.stdout
    assert "cannot be asked of a bot of plain Pipecat:" in told.stdout
    assert told.stdout.splitlines()[-1] == "1 file, 1 scenario, none broken."


def test_what_cannot_be_asked_depends_on_the_agent(run: Run, folder: Path) -> None:
    def reasons(kind: str) -> list[str]:
        report = the_object(run("scenarios", "check", str(folder), "--agent-kind", kind, "--json"))
        (file,) = report["files"]
        return [cannot["kind"] for cannot in file["cannot"]]

    assert reasons("stock") == ["nameless_calls", "no_judge", "needs_eval_features"]
    assert reasons("no_rtvi") == ["needs_rtvi", "no_judge", "needs_eval_features"]
    assert reasons("demo") == ["no_judge"]


def test_with_a_judge_criteria_can_be_asked(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    told = run("scenarios", "check", str(folder), "--agent-kind", "demo", "--json")

    assert the_object(told)["files"][0]["cannot"] == []
    assert "sk-not-a-key" not in told.output


def test_a_broken_file_is_named_and_takes_nothing_with_it(run: Run, folder: Path) -> None:
    (folder / "broken.yaml").write_text("name: x\nscenarios:\n- {name: y, turns: [{user: 3}]}\n")
    text = run("scenarios", "check", str(folder))
    report = run("scenarios", "check", str(folder), "--json")

    assert (text.exit_code, report.exit_code) == (1, 1)
    assert "2 files, 1 scenario, 1 broken." in text.stdout
    broken, fine = the_object(report)["files"]
    assert (broken["ok"], fine["ok"]) == (False, True)
    assert broken["error"]["kind"] == "bad_scenario"
    assert "line 3, key `scenarios[0].turns[0].user`" in broken["error"]["message"]
    assert broken["scenarios"] == []


def test_rules_that_do_not_fit_together_have_a_kind_of_their_own(run: Run, folder: Path) -> None:
    path = folder / "rules.yaml"
    path.write_text(
        "name: x\nscenarios:\n- name: y\n  persona: p\n  goal: g\n  success: s\n"
        "  ringback: {brain: {kind: rules, start: ask, states: {aks: {say: Hi}}}}\n"
    )

    (file,) = the_object(run("scenarios", "check", str(path), "--json"))["files"]

    assert file["error"]["kind"] == "bad_brain"
    assert (
        "line 7" in file["error"]["message"] and "Did you mean `aks`?" in file["error"]["message"]
    )


def test_what_rests_on_what_an_agent_is_not_given(run: Run, folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 120, 3), np.uint8)
    Image.fromarray(noise).save(folder / "i.png")
    assert (folder / "i.png").stat().st_size > 40_000
    (folder / "look.yaml").write_text(
        "name: look\nscenarios:\n"
        "- name: it\n  turns:\n  - {user: hi, expect: [{event: response}]}\n"
        "  - {user: look, image: i.png}\n"
        "  - {user: what is it, expect: [{event: response, text_contains: cat}]}\n"
        "- name: ann\n  context: [{role: user, content: I am Ann.}]\n"
        "  turns: [{user: who am I, expect: [{event: response, text_contains: Ann}]}]\n"
    )

    def cannot(kind: str) -> list[tuple[str, str]]:
        told = run("scenarios", "check", str(folder / "look.yaml"), "--agent-kind", kind, "--json")
        (file,) = the_object(told)["files"]
        return [(each["scenario"], each["kind"]) for each in file["cannot"]]

    assert cannot("demo") == [("look/it", "image_too_large")] * 2
    assert cannot("stock") == [
        *[("look/it", "needs_eval_features")] * 2,
        *[("look/ann", "needs_eval_features")] * 2,
    ]


@pytest.mark.parametrize("name", ["none.yaml", "empty"])
def test_nothing_to_check_is_an_error(run: Run, folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    told = run("scenarios", "check", str(folder / name), "--json")

    assert told.exit_code == 1
    assert the_object(told)["ok"] is False


def test_a_wrong_kind_of_agent(run: Run, folder: Path) -> None:
    assert run("scenarios", "check", str(folder), "--agent-kind", "loud").exit_code == 2


def test_the_list_stays_without_a_command(run: Run) -> None:
    assert "front_desk/book" in run("scenarios").stdout
    assert the_object(run("scenarios", "--json"))["scenarios"]


JUDGED = """
name: person
scenarios:
  - name: books
    persona: A caller.
    goal: A visit.
    success: The agent books an appointment.
    metrics:
      - {name: polite, criterion: It is polite., min_score: 0.5}
    ringback:
      judge: {endpoints: [locl]}
      brain: {kind: openai, endpoint: nobody}
      checks:
        - {name: Asks, rule: criterion, text: The agent asks for the caller's name.}
        - {name: Warm, rule: criterion, text: The agent sounds warm.}
  - name: speaks
    turns:
      - user: Book it.
        expect: [{event: response, eval: The agent books an appointment.}]
"""


def test_of_each_criterion_it_is_told_whether_rules_decide_it(run: Run, tmp_path: Path) -> None:
    """The `eval` of an expectation is asked within the script, of language models only."""
    (tmp_path / "person.yaml").write_text(JUDGED)
    arguments = ("scenarios", "check", str(tmp_path), "--agent-kind", "demo", "--json")
    (file,) = the_object(run(*arguments))["files"]

    assert [(one["expectation"], one["kind"]) for one in file["cannot"]] == [
        ("Warm", "no_judge"),
        ("Metric: polite", "no_judge"),
        ("Reply 1: The agent books an appointment.", "no_judge"),
    ]


def test_a_language_model_that_is_not_known_here_is_warned_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "person.yaml").write_text(JUDGED)
    run("judges", "add", "local", "--url", "http://localhost:1/v1", "--model", "m")
    result = run("scenarios", "check", str(tmp_path), "--json")
    (file,) = the_object(result)["files"]

    assert result.exit_code == 0 and file["cannot"] == []
    judge, brain = (text for text in file["warnings"] if "no language model" in text)
    assert judge.endswith(
        "line 11, key `scenarios[0].ringback.judge.endpoints[0]`: no language model `locl` is set "
        "up here. Did you mean `local`?"
    )
    assert (
        "line 12, key `scenarios[0].ringback.brain.endpoint`: no language model `nobody`" in brain
    )


def test_a_caller_that_no_voice_of_this_computer_can_play_is_warned_of(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "hallo.yaml").write_text(
        "name: hallo\n"
        "ringback: {caller: {language: de}}\n"
        "turns:\n  - user: Guten Tag\n    expect: [{event: response}]\n"
    )
    result = run("scenarios", "check", str(tmp_path), "--json")
    (file,) = the_object(result)["files"]
    assert result.exit_code == 0
    assert any("does not speak 'de'" in warning for warning in file["warnings"])
