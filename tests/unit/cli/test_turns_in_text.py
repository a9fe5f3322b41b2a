"""What the terminal tells of a turn besides its latency."""

from __future__ import annotations

from dataclasses import replace

from harness.cli._transcript import _stages, _taking_turns
from harness.nouns import Span, Stage, Turn

TURN = Turn(index=1, response_latency_s=0.8, agent=(Span(1.8, 2.2), Span(4.1, 6.0)))


def test_an_answer_after_a_filler_a_stop_an_overlap_and_backchannels() -> None:
    full = replace(
        TURN,
        first_answer_s=3.1,
        filler=TURN.agent[:1],
        stop_s=0.42,
        overlap_s=0.3,
        backchannels=(Span(0.2, 0.4), Span(0.6, 0.7)),
    )
    assert _taking_turns(full) == [
        "answer after 3.10 s",
        "stopped after 0.42 s",
        "both for 0.30 s",
        "2 x mm-hm",
    ]


def test_a_plain_answer_has_nothing_to_add() -> None:
    assert _taking_turns(replace(TURN, first_answer_s=0.8, overlap_s=0.0)) == []


def test_stages_with_what_nothing_explains() -> None:
    parts = (
        Stage("turn_detection", 0.2, "observer"),
        Stage("llm", 0.5, "rtvi"),
        Stage("unexplained", 0.1, "remainder"),
    )
    assert _stages(replace(TURN, stages=parts)) == (
        "of it turn detection 0.20 s, llm 0.50 s, unexplained 0.10 s"
    )
    assert _stages(replace(TURN, stages=parts[2:])) == "" == _stages(TURN)
