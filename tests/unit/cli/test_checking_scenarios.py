from __future__ import annotations

from pathlib import Path

import pytest

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
