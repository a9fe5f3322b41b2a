"""What others said in a simulated person's place stands in its conversation where it was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.caller.evals._spoken_for import SpokenFor


def response(text: str) -> dict[str, str]:
    return {"type": "response", "text": text}


def told(messages: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["role"], one["content"]) for one in messages]


def test_a_conversation_by_somebody_else_is_told_in_its_order() -> None:
    spoken, events = SpokenFor(), [response("Clinic, hello."), {"type": "user_started_speaking"}]
    spoken.begins(4, len(events))
    events.append(response("We have parking."))
    spoken.begins(5, len(events))
    spoken.known(5, "And on Sundays?")
    spoken.known(4, "Where can I park?")
    events += [response("Sundays"), response("we are closed.")]
    assert spoken.exchange((), events, 0) == "Sundays we are closed."
    assert told(spoken.take_earlier()) == [
        ("user", "Clinic, hello."),
        ("assistant", "Where can I park?"),
        ("user", "We have parking."),
        ("assistant", "And on Sundays?"),
    ]
    assert spoken.take_earlier() == []


def test_words_that_come_late_are_told_the_next_time() -> None:
    spoken = SpokenFor()
    spoken.begins(1, 0)
    assert spoken.exchange((), [response("We have.")], 0) == "We have."
    spoken.known(1, "Do you have parking?")
    events = [response("We have."), response("Anything else?")]
    assert spoken.exchange((), events, 1) == "Anything else?"
    assert told(spoken.take_earlier()) == [("assistant", "Do you have parking?")]


def test_what_was_not_answered_is_known_and_the_agents_last_words_are_what_is_answered() -> None:
    spoken = SpokenFor()
    spoken.begins(1, 1)
    spoken.known(1, "One moment.")
    assert spoken.exchange(["Hello."], [response("Yes?")], 0) == "Hello. Yes?"
    assert told(spoken.take_earlier()) == [("assistant", "One moment.")]
    spoken.known(9, "of a line that never began")
    assert spoken.exchange((), [], 0) == "" and spoken.take_earlier() == []


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_nothing_is_lost_or_told_twice(story: list[tuple[bool, bool]]) -> None:
    """Of lines (whose words are known or not) and replies in any order."""
    spoken, events, said = SpokenFor(), [], []
    for number, (by_person, known) in enumerate(story):
        if not by_person:
            events.append(response(f"reply {number:02}"))
            said.append(("user", f"reply {number:02}"))
            continue
        spoken.begins(number, len(events))
        if known:
            spoken.known(number, f"line {number:02}")
            said.append(("assistant", f"line {number:02}"))
    asked = spoken.exchange((), events, 0)
    earlier = told(spoken.take_earlier())
    replies = [text for who, text in said if who == "user"]
    assert sorted([*earlier, *(("user", text) for text in replies if text in asked)]) == sorted(
        said
    )
    assert bool(asked) == bool(replies)
    # What is left of each side is in its order.
    for role in ("user", "assistant"):
        kept = [one for one in said if one in earlier and one[0] == role]
        assert [one for one in earlier if one[0] == role] == kept
