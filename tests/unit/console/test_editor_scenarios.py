"""Whatever the editor can build is saved, read by our loader and by Pipecat's, and comes back."""

from __future__ import annotations

import datetime as dt
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipecat.evals.scenario import EvalScenarioFile
from pydantic import TypeAdapter, ValidationError

from harness.console.scenario_checks import _FIRST
from harness.console.scenario_script import pieces, said, with_line
from harness.nouns import STACKS, Caller, speeds_of
from harness.scenarios import (
    EVENTS,
    RULES,
    Draft,
    load_scenarios,
    new_draft,
    personas,
    save,
)
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


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields, the others left empty."""
    return st.fixed_dictionaries({}, optional=fields)


JSON = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**9), 10**9) | number(-5, 5, 0.25),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(TEXTS, JSON, min_size=1, max_size=3)


@st.composite
def expectations(draw: st.DrawFn) -> dict[str, Any]:
    event = draw(st.sampled_from(EVENTS))
    fields: dict[str, st.SearchStrategy[Any]] = {"within_ms": st.integers(1, 6000).map(_hundreds)}
    if draw(st.booleans()) and event not in CALLS:
        return {"event": event, "absent": True} | draw(some(fields))
    fields["check_from"] = st.sampled_from(["previous", "turn_start"])
    if event in (*REPLIES, "user_transcription"):
        fields |= {"text_contains": TEXTS, "text_excludes": TEXTS}
    if event in (*REPLIES, "function_call"):
        fields["eval"] = TEXTS
    if event in CALLS:
        fields |= {"name": TEXTS}
    made = {"event": event} | draw(some(fields))
    if "name" in made and draw(st.booleans()):
        made["args"] = draw(ARGUMENTS)
    return made


def _hundreds(count: int) -> int:
    return count * 100


@st.composite
def turns(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["line", "line", "pauses", "keys", "wait"]))
    turn: dict[str, Any] = {}
    if kind == "line":
        turn["user"] = draw(TEXTS.filter(lambda text: pieces(text) == (text,)))
    elif kind == "pauses":
        texts = st.text("abc d.,", min_size=1).map(str.strip).filter(bool)
        pauses = draw(st.lists(st.tuples(st.integers(1, 9000), texts), min_size=1, max_size=3))
        turn["user"] = [draw(texts)]
        for pause, text in pauses:
            turn["user"] += [{"pause_ms": pause}, text]
    elif kind == "keys":
        turn["dtmf"] = draw(st.text("0123456789*#", min_size=1, max_size=6))
    fields = {"label": TEXTS.map(lambda text: text[:60]), "pause_s": number(0, 60, 0.5)}
    block = draw(some(fields))
    if block:
        turn["ringback"] = block
    if kind != "wait" and draw(st.booleans()):
        events = ("bot_started_speaking", "bot_stopped_speaking", "function_call")
        turn["send_after"] = {"event": draw(st.sampled_from(events))}
        turn["send_after"]["delay_ms"] = draw(st.integers(0, 600)) * 100
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
    fields |= {"required": st.booleans(), "weight": number(0, 100, 0.5)}
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
        "patience_s": number(0.1, 5, 0.1),
        "answer_timeout_s": number(1, 60, 0.5),
        "volume_db": number(-30, 12, 1),
        "language": st.sampled_from(["en", "de", "pt-BR", "no"]),
        "asks_again": st.booleans(),
    }
    made = {"stack": stack, "voice": voice, "speed": draw(number(*speeds_of(stack, voice), 0.05))}
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
        "budget_s": number(0.1, 60, 0.1),
        "caller": callers(),
    }
    return draw(some(fields)) | ({"checks": found} if found else {})


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    made = {"turns": [{"user": "Hello."}, *draw(st.lists(turns(), max_size=4))]}
    block = draw(blocks(persons=False))
    return made | draw(some({"stop_on_failure": st.booleans()})) | {"ringback": block}


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    made = {"persona": draw(TEXTS), "goal": draw(TEXTS), "success": draw(TEXTS)}
    fields = {
        "max_turns": st.integers(1, 200),
        "max_duration_s": number(5, 3600, 10),
        "max_silence_s": number(1, 600, 5),
    }
    names = draw(st.lists(TEXTS, max_size=2, unique=True))
    if names:
        made["metrics"] = [
            {"name": name, "criterion": draw(TEXTS), "min_score": draw(number(0, 1, 0.05))}
            for name in names
        ]
    return made | draw(some(fields)) | {"ringback": draw(blocks(persons=True))}


def typed(draft: Draft, where: tuple[str | int, ...], value: Any) -> Draft:
    """Enter a value as the form does: each leaf by itself, an entry of a list by its button."""
    if where[-1] in ("args", "arguments", "tags", "steps", "always", "never", "vetoes"):
        return draft.set(where, value)
    if isinstance(value, dict):
        for key, inner in value.items():
            draft = typed(draft, (*where, key), inner)
        return draft
    if isinstance(value, list) and where[-1] == "user":
        return with_line(draft, ROOT, where[len(ROOT) : -1], said(value))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            # The button's own entry; the fields then change what it holds.
            first = {key: inner[key] for key in ("event", "name", "rule", "dtmf") if key in inner}
            draft = typed(draft.add(where, first), (*where, index), inner)
        return draft
    return draft.set(where, value)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(wanted=scripts() | people(), audible=st.just(AUDIBLE))
def test_what_the_editor_builds_is_saved_and_read_by_both_loaders(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, Any], audible: str
) -> None:
    kind = "script" if "turns" in wanted else "simulation"
    draft = Draft(audible + new_draft("made", "x", kind).text)
    draft = draft.remove((*ROOT, "ringback", "title"))
    for key in ("turns", "max_turns"):
        draft = draft.remove((*ROOT, key))
    for key, value in wanted.items():
        draft = typed(draft, (*ROOT, key), value)
    path = save(draft, "made", Settings(data=tmp_path_factory.mktemp("made")))

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
    for check, written in zip(scenario.checks, block.get("checks", []), strict=False):
        assert check == TypeAdapter(RULES[written["rule"]]).validate_python(written)
    for step, turn in zip(scenario.steps, wanted.get("turns", []), strict=True):
        assert (step.dtmf, step.pause_s) == (
            turn.get("dtmf"),
            turn.get("ringback", {}).get("pause_s", 0.0),
        )
        assert step.say == (said_plain(turn["user"]) if "user" in turn else None)
        for expectation, told in zip(step.expect, turn.get("expect", []), strict=True):
            assert expectation.event == told["event"]
            assert expectation.contains == tuple(filter(None, [told.get("text_contains")]))
            assert expectation.eval == told.get("eval")
            assert expectation.absent == told.get("absent", False)
            for call in expectation.calls:
                assert (call.name, call.arguments) == (told.get("name"), told.get("args"))
    if scenario.simulation is not None:
        assert scenario.simulation.goal == wanted["goal"]
        assert scenario.simulation.max_turns == wanted.get("max_turns", 20)
        found = [(metric.name, metric.min_score) for metric in scenario.simulation.metrics]
        assert found == [(m["name"], m["min_score"]) for m in wanted.get("metrics", [])]


def said_plain(user: Any) -> str:
    """What is said, without the pauses."""
    return user if isinstance(user, str) else " ".join(p for p in user if isinstance(p, str))


def _pipecats(path: Path, wanted: dict[str, Any]) -> None:
    (scenario,) = EvalScenarioFile.load(path)
    assert scenario.name == "made/made"
    if "turns" not in wanted:
        told = (scenario.persona, scenario.goal, scenario.success)
        assert told == (wanted["persona"], wanted["goal"], wanted["success"])
        return
    assert scenario.stop_on_failure == wanted.get("stop_on_failure", True)
    for turn, written in zip(scenario.turns, wanted["turns"], strict=True):
        assert turn.dtmf == written.get("dtmf")
        assert turn.user == (said_plain(written["user"]) if "user" in written else None)
        if "send_after" in written:
            assert turn.send_after.delay_ms == written["send_after"]["delay_ms"]
        for expectation, one in zip(turn.expect, written.get("expect", []), strict=True):
            for key in ("within_ms", "text_contains", "text_excludes", "eval"):
                assert getattr(expectation, key) == one.get(key)
            assert expectation.absent == one.get("absent", False)
            assert expectation.check_from == one.get("check_from", "previous")
            for call in expectation.calls or ():
                assert (call.name, call.args) == (one.get("name"), one.get("args"))


def test_a_line_gets_and_loses_its_pauses() -> None:
    where = ("turns", 1)
    draft = with_line(new_draft("made", "x"), ROOT, where, "My name is [500 ms] Smith.")
    assert draft.load()[0][0].steps[1].parts == ("My name is", 500, "Smith.")
    assert draft.get((*ROOT, "user", "modality")) == "audio"
    plain = with_line(draft, ROOT, where, "My name is Smith.")
    assert plain.load()[0][0].steps[1].parts == ()
    assert with_line(draft, ROOT, where, "[500 ms]").load()[0][0].steps[1].say == "[500 ms]"
