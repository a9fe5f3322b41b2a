"""Conversations with known truth: every outcome, figure and text must come out right."""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import groupby

import pytest
from conversations import FIRST, LAST, MIDDLE, Known, Script, Style, conversation, scripted
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import derive_turns, sound_effects
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


def check(turn: Turn, known: Known, spoken: list[tuple[float, float]], until: float) -> None:
    """Every figure of a turn; `spoken` is all the agent said, `until` the next line's onset."""
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
    echoed = bool(known.echoes) and not known.spans
    assert turn.flags == (("echo of the caller",) if echoed else ())
    assert [(span.start, span.end) for span in turn.echo] == known.echoes
    assert [(span.start, span.end) for span in turn.backchannels] == known.murmurs
    assert [(span.start, span.end) for span in turn.filler] == known.spans[: known.filler]
    if known.outcome != "spurious":
        assert turn.parts == len(known.spans) - known.filler
    if known.line is None:
        assert (turn.overlap_s, turn.stop_s, turn.first_answer_s) == (None, None, None)
        return
    start, end = known.line
    answer = None if known.latency is None else known.spans[known.filler][0] - end
    assert turn.first_answer_s == pytest.approx(answer)
    both = sum(max(0.0, min(e, end, until) - max(s, start)) for s, e in spoken)
    assert turn.overlap_s == pytest.approx(both, abs=1e-6)
    stop = next((e for s, e in spoken if s < start and e > start + 0.1), None)
    assert turn.stop_offset_at == stop
    assert turn.stop_s == (None if stop is None else pytest.approx(stop - start))


@settings(max_examples=300, deadline=None)
@given(scripts)
def test_every_turn_comes_out_as_it_was_made(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    made = scripted(*script)
    check_all(made)
    assert any(turn.open for turn in derive_turns(made.events())) is (script[3] == "live")


def check_all(made: Script) -> int:
    """All turns and sounds of a conversation; returns how many turns there were."""
    events, known = made.events(), made.known
    turns = derive_turns(events)
    assert [turn.index for turn in turns] == [turn.index for turn in known]
    spoken = sorted(span for turn in known for span in (*turn.spans, *turn.murmurs))
    onsets = [turn.line[0] for turn in known if turn.line is not None]
    for turn, expected in zip(turns, known, strict=True):
        after = [t for t in onsets if expected.line and t > expected.line[0]]
        check(turn, expected, spoken, min(after, default=float("inf")))
    effects = sound_effects(turns, events)
    assert [(e.turn, e.spoke, e.stopped_at, e.answered_at) for e in effects if e.known] == [
        (s.index, s.spoke, s.stopped_at, s.answered_at)
        for s, e in zip(made.sounds, effects, strict=True)
        if e.known
    ]
    if turns and not turns[-1].open:
        assert all(effect.known for effect in effects)
    return len(turns)


@pytest.mark.parametrize("kind", MIDDLE)
@pytest.mark.parametrize("source", ["rtvi", "lk.transcription", "stt"])
def test_every_kind_comes_out_as_it_was_made(kind: str, source: str) -> None:
    for seed in range(4):
        style = Style(source, llm=seed % 2 == 0, speaking=seed > 1)
        check_all(scripted(seed, FIRST[seed + 1], [kind, "answered", kind], LAST[seed], style))


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
    events, known, _ = conversation(*script)
    told: dict[int, set[str]] = {}
    for count in range(1, len(events) + 1):
        for turn in derive_turns(events[:count]):
            if turn.outcome is not None and turn.caller is not None:
                told.setdefault(turn.index, set()).add(turn.outcome)
    # What begins after the line may be an echo of it until it is over.
    echoed = {turn.index for turn in known if turn.echoes}
    for index, outcomes in told.items():
        assert len(outcomes) == 1 or outcomes == {"answered", "interrupted"} or index in echoed


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_nothing_the_agent_said_is_lost_or_told_twice(
    script: tuple[int, str, list[str], str, Style],
) -> None:
    events, _, _ = conversation(*script)
    for count in range(1, len(events) + 1, 7):
        sofar = events[:count]
        pieces = [event.data["text"] for event in sofar if event.kind == "agent.text"]
        said = Counter(" ".join(pieces).split())
        turns = derive_turns(sofar)
        assert Counter(" ".join(turn.agent_text for turn in turns).split()) == said
        found = [span for t in turns for span in (*t.agent, *t.backchannels, *t.echo)]
        assert len(found) == sum(event.kind == "agent.started" for event in sofar)


def test_the_truth_set_has_every_outcome() -> None:
    seen: Counter[str] = Counter()
    for seed in range(40):
        _, known, _ = conversation(
            seed, FIRST[seed % 5], MIDDLE[seed % 7 :: 2], LAST[seed % 8], Style()
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
