"""A call becomes a scenario: what is kept of it, and that it loads whatever the call was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipecat.evals.scenario import EvalScenarioFile

from harness.errors import ScenarioError
from harness.nouns import Caller, Outcome, Scenario, Span, ToolCall, Turn
from harness.scenarios import FromCall, from_call, load_scenarios, save, write_to
from harness.settings import Settings

ROOT = ("scenarios", 0)

SCRIPT = """\
name: clinic
scenarios:
  - name: visit
    user: {modality: audio, speech: {service: kokoro, voice: af_heart}}
    context: [{role: user, content: Hello.}]
    ringback:
      budget_s: 1.5
      judge: {repeats: 3}
      checks:
        - {name: Says ten, rule: agent_said, text: ten, turn: 2}
        - {name: Says four, rule: agent_said, text: four, turn: 4}
        - {name: Kind, rule: criterion, text: The agent is kind., vetoes: [Says ten]}
    turns:
      - expect: [{event: response}]
      - user: [I would like, {pause_ms: 700}, a visit.]
        expect: [{event: response, text_contains: day}]
      - user: "On Friday\\nplease."
        audio: friday.wav
        ringback: {pause_s: 2.0}
      - ringback: {sound: cough, pause_s: 1.0}
      - ringback: {sound: friday.wav}
      - dtmf: 12#
        send_after: {delay_ms: 400}
      - user: Thank you.
