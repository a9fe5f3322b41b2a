from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.nouns import Caller, Outcome, Span, ToolCall, Turn
from harness.scenarios import (
    Draft,
    delete_file,
    from_call,
    is_own,
    load_scenarios,
    new_draft,
    save,
)
from harness.settings import ROOT, Settings

BOOK = ROOT / "data" / "scenarios" / "front_desk" / "book.yaml"
FIRST = ("scenarios", 0)

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=60
)
TEXTS = (
    st.sampled_from(["yes", "on", "10:00", "1985-03-04", "007", "1e-5", "null", "~", "#", "a: b"])
    | st.sampled_from(["- x", "!include x.yaml", "*a", "&a", "<<", "=", "0x1F", "1_000", ".5", "%"])
    | WORDS
).filter(str.strip)
SECONDS = st.floats(0.1, 5.0, allow_nan=False) | st.sampled_from([0.1, 1.0, 2.5])


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def book() -> Draft:
    return Draft(BOOK.read_text(), BOOK, BOOK.parents[1])


def test_a_change_leaves_all_other_lines_as_they_were():
    before = book()
    after = before.set((*FIRST, "turns", 1, "user"), "Could I see Doctor Osei?")
    changed = [
        (old, new)
        for old, new in zip(before.text.splitlines(), after.text.splitlines(), strict=True)
        if old != new
    ]
    assert changed == [
        (
            "      - user: I would like to see Doctor Osei on Friday.",
            "      - user: Could I see Doctor Osei?",
        )
    ]
    assert after.text.startswith("# A patient books a follow-up.")


def test_every_built_in_scenario_is_written_back_as_it_was():
    for path in (ROOT / "data" / "scenarios").rglob("*.yaml"):
        draft = Draft(path.read_text(), path)
        if "name" in draft.data():
            assert draft.set(("name",), draft.get(("name",))).text == draft.text, path


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=TEXTS,
    tags=st.lists(TEXTS, max_size=3, unique=True),
    patience=SECONDS,
    lines=st.lists(
        st.tuples(TEXTS, TEXTS, st.booleans(), st.integers(1, 90_000)), min_size=1, max_size=4
    ),
    arguments=st.dictionaries(
        TEXTS, TEXTS | st.integers(-(10**6), 10**6) | st.booleans() | SECONDS, max_size=3
    ),
)
def test_what_the_form_writes_saves_loads_and_comes_back_the_same(
    tmp_path_factory, title, tags, patience, lines, arguments
):
    title = title[:80]
    draft = new_draft("made", "x").set((*FIRST, "ringback", "title"), title)
    draft = draft.set((*FIRST, "ringback", "tags"), tags)
    draft = draft.set((*FIRST, "ringback", "caller", "patience_s"), patience)
    check = {"name": title, "rule": "function_called", "function": "f", "arguments": arguments}
    draft = draft.add((*FIRST, "ringback", "checks"), check)
    draft = draft.remove((*FIRST, "turns"))
    for user, phrase, has_phrase, within in lines:
        reply = {"event": "response", "within_ms": within}
        if has_phrase:
            reply["text_contains"] = phrase
        draft = draft.add((*FIRST, "turns"), {"user": user, "expect": [reply]})
    folder = tmp_path_factory.mktemp("made")
    path = save(draft, "made", Settings(data=folder))
    assert path.read_text(encoding="utf-8") == draft.text
    (scenario,) = load_scenarios(path)
    assert scenario.title == (title or scenario.title)
    assert scenario.tags == tuple(tags)
    assert scenario.caller.patience_s == pytest.approx(patience, abs=1e-9)
    steps = [step for step in scenario.steps if step.say is not None]
    assert [step.say for step in steps] == [line[0] for line in lines]
    for step, (_, phrase, has_phrase, within) in zip(steps, lines, strict=True):
        assert step.expect[0].contains == ((phrase,) if has_phrase else ())
        assert step.expect[0].within_s == pytest.approx(within / 1000)
    named = next(check for check in scenario.checks if check.rule == "function_called")
    assert named.arguments == pytest.approx(arguments)
    again = Draft(path.read_text(encoding="utf-8"))
    assert again.set(("name",), "made").text == draft.text
    assert yaml.safe_load(draft.text)["scenarios"][0]["turns"][0]["user"] == lines[0][0]


