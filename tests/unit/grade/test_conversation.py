from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.evals.conversation import EvalConversation

from harness.errors import ConversationError
from harness.grade import conversation_of, evaluate, events_of_conversation, facts_of
from harness.measure import derive_turns
from harness.nouns import (
    CallEndedBy,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
)

TALK: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Hi, how can I help?"},
    {"role": "user", "content": "A table for four on Friday, please."},
    {
        "role": "tool_call",
        "name": "check_availability",
        "arguments": {"day": "Friday", "party_size": 4},
        "cancelled": False,
    },
    {"role": "assistant", "content": "Let me check. Friday at seven works."},
    {"role": "user", "content": "Thanks, bye."},
]


def test_there_and_back() -> None:
    events = events_of_conversation(TALK)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert conversation_of(derive_turns(events)) == TALK


words = st.text(st.characters(codec="utf-8"), min_size=1).map(str.strip).filter(bool)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(words, st.lists(st.tuples(words, st.booleans()), max_size=2), st.none() | words),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_pipecat_writes_comes_back_the_same(
    spoken: list[tuple[str, list[tuple[str, bool]], str | None]],
) -> None:
    conversation = EvalConversation()
    for line, calls, reply in spoken:
        conversation.add_user_message(line)
        for name, cancelled in calls:
            conversation.add_tool_call(name, {"n": 1})
            if cancelled:
                conversation.cancel_tool_call(name)
        conversation.add_assistant_message(reply or "")
    conversation.end_bot_turn()

    events = events_of_conversation(conversation.messages)

    assert conversation_of(derive_turns(events)) == conversation.messages


def test_rules_judge_the_words_of_an_import_and_not_its_times() -> None:
    events = events_of_conversation(TALK)
    facts = facts_of(derive_turns(events), events)
    checks = [
        FunctionCalled(rule="function_called", name="a", function="check_availability"),
        FunctionCalled(rule="function_called", name="b", function="book"),
        NoMissedTurn(rule="no_missed_turn", name="c"),
        LatencyBudget(rule="latency", name="d", within_s=1.0),
        CallEndedBy(rule="ended_by", name="e", who="caller"),
    ]

    verdicts = [result.verdict.value for result in evaluate(checks, facts)]

    assert facts.imported
    assert verdicts == ["met", "not_met", "met", "not_run", "not_run"]
    assert all(turn.response_latency_s is None for turn in facts.turns)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        {},
        "hello",
        None,
        ["hello"],
        [{"role": "system", "content": "x"}],
        [{"role": "user"}],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": 5}],
        [{"role": "user", "content": "x" * 30_000}],
        [{"role": "tool_call", "arguments": {}}],
        [{"role": "tool_call", "name": "f", "arguments": []}],
        [{"role": "tool_call", "name": "f", "arguments": {"x": {1, 2}}}],
        [{"role": "user", "content": "x"}] * 6000,
    ],
)
def test_what_is_no_conversation_is_refused(messages: Any) -> None:
    with pytest.raises(ConversationError) as refused:
        events_of_conversation(messages)
    assert refused.value.message


def test_what_is_wrong_is_told_with_its_place() -> None:
    with pytest.raises(ConversationError, match="Message 2 has no content"):
        events_of_conversation([*TALK[:1], {"role": "user", "content": ""}])
