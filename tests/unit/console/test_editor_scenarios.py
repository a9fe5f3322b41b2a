"""Whatever the editor can build is saved, read by our loader and by Pipecat's, and comes back."""

from __future__ import annotations

import datetime as dt
import shutil
import types
import unicodedata
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pipecat.evals.scenario import EvalScenarioFile
from pydantic import TypeAdapter, ValidationError

from harness.console.scenarios.checks import _FIRST
from harness.console.scenarios.kept import FIELDS, IN_TEXT, what_is_kept
from harness.console.scenarios.line import pieces, said, with_line, with_recording, with_sound
from harness.console.scenarios.person import with_endpoint, with_measure, with_rules
from harness.nouns import SOUNDS, STACKS, Caller, JudgePlan, OpenAiBrain, RulesBrain, speeds_of
from harness.scenarios import (
    EVENTS,
    RULES,
    Draft,
    _keys,
    limit_of,
    load_scenarios,
    new_draft,
    personas,
    save,
)
from harness.scenarios._block import Block, TurnBlock
from harness.settings import Settings

ROOT = ("scenarios", 0)
AUDIBLE = "judge: {modality: audio, transcription: {service: moonshine}}\n"
REPLIES = ("response", "llm_response", "tts_response")
CALLS = ("function_call", "function_call_stopped")

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")),
    max_size=40,
)
TEXTS = (
    (
        st.sampled_from(
            ["yes", "No", "on", "10:00", "1985-03-04", "007", "012", "1e-5", "null", "~"]
        )
        | st.sampled_from(["# a", "a: b", "- x", "!include x.yaml", "*a", "&a", "<<", "=", "0x1F"])
        | st.sampled_from(
            ["1_000", ".5", "%", "[a]", "{a}", "'", '"', "|", ">", "@", "`", "?", "true"]
        )
        | WORDS
    )
    .map(str.strip)
    .filter(bool)
)
"""What a person may put into a field of text, as the form takes it."""


def number(least: float, most: float, step: float) -> st.SearchStrategy[float]:
    """What a field of numbers gives."""
    steps = st.integers(0, int((most - least) / step))
    return steps.map(lambda count: round(least + count * step, 6))


def within(key: str, step: float) -> st.SearchStrategy[float]:
    """What a field of numbers gives for a key with a limit."""
    limit = limit_of(tuple(key.split(".")))
    return number(limit.least + (step if limit.above else 0), limit.most, step)


