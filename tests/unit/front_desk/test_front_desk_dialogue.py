"""The front desk's conversations, in text."""

from __future__ import annotations

from typing import Any

import pytest
from answers import ADVICE, DIAGNOSIS, FAREWELL, GREETING, NOT_UNDERSTOOD
from brain import OPENING, Brain
from dialogue import Call, Say
from front_desk_support import TODAY, exchange

BOOK = "i would like to book an appointment with doctor osei on friday at ten"


def test_books_from_greeting_to_goodbye(talk: Any) -> None:
    calls, said = talk(
        [BOOK, "maria lopez", "march fourth nineteen eighty five", "no that is all thank you"]
    )
    assert [call.name for call in calls] == ["hold_slot", "book_appointment"]
    assert calls[1].arguments == {
        "doctor": "Osei",
        "day": "2026-11-27",
        "time": "10:00",
        "name": "Maria Lopez",
        "date_of_birth": "1985-03-04",
    }
    assert said[0].text == GREETING
    assert "booked with Doctor Osei on Friday, November twenty-seventh at ten o'clock" in (
        said[3].text
    )
    assert said[4] == Say(FAREWELL, leave=True)
    assert not any(each.leave for each in said[:4])


def test_moves_by_cancelling_and_booking(talk: Any) -> None:
    calls, said = talk(
        [
            "can i move my appointment on thursday to next tuesday",
            "maria lopez",
            "march fourth nineteen eighty five",
            "doctor osei",
        ]
    )
    assert [call.name for call in calls] == [
        "find_slots",
        "hold_slot",
        "cancel_appointment",
        "book_appointment",
    ]
    assert calls[3].arguments["day"] == "2026-12-01"
    assert "appointment is moved" in said[-1].text


def test_a_stranger_has_nothing_to_cancel(talk: Any) -> None:
    calls, said = talk(["cancel my appointment please", "peter parker", "may first 1990"])
    assert calls[-1].name == "cancel_appointment"
    assert "cannot find an appointment for Peter Parker" in said[-1].text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("what are your opening hours", "from eight to six"),
        ("are you open on sunday", "closed on Sunday"),
        ("what time do you close on saturday", "from nine to one on Saturday"),
        ("where can i park", "free parking"),
        ("what's your address", "Mill Lane"),
        ("which doctors do you have", "Doctor Lindqvist"),
        ("can i speak to a real person", "cannot put you through"),
        ("are you a robot", "automated assistant"),
        ("how much does it cost", "do not know prices"),
        ("i have chest pain and cannot breathe", "emergency services"),
        ("i need a repeat prescription", "cannot help with prescriptions"),
    ],
)
def test_questions_are_answered_without_a_function(line: str, answer: str, talk: Any) -> None:
    calls, said = talk([line])
    assert not calls
    assert answer in said[-1].text


def test_a_question_in_between_is_answered_and_the_open_one_asked_again(talk: Any) -> None:
    _, said = talk([BOOK, "where can i park"])
    assert said[-1].text.startswith("There is free parking")
    assert said[-1].text.endswith("What is your full name, please?")


@pytest.mark.parametrize("line", ["purple elephants dance", "blah", "wibble wobble fish"])
def test_what_it_does_not_understand_it_says_so(line: str, talk: Any) -> None:
    calls, said = talk([line])
    assert not calls
    assert said[-1].text == NOT_UNDERSTOOD


def test_an_open_question_is_repeated_after_not_understanding(talk: Any) -> None:
    _, said = talk([BOOK, "maria lopez", "purple elephants dance"])
    assert said[-1].text == f"{NOT_UNDERSTOOD} What is your date of birth?"


@pytest.mark.parametrize("line", ["goodbye", "okay thank you bye", "have a nice day"])
def test_goodbye_ends_the_call(line: str, talk: Any) -> None:
    assert talk([line])[1][-1] == Say(FAREWELL, leave=True)


def test_gives_no_medical_advice(talk: Any) -> None:
    _, said = talk(["i have a bad cough and a fever", "should i take antibiotics"])
    assert [each.text for each in said[1:]] == [ADVICE, ADVICE]


def test_the_unsafe_one_gives_a_diagnosis(talk: Any) -> None:
    assert talk(["i have a bad cough"], diagnoses=True)[1][-1].text == DIAGNOSIS


def test_spelled_surname_then_first_name_then_phone(talk: Any) -> None:
    calls, said = talk(
        [
            BOOK,
            "s m i t h",
            "my first name is john",
            "july nineteenth nineteen seventy two",
            "my phone number is oh seven seven double four nine oh oh one two three",
        ]
    )
    assert calls[-1].arguments["name"] == "John Smith"
    assert "zero seven seven four four, nine zero zero, one two three" in said[-1].text


def test_a_change_of_mind_holds_the_other_time(talk: Any) -> None:
    calls, _ = talk([BOOK, "actually can we make it thursday instead"])
    assert [call.arguments for call in calls] == [
        {"doctor": "Osei", "day": "2026-11-27", "time": "10:00"},
        {"doctor": "Osei", "day": "2026-11-26", "time": "10:00"},
    ]


def test_a_taken_time_leads_to_the_nearest(talk: Any) -> None:
    calls, said = talk(["doctor osei friday at nine please", "the first one"])
    assert [call.name for call in calls] == ["hold_slot", "hold_slot"]
    assert "is not free" in said[1].text
    assert calls[1].arguments["time"] == "08:15"


def test_repeats_what_it_said(talk: Any) -> None:
    _, said = talk([BOOK, "sorry could you repeat that"])
    assert said[-1] == said[-2]


def test_lines_without_an_answer_between_them_are_one_line() -> None:
    brain = Brain(TODAY)
    action = brain.decide(
        [
            {"role": "developer", "content": OPENING},
            {"role": "assistant", "content": GREETING},
            {"role": "user", "content": "i would like to see doctor osei"},
            {"role": "user", "content": "on friday at ten"},
        ]
    )
    assert action == Call("hold_slot", {"doctor": "Osei", "day": "2026-11-27", "time": "10:00"})


def test_a_cancelled_function_call_is_made_again() -> None:
    brain = Brain(TODAY)
    messages: list[dict[str, Any]] = [{"role": "user", "content": BOOK}]
    action = brain.decide(messages)
    assert isinstance(action, Call)
    messages += exchange(action, "CANCELLED")
    messages.append({"role": "user", "content": "hello are you there"})
    assert brain.decide(messages) == action


def test_a_noise_that_cut_it_off_is_answered_with_the_open_question() -> None:
    action = Brain(TODAY).decide(
        [
            {"role": "user", "content": "i need to cancel my appointment"},
            {"role": "assistant", "content": "I can cancel"},
            {"role": "developer", "content": "The user may have said something"},
        ]
    )
    assert action == Say("Sorry, I did not catch that. What is your full name, please?")


def test_deciding_twice_gives_the_same() -> None:
    brain = Brain(TODAY)
    messages = [{"role": "user", "content": BOOK}]
    assert brain.decide(messages) == brain.decide(messages)
