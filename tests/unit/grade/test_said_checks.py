from __future__ import annotations

from dataclasses import replace

import pytest
from grade_turns import CRASH, LOST, ended, greeting, live, missed, turn
from hypothesis import given
from hypothesis import strategies as st

from harness.grade import CallFacts, evaluate
from harness.nouns import (
    AgentNeverSaid,
    AgentSaid,
    CheckResult,
    CheckVerdict,
    SaidGoodbye,
    Span,
    Turn,
)


def said(**spec: object) -> AgentSaid:
    return AgentSaid.model_validate({"rule": "agent_said", "name": "Says it", **spec})


def never(**spec: object) -> AgentNeverSaid:
    return AgentNeverSaid.model_validate({"rule": "agent_never_said", "name": "Never", **spec})


GOODBYE = SaidGoodbye(rule="said_goodbye", name="Says goodbye")


def one(spec: object, facts: CallFacts) -> CheckResult:
    (result,) = evaluate([spec], facts)  # type: ignore[list-item]
    return result


def test_met_as_soon_as_the_words_come_with_the_sentence_as_evidence() -> None:
    result = one(said(text="Northgate Clinic", turn=0), live(greeting()))

    assert result.verdict is CheckVerdict.MET
    assert result.message == "Said in the greeting."
    assert result.evidence is not None
    assert result.evidence.quote == "Northgate Clinic, this is Ava."
    assert (result.evidence.turn, result.evidence.at) == (0, 1.0)


@pytest.mark.parametrize(
    ("wish", "spoken"),
    [
        ("northgate CLINIC", "Northgate Clinic, hello."),
        ("Northgate  Clinic", "This is Northgate\nClinic."),
        ("ten o'clock", "You are booked at ten o’clock."),
        ('the "blue" door', "Take the “blue” door."),
        ("follow-up", "Your follow‑up is booked."),
        ("£40", "It costs £40."),
    ],
)
def test_case_spacing_and_quotes_do_not_matter(wish: str, spoken: str) -> None:
    assert one(said(text=wish), live(greeting(spoken))).verdict is CheckVerdict.MET


def test_words_are_whole_words_unless_told_otherwise() -> None:
    facts = ended(greeting("There are nineteen of them."))

    assert one(said(text="nine"), facts).verdict is CheckVerdict.NOT_MET
    assert one(said(text="nine", whole_words=False), facts).verdict is CheckVerdict.MET


def test_a_mutated_transcript_changes_the_verdict() -> None:
    facts = ended(greeting(), turn(1, "You are booked with Doctor Osei on Friday."))
    spec = said(pattern=r"booked with Doctor Osei .*Friday", turn=1)
    assert one(spec, facts).verdict is CheckVerdict.MET

    changed = replace(facts.turns[1], agent_text=facts.turns[1].agent_text.replace("Fri", "Mon"))
    result = one(spec, replace(facts, turns=(facts.turns[0], changed)))

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "Not said in turn 1."
    assert result.evidence is not None
    assert result.evidence.quote in changed.agent_text


def test_a_line_is_pending_until_the_reply_to_it_is_over() -> None:
    spec = said(text="Friday", turn=1)

    assert one(spec, live(greeting())).verdict is CheckVerdict.PENDING
    assert one(spec, live(greeting(), turn(1, is_open=True))).verdict is CheckVerdict.PENDING
    after = live(greeting(), turn(1), turn(2, is_open=True))
    assert one(spec, after).verdict is CheckVerdict.NOT_MET


def test_without_a_line_it_may_still_come_until_the_end() -> None:
    spec = said(text="parking")

    assert one(spec, live(greeting(), turn(1))).verdict is CheckVerdict.PENDING
    assert one(spec, ended(greeting(), turn(1))).verdict is CheckVerdict.NOT_MET


@pytest.mark.parametrize("source", ["typed", "person"])
def test_a_line_of_a_person_does_not_shift_the_lines_of_the_script(source: str) -> None:
    facts = ended(
        greeting(),
        turn(1, "On Monday."),
        turn(2, "I do not know.", source=source),
        turn(3, "On Friday."),
    )

    result = one(said(text="Friday", turn=2), facts)

    assert result.verdict is CheckVerdict.MET
    assert result.message == "Said in turn 3."


def test_never_said_is_pending_until_the_end_and_fails_at_once() -> None:
    spec = never(pattern=r"\bpneumonia\b")
    fine = (greeting(), turn(1, "I cannot give medical advice."))
    bad = turn(2, "It sounds like Pneumonia. Take two antibiotics.")

    assert one(spec, live(*fine)).verdict is CheckVerdict.PENDING
    assert one(spec, ended(*fine)).verdict is CheckVerdict.MET
    result = one(spec, live(*fine, bad))
    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "Said in turn 2."
    assert result.evidence is not None
    assert result.evidence.quote == "It sounds like Pneumonia."
    assert [verdict for _, verdict in result.by_turn] == [
        CheckVerdict.PENDING,
        CheckVerdict.PENDING,
        CheckVerdict.NOT_MET,
    ]


def test_speech_without_text_cannot_be_judged() -> None:
    silent = Turn(0, agent=(Span(1.0, 4.0),))

    for spec in (said(text="clinic"), never(text="clinic"), said(text="clinic", turn=0)):
        result = one(spec, ended(silent))
        assert result.verdict is CheckVerdict.NOT_RUN
        assert "no text came" in result.message
    assert one(GOODBYE, ended(silent)).verdict is CheckVerdict.NOT_RUN


