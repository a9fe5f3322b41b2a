"""The rules brain: the same replies, the same lines; and it comes to an end."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.caller.evals._rules import EndCall, Said, next_move
from harness.nouns import RulesBrain

BOOKING: dict[str, Any] = {
    "kind": "rules",
    "seed": 3,
    "slots": {"name": "Maria Lopez", "doctor": "Osei", "plus": "a+b"},
    "intents": {
        "asks_name": {"any": ["your name", "who is calling"]},
        "offers": {"pattern": r"\b(nine|ten) o.clock\b"},
        "waits": {"any": ["one moment"]},
        "doctor_out": {"any": ["Doctor {doctor} is away", "{doctor} is out"]},
        "plus": {"pattern": r"is {plus} (right|correct)"},
        "full": {"any": ["no"]},
        "booked": {"any": ["booked", "all set"]},
    },
    "start": "ask",
    "states": {
        "ask": {
            "say": "I would like to see Doctor {doctor} on Friday.",
            "when": {
                "asks_name": {"say": "My name is {name}."},
                "offers": {"to": "take"},
                "waits": {"to": "wait"},
                "doctor_out": {"end": False, "say": "Then not. Goodbye.", "reason": "away"},
                "plus": {"say": "It is {plus}, {nobody}."},
                "full": {"to": "take", "say": "Another day then."},
            },
            "otherwise": {"say": "Sorry, could you say that again?"},
            "at_most": 2,
        },
        "wait": {"when": {"offers": {"to": "take"}}},
        "take": {
            "say": ["Ten o'clock, please.", "The first one.", "The earlier one."],
            "when": {"booked": {"say": "Thank you, goodbye.", "end": True, "reason": "booked"}},
        },
    },
}


def brain(**changed: Any) -> RulesBrain:
    return RulesBrain.model_validate({**BOOKING, **changed})


def texts(rules: RulesBrain, heard: list[str]) -> list[str]:
    return [next_move(rules, heard[: n + 1]).text for n in range(len(heard))]


def test_a_call_from_greeting_to_goodbye():
    heard = [
        "Northgate Dental, may I have your name?",
        "And what is YOUR   name, please?",
        "Doctor Osei has ten o'clock.",
        "You are all set for Friday.",
    ]
    rules = brain()
    lines = texts(rules, heard)
    assert lines[0] == "I would like to see Doctor Osei on Friday."
    assert lines[1] == "My name is Maria Lopez."
    assert lines[2] in BOOKING["states"]["take"]["say"]
    assert next_move(rules, heard) == EndCall(
        True, "booked", "Thank you, goodbye.", "take", "booked"
    )


def test_nothing_heard_is_nothing_said():
    assert next_move(brain(), []) == Said("", "ask", None)


def test_the_opening_line_comes_whatever_the_agent_says_first():
    for greeting in ("", "who is calling", "Osei is away", "💥 \x00"):
        assert next_move(brain(), [greeting]).text.startswith("I would like")


def test_a_state_without_a_line_listens():
    rules = brain()
    heard = ["Hello.", "One moment, please.", "I have nine o'clock."]
    assert next_move(rules, heard[:2]) == Said("", "wait", "waits")
    assert next_move(rules, heard).state == "take"
    first = brain(start="wait")
    assert next_move(first, ["I have ten o'clock."]).state == "take"


def test_words_are_whole_words():
    rules = brain()
    assert next_move(rules, ["Hello.", "I know nothing."]).intent is None
    assert next_move(rules, ["Hello.", "No!"]).intent == "full"
    assert next_move(rules, ["Hello.", "And who is calling?"]).intent == "asks_name"
    assert next_move(rules, ["Hello.", "And what’s your-name?"]).intent == "asks_name"


def test_slots_stand_in_lines_and_in_what_is_heard():
    rules = brain()
    assert next_move(rules, ["Hello.", "Sorry, doctor OSEI is away."]) == EndCall(
        False, "away", "Then not. Goodbye.", "ask", "doctor_out"
    )
    assert next_move(rules, ["Hello.", "Doctor Lund is away."]).intent is None
    assert next_move(rules, ["Hello.", "Is a+b right?"]).text == "It is a+b, {nobody}."
    assert next_move(rules, ["Hello.", "Is aab right?"]).intent is None


def test_the_first_intent_that_fits_counts():
    both = "Your name? I have ten o'clock."
    assert next_move(brain(), ["Hello.", both]).intent == "asks_name"


def test_staying_too_long_ends_the_call_without_success():
    rules = brain()
    stuck = ["Hello.", "What?", "What?", "What?"]
    assert isinstance(next_move(rules, stuck[:3]), Said)
    end = next_move(rules, stuck)
    assert isinstance(end, EndCall) and not end.success and "ask" in end.reason


def test_nothing_follows_after_hanging_up():
    rules = brain()
    heard = ["Hello.", "Osei is out.", "Wait! I have ten o'clock."]
    assert next_move(rules, heard) == next_move(rules, heard[:2])


def test_without_otherwise_it_says_its_line_again():
    rules = brain(seed=1)
    heard = ["Hello.", "ten o'clock", "What?"]
    assert next_move(rules, heard).text in BOOKING["states"]["take"]["say"]


def test_going_back_and_forth_counts_anew():
    there_and_back: dict[str, Any] = {
        "intents": {"on": {"any": ["on"]}},
        "states": {
            "ask": {"say": "A.", "when": {"on": {"to": "b"}}, "at_most": 1},
            "b": {"say": "B.", "when": {"on": {"to": "ask"}}, "at_most": 1},
        },
    }
    rules = brain(**there_and_back)
    heard = ["Hello.", *["what", "on"] * 6]
    assert all(isinstance(next_move(rules, heard[:n]), Said) for n in range(1, 14))


WORDS = st.sampled_from(
    ["hello", "your name", "ten o'clock", "booked", "no", "one moment", "is a+b right", "🙂"]
)
REPLIES = st.lists(
    st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=4).map(" ".join)), max_size=12
)


@given(REPLIES, st.integers())
@settings(max_examples=200, deadline=None)
def test_the_same_seed_says_the_same(heard: list[str], seed: int):
    once, again = (
        brain(seed=seed),
        RulesBrain.model_validate_json(brain(seed=seed).model_dump_json()),
    )
    assert texts(once, heard) == texts(again, heard)


@given(REPLIES)
@settings(max_examples=200, deadline=None)
def test_whatever_is_heard_every_move_makes_sense(heard: list[str]):
    rules = brain()
    over = False
    for n in range(1, len(heard) + 1):
        move = next_move(rules, heard[:n])
        assert move.state in rules.states
        assert move.intent is None or move.intent in rules.intents
        assert "{name}" not in move.text and "{doctor}" not in move.text
        assert isinstance(move, EndCall) or not over
        over = isinstance(move, EndCall)


@given(st.lists(st.text(alphabet="xyz ", max_size=20), min_size=4, max_size=12))
@settings(max_examples=50, deadline=None)
def test_an_agent_that_never_helps_is_hung_up_on(heard: list[str]):
    end = next_move(brain(), heard)
    assert isinstance(end, EndCall) and not end.success


def test_another_process_chooses_the_same_lines():
    program = (
        "import sys, json\n"
        "from harness.nouns import RulesBrain\n"
        "from harness.caller.evals._rules import next_move\n"
        "b = RulesBrain.model_validate_json(sys.argv[1])\n"
        "print([next_move(b, ['a', *['ten oclock'] * n]).text for n in range(9)])\n"
        "assert 'pipecat' not in sys.modules\n"
    )
    lines = [f"Line {n}." for n in range(50)]
    rules = brain(states={"ask": {"say": lines, "at_most": 20}})
    ours = [next_move(rules, ["a", *["ten oclock"] * n]).text for n in range(9)]
    out = subprocess.run(
        [sys.executable, "-c", program, rules.model_dump_json()],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "99", "PYTHONPATH": "."},
    )
    assert out.stdout.strip() == repr(ours)
    assert len(set(ours)) > 3, "of several lines not always the same one"