"""


def said(index: int, text: str, **given: Any) -> Turn:
    at = index * 10.0
    usual: dict[str, Any] = {
        "outcome": Outcome.ANSWERED,
        "caller_source": "script",
        "caller": Span(at, at + 2),
        "agent": (Span(at + 3, at + 5),),
        "agent_text": "Certainly.",
        "sent_as": "voice",
    }
    return Turn(index, caller_text=text, **(usual | given))


@pytest.fixture
def called(tmp_path: Path) -> Scenario:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    tone = np.sin(np.arange(8000) / 8).astype(np.float32) / 4
    soundfile.write(folder / "friday.wav", tone, 16000)
    (folder / "clinic.yaml").write_text(SCRIPT)
    (scenario,) = load_scenarios(folder / "clinic.yaml")
    return scenario


TALK = (
    Turn(0, agent=(Span(1.0, 3.0),), agent_text="Northgate Clinic."),
    said(1, "I would like a visit.", outcome=Outcome.NO_ANSWER, agent=()),
    said(2, "Hello? Are you still there?"),
    said(3, "What?", caller_source="typed"),
    said(4, "On Friday please."),
    said(5, "Keys 1 2 #", sent_as="dtmf", caller=Span(50.0, 50.0)),
)


def loads(made: FromCall, folder: Path) -> Scenario:
    path = write_to(made.draft, folder, "made")
    (scenario,) = load_scenarios(path)
    assert len(EvalScenarioFile.load(path).scenarios) == 1
    return scenario


def test_pauses_recordings_and_moments_of_the_script_are_kept(called: Scenario, tmp_path: Path):
    made = from_call(TALK, Caller(), "A visit", called)
    (name,) = [name for name, _ in made.draft.files]
    every = made.draft.get((*ROOT, "turns"))
    assert every[4:6] == [
        {"ringback": {"sound": "cough", "pause_s": 1.0}},
        {"ringback": {"sound": name}},
    ]
    turns = [*every[:4], every[6]]
    assert [turn.get("user") for turn in turns] == [
        None,
        ["I would like", {"pause_ms": 700}, "a visit."],
        "What?",
        "On Friday please.",
        None,
    ]
    assert turns[3]["audio"] == name and turns[3]["ringback"] == {"pause_s": 2.0}
    assert (turns[4]["dtmf"], turns[4]["send_after"]) == ("12#", {"delay_ms": 400})
    assert made.notes[0] == (
        "“Hello? Are you still there?” is left out: the caller asks so by itself where nobody "
        "answers."
    )
    scenario = loads(made, tmp_path / "own")
    copy = tmp_path / "own" / name
    assert scenario.steps[3].audio == str(copy)
    assert copy.read_bytes() == (tmp_path / "elsewhere" / "friday.wav").read_bytes()
    assert scenario.context == called.context


def test_what_its_scenario_asked_is_offered_along(called: Scenario, tmp_path: Path):
    made = from_call(TALK, Caller(), "A visit", called)
    offered = {p.sentence: p.where for p in made.proposals if p.turn is None}
    assert list(offered) == [
        "A reply is slow after 1.5 s: colours and chart go by it",
        "Says ten (by rule)",
        "Kind (judged in words)",
    ]
    assert made.notes[1:] == ("“Says four” is left out: its line was not reached in the call.",)
    scenario = loads(made, tmp_path / "own")
    ten = next(check for check in scenario.checks if check.name == "Says ten")
    # What was line 2 of the script is line 3 now: somebody typed between.
    assert ten.turn == 3 and scenario.steps[ten.turn].say == "On Friday please."
    assert scenario.budget_s == 1.5 and scenario.judge.repeats == 3
    wanted = [p.sentence != "Says ten (by rule)" for p in made.proposals]
    (kept,) = made.with_only(wanted).load()[0]
    (kind,) = [check for check in kept.checks if check.name == "Kind"]
    assert kind.vetoes == () and not [c for c in kept.checks if c.name == "Says ten"]


def test_a_recording_that_is_gone_is_spoken(called: Scenario, tmp_path: Path):
    Path(called.steps[2].audio or "").unlink()
    made = from_call(TALK, Caller(), "A visit", called)
    assert not made.draft.files
    assert any("a recording that is gone" in note for note in made.notes)
    assert loads(made, tmp_path / "own").steps[3].audio is None


def test_a_person_s_own_voice_is_played_again_or_its_words_are_said(tmp_path: Path):
    recording = tmp_path / "line-2.flac"
    soundfile.write(recording, np.zeros(2400, np.int16), 24_000)
    talk = [
        said(1, "Hello."),
        replace(said(2, "", caller_source="person"), caller_text=None, heard_text="A visit pleas"),
        replace(said(3, "", caller_source="person"), caller_text=None),
        said(4, "Typed.", caller_source="typed"),
    ]
    made = from_call(talk, Caller(), "Taken over", None, {2: recording, 3: recording})
    scenario = loads(made, tmp_path / "own")
    assert [step.say for step in scenario.steps] == [
        "Hello.",
        "A visit pleas",
        "(words not known)",
        "Typed.",
    ]
    assert [step.audio is not None for step in scenario.steps] == [False, True, True, False]
    assert [note for note in made.notes if "played as it was said" in note] == list(made.notes)
    understood = replace(talk[1], caller_text="A visit.", caller_text_source="stt")
    by = [replace(understood, caller_text_by="Deepgram"), understood]
    for path, turn, who in ((recording, by[0], "Deepgram"), (None, by[1], "a recogniser")):
        again = from_call([turn], Caller(), "Heard", None, {2: path} if path else None)
        assert [f"those that {who} heard." in note for note in again.notes] == [True]
    text = from_call(talk, Caller(), "Taken over")
    assert [step.say for step in loads(text, tmp_path / "text").steps] == [
        "Hello.",
        "A visit pleas",
        "Typed.",
    ]
    assert text.notes == ("The words of line 2 of the call are those that the agent understood.",)


def test_lines_stay_typed_where_all_of_them_were(tmp_path: Path):
    typed = [said(1, "👍", sent_as="lk.chat"), said(2, "Bye.", sent_as="rtvi")]
    made = from_call(typed, Caller(), "Typed")
    assert not made.notes
    scenario = loads(made, tmp_path)
    assert scenario.caller.by == "text" and [s.say for s in scenario.steps] == ["👍", "Bye."]
    mixed = from_call([*typed, said(3, "And now?")], Caller(by="text"), "Mixed")
    assert mixed.notes == (
        "Lines 1 and 2 of the call were typed; the lines of a script all go the same way, so they "
        "are spoken.",
        "Line 1 of the call is left out: no voice can say it.",
    )
    assert mixed.draft.load()[0][0].caller.by == "voice"


def test_keys_that_pipecat_does_not_know_are_left_out(tmp_path: Path):
    turns = [
        said(1, "Keys A 1 D", sent_as="dtmf"),
        said(2, "Keys B", sent_as="dtmf"),
        said(3, "Keys " + " ".join("1" * 130), sent_as="dtmf"),
        said(4, "Bye."),
    ]
    made = from_call(turns, Caller(), "Keys")
    assert "without the keys AD" in made.notes[0]
    assert made.notes[2] == "Line 2 of the call is left out: it has no key to press."
    keys = [step.dtmf for step in loads(made, tmp_path).steps]
    assert keys == ["1", "1" * 100, "1" * 30, None]


def test_what_can_no_longer_be_used_is_left_out_and_told(called: Scenario, tmp_path: Path):
    caller = Caller(persona="nobody_any_more", speed=1.2)
    heavy = called.checks[0].model_copy(update={"weight": 1e9})
    made = from_call(TALK, caller, "A visit", replace(called, checks=(heavy, *called.checks[1:])))
    told = " ".join(made.notes)
    assert "“caller.persona”" in told and "nobody_any_more" in told
    assert loads(made, tmp_path).caller == Caller(speed=1.2)


def test_what_counted_as_success_becomes_a_criterion(tmp_path: Path):
    text = (
        "name: a\nscenarios:\n  - name: b\n    persona: Ann.\n    goal: Go.\n"
        "    success: The visit is booked.\n    metrics: [{measure: turns, max_value: 9}]\n"
    )
    path = tmp_path / "a.yaml"
    path.write_text(text)
    (person,) = load_scenarios(path)
    talk = [said(1, "I want to go.", caller_source="persona")]
    made = from_call(talk, person.caller, "Ann", person)
    scenario = loads(made, tmp_path / "own")
    (success,) = [check for check in scenario.checks if check.rule == "criterion"]
    assert success.text == "The visit is booked."
    assert made.notes == ("“Metric: turns” is left out: only a simulated person has metrics.",)


TEXT = st.text(max_size=50) | st.sampled_from(
    [
        "yes",
        "012",
        "a: b",
        "# x",
        "\ud800",
        "\x07",
        "👍",
        "~",
        "x\u2028y",
        "Keys 1 A",
        "word " * 700,
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SECONDS = st.floats(0, 5000, allow_nan=False)


@st.composite
def talks(draw: st.DrawFn) -> list[Turn]:
    turns: list[Turn] = []
    t = 0.0
    for index in range(draw(st.integers(0, 1)), draw(st.integers(1, 4)) + 1):
        start = t + draw(SECONDS)
        reply = start + draw(st.floats(-2, 900, allow_nan=False))
        end = draw(st.none() | st.just(reply + 3))
        tools = draw(st.lists(st.tuples(TEXT | st.none(), VALUES), max_size=2))
        dtmf = draw(st.booleans())
        turns.append(
            Turn(
                index,
                draw(st.sampled_from([None, *Outcome])),
                ("Keys " if dtmf else "") + draw(TEXT) if index else None,
                draw(st.sampled_from(["script", "typed", "persona", "import", None])),
                Span(start, start + 1) if index else None,
                (Span(reply, end),) if draw(st.booleans()) else (),
                draw(TEXT | st.just("Doctor Osei on Friday the 27th, 10:00")),
                tools=tuple(
                    ToolCall("1", name, {"a": value} if name else None, 1.0)
                    for name, value in tools
                ),
                response_latency_s=draw(st.none() | SECONDS),
                sent_as="dtmf" if dtmf else draw(st.sampled_from([None, "voice", "lk.chat"])),
            )
        )
        t = start
    return turns


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(talk=talks(), title=TEXT, data=st.data())
def test_whatever_the_call_was_it_loads_in_both_loaders(
    tmp_path_factory: pytest.TempPathFactory,
    called: Scenario,
    talk: list[Turn],
    title: str,
    data: st.DataObject,
):
    spoken = [turn for turn in talk if turn.index and turn.caller_text]
    own = data.draw(st.sampled_from([None, called]))
    for turn, step in zip(spoken, called.steps[1:], strict=False):
        if own is not None and data.draw(st.booleans()):
            keys = " ".join(["Keys", *(step.dtmf or "")])
            as_step = replace(turn, caller_text=step.say or keys, caller_source="script")
            talk[talk.index(turn)] = replace(as_step, sent_as="dtmf" if step.dtmf else "voice")
    try:
        made = from_call(talk, data.draw(st.sampled_from([Caller(), called.caller])), title, own)
    except ScenarioError as error:
        assert "said nothing" in error.cause
        return
    for wanted in (
        [True] * len(made.proposals),
        [data.draw(st.booleans()) for _ in made.proposals],
    ):
        folder = tmp_path_factory.mktemp("made")
        path = save(made.with_only(wanted), "made", Settings(data=folder))
        (scenario,) = load_scenarios(path)
        assert EvalScenarioFile.load(path).scenarios
        for step in scenario.steps:
            assert step.audio is None or Path(step.audio).is_file()