def test_a_default_of_the_file_is_copied_before_one_scenario_changes_it():
    text = (
        "name: two\n"
        "ringback:\n"
        "  caller: {voice: deep, patience_s: 1.5}  # for all\n"
        "turns:\n"
        "  - user: Hello there.\n"
        "scenarios:\n"
        "  - name: one\n"
        "  - name: other\n"
    )
    draft = Draft(text).set(("scenarios", 1, "ringback", "caller", "speed"), 1.25)
    draft = draft.set(("scenarios", 1, "turns", 0, "user"), "Good morning.")
    (one, other), problems = draft.load()
    assert not problems
    assert (one.caller.voice, one.caller.speed) == ("deep", 1.0)
    assert (other.caller.voice, other.caller.patience_s, other.caller.speed) == ("deep", 1.5, 1.25)
    assert (one.steps[0].say, other.steps[0].say) == ("Hello there.", "Good morning.")
    assert "# for all" in draft.text
    assert draft.effective(("scenarios", 0, "ringback", "caller", "voice")) == "deep"
    assert draft.get(("scenarios", 0, "ringback", "caller", "voice")) is None
    assert [s.name for s in draft.only(1).load()[0]] == ["two/other"]


def test_lines_are_moved_with_their_expectations():
    draft = book()
    moved = draft.move((*FIRST, "turns", 4), 2)
    lines = [step.say for step in moved.load()[0][0].steps]
    assert lines[2] == "March fourth, nineteen eighty five." and lines[3] == "Ten o'clock, please."
    assert moved.move((*FIRST, "turns", 2), 4).data() == draft.data()
    assert draft.move((*FIRST, "turns", 6), 7).text == draft.text