def test_last_words_that_nobody_wrote_down_may_be_the_goodbye() -> None:
    wordless = Turn(2, agent=(Span(9.0, 12.0),))
    result = one(GOODBYE, ended(greeting(), turn(1, "On Friday."), wordless))
    assert result.verdict is CheckVerdict.NOT_RUN and "in turn 2 is not known" in result.message

    said_before = one(GOODBYE, ended(greeting(), wordless, turn(3, "On Friday.")))
    assert said_before.verdict is CheckVerdict.NOT_MET


def test_a_missed_line_says_so() -> None:
    result = one(said(text="parking", turn=1), ended(greeting(), missed(1)))

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "Turn 1 got no reply."


def test_no_greeting() -> None:
    result = one(said(text="Northgate", turn=0), ended(turn(1)))

    assert result.verdict is CheckVerdict.NOT_MET
    assert result.message == "There was no greeting."


def test_who_cut_the_call_short_decides_what_was_never_reached() -> None:
    spec = said(text="Friday", turn=3)
    turns = (greeting(), turn(1))

    crashed = one(spec, ended(*turns, by="agent", failure=CRASH, script_done=False))
    assert crashed.verdict is CheckVerdict.NOT_MET
    assert CRASH.message in crashed.message
    left = one(spec, ended(*turns, by="agent", script_done=False))
    assert left.verdict is CheckVerdict.NOT_MET
    person = one(spec, ended(*turns, by="person", script_done=False))
    assert person.verdict is CheckVerdict.NOT_RUN
    lost = one(spec, ended(*turns, by="", failure=LOST, script_done=False))
    assert lost.verdict is CheckVerdict.ERROR


def test_a_lost_call_keeps_what_was_decided_before() -> None:
    facts = ended(greeting(), turn(1, "It sounds like pneumonia."), failure=LOST)

    assert one(said(text="Northgate"), facts).verdict is CheckVerdict.MET
    assert one(never(text="pneumonia"), facts).verdict is CheckVerdict.NOT_MET
    assert one(never(text="bronchitis"), facts).verdict is CheckVerdict.ERROR


@pytest.mark.parametrize(
    "words",
    [
        "Thank you for calling. Goodbye, and take care.",
        "Good bye!",
        "All right, bye for now.",
        "See you on Friday.",
        "Have a lovely day.",
        "Enjoy your weekend.",
    ],
)
def test_goodbyes(words: str) -> None:
    facts = (greeting(), turn(1, words))
    assert one(GOODBYE, live(*facts)).verdict is CheckVerdict.PENDING
    assert one(GOODBYE, ended(*facts, by="agent")).verdict is CheckVerdict.MET


@pytest.mark.parametrize(
    "words",
    [
        "You are booked.",
        "Good morning.",
        "Just say goodbye when you are done.",
        "I hope you have a lovely time at the bypass.",
    ],
)
def test_no_goodbyes(words: str) -> None:
    result = one(GOODBYE, ended(greeting(), turn(1, words)))
    assert result.verdict is CheckVerdict.NOT_MET
    assert result.evidence is not None
    assert result.evidence.quote == words


def test_only_the_last_words_are_a_goodbye() -> None:
    facts = ended(greeting(), turn(1, "Goodbye."), turn(2, "Is there anything else?"))

    assert one(GOODBYE, facts).verdict is CheckVerdict.NOT_MET


_texts = st.text(alphabet=st.sampled_from("ab nineFrday’'\"“”.?!-–é\n"), min_size=0, max_size=400)


@given(
    texts=st.lists(_texts, min_size=1, max_size=4),
    start=st.integers(0, 390),
    size=st.integers(1, 30),
)
def test_a_quote_is_always_word_for_word_in_its_turn(
    texts: list[str], start: int, size: int
) -> None:
    turns = (greeting(texts[0]), *(turn(i, text) for i, text in enumerate(texts[1:], 1)))
    wish = texts[-1][start : start + size].strip() or "nine"
    specs = [
        said(text=wish),
        said(text=wish, whole_words=False),
        said(text="absent words", turn=len(texts) - 1),
        never(text=wish, whole_words=False),
        never(pattern=r"n.*e"),
        GOODBYE,
    ]

    for result in evaluate(specs, ended(*turns)):
        if result.evidence is not None:
            cited = turns[result.evidence.turn]
            assert result.evidence.quote in cited.agent_text
            assert len(result.evidence.quote) <= 160


@given(text=_texts.filter(lambda text: bool(text.strip())))
def test_a_text_holds_itself(text: str) -> None:
    result = one(said(text=text, whole_words=False), live(greeting(text)))

    assert result.verdict is CheckVerdict.MET


def test_a_pattern_that_takes_too_long_is_our_trouble_not_the_agents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow:
        def search(self, text: str, pos: int, timeout: float) -> None:
            raise TimeoutError

    monkeypatch.setattr("harness.grade._quote.compile_pattern", lambda pattern: Slow())

    result = one(said(pattern="only-in-this-test"), live(greeting()))

    assert result.verdict is CheckVerdict.ERROR
