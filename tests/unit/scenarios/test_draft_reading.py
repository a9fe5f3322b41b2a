"""The form reads a text as both loaders do, and changes one place of it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.scenarios import Draft

FIRST = ("scenarios", 0)
SECOND = ("scenarios", 1)

SCRIPT = """\
name: two
turns:
  - dtmf: 012  # the menu
    expect:
      - {event: response, absent: yes}
scenarios:
  - name: one
    stop_on_failure: no
    ringback: {budget_s: 1_0.5, title: on hold, tags: [2026-11-27, 0x1F, 1e3]}
  - name: other
"""


def keys(draft: Draft) -> list[str | None]:
    scenarios, problems = draft.load()
    assert scenarios, problems
    return [scenario.steps[0].dtmf for scenario in scenarios]


def test_values_are_those_that_the_loaders_read() -> None:
    draft = Draft(SCRIPT)

    assert draft.get(("turns", 0, "dtmf")) == "012"
    assert draft.get(("turns", 0, "expect", 0, "absent")) is True
    assert draft.get((*FIRST, "stop_on_failure")) is False
    assert draft.get((*FIRST, "ringback", "tags")) == ["2026-11-27", "0x1F", "1e3"]
    assert draft.get((*FIRST, "ringback", "budget_s")) == 10.5
    assert not draft.load()[0][0].stop_on_failure


def test_a_change_leaves_the_letters_of_all_others() -> None:
    draft = Draft(SCRIPT).set((*FIRST, "ringback", "title"), "Two")

    assert draft.text == SCRIPT.replace("on hold", "Two")
    assert keys(draft) == ["012", "012"]


def test_a_default_that_is_copied_keeps_its_letters() -> None:
    draft = Draft(SCRIPT).set((*SECOND, "turns", 0, "expect", 0, "event"), "llm_started")

    assert keys(draft) == ["012", "012"]
    assert draft.get((*SECOND, "turns", 0)) == {
        "dtmf": "012",
        "expect": [{"event": "llm_started", "absent": True}],
    }
    assert draft.get(("turns", 0, "expect", 0, "event")) == "response"


ALIASES = """\
name: two
scenarios:
  - name: one
    turns:
      - &first {user: Hello there., expect: &reply [{event: response}]}
      - *first
      - user: Goodbye.
        expect: *reply
  - &other
    name: other
    ringback: &block {title: Other, caller: {voice: deep}}
    turns: [{user: Hi.}]
  - <<: *other
    name: third
"""


def lines(draft: Draft) -> list[list[str | None]]:
    scenarios, problems = draft.load()
    assert scenarios, problems
    return [[step.say for step in scenario.steps] for scenario in scenarios]


@pytest.mark.parametrize("turn", [0, 1])
def test_a_line_with_an_alias_changes_alone(turn: int) -> None:
    draft = Draft(ALIASES).set((*FIRST, "turns", turn, "user"), "Good morning.")
    want = ["Hello there.", "Hello there.", "Goodbye."]
    want[turn] = "Good morning."

    assert lines(draft) == [want, ["Hi."], ["Hi."]]
    assert draft.load()[0][0].steps[2].expect[0].event == "response"


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_an_expectation_with_an_alias_changes_alone(turn: int) -> None:
    draft = Draft(ALIASES).add((*FIRST, "turns", turn, "expect"), {"event": "llm_started"})

    steps = draft.load()[0][0].steps
    assert [len(step.expect) for step in steps] == [2 if n == turn else 1 for n in range(3)]


def test_what_is_merged_changes_in_one_scenario_alone() -> None:
    def voices(draft: Draft) -> list[str]:
        return [scenario.caller.voice for scenario in draft.load()[0]]

    third = Draft(ALIASES).set(("scenarios", 2, "ringback", "caller", "voice"), "heart")
    assert voices(third) == ["heart", "deep", "heart"]
    second = Draft(ALIASES).set((*SECOND, "ringback", "caller", "voice"), "heart")
    assert voices(second) == ["heart", "heart", "deep"]
    moved = Draft(ALIASES).set((*SECOND, "turns", 0, "user"), "Hey.")
    assert lines(moved)[1:] == [["Hey."], ["Hi."]]
    with pytest.raises(ScenarioError, match="comes from another part of the file"):
        Draft(ALIASES).remove(("scenarios", 2, "turns"))


@pytest.fixture
def including(tmp_path: Path) -> Draft:
    (tmp_path / "expect.yaml").write_text("- {event: response, text_contains: Friday}\n")
    (tmp_path / "turns.yaml").write_text("- user: Hello there.\n")
    text = (
        "name: x\nscenarios:\n"
        "  - name: a\n    turns: !include turns.yaml\n"
        "  - name: b\n    turns:\n      - {user: Hi., expect: !include expect.yaml}\n"
        "      - {user: Bye., expect: !include none.yaml}\n"
    )
    return Draft(text, tmp_path / "x.yaml", tmp_path)


def test_what_is_included_is_shown_and_not_changed(including: Draft) -> None:
    turn = (*SECOND, "turns", 0)
    assert including.get((*FIRST, "turns")) == [{"user": "Hello there."}]
    assert including.get((*turn, "expect", 0, "text_contains")) == "Friday"
    assert including.get((*SECOND, "turns", 1, "expect")) is None
    assert including.includes() == {
        (*FIRST, "turns"): "turns.yaml",
        (*turn, "expect"): "expect.yaml",
        (*SECOND, "turns", 1, "expect"): "none.yaml",
    }
    for change in (
        lambda: including.set((*FIRST, "turns", 0, "user"), "x"),
        lambda: including.add((*FIRST, "turns"), {"user": "x"}),
        lambda: including.remove((*FIRST, "turns", 0, "user")),
        lambda: including.move((*FIRST, "turns", 0), 0),
    ):
        with pytest.raises(ScenarioError, match=r"stands in another file: turns.yaml") as caught:
            change()
        assert caught.value.cause and "Change it in turns.yaml" in caught.value.remedy


def test_what_is_around_an_include_can_be_changed(including: Draft) -> None:
    turn = (*SECOND, "turns", 0)
    assert "expect: !include expect.yaml" in including.set((*turn, "user"), "Hey.").text
    assert "expect.yaml" not in including.remove((*turn, "expect")).text
    replaced = including.set((*turn, "expect"), [{"event": "llm_started"}])
    assert replaced.get((*turn, "expect")) == [{"event": "llm_started"}]


def test_a_draft_without_a_file_includes_nothing() -> None:
    draft = Draft("name: x\nturns: !include pyproject.yaml\n")

    assert draft.data() == {"name": "x", "turns": None}
