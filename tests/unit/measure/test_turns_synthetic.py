"""Conversations with known truth: every outcome, figure and text must come out right."""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import groupby

import pytest
from conversations import FIRST, LAST, MIDDLE, Known, Style, conversation
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import derive_turns
from harness.nouns import Event, Turn

styles = st.builds(
    Style,
    source=st.sampled_from(["rtvi", "lk.transcription", "stt"]),
    llm=st.booleans(),
    speaking=st.booleans(),
)
scripts = st.tuples(
    st.integers(0, 100_000),
    st.sampled_from(FIRST),
    st.lists(st.sampled_from(MIDDLE), max_size=8),
    st.sampled_from(LAST),
    styles,
)


def check(turn: Turn, known: Known) -> None:
    assert turn.index == known.index
    assert turn.outcome == known.outcome
    assert turn.response_latency_s == pytest.approx(known.latency)
    assert [(span.start, span.end) for span in turn.agent] == known.spans
    assert turn.agent_text == " ".join(known.words)
    assert turn.bot_reported_s == pytest.approx(known.reported)
    if known.latency is not None and known.reported is not None:
        assert turn.gap_s == pytest.approx(known.latency - known.reported)
    else:
        assert turn.gap_s is None
    assert turn.heard_text == known.heard
    assert [tool.name for tool in turn.tools] == known.tools
    assert turn.flags == ()


@settings(max_examples=300, deadline=None)
@given(scripts)
def test_every_turn_comes_out_as_it_was_made(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    events, known, over = conversation(*script)
    turns = derive_turns(events)
    assert [turn.index for turn in turns] == [turn.index for turn in known]
    for turn, expected in zip(turns, known, strict=True):
        check(turn, expected)
    assert any(turn.open for turn in turns) is (not over)


@settings(max_examples=25, deadline=None)
@given(scripts)
def test_live_a_changed_turn_names_the_event_that_changed_it(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    events, _, _ = conversation(*script)
    before: dict[tuple[int, int], Turn] = {}
    for count in range(1, len(events) + 1):
        now = numbered(derive_turns(events[:count]))
        for key, turn in now.items():
            if key not in before or dataclasses.replace(turn, seq=0) != dataclasses.replace(
                before[key], seq=0
            ):
                assert turn.seq == events[count - 1].seq, (key, turn, events[count - 1])
        before = now


def numbered(turns: tuple[Turn, ...]) -> dict[tuple[int, int], Turn]:
    return {
        (index, number): turn
        for index, group in groupby(turns, key=lambda turn: turn.index)
        for number, turn in enumerate(group)
    }


@settings(max_examples=25, deadline=None)
@given(scripts)
def test_a_line_once_judged_is_not_judged_otherwise_except_cut_into(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    events, _, _ = conversation(*script)
    told: dict[int, set[str]] = {}
    for count in range(1, len(events) + 1):
        for turn in derive_turns(events[:count]):
            if turn.outcome is not None and turn.caller is not None:
                told.setdefault(turn.index, set()).add(turn.outcome)
    for outcomes in told.values():
        assert len(outcomes) == 1 or outcomes == {"answered", "interrupted"}


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_nothing_the_agent_said_is_lost_or_told_twice(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    events, _, _ = conversation(*script)
    for count in range(1, len(events) + 1, 7):
        sofar = events[:count]
        said = Counter(event.data["text"] for event in sofar if event.kind == "agent.text")
        turns = derive_turns(sofar)
        assert Counter(" ".join(turn.agent_text for turn in turns).split()) == said
        assert sum(len(turn.agent) for turn in turns) == sum(
            event.kind == "agent.started" for event in sofar
        )


def test_the_truth_set_has_every_outcome() -> None:
    seen: Counter[str] = Counter()
    for seed in range(40):
        _, known, _ = conversation(
            seed, FIRST[seed % 4], MIDDLE[seed % 7 :: 2], LAST[seed % 8], Style()
        )
        seen.update(str(turn.outcome) for turn in known)
    assert set(seen) == {
        "None",
        "answered",
        "interrupted",
        "talked_over",
        "no_answer",
        "spurious",
    }
    assert min(seen.values()) >= 5


def test_kinds_as_plain_strings_and_as_enum_are_the_same() -> None:
    from harness.nouns import EventKind

    events, _, _ = conversation(7, "greeting", ["tool", "interrupted"], "answered", Style())
    as_enum = [
        Event(e.seq, e.t, EventKind(e.kind) if e.kind in set(EventKind) else e.kind, e.data)
        for e in events
    ]
    assert derive_turns(as_enum) == derive_turns(events)
