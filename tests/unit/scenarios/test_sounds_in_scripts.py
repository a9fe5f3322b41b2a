"""Sounds of the caller in a script: what is taken, what is refused, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scenario_files import WriteFile

from harness.errors import ScenarioError
from harness.nouns import SOUNDS
from harness.scenarios import load_scenarios
from harness.scenarios._load import load_with_files

FILE = """\
name: case
scenarios:
  - name: case
    turns:
      - user: When are you open?
        expect: [{event: bot_started_speaking}]
      - ringback: {SOUND}
        expect:
          - {event: bot_interrupted, absent: true, within_ms: 1500}
"""


def file(sound: str) -> str:
    return FILE.replace("SOUND", sound)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_named_sound_is_a_step_of_its_own(write: WriteFile, name: str) -> None:
    (case,) = load_scenarios(write(file(f"sound: {name}, pause_s: 0.5")))
    line, step = case.steps
    assert (line.sound, step.sound, step.say, step.pause_s) == (None, name, None, 0.5)
    assert step.into_reply_s is None
    assert step.label == f"Sound: {name.replace('_', '-')}"
    assert case.checks[-1].name == "Reply 1: no bot_interrupted within 1.5 s"


def test_a_recording_beside_the_file_is_one_of_its_files(write: WriteFile) -> None:
    path = write(file("sound: media/door.wav"))
    door = path.parent / "media" / "door.wav"
    door.parent.mkdir()
    soundfile.write(door, np.zeros(800), 8000)
    (case,), files = load_with_files(path)
    assert case.steps[1].sound is not None and Path(case.steps[1].sound) == door
    assert door in files


@pytest.mark.parametrize(
    ("sound", "told"),
    [
        ("sound: cougth", "Did you mean `cough`"),
        ("sound: nowhere.wav", "there is no file"),
        ("sound: ../outside.flac", "lies outside"),
        ("sound: song.mp3", "there is no sound"),
        ("sound: 3", "must be text"),
    ],
)
def test_another_is_refused_by_line_and_key(write: WriteFile, sound: str, told: str) -> None:
    path = write(file(sound))
    (path.parent.parent / "outside.flac").touch()
    with pytest.raises(ScenarioError, match=told) as refused:
        load_scenarios(path)
    assert "line 7, key `scenarios[0].turns[1].ringback.sound`" in refused.value.message


def test_a_line_says_when_its_sound_is_made(write: WriteFile) -> None:
    line = "- user: Hello.\n        ringback"
    with pytest.raises(ScenarioError, match="must say when its sound is made"):
        load_scenarios(write(file("sound: cough").replace("- ringback", line)))
    timed = file("sound: cough, into_reply_s: 1.5").replace("- ringback", line)
    (case,) = load_scenarios(write(timed))
    assert (case.steps[1].sound, case.steps[1].into_reply_s) == ("cough", 1.5)
    assert (case.steps[1].say, case.steps[1].label) == ("Hello.", "Hello.")


def test_a_moment_without_a_sound_is_refused(write: WriteFile) -> None:
    with pytest.raises(ScenarioError, match="there is none") as refused:
        load_scenarios(write(file("into_reply_s: 1.5")))
    assert "turns[1].ringback.into_reply_s`" in refused.value.message
