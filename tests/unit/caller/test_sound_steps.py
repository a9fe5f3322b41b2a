"""Steps of a script that make a sound, against an agent that is played."""

from __future__ import annotations

from typing import Any

import pytest
from played import PlayedCall
from test_script_runner import expects, play, says, script

from harness.nouns import Caller, Scenario

HOURS = "When are you open?"
LONG = "We are open from eight to six, and closed on Sundays."


def sounds(**caller: Any) -> Scenario:
    return script(
        says(None, expects()),
        says(
            HOURS,
            expects("bot_started_speaking"),
            expects("bot_interrupted", absent=True, within_s=4.0),
            expects(contains="closed", check_from="turn_start"),
            sound="mm_hm",
            into_reply_s=1.2,
        ),
        says(None, expects(absent=True, within_s=2.0), sound="keyboard", pause_s=0.5),
        says("bye", expects()),
        caller=Caller(seed=7, **caller),
        stop_on_failure=False,
    )


def called(*, startled: bool, **caller: Any) -> tuple[PlayedCall, str]:
    answers = {HOURS: LONG, "bye": "Goodbye."}
    return play(sounds(**caller), answers, startled=startled, reply_s=3.0)


def test_sounds_come_when_they_are_to_and_are_no_lines():
    call, reason = called(startled=False)
    assert reason == "script_done"
    assert call.statuses() == dict.fromkeys(
        [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (3, 0)], "matched"
    )
    assert call.lines() == [HOURS, "bye"]
    (first, murmur), (second, typing) = call.made
    assert [(murmur.sound, murmur.seed), (typing.sound, typing.seed)] == [
        ("mm_hm", 8),
        ("keyboard", 9),
    ]
    # The agent is heard 0.3 s + 0.4 s + 0.15 s after the line, and began 0.05 s before.
    assert first == pytest.approx(call.said[0][1] + 0.8 + 1.2, abs=0.03)
    quiet = call.said[0][1] + 0.85 + 3.0
    assert second > quiet + 0.5


def test_an_agent_that_stops_for_a_murmur_and_answers_a_keyboard_fails():
    call, _ = called(startled=True)
    assert call.statuses() | {(1, 2): ""} == {
        (0, 0): "matched",
        (1, 0): "matched",
        (1, 1): "failed unexpected_event",
        (1, 2): "",
        (2, 0): "failed unexpected_event",
        (3, 0): "matched",
    }


def test_a_reply_that_is_over_before_gets_no_sound():
    scenario = script(
        says(HOURS, expects(), sound="cough", into_reply_s=2.0), says("bye", expects())
    )
    call, reason = play(scenario, {HOURS: "Now.", "bye": "Goodbye."})
    assert reason == "script_done" and call.made == []


def test_a_sound_into_the_greeting():
    scenario = script(says(None, expects(), sound="cough", into_reply_s=0.5), says("bye"))
    call, _ = play(scenario, {}, reply_s=2.0)
    ((at, sound),) = call.made
    assert sound.sound == "cough" and at == pytest.approx(0.4 + 0.15 - 0.05 + 0.5, abs=0.03)


def test_who_types_cannot_be_asked_about_sounds():
    call, reason = called(startled=True, by="text")
    assert reason == "script_done" and call.made == []
    statuses = call.statuses()
    asked = [statuses[place] for place in [(1, 0), (1, 1), (1, 2), (2, 0)]]
    assert asked == ["not_run needs_voice"] * 4
    assert statuses[(3, 0)] == "matched"