def whole(key: str) -> st.SearchStrategy[int]:
    """What a field of whole numbers gives for a key with a limit."""
    limit = limit_of((key,))
    return st.integers(int(limit.least), int(limit.most))


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields, the others left empty."""
    return st.fixed_dictionaries({}, optional=fields)


JSON = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**9), 10**9) | number(-5, 5, 0.25),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(TEXTS, JSON, min_size=1, max_size=3)


CALL = TEXTS | st.fixed_dictionaries({"name": TEXTS}, optional={"args": ARGUMENTS})
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant"]), "content": TEXTS}
    ),
    min_size=1,
    max_size=3,
)
RECORDING, PICTURE = "line.wav", "card.png"
"""Files beside the scenario."""


def _speakable(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LNP" for letter in text)


@st.composite
def expectations(draw: st.DrawFn) -> dict[str, Any]:
    event = draw(st.sampled_from(EVENTS))
    fields: dict[str, st.SearchStrategy[Any]] = {"within_ms": st.integers(1, 6000).map(_hundreds)}
    if draw(st.booleans()) and event not in CALLS:
        return {"event": event, "absent": True} | draw(some(fields))
    fields["check_from"] = st.sampled_from(["previous", "turn_start"])
    if event in (*REPLIES, "user_transcription", "llm_marker"):
        fields |= {"text_contains": TEXTS, "text_excludes": TEXTS}
    if event == "llm_marker":
        fields |= {
            "marker": st.sampled_from(["complete", "short", "long", "incomplete"]),
            "marker_first": st.booleans(),
            "markers": whole("turns.expect.markers"),
            "text_after": st.booleans(),
        }
    if event in (*REPLIES, "function_call"):
        fields["eval"] = TEXTS
    if event in CALLS:
        fields |= {"name": TEXTS}
    made = {"event": event} | draw(some(fields))
    if "name" in made and draw(st.booleans()):
        made["args"] = draw(ARGUMENTS)
    if event in CALLS and "name" not in made and draw(st.booleans()):
        made["calls"] = draw(st.lists(CALL, min_size=1, max_size=3))
    return made


def _hundreds(count: int) -> int:
    return count * 100


@st.composite
def turns(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["line", "line", "pauses", "keys", "wait"]))
    turn: dict[str, Any] = {}
    if kind == "line":
        texts = TEXTS.filter(lambda text: pieces(text) == (text,) and _speakable(text))
        turn["user"] = draw(texts)
        if draw(st.booleans()):
            turn["audio"] = RECORDING
    elif kind == "pauses":
        texts = st.text("abc d.,", min_size=1).map(str.strip).filter(bool)
        pauses = draw(st.lists(st.tuples(st.integers(1, 9000), texts), min_size=1, max_size=3))
        turn["user"] = [draw(texts)]
        for pause, text in pauses:
            turn["user"] += [{"pause_ms": pause}, text]
    elif kind == "keys":
        turn["dtmf"] = draw(st.text("0123456789*#", min_size=1, max_size=6))
    if draw(st.booleans()):
        turn["image"] = PICTURE
    fields = {
        "label": TEXTS.map(lambda text: text[:60].strip()),
        "pause_s": within("turns.ringback.pause_s", 0.5),
    }
    block = draw(some(fields))
    if draw(st.booleans()):
        block["sound"] = draw(st.sampled_from([*SOUNDS, RECORDING]))
        if kind != "wait" or draw(st.booleans()):
            block["into_reply_s"] = draw(within("turns.ringback.into_reply_s", 0.5))
    if block:
        turn["ringback"] = block
    if kind != "wait" and draw(st.booleans()):
        events = ("bot_started_speaking", "bot_stopped_speaking", "function_call")
        turn["send_after"] = {"delay_ms": draw(st.integers(1, 6000)) * 100}
        if draw(st.booleans()):
            turn["send_after"] |= {"event": draw(st.sampled_from(events))}
    expect = draw(st.lists(expectations(), max_size=3))
    if expect:
        turn["expect"] = expect
    return turn


def _field(rule: str, name: str) -> st.SearchStrategy[Any]:
    """What the form's field for a key of a rule gives; it is chosen by the type of the model's."""
    if name in ("said", "pattern"):
        return st.sampled_from([r"\bbooked\b", "ten o.clock", "a{2,3}b: [c] # d"])
    if name == "steps":
        step = st.sampled_from(["said", "function"]).flatmap(
            lambda key: st.fixed_dictionaries({key: TEXTS})
        )
        return st.lists(step, min_size=2, max_size=3)
    annotation = RULES[rule].model_fields[name].annotation
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(kind for kind in get_args(annotation) if kind is not type(None))
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) is tuple:
        return st.lists(TEXTS, min_size=1, max_size=3, unique=True)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(0, 1),
        float: number(0.5, 60, 0.5),
        str: TEXTS,
        dt.date: st.dates(dt.date(1000, 1, 1)).map(str),
    }
    return plain.get(annotation, ARGUMENTS)


@st.composite
def checks(draw: st.DrawFn) -> dict[str, Any]:
    rule = draw(st.sampled_from(list(RULES)))
    names = [name for name in RULES[rule].model_fields if name not in ("name", "rule", "vetoes")]
    fields = {name: _field(rule, name) for name in names if name not in ("required", "weight")}
    fields |= {"required": st.booleans(), "weight": within("ringback.checks.weight", 0.5)}
    known = {name: way for name, way in fields.items() if name in names}
    made = {"name": "…", "rule": rule, **_FIRST.get(rule, {})}
    for name, value in draw(some(known)).items():
        tried = made | {name: value}
        if _is_right(rule, tried):
            made = tried
        elif _is_right(rule, {key: tried[key] for key in tried if key not in _FIRST.get(rule, {})}):
            made = {key: tried[key] for key in tried if key not in _FIRST.get(rule, {})}
    return made


def _is_right(rule: str, check: dict[str, Any]) -> bool:
    try:
        RULES[rule].model_validate(check)
    except ValidationError:
        return False
    return True


@st.composite
def callers(draw: st.DrawFn) -> dict[str, Any]:
    stack = draw(st.sampled_from(list(STACKS)))
    voice = draw(st.sampled_from(STACKS[stack].names))
    fields = {
        "name": TEXTS,
        "persona": st.sampled_from(sorted(personas())),
        "by": st.sampled_from(["voice", "text"]),
        "patience_s": within("ringback.caller.patience_s", 0.1),
        "answer_timeout_s": within("ringback.caller.answer_timeout_s", 0.5),
        "volume_db": within("ringback.caller.volume_db", 1),
        "seed": whole("ringback.caller.seed"),
        "language": st.sampled_from(["en", "de", "pt-BR", "no"]),
        "asks_again": st.booleans(),
    }
    made = {"stack": stack, "voice": voice, "speed": draw(number(*speeds_of(stack, voice), 0.05))}
    return made | draw(some(fields))


@st.composite
def brains(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"kind": "openai", "endpoint": draw(TEXTS)}
    made = with_rules(Draft("name: x\n"), ()).get(("ringback", "brain"))
    fields = {"seed": whole("ringback.brain.seed"), "slots": st.just({"name": "Maria"})}
    return made | draw(some(fields))


@st.composite
def blocks(draw: st.DrawFn, persons: bool) -> dict[str, Any]:
    found = draw(st.lists(checks(), max_size=5))
    names = draw(st.lists(TEXTS, min_size=len(found), max_size=len(found), unique=True))
    found = [check | {"name": name} for check, name in zip(found, names, strict=True)]
    rules = [check["name"] for check in found if check["rule"] != "criterion"]
    for check in found:
        if check["rule"] == "criterion" and rules:
            check["vetoes"] = draw(st.lists(st.sampled_from(rules), min_size=1, unique=True))
        if persons and check.get("turn"):
            del check["turn"]
    fields = {
        "title": TEXTS.map(lambda text: text[:80]),
        "description": TEXTS,
        "tags": st.lists(TEXTS.filter(lambda text: "," not in text), min_size=1, max_size=3),
        "budget_s": within("ringback.budget_s", 0.1),
        "caller": callers(),
        "judge": st.fixed_dictionaries(
            {},
            optional={
                "endpoints": st.lists(
                    TEXTS.filter(lambda text: "," not in text), min_size=1, max_size=2, unique=True
                ),
                "repeats": whole("ringback.judge.repeats"),
            },
        ).filter(bool),
    }
    if persons:
        fields["brain"] = brains()
    return draw(some(fields)) | ({"checks": found} if found else {})


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    made = {"turns": [{"user": "Hello."}, *draw(st.lists(turns(), max_size=4))]}
    block = draw(blocks(persons=False))
    fields = {"stop_on_failure": st.booleans(), "context": MESSAGES}
    return made | draw(some(fields)) | {"ringback": block}


def judged() -> st.SearchStrategy[dict[str, Any]]:
    """A metric that a judge decides reply by reply; without a share it is only shown."""
    return st.fixed_dictionaries(
        {"criterion": TEXTS}, optional={"min_score": within("metrics.min_score", 0.05)}
    )


@st.composite
def measured(draw: st.DrawFn) -> dict[str, Any]:
    measure = draw(st.sampled_from(["turns", "duration", "words", "latency", "function_calls"]))
    if measure == "function_calls":
        return {"measure": measure, "calls": draw(st.lists(CALL, max_size=2))}
    bounds = {key: within(f"metrics.{key}", 0.5) for key in ("min_value", "max_value")}
    return {"measure": measure} | draw(some(bounds).filter(bool))


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    made = {"persona": draw(TEXTS), "goal": draw(TEXTS), "success": draw(TEXTS)}
    fields = {
        "max_turns": whole("max_turns"),
        "max_duration_s": within("max_duration_s", 10),
        "max_silence_s": within("max_silence_s", 5),
        "runs": whole("runs"),
    }
    names = draw(st.lists(TEXTS, max_size=3, unique=True))
    if names:
        made["metrics"] = [{"name": name} | draw(judged() | measured()) for name in names]
    return made | draw(some(fields)) | {"ringback": draw(blocks(persons=True))}


WHOLE = ("args", "arguments", "tags", "steps", "always", "never", "vetoes", "endpoints", "slots")
"""Keys whose list or mapping is one field."""


def typed(draft: Draft, where: tuple[str | int, ...], value: Any) -> Draft:
    """Enter a value as the form does: each leaf by itself, an entry of a list by its button."""
    key, inside = where[-1], where[len(ROOT) : -1]
    if key in WHOLE:
        return draft.set(where, value)
    if key == "states":
        assert draft.get(where) == value  # only kept
        return draft
    if key == "sound":
        return with_sound(draft, ROOT, inside[:-1], value)
    if key == "audio":
        return with_recording(draft, ROOT, inside, value)
    if key == "brain" and value["kind"] == "openai":
        return with_endpoint(draft, ROOT, value["endpoint"])
    if key == "brain" and draft.get(where) is None:
        draft = with_rules(draft, ROOT)
    if isinstance(key, int) and where[-2] == "metrics" and "measure" in value:
        draft = with_measure(draft, where, value["measure"])
        for bound in {"min_value", "max_value"} - value.keys():
            draft = draft.remove((*where, bound))
    if isinstance(value, dict):
        for name, inner in value.items():
            draft = typed(draft, (*where, name), inner)
        return draft
    if isinstance(value, list) and key == "user":
        return with_line(draft, ROOT, inside, said(value))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            draft = typed(draft.add(where, _first(inner)), (*where, index), inner)
        return draft
    return draft.set(where, value)


def _first(entry: Any) -> Any:
    """What the button puts into a list; the fields then change what it holds."""
    if not isinstance(entry, dict):
        return entry
    return {key: entry[key] for key in BUTTONS if key in entry}


BUTTONS = ("event", "name", "rule", "dtmf", "role", "measure")
KEPT = """\
# Of the team.
x-notes: {owner: desk, since: 2026-11-21}
simulator: {service: ollama, model: 'gemma4:12b'} # not ours
trigger_disconnect: no
"""
"""What the form has no field for."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording and an image."""
    folder = tmp_path_factory.mktemp("media")
    soundfile.write(folder / RECORDING, np.zeros(1600, np.int16), 16000)
    Image.new("RGB", (8, 8)).save(folder / PICTURE)
    return folder


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(wanted=scripts() | people(), audible=st.just(AUDIBLE))
def test_what_the_editor_builds_is_saved_and_read_by_both_loaders(
    tmp_path_factory: pytest.TempPathFactory, media: Path, wanted: dict[str, Any], audible: str
) -> None:
    kind = "script" if "turns" in wanted else "simulation"
    own = Settings(data=tmp_path_factory.mktemp("made"))
    folder = own.data / "scenarios"
    folder.mkdir()
    for file in media.iterdir():
        shutil.copy(file, folder)
    text = audible + KEPT + new_draft("made", "x", kind).text
    draft = Draft(text, folder / "made.yaml", folder)
    draft = draft.remove((*ROOT, "ringback", "title"))
    for key in ("turns", "max_turns"):
        draft = draft.remove((*ROOT, key))
    for key, value in wanted.items():
        draft = typed(draft, (*ROOT, key), value)
    path = save(draft, "made", own)

    assert path.read_text(encoding="utf-8").startswith(audible + KEPT)
    again = Draft(path.read_text(encoding="utf-8"))
    entry = {k: v for k, v in again.get(ROOT).items() if k not in ("name", "user")}
    assert entry == {key: value for key, value in wanted.items() if value != {}}
    # Entering what stands there changes not a letter.
    same = again
    for key, value in wanted.items():
        if not isinstance(value, list):
            same = typed(same, (*ROOT, key), _without_lists(value))
    assert same.text == again.text
    _ours(path, wanted)
    _pipecats(path, wanted)


