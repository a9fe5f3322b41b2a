"""What a call was placed with, as a draft that stands alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.nouns import Scenario
from harness.scenarios import as_called, differs, load_scenarios, save
from harness.settings import Settings

SEVERAL = """\
# Two of them.
name: several
scenarios:
  - name: one
    turns: [{user: One.}]
  - name: two
    user: {modality: audio}
    turns:
      - user: Two.  # said as it was recorded
        audio: ../sounds/two.wav
      - ringback: {sound: ../sounds/two.wav}
      - ringback: {sound: cough}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios"
    (folder / "deep").mkdir(parents=True)
    (folder / "sounds").mkdir()
    tone = np.sin(np.arange(8000) / 8).astype(np.float32) / 4
    soundfile.write(folder / "sounds" / "two.wav", tone, 16000)
    return folder


def called(folder: Path, text: str, number: int = 0) -> Scenario:
    path = folder / "deep" / "a.yaml"
    path.write_text(text)
    return load_scenarios(path)[number]


def test_it_is_alone_with_its_recording_beside_it(folder: Path, tmp_path: Path):
    scenario = called(folder, SEVERAL, 1)
    Path(scenario.path).write_text("name: gone on\n")
    draft = as_called(scenario)
    assert "# Two of them." in draft.text and "# said as it was recorded" in draft.text
    path = save(draft, "mended", Settings(data=tmp_path / "own"))
    (found,) = load_scenarios(path)
    assert (found.name, found.steps[0].say) == ("several/two", "Two.")
    assert Path(found.steps[0].audio or "").parent == path.parent
    assert found.steps[1].sound == found.steps[0].audio and found.steps[2].sound == "cough"


def test_what_was_included_is_put_into_it(folder: Path, tmp_path: Path):
    (folder / "turns.yaml").write_text("- user: '012'\n- dtmf: 012\n")
    text = "name: a\nscenarios:\n  - name: b\n    turns: !include ../turns.yaml\n"
    scenario = called(folder, text)
    path = save(as_called(scenario), "mended", Settings(data=tmp_path / "own"))
    (found,) = load_scenarios(path)
    assert [(step.say, step.dtmf) for step in found.steps] == [("012", None), (None, "012")]
    (folder / "turns.yaml").unlink()
    Path(scenario.path).unlink()
    (problem,) = as_called(scenario).load()[1]
    assert problem.line == 4 and "turns.yaml" in problem.message


def test_a_change_in_the_file_or_in_what_it_includes_is_noticed(folder: Path):
    (folder / "turns.yaml").write_text("- user: Hello there.\n")
    text = "name: a\nscenarios:\n  - name: b\n    turns: !include ../turns.yaml\n"
    scenario = called(folder, text)
    assert not differs(called(folder, text), scenario)
    assert differs(called(folder, f"# New.\n{text}"), scenario)
    (folder / "turns.yaml").write_text("- user: Good morning.\n")
    assert differs(called(folder, text), scenario)
    assert not differs(replace(scenario, path="elsewhere.yaml"), scenario)
