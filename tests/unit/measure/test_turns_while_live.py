"""Turns while events come in: after every event the same as from all events so far at once."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from conversations import FIRST, LAST, MIDDLE, Style, conversation
from hypothesis import given, settings
from hypothesis import strategies as st
from test_turns_synthetic import scripts

from harness.measure import Conversation, derive_turns
from harness.nouns import Event, Outcome


def renumbered(events: list[Event]) -> list[Event]:
    return [Event(seq, e.t, e.kind, e.data) for seq, e in enumerate(events, start=1)]


def hold_at_every_event(events: list[Event]) -> None:
    live = Conversation()
    for count, event in enumerate(events, start=1):
        live.add(event)
        assert live.turns() == derive_turns(events[:count]), event


@settings(max_examples=25, deadline=None)
@given(scripts)
def test_after_every_event_the_turns_are_those_of_all_so_far(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    hold_at_every_event(conversation(*script)[0])


times = st.integers(0, 60).map(lambda tenths: tenths / 4)
lines = st.integers(1, 5)


def event(kind: str, /, **data: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.tuples(st.just(kind), st.fixed_dictionaries(data))


soup = st.lists(
    st.tuples(
        st.one_of(
            event("caller.started", at=times, line=lines),
            event("caller.stopped", at=times, line=lines),
            event("caller.gave_up_waiting", line=lines),
            event(
                "caller.text",
                line=lines,
                text=st.just("yes"),
                source=st.sampled_from(["stt", "hand"]),
            ),
            event("caller.sound", at=times, until=times),
            event("agent.started", at=times),
            event("agent.stopped", at=times),
            event("agent.text", text=st.just("one moment"), source=st.just("rtvi")),
            event("agent.text", text=st.just("so it is"), source=st.just("stt"), at=times),
            event("agent.heard", text=st.just("hello")),
            event(
                "agent.reported",
                what=st.sampled_from(
                    ["llm_started", "user_stopped_speaking", "bot_started_speaking"]
                ),
            ),
            event("tool.called", id=lines),
            event("tool.returned", id=lines),
            event("health", loop_lag_ms=st.sampled_from([2.0, 90.0])),
            event(
                "transport",
                jb_delay_s=times,
                jb_emitted=lines,
                rtt_s=times,
                lost=lines,
                received=lines,
            ),
            event("agent.metrics", ttfb=st.just([{"processor": "LLM", "value": 0.2}])),
            event("agent.insight", kind=st.just("latency"), seconds=times),
            event("hangup", by=st.sampled_from(["agent", "caller"])),
        ),
        st.integers(0, 8),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(soup)
def test_so_they_are_when_events_come_in_any_order_and_late(
    drawn: list[tuple[tuple[str, dict[str, Any]], int]],
) -> None:
    t, events = 0.0, []
    for seq, ((kind, data), step) in enumerate(drawn, start=1):
        t += step / 4
        events.append(Event(seq, t, kind, data))
    hold_at_every_event(events)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.sampled_from(MIDDLE), min_size=4, max_size=6),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 30)), min_size=1, max_size=6),
)
def test_so_they_are_when_some_news_comes_late(
    seed: int, kinds: list[str], late: list[tuple[float, float]]
) -> None:
    """Events of a real course of things, some of them told up to half a minute late."""
    events, _, _ = conversation(seed, FIRST[seed % 5], kinds, LAST[seed % 8], Style())
    events = [e for e in events if e.kind not in ("agent.metrics", "some.newer.kind")]
    for place, delay in late:
        at = int(place * (len(events) - 1))
        told = events[at]
        events[at] = Event(0, told.t + delay, told.kind, told.data)
    events = renumbered(sorted(events, key=lambda each: each.t))
    live = Conversation()
    for count, each in enumerate(events, start=1):
        live.add(each)
        now = live.turns()
        if count % 3 == 0:
            assert now == derive_turns(events[:count]), each


@pytest.mark.parametrize("kind", ["tool.returned", "agent.stopped", "caller.stopped", "health"])
def test_news_of_long_ago_changes_what_was_long_settled(kind: str) -> None:
    events, _, _ = conversation(3, "greeting", ["tool", *["answered"] * 12], "answered", Style())
    place = next(n for n, e in enumerate(events) if e.kind == kind and e.t > 5)
    late = [*events[:place], *events[place + 1 :], events[place]]
    late = renumbered(late)
    hold_at_every_event(late)


def test_an_onset_told_late_is_laid_into_the_past() -> None:
    events, _, _ = conversation(4, "greeting", ["slow"] * 8, "answered", Style())
    line = next(e for e in events if e.kind == "caller.stopped")
    at = line.data["at"] + 0.2
    end = events[-1].t
    late = [
        *events,
        Event(0, end + 1, "agent.started", {"at": at}),
        Event(0, end + 2, "agent.stopped", {"at": at + 0.1}),
    ]
    hold_at_every_event(renumbered(late))
    assert derive_turns(renumbered(late))[1].response_latency_s == pytest.approx(0.2)


def long_call(lines: int) -> list[Event]:
    rng = random.Random(11)
    kinds = [rng.choice(["answered", "tool", "long", "interrupted"]) for _ in range(lines)]
    return conversation(1, FIRST[1], kinds, LAST[0], Style())[0]


def test_three_hundred_turns_cost_a_turn_what_thirty_do() -> None:
    """Processor time an event, asked for the turns after every tenth, as a ratio in one run."""

    def cost(events: list[Event]) -> float:
        began = time.process_time()
        live = Conversation()
        for count, each in enumerate(events):
            live.add(each)
            if count % 10 == 0:
                live.turns()
        return (time.process_time() - began) / len(events)

    few, many = long_call(30), long_call(300)
    ratio = min(cost(many) / cost(few) for _ in range(3))
    assert ratio < 4, "done anew each time it would be about 10"


def test_the_kinds_of_the_truth_set_are_all_tried() -> None:
    seen = {
        turn.outcome
        for number, kind in enumerate(MIDDLE)
        for turn in derive_turns(
            conversation(number, FIRST[number % 4], [kind] * 2, LAST[number % 8], Style())[0]
        )
    }
    assert seen == {None, *Outcome}