def _without_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: _without_lists(v) for k, v in value.items() if k != "checks"}


def _ours(path: Path, wanted: dict[str, Any]) -> None:
    (scenario,) = load_scenarios(path)
    block = wanted["ringback"]
    assert scenario.title == block.get("title", "Made")
    assert list(scenario.tags) == block.get("tags", [])
    assert scenario.budget_s == block.get("budget_s", 2.0)
    caller = Caller(**block.get("caller", {}))
    for name in caller.model_fields_set:
        assert getattr(scenario.caller, name) == getattr(caller, name)
    assert scenario.judge == JudgePlan(**block.get("judge", {}))
    assert list(scenario.context) == wanted.get("context", [])
    for check, written in zip(scenario.checks, block.get("checks", []), strict=False):
        assert check == TypeAdapter(RULES[written["rule"]]).validate_python(written)
    for step, turn in zip(scenario.steps, wanted.get("turns", []), strict=True):
        assert (step.dtmf, step.pause_s) == (
            turn.get("dtmf"),
            turn.get("ringback", {}).get("pause_s", 0.0),
        )
        own = turn.get("ringback", {})
        beside = [
            Path(file).name if file else None for file in (step.audio, step.image, step.sound)
        ]
        assert beside == [turn.get("audio"), turn.get("image"), own.get("sound")]
        assert step.into_reply_s == own.get("into_reply_s")
        assert step.say == (said_plain(turn["user"]) if "user" in turn else None)
        for expectation, told in zip(step.expect, turn.get("expect", []), strict=True):
            assert expectation.event == told["event"]
            assert expectation.contains == tuple(filter(None, [told.get("text_contains")]))
            assert expectation.eval == told.get("eval")
            assert expectation.absent == told.get("absent", False)
            for key in ("marker", "marker_first", "markers", "text_after"):
                assert getattr(expectation, key) == told.get(key)
            assert [(call.name, call.arguments) for call in expectation.calls] == calls_of(told)
    if scenario.simulation is not None:
        assert scenario.simulation.goal == wanted["goal"]
        assert scenario.simulation.max_turns == wanted.get("max_turns", 20)
        assert scenario.simulation.runs == wanted.get("runs", 1)
        brain = block.get("brain", {"kind": "openai"})
        kind = RulesBrain if brain["kind"] == "rules" else OpenAiBrain
        assert scenario.simulation.brain == kind(**brain)
        for metric, one in zip(scenario.simulation.metrics, wanted.get("metrics", []), strict=True):
            for key in ("name", "criterion", "min_score", "measure", "min_value", "max_value"):
                assert getattr(metric, key) == one.get(key)
            found = [(call.name, call.arguments) for call in metric.calls or ()]
            assert found == (calls_of(one) if "calls" in one else [])


