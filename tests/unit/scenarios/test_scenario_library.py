from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.errors import ScenarioError, UnknownName
from harness.scenarios import find_scenario, library, read_library
from harness.settings import ROOT, get_settings

ONE = "name: mine\nscenarios:\n- name: {}\n  turns: [{{user: Hi}}]\n"

FRONT_DESK = [
    f"front_desk/{name}"
    for path in (ROOT / "data/scenarios/front_desk").glob("*.yaml")
    for name in re.findall(r"^  - name: (\w+)$", path.read_text("utf-8"), re.MULTILINE)
]
OURS = len(FRONT_DESK)
"""How many scenarios come with Ringback."""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of scenarios."""
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path))
    get_settings.cache_clear()
    folder = tmp_path / "scenarios"
    folder.mkdir()
    yield folder
    get_settings.cache_clear()


def test_those_of_the_front_desk(own: Path) -> None:
    shelf = read_library()

    assert shelf.problems == ()
    assert sorted(scenario.name for scenario in shelf.scenarios) == sorted(FRONT_DESK)


def test_the_users_own_come_after_ours(own: Path) -> None:
    (own / "mine.yaml").write_text(ONE.format("first"))

    assert library()[-1].name == "mine/first"
    assert find_scenario("first").name == "mine/first"


def test_a_broken_file_takes_nothing_with_it(own: Path) -> None:
    (own / "broken.yaml").write_text("name: [\n")
    (own / "part.yaml").write_text("modality: text\n")
    (own / "list.yaml").write_text("- event: response\n")

    shelf = read_library()

    assert len(shelf.scenarios) == OURS
    ((path, problem),) = shelf.problems
    assert path.name == "broken.yaml"
    assert "broken YAML" in problem.message
    with pytest.raises(ScenarioError, match="broken YAML"):
        find_scenario("broken")


def test_no_folder_of_the_user(own: Path) -> None:
    own.rmdir()

    assert len(library()) == OURS


@pytest.mark.parametrize(
    "name", ["front_desk/book", "book", "Book a follow-up", "book a follow up", "front-desk/book"]
)
def test_ways_to_name_one(own: Path, name: str) -> None:
    assert find_scenario(name).name == "front_desk/book"


def test_ways_to_name_a_file(own: Path) -> None:
    file = ROOT / "data/scenarios/front_desk/book.yaml"

    assert find_scenario(file).name == "front_desk/book"
    assert find_scenario(str(file)).name == "front_desk/book"
    assert find_scenario(f"{file}:book").name == "front_desk/book"


def test_one_that_does_not_exist(own: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        find_scenario("bok")
    assert caught.value.message == "There is no scenario `bok`."
    assert "Did you mean `front_desk/book`?" in caught.value.remedy
    with pytest.raises(UnknownName, match="There is no scenario `zzz`") as caught:
        find_scenario("zzz")
    assert "front_desk/book" in caught.value.remedy
    with pytest.raises(ScenarioError, match="There is no file"):
        find_scenario("nowhere.yaml")


def test_a_name_that_fits_several(own: Path) -> None:
    (own / "mine.yaml").write_text(ONE.format("book"))

    with pytest.raises(UnknownName, match=r"`front_desk/book`, `mine/book`"):
        find_scenario("book")


def test_a_file_that_holds_several(own: Path) -> None:
    file = own / "two.yaml"
    file.write_text(ONE.format("a") + "- {name: b, turns: [{user: Hi}]}\n")

    with pytest.raises(UnknownName, match="holds 2 scenarios: `a`, `b`"):
        find_scenario(file)
    assert find_scenario(f"{file}:b").name == "mine/b"
    with pytest.raises(UnknownName, match="holds no scenario `c`"):
        find_scenario(f"{file}:c")


def test_a_changed_file_is_read_anew(own: Path) -> None:
    file, part = own / "mine.yaml", own / "turns.yaml"
    part.write_text("- user: One\n")
    file.write_text("name: mine\nscenarios: [{name: a, turns: !include turns.yaml}]\n")
    first = find_scenario("mine/a")
    assert find_scenario("mine/a") is first

    part.write_text("- user: One and more\n")
    assert find_scenario("mine/a").steps[0].say == "One and more"
    file.write_text("name: mine\nscenarios: [{name: b, turns: !include turns.yaml}]\n")
    assert library()[-1].name == "mine/b"
    part.unlink()
    with pytest.raises(ScenarioError, match=r"there is no file turns\.yaml"):
        find_scenario("mine")
    file.write_text("modality: text\n")
    shelf = read_library()
    assert (len(shelf.scenarios), shelf.problems) == (OURS, ())


PERSON = "name: {}\ntitle: {}\ndescription: Someone.\nspeed: {}\n"


def test_a_changed_persona_changes_the_scenarios_that_name_it(own: Path) -> None:
    """Its file, one that it includes, and a file of the user in place of one of ours."""
    folder = own.parent / "personas"
    folder.mkdir()
    habits = folder / "habits.yml"
    habits.write_text("fillers: [um]\n")
    mine = folder / "mine.yaml"
    mine.write_text(PERSON.format("mine", "Mine", 1.2) + "habits: !include habits.yml\n")
    who = "name: {0}\nringback: {{caller: {{persona: {1}}}}}\nscenarios:\n"
    who += "- {{name: a, persona: p, goal: g, success: s}}\n"
    (own / "one.yaml").write_text(who.format("one", "mine"))
    (own / "two.yaml").write_text(who.format("two", "angry"))

    first = find_scenario("one/a")
    assert first is find_scenario("one/a")
    assert first.caller.speed == 1.2 and first.simulation is not None
    assert first.simulation.habits.fillers == ("um",)

    habits.write_text("fillers: [well, er]\n")
    changed = find_scenario("one/a").simulation
    assert changed is not None and changed.habits.fillers == ("well", "er")
    mine.write_text(PERSON.format("mine", "Mine", 0.75))
    assert find_scenario("one/a").caller.speed == 0.75

    ours = find_scenario("two/a").caller
    (folder / "angry.yaml").write_text(PERSON.format("angry", "Very angry", 1.45))
    assert find_scenario("two/a").caller.speed == 1.45
    (folder / "angry.yaml").unlink()
    assert find_scenario("two/a").caller == ours
    mine.unlink()
    with pytest.raises(ScenarioError, match="there is no persona `mine`"):
        find_scenario("one/a")


def test_a_recording_that_goes_is_noticed(own: Path) -> None:
    sound = own / "hello.wav"
    soundfile.write(sound, np.zeros(24_000, np.float32), 24_000)
    text = "name: mine\nuser: {modality: audio}\nscenarios:\n- name: a\n"
    text += "  turns: [{user: Hi, audio: hello.wav}]\n"
    (own / "mine.yaml").write_text(text)

    assert find_scenario("mine/a") is find_scenario("mine/a")
    sound.unlink()
    with pytest.raises(ScenarioError, match=r"hello\.wav"):
        find_scenario("mine/a")
