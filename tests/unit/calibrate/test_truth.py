"""Turns of a call whose lanes are made by hand: the truth of each is known to the sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.calibrate._lines import RATE, Round, Samples, line_of, plan_of, reply_of
from harness.calibrate._match import find
from harness.calibrate._truth import compare
from harness.caller import silero
from harness.measure import find_speech, speech_bounds
from harness.nouns import Outcome, Span, Turn

WAY_S = 0.057
TRUTH = {"abs": 1.5 / RATE}


class Lanes:
    """Both lanes of a call, with a way to the agent and back."""

    def __init__(self, seconds: float) -> None:
        rng = np.random.default_rng(5)
        count = round(seconds * RATE)
        self.caller = np.rint(rng.normal(0, 8, count)).astype(np.int16)
        self.agent = np.rint(rng.normal(0, 8, count)).astype(np.int16)

    def say(self, lane: Samples, at_s: float, samples: Samples) -> None:
        first = round(at_s * RATE)
        lane[first : first + len(samples)] += samples


def call(plan: tuple[Round, ...], error_s: float) -> tuple[Lanes, list[Turn], dict[int, Any]]:
    """A call in which Ringback's figures are `error_s` too long."""
    lanes = Lanes(8.0 * len(plan))
    turns: list[Turn] = []
    told: dict[int, Any] = {}
    at = 1.0
    for each in plan:
        line, reply = line_of(each), reply_of(each)
        if each.kind == "stop":
            at = turns[-1].agent[0].start + 1.2
        over = at + len(line) / RATE
        lanes.say(lanes.caller, at, line)
        latency = stop = None
        spans: tuple[Span, ...] = ()
        said = len(reply)
        if each.kind == "stop":
            began = turns[-1].agent[0].start
            said = round((at + each.delay_s + WAY_S - began) * RATE)
            lanes.say(lanes.agent, began, reply_of(plan[each.number - 2])[:said])
            stop = each.delay_s + WAY_S + error_s
        else:
            latency = each.delay_s + WAY_S + error_s
            began = over + each.delay_s + WAY_S
            spans = (Span(began, began + len(reply) / RATE),)
            if each.kind != "held":
                lanes.say(lanes.agent, began, reply)
        told[each.number] = {"skipped": 0, "said": said}
        turns.append(
            Turn(
                each.number,
                Outcome.ANSWERED,
                caller_text=each.text,
                caller=Span(at + error_s, over + error_s),
                agent=spans,
                response_latency_s=latency,
                stop_s=stop,
            )
        )
        at = over + 5.0
    return lanes, turns, told


@pytest.mark.parametrize("error_s", [-0.02, 0.0, 0.013])
def test_planted_errors_and_the_way_are_found_to_the_sample(error_s: float) -> None:
    plan = plan_of(4, 1, 1, seed=3)
    lanes, turns, told = call(plan, error_s)
    found = compare(plan, turns, lanes.caller, lanes.agent, told)
    assert sorted(each.kind for each in found) == ["delay"] * 4 + ["overlap", "stop"]
    for each in found:
        assert each.flags == ()
        assert each.measured_s is not None
        assert each.true_s is not None
        assert each.true_s - each.delay_s == pytest.approx(WAY_S, **TRUTH)
        assert each.measured_s - each.true_s == pytest.approx(error_s, **TRUTH)


def test_a_turn_that_was_spoiled_says_by_what() -> None:
    plan = plan_of(4, 0, 0, seed=3)
    lanes, turns, told = call(plan, 0.0)
    del told[1]
    told[2]["skipped"] = 30
    lanes.agent[round(turns[2].agent[0].start * RATE) :][:RATE] = 0
    found = compare(plan, turns[:3], lanes.caller, lanes.agent, told)
    assert [each.flags for each in found] == [
        ("the agent did not hear the line",),
        ("the agent was late itself",),
        ("the reply is not in the recording as it was said",),
        ("the line was not said",),
    ]


def test_lines_are_told_apart() -> None:
    lines = [line_of(each) for each in plan_of(12, 2, 2, seed=20)]
    for number, line in enumerate(lines):
        likenesses = [find(line[: RATE // 4], other)[1] for other in lines]
        assert max(range(len(lines)), key=likenesses.__getitem__) == number
        assert sorted(likenesses)[-2] < 0.65


def test_known_sounds_start_and_end_where_they_say_and_count_as_speech() -> None:
    noise = np.rint(np.random.default_rng(1).normal(0, 8, 6 * RATE)).astype(np.int16)
    for each in (Round(1, "delay", 0.3), Round(2, "held", 0.3)):
        reply, heard = reply_of(each), noise.copy()
        heard[RATE : RATE + len(reply)] += reply
        (span,) = find_speech(heard, RATE, silero())
        assert span.end is not None
        assert span.start == pytest.approx(1.0, abs=0.003)
        assert span.end == pytest.approx(1.0 + len(reply) / RATE, abs=0.003)
        line = line_of(each)
        bounds = speech_bounds(line, RATE)
        assert bounds is not None
        assert bounds.end is not None
        assert bounds.start == pytest.approx(0.0, abs=0.003)
        assert bounds.end == pytest.approx(len(line) / RATE, abs=0.003)


def test_a_plan_has_each_delay_as_often_and_a_stop_after_each_reply_that_is_cut() -> None:
    plan = plan_of(12, 3, 2, seed=1)
    assert [each.number for each in plan] == list(range(1, 21))
    delays = [each.delay_s for each in plan if each.kind == "delay"]
    assert {delay: delays.count(delay) for delay in delays} == {0.3: 3, 0.8: 3, 1.5: 3, 3.0: 3}
    for before, this in zip(plan, plan[1:], strict=False):
        assert (before.kind == "held") == (this.kind == "stop")
    assert plan == plan_of(12, 3, 2, seed=1)