def calls_of(written: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Name and arguments of each call that is expected."""
    if written.get("event", "function_call") not in CALLS or written.get("absent"):
        return []
    calls = written.get("calls", [{key: written.get(key) for key in ("name", "args")}])
    return [
        (call, None) if isinstance(call, str) else (call.get("name"), call.get("args"))
        for call in calls
    ]


def said_plain(user: Any) -> str:
    """What is said, without the pauses."""
    return user if isinstance(user, str) else " ".join(p for p in user if isinstance(p, str))


def _pipecats(path: Path, wanted: dict[str, Any]) -> None:
    (scenario,) = EvalScenarioFile.load(path)
    assert scenario.name == "made/made"
    if "turns" not in wanted:
        told = (scenario.persona, scenario.goal, scenario.success)
        assert told == (wanted["persona"], wanted["goal"], wanted["success"])
        assert (scenario.runs, scenario.max_turns) == (
            wanted.get("runs", 1),
            wanted.get("max_turns", 20),
        )
        found = [(metric.name, metric.measure, metric.max_value) for metric in scenario.metrics]
        assert found == [
            (one["name"], one.get("measure"), one.get("max_value"))
            for one in wanted.get("metrics", [])
        ]
        return
    assert (scenario.context or []) == wanted.get("context", [])
    assert scenario.stop_on_failure == wanted.get("stop_on_failure", True)
    for turn, written in zip(scenario.turns, wanted["turns"], strict=True):
        assert turn.dtmf == written.get("dtmf")
        assert turn.user == (said_plain(written["user"]) if "user" in written else None)
        if "send_after" in written:
            assert turn.send_after.delay_ms == written["send_after"]["delay_ms"]
            assert turn.send_after.event == written["send_after"].get("event")
        for found, key in ((turn.audio, "audio"), (turn.image, "image")):
            assert (Path(found).name if found else None) == written.get(key)
        for expectation, one in zip(turn.expect, written.get("expect", []), strict=True):
            for key in ("within_ms", "text_contains", "text_excludes", "eval"):
                assert getattr(expectation, key) == one.get(key)
            assert expectation.absent == one.get("absent", False)
            assert expectation.check_from == one.get("check_from", "previous")
            for key in ("marker", "marker_first", "markers", "text_after"):
                assert getattr(expectation, key) == one.get(key)
            found = [(call.name, call.args) for call in expectation.calls or ()]
            assert found == calls_of(one)


def test_a_line_gets_and_loses_its_pauses() -> None:
    where = ("turns", 1)
    draft = with_line(new_draft("made", "x"), ROOT, where, "My name is [500 ms] Smith.")
    assert draft.load()[0][0].steps[1].parts == ("My name is", 500, "Smith.")
    assert draft.get((*ROOT, "user", "modality")) == "audio"
    plain = with_line(draft, ROOT, where, "My name is Smith.")
    assert plain.load()[0][0].steps[1].parts == ()
    assert with_line(draft, ROOT, where, "[500 ms]").load()[0][0].steps[1].say == "[500 ms]"


def test_every_key_of_the_format_has_a_field_or_is_kept() -> None:
    keys = {
        "scenario": _keys.SCENARIO,
        "turn": _keys.TURN,
        "turn block": TurnBlock.model_fields,
        "send_after": _keys.SEND_AFTER,
        "expectation": _keys.EXPECT,
        "call": _keys.CALL,
        "metric": _keys.METRIC,
        "block": Block.model_fields,
        "caller": Caller.model_fields,
        "judge": JudgePlan.model_fields,
        "brain": {**RulesBrain.model_fields, **OpenAiBrain.model_fields},
    }
    for of, known in keys.items():
        assert set(known) <= {*FIELDS[of], *IN_TEXT.get(of, ())}, of


def test_what_has_no_field_is_shown_and_kept() -> None:
    draft = Draft(f"{KEPT}name: x\nscenarios:\n- name: y\n  judge: {{eval: {{model: m}}}}\n")
    found = what_is_kept(draft.data(), "scenario")
    assert list(found) == ["x-notes", "simulator", "trigger_disconnect", "scenarios"]
    assert what_is_kept(draft.get(ROOT), "scenario") == {"judge": {"eval": {"model": "m"}}}
    assert draft.lines()["simulator",] == 3 and draft.lines()[(*ROOT, "judge")] == 8


def test_a_recording_makes_a_scenario_spoken_and_goes_again() -> None:
    where = ("turns", 1)
    draft = with_recording(new_draft("made", "x"), ROOT, where, "hello.wav")
    assert draft.get((*ROOT, *where, "audio")) == "hello.wav"
    assert draft.get((*ROOT, "user", "modality")) == "audio"
    assert draft.get((*ROOT, *where, "user")) == "Hello, I have a question."
    assert with_recording(draft, ROOT, where, "").get((*ROOT, *where, "audio")) is None


def test_a_sound_beside_a_line_is_told_when() -> None:
    draft = new_draft("made", "x").add((*ROOT, "turns"), {})
    beside = with_sound(draft, ROOT, ("turns", 1), "cough")
    assert beside.get((*ROOT, "turns", 1, "ringback")) == {"sound": "cough", "into_reply_s": 1.5}
    alone = with_sound(draft, ROOT, ("turns", 3), "cough")
    assert alone.get((*ROOT, "turns", 3, "ringback")) == {"sound": "cough"}
    assert with_sound(beside, ROOT, ("turns", 1), "").load()[0][0].steps[1].sound is None


def test_a_metric_gets_the_bounds_of_what_it_measures() -> None:
    where = (*ROOT, "metrics", 0)
    draft = new_draft("made", "x", "simulation").add(where[:-1], {"measure": "turns"})
    counted = with_measure(draft.set((*where, "min_value"), 2), where, "words")
    assert counted.get(where) == {"measure": "words", "min_value": 2}
    calls = with_measure(counted, where, "function_calls")
    assert calls.get(where) == {"measure": "function_calls", "calls": []}
    assert with_measure(calls, where, "latency").get(where) == {
        "measure": "latency",
        "max_value": 10,
    }


def test_a_language_model_is_named_and_the_usual_one_again() -> None:
    draft = new_draft("made", "x", "simulation")
    named = with_endpoint(draft, ROOT, "local")
    assert named.load()[0][0].simulation.brain == OpenAiBrain(endpoint="local")
    assert with_endpoint(named, ROOT, "").text == draft.text
    assert with_rules(draft, ROOT).load()[0][0].simulation.brain.kind == "rules"
