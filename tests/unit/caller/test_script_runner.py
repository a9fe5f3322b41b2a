"""Scripts by Pipecat Evals' own driver, against an agent that is played on a clock of its own."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pipecat.classifiers.base_classifier import (
    BaseClassifier,
    ChoiceResult,
    YesNoResult,
)
from pipecat.evals.judge import EvalJudge
from played import PlayedCall
from virtual import run

from harness.grade import Panel, Question, eval_judge
from harness.nouns import (
    LARGEST_IMAGE,
    Caller,
    CheckVerdict,
    EventKind,
    Expectation,
    ExpectedCall,
    Scenario,
    ScriptStep,
    SendAfter,
    Vote,
)


def script(*steps: ScriptStep, **more: Any) -> Scenario:
    more.setdefault("stop_on_failure", True)
    return Scenario(name="test/script", title="", path="test", steps=steps, **more)


def says(text: str | None, *expect: Expectation, **more: Any) -> ScriptStep:
    return ScriptStep(text, expect=expect, **{"wait": "written", **more})


def expects(event: str = "response", contains: str | None = None, **more: Any) -> Expectation:
    return Expectation(event=event, contains=(contains,) if contains else (), **more)


def calls(name: str, **arguments: Any) -> Expectation:
    return Expectation(event="function_call", calls=(ExpectedCall(name, arguments or None),))


def play(
    scenario: Scenario,
    answers: dict[str, Any],
    prepare: Any = None,
    *,
    greet: str | None = "Hello clinic.",
    **how: Any,
) -> tuple[PlayedCall, str]:
    """Play a call; the call, and why it ended."""

    async def whole() -> tuple[PlayedCall, str]:
        call = PlayedCall(scenario, answers, **how)
        if prepare is not None:
            prepare(call)
        return call, await call.play(greet=greet)

    return run(whole())


BOOK = script(
    says(None, expects(contains="clinic")),
    says(
        "Friday please",
        expects("user_started_speaking"),
        expects("user_transcription", "Friday"),
        calls("book", day="27"),
        expects("bot_started_speaking", within_s=0.4),
        expects(eval="says friday", check_from="turn_start"),
    ),
    says("bye", expects(excludes=("sorry",))),
)
BOOKED = {"Friday please": '!book|{"day": "27"}|Booked for Friday.', "bye": "Goodbye."}


class Rule(BaseClassifier):
    """Says yes where something is of Friday."""

    async def _ask(self, state: Any, questions: Any, images: Any = ()) -> Any:
        sure = float("friday" in str(state).lower())
        return {
            name: ChoiceResult(
                choice="yes" if sure else "no",
                probabilities={"yes": sure, "no": 1 - sure},
                confidence=1.0,
            )
            if hasattr(question, "options")
            else YesNoResult(probability=sure)
            for name, question in questions.items()
        }, None


class Down:
    """A judge that is down."""

    name = "down"

    async def ask(self, question: Question) -> Vote:
        return Vote("down", "none", CheckVerdict.ERROR, error="The model is down.")


def rule() -> EvalJudge:
    return EvalJudge(Rule(), explainer=None)


def test_a_whole_script_matches():
    call, reason = play(BOOK, BOOKED, judge=rule())
    assert call.statuses() == {
        place: "matched" for place in [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 0)]
    }
    assert reason == "script_done" and call.runner.done
    assert call.lines() == ["Friday please", "bye"]
    stood = [(each["step"], each["status"]) for each in call.tap.of(EventKind.CALLER_STEP)]
    assert stood == [(n, status) for n in range(3) for status in ("current", "done")]


def test_own_times_count_from_the_end_of_the_line():
    call, _ = play(BOOK, BOOKED, judge=rule())
    told = {(e["step"], e["index"]): e for e in call.tap.of(EventKind.EXPECTATION)}
    # The agent answers 0.3 s + 0.4 s after the line, and is heard 0.15 s later.
    assert told[1, 3]["own_s"] == pytest.approx(0.7, abs=0.06)
    assert told[1, 2]["own_s"] == pytest.approx(0.7, abs=0.06)
    assert told[1, 0]["own_s"] == pytest.approx(-0.7, abs=0.06)
    assert told[0, 0]["own_s"] is None
    assert told[1, 4]["matched"] == "Booked for Friday."


def test_the_next_line_waits_until_the_agent_has_really_stopped():
    answers = {**BOOKED, "Friday please": ['!book|{"day": "27"}|Booked', "for Friday.", "So."]}
    call, _ = play(BOOK, answers, judge=rule())
    begins, quiet = call.said[1][0], call.receiver.quiet_since
    assert quiet is not None
    heard = [at for kind, at in _heard(call) if kind == "bot_started_speaking"]
    stops = [at for kind, at in _heard(call) if kind == "bot_stopped_speaking"]
    # Pauses within a reply are neither an end nor a new beginning.
    assert len(heard) == len(stops) == 3
    assert begins >= stops[1] + 0.1


def _heard(call: PlayedCall) -> list[tuple[str, float]]:
    return [
        (event["type"], event["at"])
        for event in call.stream.events_seen
        if event["type"].startswith("bot_st")
    ]


def test_an_answer_in_the_middle_of_the_line_counts():
    scenario = script(
        says(
            "Friday please",
            expects("user_started_speaking"),
            calls("book", day="27"),
            expects("bot_started_speaking"),
            expects(contains="Booked"),
        ),
        says("bye", expects(contains="Goodbye")),
    )
    call, reason = play(scenario, BOOKED, eager=True)
    assert reason == "script_done"
    assert set(call.statuses().values()) == {"matched"}


def test_a_judge_that_fails_is_not_the_agents_fault():
    call, reason = play(BOOK, BOOKED, judge=eval_judge(Panel([Down()]), lambda judgement: None))
    assert call.statuses()[1, 4] == "failed judge_error"
    assert call.statuses()[2, 0] == "not_run not_reached"
    assert reason == "expectation_failed" and call.runner.done


def test_without_a_judge_a_criterion_is_not_run_and_its_reply_heard_out():
    scenario = script(
        says("Friday please", expects(eval="says friday")), says("bye", expects(contains="Goodbye"))
    )
    call, reason = play(scenario, {**BOOKED, "Friday please": "Booked."})
    assert call.statuses() == {(0, 0): "not_run no_judge", (1, 0): "matched"}
    assert reason == "script_done"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Booked for Friday.", "missing_function_call"),
        ('!book|{"day": "28"}|Booked for Friday.', "function_args_mismatch"),
    ],
)
def test_a_call_that_is_missing_or_wrong_is_told_by_its_kind(answer: str, kind: str):
    scenario = script(says("Friday please", calls("book", day="27")))
    call, reason = play(scenario, {"Friday please": answer})
    assert call.statuses() == {(0, 0): f"failed {kind}"}
    assert reason == "script_done"


def test_the_first_failure_ends_the_script_only_where_it_is_said_to():
    steps = (says("one", expects(contains="nothing")), says("two", expects(contains="Two")))
    answers = {"one": "One.", "two": "Two."}
    call, reason = play(script(*steps), answers)
    assert call.statuses() == {(0, 0): "failed text_mismatch", (1, 0): "not_run not_reached"}
    assert reason == "expectation_failed" and call.lines() == ["one"]
    call, reason = play(script(*steps, stop_on_failure=False), answers)
    assert call.statuses() == {(0, 0): "failed text_mismatch", (1, 0): "matched"}
    assert reason == "script_done"


def test_no_answer_is_asked_about_once_then_given_up():
    call, reason = play(BOOK, {}, judge=rule())
    assert call.lines() == ["Friday please", "Hello? Are you still there?"]
    assert reason == "no_answer" and not call.runner.done
    waits = [each["waited_s"] for each in call.tap.of(EventKind.CALLER_GAVE_UP)]
    assert waits == [pytest.approx(6.0, abs=0.1)] * 2
    assert call.statuses()[1, 0] == "matched"  # it heard that the caller spoke
    assert call.statuses()[1, 2] == "failed timeout"


def test_an_answer_after_asking_goes_on():
    answers = {"Hello? Are you still there?": "Goodbye."}
    call, reason = play(script(says("bye", expects(contains="Goodbye"))), answers)
    assert call.statuses() == {(0, 0): "matched"} and reason == "script_done"


def test_a_caller_who_never_asks_again_waits_in_silence():
    scenario = script(says("bye", expects()), caller=Caller(asks_again=False))
    call, reason = play(scenario, {})
    assert call.lines() == ["bye"] and reason == "script_done"
    assert call.statuses() == {(0, 0): "failed timeout"}


@pytest.mark.parametrize(("own_block", "waits_s"), [(True, 27.0), (False, 60.0)])
def test_a_file_without_our_block_gets_pipecats_patience(own_block: bool, waits_s: float):
    caller = Caller(asks_again=not own_block)
    scenario = script(says("one", expects(contains="never")), own_block=own_block, caller=caller)
    call, _ = play(scenario, {"one": "One."})
    told = [e for e in call.stream.events_seen if e["type"] == "response"]
    assert len(call.lines()) == 1 and told
    over = call.said[0][1]
    assert call.tap.now() - over >= waits_s
    assert call.statuses() == {(0, 0): "failed text_mismatch"}


def test_silence_where_silence_is_wanted_is_not_asked_about():
    quiet = Expectation(event="response", absent=True, within_s=8.0)
    call, reason = play(script(says("hush", quiet)), {})
    assert call.lines() == ["hush"] and call.statuses() == {(0, 0): "matched"}
    assert reason == "script_done"


def test_a_reply_that_goes_on_is_no_new_one():
    quiet = Expectation(event="response", absent=True, within_s=6.0)
    scenario = script(says("one", expects(), quiet))
    call, _ = play(scenario, {"one": ["First.", "Second.", "Third."]})
    assert call.statuses() == {(0, 0): "matched", (0, 1): "matched"}
    call, _ = play(
        scenario, {"one": "First."}, lambda call: call.after(5.0, lambda: call.reply("More!"))
    )
    assert call.statuses()[0, 1] == "failed unexpected_event"


def test_what_must_not_be_said_may_not_come_last_either():
    scenario = script(says("one", expects("response", "First", excludes=("Sorry",))))
    call, _ = play(scenario, {"one": ["First.", "Sorry, no."]})
    assert call.statuses() == {(0, 0): "failed text_present"}
    scenario = script(says("one", expects(excludes=("Sorry",))))
    call, _ = play(scenario, {"one": ["First.", "Sorry, no."]})
    assert call.statuses() == {(0, 0): "failed text_present"}


@pytest.mark.parametrize("chat", ["Yes, of course.", ["Yes, of course.", "Let me see."]])
def test_chatter_over_the_line_does_not_hide_the_answer(chat: Any):
    scenario = script(
        says("one", expects(contains="The answer")), says("two", expects(contains="2"))
    )
    call, reason = play(
        scenario,
        {"one": ["The answer.", "And more."], "two": "2"},
        lambda call: call.after(2.2, lambda: call.reply(chat, llm=False)),
    )
    assert call.statuses() == {(0, 0): "matched", (1, 0): "matched"} and reason == "script_done"


@pytest.mark.parametrize("llm", [True, False])
def test_a_turn_that_only_listens_gets_what_is_said_next(llm: bool):
    scenario = script(
        says("one", expects(contains="First")),
        says(None, expects("bot_started_speaking"), expects(contains="still there")),
    )
    again = "Are you still there?"
    call, reason = play(
        scenario,
        {"one": ["First.", "Second."]},
        lambda call: call.after(9.0, lambda: call.reply(again, llm=llm)),
    )
    assert set(call.statuses().values()) == {"matched"} and reason == "script_done"
    last = call.tap.of(EventKind.EXPECTATION)[-1]
    assert last["matched"] == again


def test_a_new_reply_without_an_llm_is_a_new_one_too():
    quiet = Expectation(event="response", absent=True, within_s=6.0)
    scenario = script(says("one", expects(), quiet))
    call, _ = play(
        scenario,
        {"one": "First."},
        lambda call: call.after(5.0, lambda: call.reply("More!", llm=False)),
    )
    assert call.statuses()[0, 1] == "failed unexpected_event"


def test_a_barge_in_begins_when_it_was_set():
    scenario = script(
        says("story", expects("bot_started_speaking")),
        says(
            "stop",
            expects("bot_interrupted"),
            expects(contains="stopped"),
            send_after=SendAfter("bot_started_speaking", 700),
        ),
    )
    answers = {"story": "A long story.", "stop": "I stopped."}
    call, reason = play(scenario, answers, reply_s=8.0)
    story_over = call.said[0][1]
    heard = story_over + 0.3 + 0.4 + 0.15 - 0.05
    assert call.said[1][0] == pytest.approx(heard + 0.7, abs=0.03)
    assert set(call.statuses().values()) == {"matched"} and reason == "script_done"


def test_what_was_being_said_does_not_answer_a_barge_in():
    scenario = script(
        says("story", expects("bot_started_speaking")),
        says("stop", expects(), send_after=SendAfter("bot_started_speaking", 400)),
    )
    answers = {"story": ["Once upon", "a time", "in a land"], "stop": "I stopped."}
    call, _ = play(scenario, answers, reply_s=1.0)
    last = call.tap.of(EventKind.EXPECTATION)[-1]
    assert last["matched"] == "I stopped."


def test_an_agent_that_cannot_be_interrupted_is_taken_at_its_answer():
    scenario = script(
        says("story", expects("bot_started_speaking")),
        says("stop", expects(contains="stopped"), send_after=SendAfter(None, 500)),
    )
    answers = {"story": ["Once upon", "a time", "in a land"], "stop": "I stopped."}
    call, _ = play(scenario, answers, reply_s=1.5, obeys=False)
    assert call.statuses() == {(0, 0): "matched", (1, 0): "matched"}


def test_a_plain_delay_counts_from_the_turn_before():
    scenario = script(
        says(None, dtmf="1"), says(None, expects(), dtmf="2#", send_after=SendAfter(None, 900))
    )
    call, _ = play(scenario, {"2#": "You pressed."})
    assert call.pressed == ["1", "2#"]
    assert call.statuses() == {(1, 0): "matched"}


def test_keys_that_nobody_takes_are_not_the_agents_fault():
    steps = (says("one", expects()), says(None, dtmf="1"), says("two", expects(contains="pressed")))
    scenario = script(*steps, stop_on_failure=False)
    answers = {"one": "One.", "two": "Two."}
    call, reason = play(scenario, answers, takes_keys=False)
    assert call.statuses() == {(0, 0): "matched", (2, 0): "not_run no_dtmf"}
    missing = call.tap.of(EventKind.INPUT_MISSING)
    assert [(each["step"], each["kind"]) for each in missing] == [(1, "no_dtmf")]
    assert reason == "script_done" and call.lines() == ["one", "two"]


CONTEXT = ({"role": "user", "content": "I am Ann."},)


@pytest.mark.parametrize(
    ("features", "statuses"),
    [
        ([], "not_run needs_eval_features"),
        (["configure", "markers"], "not_run needs_eval_features"),
        (["context"], "failed text_mismatch"),
    ],
)
def test_an_agent_that_never_got_its_context_fails_nothing(features: list[str], statuses: str):
    scenario = script(
        says("who am I", expects(contains="Ann")),
        says("bye", expects()),
        context=CONTEXT,
        stop_on_failure=False,
    )
    answers = {"who am I": "I do not know.", "bye": "Goodbye."}
    call, _ = play(scenario, answers, features=features)
    assert call.statuses()[0, 0] == statuses
    missing = call.tap.of(EventKind.INPUT_MISSING)
    if "context" in features:
        assert call.statuses()[1, 0] == "matched" and not missing
    else:
        assert call.statuses()[1, 0] == statuses
        assert [(each["step"], each["kind"]) for each in missing] == [(0, "needs_eval_features")]
    assert call.lines()[:2] == ["who am I", "bye"]  # it is called to its end all the same


def test_an_image_that_no_room_carries_is_not_sent(tmp_path: Path):
    image = tmp_path / "i.png"
    image.write_bytes(b"x" * (LARGEST_IMAGE + 1))
    scenario = script(says("look", image=str(image)), says("what is it", expects(contains="cat")))
    answers = {"look": "I look.", "what is it": "A cat."}
    call, _ = play(scenario, answers, features=["image"])
    assert call.statuses() == {(1, 0): "not_run image_too_large"}
    assert "eval-image" not in [each["data"]["t"] for each in call.sent]
    image.write_bytes(b"x" * LARGEST_IMAGE)
    call, _ = play(scenario, answers, features=["image"])
    assert call.statuses() == {(1, 0): "matched"}
    assert "eval-image" in [each["data"]["t"] for each in call.sent]


@pytest.mark.parametrize("rtvi", [True, False])
def test_an_agent_without_rtvi_is_judged_by_what_is_heard(rtvi: bool):
    scenario = script(
        says(None, expects(contains="clinic")),
        says(
            "hi", expects("llm_started"), expects("bot_started_speaking"), expects(contains="hello")
        ),
    )
    call, reason = play(scenario, {"hi": "hello"}, rtvi=rtvi)
    assert call.statuses()[1, 0] == ("matched" if rtvi else "not_run needs_rtvi")
    assert {call.statuses()[each] for each in [(0, 0), (1, 1), (1, 2)]} == {"matched"}
    assert reason == "script_done"


def test_calls_without_names_are_not_run_neither_passed_nor_failed():
    scenario = script(says("hi", calls("book", day="27"), expects()))
    call, _ = play(scenario, {"hi": '!book|{"day": "27"}|done'}, names=False)
    assert call.statuses() == {(0, 0): "not_run nameless_calls", (0, 1): "matched"}


def test_a_function_call_of_any_name_needs_none():
    scenario = script(says("hi", Expectation(event="function_call"), expects()))
    call, _ = play(scenario, {"hi": '!book|{"day": "27"}|done'}, names=False)
    assert call.statuses()[0, 0] == "matched"


def test_what_needs_eval_messages_is_asked_where_they_are_taken():
    scenario = script(says("hi", expects("llm_marker", marker="complete"), expects()))
    call, _ = play(scenario, {"hi": "hello"})
    assert call.statuses() == {(0, 0): "not_run needs_eval_features", (0, 1): "matched"}
    assert [each["data"]["t"] for each in call.sent] == ["eval-connect", "eval-configure"]
    assert not call.tap.of(EventKind.AGENT_FEATURES)
    call, _ = play(scenario, {"hi": "hello"}, features=["markers", "other"])
    assert call.tap.of(EventKind.AGENT_FEATURES) == [{"eval": ["markers"]}]
    assert call.statuses()[0, 0] == "failed timeout"


def test_an_agent_that_leaves_ends_the_script():
    call, reason = play(BOOK, {}, lambda call: call.after(6.0, call.leave), judge=rule())
    assert reason == "left" and not call.runner.done
    assert call.statuses()[1, 2] == "failed bot_ended"
    assert call.statuses()[2, 0] == "not_run not_reached"


def test_an_agent_that_leaves_after_its_goodbye_is_through():
    def leaves(call: PlayedCall) -> None:
        call.after(12.0, call.leave)

    scenario = script(says("bye", expects()), caller=Caller(patience_s=5.0))
    call, _ = play(scenario, {"bye": "Goodbye."}, leaves)
    assert call.runner.done and call.statuses() == {(0, 0): "matched"}


def test_a_typed_line_comes_between_and_its_answer_is_heard_out():
    def types(call: PlayedCall) -> None:
        call.after(4.0, lambda: call.typist.type_line("typed"))

    scenario = script(says("one", expects()), says("two", expects(contains="Two")))
    answers = {"one": "One.", "two": "Two.", "typed": ["An answer", "of some", "length."]}
    call, reason = play(scenario, answers, types)
    assert call.lines() == ["one", "typed", "two"] and reason == "script_done"
    assert set(call.statuses().values()) == {"matched"}
    typed_over, two_begins = call.said[1][1], call.said[2][0]
    assert two_begins - typed_over > 0.3 + 0.4 + 3 * 0.75


def test_keys_and_a_recording_of_a_person_come_between(tmp_path: Path):
    recording = tmp_path / "played.flac"
    recording.write_bytes(b"sound")

    def by_hand(call: PlayedCall) -> None:
        call.after(4.0, lambda: call.typist.press("4#"))
        call.after(4.1, lambda: call.typist.play(str(recording), "what it says"))

    scenario = script(says("one", expects()), says("two", expects(contains="Two")))
    answers = {"one": "One.", "two": "Two.", "4#": "Four.", "what it says": "I see."}
    call, reason = play(scenario, answers, by_hand)
    assert call.pressed == ["4#"]
    assert call.lines() == ["one", "what it says", "two"] and reason == "script_done"
    assert set(call.statuses().values()) == {"matched"}
    assert not recording.exists(), "the call's recording has it"


def test_keys_that_cannot_be_sent_cost_nothing_but_a_warning():
    scenario = script(says("one", expects()), says("two", expects()))
    call, reason = play(
        scenario,
        {"one": "One.", "two": "Two."},
        lambda call: call.after(4.0, lambda: call.typist.press("1")),
        takes_keys=False,
    )
    assert reason == "script_done" and call.lines() == ["one", "two"]
    (warning,) = call.tap.of(EventKind.ROOM_WARNING)
    assert warning["code"] == "keys_not_sent"


def test_recordings_that_wait_are_gone_with_the_call(tmp_path: Path):
    recording = tmp_path / "played.flac"
    recording.write_bytes(b"sound")

    async def whole() -> None:
        call = PlayedCall(script(says("one")), {})
        call.typist.play(str(recording), "")
        call.typist.close()

    run(whole())
    assert not recording.exists()


def test_a_caller_who_types_is_answered_by_text_alone():
    scenario = script(
        says("one", expects(contains="One")),
        says("two", expects(contains="Two"), audio="two.wav"),
        caller=Caller(by="text"),
    )
    call, reason = play(scenario, {"one": "One.", "two": "Two."}, sound=False)
    assert call.lines() == ["one", "two"] and reason == "script_done"
    assert call.statuses() == {(0, 0): "matched", (1, 0): "not_run needs_voice"}


def test_words_that_never_become_sound_answer_no_spoken_line():
    call, reason = play(script(says("one", expects())), {"one": "One."}, sound=False)
    assert reason == "no_answer" and call.statuses() == {(0, 0): "failed timeout"}


def test_steps_of_old_plans_wait_for_any_reply():
    scenario = script(ScriptStep(None), ScriptStep("one"), ScriptStep("two"), stop_on_failure=False)
    call, reason = play(scenario, {"one": "One.", "two": "Two."})
    assert call.lines() == ["one", "two"] and reason == "script_done"
    assert not call.tap.of(EventKind.EXPECTATION)
    assert call.said[1][0] > call.said[0][1] + 1.0


def test_whoever_hangs_up_leaves_the_rest_not_reached():
    async def whole() -> PlayedCall:
        call = PlayedCall(BOOK, {}, judge=rule())
        playing = asyncio.create_task(call.play(greet=None))
        await asyncio.sleep(3.0)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return call

    call = run(whole())
    assert len(call.statuses()) == 7
    assert set(call.statuses().values()) == {"not_run not_reached"}


def told(call: PlayedCall) -> dict[tuple[int, int], Any]:
    return {(e["step"], e["index"]): e for e in call.tap.of(EventKind.EXPECTATION)}


@pytest.mark.parametrize("rtvi", [True, False])
def test_an_agent_whose_words_nobody_knows_is_heard_and_the_script_goes_on(rtvi: bool):
    scenario = script(
        says(None, expects(contains="clinic")),
        says("one", expects("bot_started_speaking"), expects()),
        says("two", expects(eval="says friday"), expects("response", absent=True, within_s=3.0)),
        says("three", expects(excludes=("sorry",))),
    )
    answers = {"one": "One.", "two": "Two.", "three": "Sorry."}
    call, reason = play(scenario, answers, tells=False, rtvi=rtvi, judge=rule())
    unknown = "not_run words_unknown"
    assert call.statuses() == {
        (0, 0): unknown,
        (1, 0): "matched",
        (1, 1): "matched",
        (2, 0): unknown,
        (2, 1): "matched",
        (3, 0): unknown,
    }
    assert reason == "script_done" and call.lines() == ["one", "two", "three"]
    assert told(call)[1, 1]["matched"] is None
    assert told(call)[2, 1]["matched"] == "no 'response' for 3000ms"
    # The first silence is the longest: then it is known that no words come.
    (one, over, _), (two, _, _), _ = call.said
    assert one > 4.0 and two - over < 4.0


@pytest.mark.parametrize("ready_s", [3.0, 8.0])
def test_a_greeting_that_was_over_before_the_script_began_is_heard_too(ready_s: float):
    scenario = script(says(None, expects(contains="clinic")), says("one", expects()))
    call, reason = play(scenario, {"one": "One."}, tells=False, rtvi=False, ready_s=ready_s)
    assert call.statuses() == {(0, 0): "not_run words_unknown", (1, 0): "matched"}
    assert reason == "script_done" and call.said[0][0] < 10.0


def test_words_that_come_some_seconds_after_the_sound_are_waited_for():
    scenario = script(says("one", expects(contains="One")), says("two", expects(contains="Two")))
    answers = {"one": "One.", "two": "Two."}
    call, reason = play(scenario, answers, greet=None, tells=3.0, rtvi=False)
    assert set(call.statuses().values()) == {"matched"} and reason == "script_done"


@pytest.mark.parametrize("by_ear", [True, False])
def test_once_our_ear_has_failed_words_are_waited_for_only_if_the_agent_tells_them(by_ear: bool):
    def breaks(call: PlayedCall) -> None:
        words = call.words
        greeting = "Hello clinic."
        heard = partial(words.by_ear, at=0.6) if by_ear else words.by_transcription
        call.after(1.3, lambda: heard(greeting))
        call.after(1.4, words.ear_failed)

    scenario = script(
        says(None, expects(contains="clinic")),
        says("one", expects()),
        says("two", expects(contains="Two")),
    )
    answers = {"one": "One.", "two": "Two."}
    call, reason = play(scenario, answers, breaks, tells=False, rtvi=False)
    assert reason == "script_done" and call.statuses() == {
        (0, 0): "matched",
        (1, 0): "matched",
        (2, 0): "not_run words_unknown",
    }
    (_, over, _), (two, _, _) = call.said
    assert (two - over < 3.0) is by_ear


def test_an_agent_that_is_still_busy_may_yet_tell_its_words():
    def works(call: PlayedCall) -> None:
        call.after(9.0, lambda: call.hears("llm-function-call-in-progress", tool_call_id="1"))
        call.after(14.0, lambda: call.hears("llm-function-call-stopped", tool_call_id="1"))
        call.after(14.1, lambda: setattr(call, "tells", True))
        call.after(14.2, lambda: call.reply("One."))

    scenario = script(says("one", expects(contains="One")))
    call, _ = play(scenario, {"one": "Hmm."}, works, greet=None, tells=False)
    assert call.said[0][1] + 2.0 < 9.0 < call.said[0][1] + 4.0
    assert call.statuses() == {(0, 0): "matched"}


def test_a_sound_before_the_line_was_over_is_no_reply_of_unknown_words():
    def hums(call: PlayedCall) -> None:
        call.after(5.4, lambda: call.reply("Mm.", llm=False))

    scenario = script(says("one", expects()), caller=Caller(asks_again=False))
    call, _ = play(scenario, {}, hums, greet=None, tells=False, rtvi=False, reply_s=0.1)
    [(begun, over, _)] = call.said
    assert begun < 5.4 and call.receiver.quiet_since < over
    assert call.statuses() == {(0, 0): "failed timeout"}


ANYTHING = (None, 5, [], ["x"], "x", {}, {"text": 5}, {"text": ["x"]}, {"function_name": {"a": 1}})
MORE = ({"arguments": "x", "function_name": 7}, {"input_type": "transcription", "final": 1})


@pytest.mark.parametrize(
    "kind",
    [
        "bot-llm-text",
        "bot-llm-stopped",
        "bot-llm-marker",
        "bot-output",
        "bot-tts-text",
        "eval-bot-image",
        "llm-function-call-in-progress",
        "llm-function-call-stopped",
        "server-response",
        "user-input",
        "user-stopped-speaking",
        "vad-user-started-speaking",
    ],
)
def test_messages_of_any_shape_spoil_nothing(kind: str):
    def sends(call: PlayedCall) -> None:
        for data in (*ANYTHING, *MORE):
            message = {"label": "rtvi-ai", "type": kind, "data": data}
            call.after(2.0, lambda message=message: call.feed.rtvi(message))

    scenario = script(
        says("one", expects("function_call"), expects("user_transcription", "one"), expects()),
        says("two", expects(contains="Two")),
        stop_on_failure=False,
    )
    call, reason = play(scenario, {"one": "!look|{}|One.", "two": "Two."}, sends)
    assert reason == "script_done" and call.statuses()[1, 0] == "matched"
