"""What a reply's latency was spent on: by the observer, by RTVI alone, by nobody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure._stages import StageNotes
from harness.nouns import Event, EventKind, Outcome, Span, ToolCall, TransportRecord, Turn

TRANSPORT = TransportRecord(0, 10, jitter_buffer_ms=40.0, rtt_ms=10.0)


def turn(latency: float = 1.5, **more: Any) -> Turn:
    """A line that ended at second 10, answered after `latency`."""
    return Turn(
        index=1,
        outcome=Outcome.ANSWERED,
        caller=Span(8.0, 10.0),
        agent=(Span(10.0 + latency, 14.0),),
        response_latency_s=latency,
        **more,
    )


def notes(*told: tuple[float, EventKind, dict[str, Any]]) -> StageNotes:
    kept = StageNotes()
    for seq, (t, kind, data) in enumerate(told, 1):
        kept.add(Event(seq, t, kind, data))
    return kept


def ttfb(t: float, processor: str, value: float) -> tuple[float, EventKind, dict[str, Any]]:
    return t, EventKind.AGENT_METRICS, {"ttfb": [{"processor": processor, "value": value}]}


STOPPED = (10.4, EventKind.AGENT_REPORTED, {"what": "user_stopped_speaking"})
CONTRIBUTIONS = [
    {"key": "endpointing_wait", "owner": "config: VAD stop_secs", "duration_secs": 0.2},
    {"key": "transcription", "owner": "STT#0", "duration_secs": 0.1},
    {"key": "llm_inference", "owner": "LLM#0", "duration_secs": 0.3},
    {"key": "function_handler", "owner": "book", "duration_secs": 0.25},
    {"key": "llm_inference", "owner": "LLM#0", "duration_secs": 0.15},
    {"key": "pipeline", "owner": "pipeline", "duration_secs": 0.05},
    {"key": "speech_synthesis", "owner": "TTS#0", "duration_secs": 0.35},
]


def breakdown(**parts: Any) -> tuple[float, EventKind, dict[str, Any]]:
    return 11.52, EventKind.AGENT_INSIGHT, {"kind": "breakdown", "parts": parts}


def seconds(found: Any) -> dict[str, float]:
    return {stage.name: pytest.approx(stage.seconds) for stage in found}


def test_the_observers_parts_of_the_whole_come_first() -> None:
    kept = notes(
        STOPPED,
        ttfb(10.8, "OpenAILLMService#0", 0.9),
        breakdown(measured_from="user_silence", contributions=CONTRIBUTIONS),
    )
    found = kept.stages(turn(transport=TRANSPORT))
    assert [stage.name for stage in found] == [
        *("transport", "endpointing", "stt", "llm", "tools", "tts", "unexplained")
    ]
    assert seconds(found) == {
        "transport": 0.05,
        "endpointing": 0.2,
        "stt": 0.1,
        "llm": 0.45,
        "tools": 0.25,
        "tts": 0.35,
        "unexplained": 0.1,
    }
    assert found[3].detail == "LLM#0"


def test_before_pipecat_1_9_the_observer_tells_figures_of_services() -> None:
    kept = notes(
        breakdown(
            user_turn_secs=0.4,
            ttfb=[
                {"processor": "OpenAILLMService#0", "duration_secs": 0.3},
                {"processor": "CartesiaTTSService#0", "duration_secs": 0.2},
            ],
            function_calls=[{"function_name": "book", "duration_secs": 0.1}],
            text_aggregation={"processor": "t", "duration_secs": 0.05},
        )
    )
    assert seconds(kept.stages(turn())) == {
        "endpointing": 0.4,
        "llm": 0.3,
        "tools": 0.1,
        "text_aggregation": 0.05,
        "tts": 0.2,
        "unexplained": 0.45,
    }


def test_rtvi_alone_tells_some_of_them() -> None:
    tool = ToolCall("c1", None, None, called_at=10.7, returned_at=11.0)
    kept = notes(
        STOPPED,
        ttfb(10.6, "OpenAILLMService#0", 0.2),
        ttfb(11.1, "OpenAILLMService#0", 0.1),
        ttfb(11.3, "CartesiaTTSService#0", 0.15),
    )
    found = kept.stages(turn(tools=(tool,), transport=TRANSPORT))
    assert seconds(found) == {
        "transport": 0.05,
        "endpointing": 0.35,
        "llm": 0.3,
        "tools": 0.3,
        "tts": 0.15,
        "unexplained": 0.35,
    }


def test_two_functions_at_once_take_their_time_once() -> None:
    tools = (
        ToolCall("a", None, None, called_at=10.5, returned_at=11.0),
        ToolCall("b", None, None, called_at=10.6, returned_at=11.1),
    )
    assert seconds(notes(STOPPED).stages(turn(tools=tools)))["tools"] == 0.6


def test_where_nobody_tells_there_are_no_stages() -> None:
    assert notes().stages(turn()) == ()
    assert notes(STOPPED).stages(turn(latency=-0.4)) == ()
    assert notes(STOPPED).stages(Turn(index=0, agent=(Span(1.0, 2.0),))) == ()


def test_news_of_other_turns_are_left_to_them() -> None:
    early = (5.0, EventKind.AGENT_REPORTED, {"what": "user_stopped_speaking"})
    assert notes(early, ttfb(6.0, "LLM", 0.5)).stages(turn()) == ()


def test_the_observers_own_latency_is_found() -> None:
    told = (11.51, EventKind.AGENT_INSIGHT, {"kind": "latency", "seconds": 1.4})
    assert notes(told).agent_latency_s(turn()) == 1.4
    assert notes().agent_latency_s(turn()) is None


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        {"contributions": "none"},
        {"contributions": [3, {"key": None}], "measured_from": "user_silence"},
        {"ttfb": [{"processor": "LLM", "duration_secs": float("nan")}]},
        {"text_aggregation": 3},
    ],
)
def test_what_a_stranger_sends_may_be_anything(parts: Any) -> None:
    told = (11.0, EventKind.AGENT_INSIGHT, {"kind": "breakdown", "parts": parts})
    assert notes(told).stages(turn()) == ()


@given(
    latency=st.floats(0, 20),
    parts=st.lists(
        st.tuples(st.sampled_from([c["key"] for c in CONTRIBUTIONS]), st.floats(0, 10)), min_size=1
    ),
)
def test_stages_always_sum_up_to_the_latency(latency: float, parts: list[Any]) -> None:
    told = [{"key": key, "owner": "x", "duration_secs": s} for key, s in parts]
    _, kind, data = breakdown(measured_from="user_silence", contributions=told)
    found = notes((10.0 + latency, kind, data)).stages(turn(latency, transport=TRANSPORT))
    if found:
        assert sum(stage.seconds for stage in found) == pytest.approx(latency, abs=1e-9)