def test_an_empty_mapping_goes_with_its_last_key():
    draft = book().remove((*FIRST, "turns", 1, "ringback", "label"))
    assert draft.get((*FIRST, "turns", 1)) == {
        "user": "I would like to see Doctor Osei on Friday.",
        "expect": [{"event": "response"}],
    }
    assert draft.remove((*FIRST, "turns", 1, "nothing")).text == draft.text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rule: latency", "rule: latncy", "Did you mean `latency`?"),
        ("voice: heart", "voise: heart", "Did you mean `voice`?"),
        ("budget_s: 2.0", "budget_s: 2: 0", "Broken YAML"),
        ("      - user: Where", "\t- user: Where", "Broken YAML"),
        ("- event: response", "- evnt: response", "missing or invalid 'event:'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old, new, says):
    text = BOOK.read_text().replace(old, new, 1)
    line = text[: text.index(new)].count("\n") + 1
    scenarios, (problem,) = Draft(text, BOOK).load()
    assert not scenarios and not problem.warning
    assert says in problem.message and problem.line == line
    assert "ringback-draft" not in problem.message + problem.remedy


def test_a_file_that_is_missing_beside_a_draft_is_told_as_it_is_written(tmp_path):
    folder = tmp_path / "scenarios"
    (folder / "sub").mkdir(parents=True)
    draft = Draft(book().text, folder / "sub" / "book.yaml", folder)
    _, (problem,) = draft.set((*FIRST, "turns", 1, "image"), "../media/card.png").load()
    assert problem.message == "There is no file ../media/card.png."
    assert problem.key == "scenarios[0].turns[1].image"


def test_warnings_come_with_their_line_and_the_scenario_loads():
    draft = book().set((*FIRST, "turns", 1, "usr"), "x")
    scenarios, problems = draft.load()
    assert scenarios
    (problem,) = [one for one in problems if "nknown key" in one.message]
    assert problem.warning and draft.text.splitlines()[problem.line - 1].strip().startswith("usr")


def test_includes_are_found_beside_the_file_it_was_read_from(tmp_path):
    folder = tmp_path / "scenarios"
    (folder / "parts").mkdir(parents=True)
    (folder / "deep").mkdir()
    (folder / "parts" / "turns.yaml").write_text("- user: Hello there.\n")
    path = folder / "deep" / "a.yaml"
    text = "name: a\nscenarios:\n  - name: b\n    turns: !include ../parts/turns.yaml\n"
    path.write_text("name: old\n")
    draft = Draft(text, path, folder)
    (scenario,), problems = draft.load()
    assert not problems and scenario.steps[0].say == "Hello there."
    assert draft.set(("name",), "z").load()[0][0].name == "z/b"
    assert "!include ../parts/turns.yaml" in draft.set(("name",), "z").text
    assert path.read_text() == "name: old\n"
    (outside,) = Draft(text.replace("../parts", "../../.."), path, folder).load()[1]
    assert outside.line == 4
    (folder / "parts" / "turns.yaml").write_text("- usr: [\n")
    (inside,) = draft.load()[1]
    assert "turns.yaml" in inside.message


def test_text_that_is_no_yaml_is_not_touched():
    draft = Draft("name: [")
    with pytest.raises(ScenarioError, match="broken YAML"):
        draft.set(("name",), "x")
    assert draft.data() == {}
    for text in ("", "- 1", "a: *b", "a: 1\na: 2", "\x00", "x: &a [*a]"):
        assert not Draft(text).load()[0]
        assert all(problem.line >= 1 for problem in Draft(text).load()[1])


def test_only_what_can_be_called_is_saved(place):
    broken = BOOK.read_text().replace("rule: latency", "rule: late", 1)
    line = broken[: broken.index("rule: late")].count("\n") + 1
    with pytest.raises(ScenarioError, match=f"Line {line}, key") as caught:
        save(Draft(broken), "mine", place)
    assert "not saved" in caught.value.cause
    assert not (place.data / "scenarios").exists()
    for name in ("", "../out", "/etc/x", "a/../b", ".hidden", "a" * 80, "x y", "a/b/c/d/e"):
        with pytest.raises(ScenarioError):
            save(book(), name, place)
    path = save(book(), "clinic/mine", place)
    assert is_own(path, place) and not is_own(BOOK, place)
    with pytest.raises(ScenarioError, match="already"):
        save(book(), "clinic/mine", place)
    save(book().set(("name",), "again"), "clinic/mine", place, replace=True)
    assert [p.name for p in path.parent.iterdir()] == ["mine.yaml"]
    assert delete_file(path, place).startswith("# A patient") and not path.exists()
    with pytest.raises(ScenarioError, match="comes with Ringback"):
        delete_file(BOOK, place)


def turns() -> tuple[Turn, ...]:
    return (
        Turn(0, agent=(Span(1.0, 3.0),), agent_text="Northgate Clinic, this is Ava."),
        Turn(
            1,
            Outcome.INTERRUPTED,
            "I would like to see Doctor Osei.",
            "script",
            Span(4.0, 6.0),
            (Span(7.1, 9.4),),
            "On Friday at ten o'clock, or Monday.",
            tools=(ToolCall("1", "find_slots", {"doctor": "Osei"}, 6.4, 6.5, []),),
            response_latency_s=1.1,
        ),
        Turn(
            2,
            Outcome.ANSWERED,
            "Stop, yes: the first.",
            "typed",
            Span(8.25, 9.25),
            (Span(11.0, 13.0),),
            "You are booked for Friday the 27th at ten o'clock with Doctor Osei.",
            tools=(ToolCall("2", None, None, 9.5),),
            response_latency_s=1.75,
        ),
        Turn(2, Outcome.SPURIOUS, agent=(Span(14.0, 15.0),), agent_text="Hello?"),
        Turn(3, Outcome.NO_ANSWER, "Keys 1 2 #", "script", Span(16.0, 17.0), sent_as="dtmf"),
    )


def test_a_call_becomes_a_script_that_pipecat_reads(place):
    made = from_call(turns(), Caller(voice="deep"), "Book it: again")
    draft, proposals = made.draft, made.proposals
    assert not made.notes
    (scenario,), problems = draft.load()
    assert not [problem for problem in problems if not problem.warning]
    assert scenario.title == "Book it: again" and scenario.name == "book_it_again/book_it_again"
    assert scenario.caller.voice == "deep"
    steps = draft.get((*FIRST, "turns"))
    assert [step.get("user") for step in steps] == [
        None,
        "I would like to see Doctor Osei.",
        "Stop, yes: the first.",
        None,
    ]
    assert steps[2]["send_after"] == {"event": "bot_started_speaking", "delay_ms": 1150}
    assert [one["event"] for one in steps[1]["expect"]] == ["function_call", "bot_started_speaking"]
    assert steps[1]["expect"][0]["calls"] == [{"name": "find_slots", "args": {"doctor": "Osei"}}]
    assert steps[2]["expect"] == [
        {
            "event": "response",
            "text_contains": "Friday the 27th at ten o'clock",
            "within_ms": 2000,
        }
    ]
    assert steps[3] == {"dtmf": "12#"}
    save(draft, "mine", place)
    for proposal in proposals:
        assert draft.get(proposal.where) is not None
    kept = made.with_only([False] * len(proposals))
    assert kept.load()[0] and "expect" not in kept.text
    assert [p.usual for p in proposals] == [True, False, True, True, True, False, False]


def test_a_call_without_a_caller_makes_no_scenario():
    with pytest.raises(ScenarioError, match="said nothing"):
        from_call(turns()[:1], Caller(), "x")
