"""What of a scenario the driver gets, and what is left out with which reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.caller.evals._capabilities import Capabilities, capabilities
from harness.caller.evals._plan import EARLY_MS, plan_for
from harness.nouns import (
    LARGEST_IMAGE,
    Caller,
    Expectation,
    ExpectedCall,
    NotRun,
    Scenario,
    ScriptStep,
    SendAfter,
)

ALL = Capabilities(
    rtvi=True,
    features=frozenset({"context", "configure", "image", "markers", "vad"}),
    voice=True,
    judge=True,
    dtmf=True,
)
NOTHING = Capabilities(rtvi=False, features=frozenset(), voice=True, judge=False, dtmf=True)


def script(*steps: ScriptStep) -> Scenario:
    return Scenario(name="test/plan", title="", path="test", steps=steps)


def says(text: str | None, *expect: Expectation, **more: object) -> ScriptStep:
    return ScriptStep(text, expect=expect, wait="written", **more)  # type: ignore[arg-type]


def test_what_can_be_asked_is_handed_on_as_it_stands():
    call = ExpectedCall("book", {"day": "27"})
    plan = plan_for(
        script(
            says(
                "hi",
                Expectation(event="function_call", calls=(call,), within_s=1.5),
                Expectation(contains=("yes",), excludes=("no",), eval="polite"),
                Expectation(event="llm_response", check_from="turn_start"),
                Expectation(event="llm_marker", marker="short", markers=1, text_after=False),
            ),
        ),
        ALL,
    )
    turn = plan.scenario.turns[0]
    assert (turn.user, plan.left_out) == ("hi", {})
    assert plan.origin == (((0, 0), (0, 1), (0, 2), (0, 3)),)
    first, second, third, fourth = turn.expect
    assert first.calls is not None and first.within_ms == 1500
    assert (first.calls[0].name, first.calls[0].args) == ("book", {"day": "27"})
    assert (second.text_contains, second.text_excludes, second.eval) == ("yes", "no", "polite")
    assert third.check_from == "turn_start" and second.check_from == "previous"
    assert (fourth.marker, fourth.markers, fourth.text_after) == ("short", 1, False)


@pytest.mark.parametrize("event", ["response", "bot_started_speaking", "bot_stopped_speaking"])
def test_budgets_of_what_is_heard_are_not_the_drivers(event: str):
    steps = says("hi", Expectation(event=event, within_s=0.4))
    assert plan_for(script(steps), ALL).scenario.turns[0].expect[0].within_ms is None
    absent = says("hi", Expectation(event=event, within_s=0.4, absent=True))
    assert plan_for(script(absent), ALL).scenario.turns[0].expect[0].within_ms == 400


@pytest.mark.parametrize(
    ("expectation", "why"),
    [
        (Expectation(event="llm_started"), NotRun.NEEDS_RTVI),
        (Expectation(event="user_transcription"), NotRun.NEEDS_RTVI),
        (Expectation(event="function_call"), NotRun.NEEDS_RTVI),
        (Expectation(event="llm_marker"), NotRun.NEEDS_RTVI),
        (Expectation(eval="polite"), NotRun.NO_JUDGE),
    ],
)
def test_what_cannot_be_asked_is_left_out_and_its_reply_heard_out(
    expectation: Expectation, why: NotRun
):
    plan = plan_for(script(says("hi", expectation)), NOTHING)
    assert plan.left_out == {(0, 0): why}
    assert [each.event for each in plan.scenario.turns[0].expect] == ["response"]
    assert plan.origin == (((0, -1),),)


def test_nothing_is_waited_for_where_nothing_was_or_silence():
    quiet = Expectation(event="llm_started", absent=True)
    plan = plan_for(script(says("one"), says("two", quiet)), NOTHING)
    assert [turn.expect for turn in plan.scenario.turns] == [[], []]
    assert plan.left_out == {(1, 0): NotRun.NEEDS_RTVI}


def test_eval_features_by_what_the_agent_answered(tmp_path: Path):
    cat = tmp_path / "cat.png"
    cat.write_bytes(b"x" * LARGEST_IMAGE)
    expectations = [
        Expectation(event=event) for event in ("llm_marker", "vad_user_started_speaking")
    ]
    scenario = script(says("hi", *expectations), says("look", Expectation(), image=str(cat)))
    without = capabilities(True, [], Caller(), judge=False)
    plan = plan_for(scenario, without)
    assert plan.left_out == dict.fromkeys([(0, 0), (0, 1), (1, 0)], NotRun.NEEDS_EVAL_FEATURES)
    assert plan.scenario.turns[1].image is None
    plan = plan_for(scenario, capabilities(True, ["markers", "image"], Caller(), judge=False))
    assert plan.left_out == {(0, 1): NotRun.NEEDS_EVAL_FEATURES}
    assert plan.scenario.turns[1].image == str(cat)


LISTENS = capabilities(True, ["configure", "markers", "vad"], Caller(), judge=True)
"""An agent that takes messages of Pipecat Evals, and neither context nor image."""


@pytest.mark.parametrize("can", [NOTHING, LISTENS])
def test_without_its_context_nothing_is_expected_of_an_agent(can: Capabilities):
    steps = (says(None, Expectation()), says("hi", Expectation(), Expectation(absent=True)))
    scenario = replace(script(*steps), context=({"role": "user", "content": "I am Ann."},))
    plan = plan_for(scenario, can)
    assert plan.left_out == dict.fromkeys([(0, 0), (1, 0), (1, 1)], NotRun.NEEDS_EVAL_FEATURES)
    assert plan.missing == {0: NotRun.NEEDS_EVAL_FEATURES}
    assert [[each.event for each in turn.expect] for turn in plan.scenario.turns] == [
        ["response"],
        ["response"],
    ]
    given = plan_for(scenario, ALL)
    assert (given.left_out, given.missing) == ({}, {})


@pytest.mark.parametrize(
    ("can", "size", "why"),
    [
        (LISTENS, 10, NotRun.NEEDS_EVAL_FEATURES),
        (ALL, LARGEST_IMAGE + 1, NotRun.IMAGE_TOO_LARGE),
        (ALL, LARGEST_IMAGE, None),
    ],
)
def test_what_comes_after_an_image_that_is_not_given_rests_on_it(
    can: Capabilities, size: int, why: NotRun | None, tmp_path: Path
):
    image = tmp_path / "i.png"
    image.write_bytes(b"x" * size)
    scenario = script(
        says("hi", Expectation()),
        says("look", image=str(image)),
        says("what do you see", Expectation(contains=("cat",))),
    )
    plan = plan_for(scenario, can)
    assert plan.left_out == ({} if why is None else {(2, 0): why})
    assert plan.missing == ({} if why is None else {1: why})
    assert plan.scenario.turns[1].image == (None if why else str(image))


def test_whoever_types_plays_no_recording():
    scenario = script(
        says("hi", Expectation(), audio="hi.wav"), says("a b", Expectation(), parts=("a", 5, "b"))
    )
    can = capabilities(True, [], Caller(by="text"), judge=True)
    plan = plan_for(scenario, can)
    assert plan.left_out == dict.fromkeys([(0, 0), (1, 0)], NotRun.NEEDS_VOICE)
    assert plan.missing == {}
    assert [turn.audio for turn in plan.scenario.turns] == [None, None]
    assert not plan.scenario.user_audio


@pytest.mark.parametrize(("delay_ms", "driver_ms"), [(0, 0), (200, 0), (900, 900 - EARLY_MS)])
def test_the_driver_calls_for_an_exact_line_a_little_early(delay_ms: int, driver_ms: int):
    after = SendAfter("bot_started_speaking", delay_ms)
    plan = plan_for(script(says("stop", send_after=after)), ALL)
    planned = plan.scenario.turns[0].send_after
    assert planned is not None
    assert (planned.event, planned.delay_ms) == ("bot_started_speaking", driver_ms)


def test_keys_are_no_line():
    plan = plan_for(script(says(None, dtmf="12#")), ALL)
    assert (plan.scenario.turns[0].user, plan.scenario.turns[0].dtmf) == (None, "12#")
