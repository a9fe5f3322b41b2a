"""Small scenario files, one for each thing the format can say, as plain data.

Names are of the file's own; each holds one scenario with valid values only.
"""

from __future__ import annotations

from typing import Any

from harness.scenarios._keys import EVENTS

__all__ = ["CORPUS", "PICTURE", "RECORDING"]

RECORDING = "line.wav"
"""Name of a recording that must lie beside the files."""
PICTURE = "card.png"
"""Name of an image that must lie beside them."""

_SPEAKS = {"modality": "audio", "speech": {"service": "kokoro", "voice": "af_heart"}}
_HEARS = {"modality": "audio", "transcription": {"service": "moonshine"}}
_PERSON = {"persona": "Maria.", "goal": "Book a visit.", "success": "the bot booked it"}


def _script(*turns: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"scenarios": [{"name": "one", "turns": list(turns), **keys}]}


def _after_hi(*expect: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return _script({"user": "Hi.", "expect": list(expect)}, **keys)


def _person(**keys: Any) -> dict[str, Any]:
    return {"scenarios": [{"name": "one", **_PERSON, **keys}]}


def _metric(**keys: Any) -> dict[str, Any]:
    return _person(metrics=[keys])


CORPUS: dict[str, dict[str, Any]] = {
    # Every event, as it is and as what must not come.
    **{f"event {event}": _after_hi({"event": event}, judge=_HEARS) for event in EVENTS},
    **{
        f"no {event}": _after_hi({"event": event, "absent": True, "within_ms": 900}, judge=_HEARS)
        for event in EVENTS
    },
    # What is sent.
    "a line": _script({"user": "Hello there."}),
    "only a wait": _script({"expect": [{"event": "response"}]}),
    "nothing at all": _script({"user": "Hi."}, {}),
    "user null": _script({"user": None, "expect": [{"event": "response"}]}),
    "keys": _script({"dtmf": "123#"}),
    "keys as a number": _script({"dtmf": 123}),
    "keys with a nought": _script({"dtmf": "012"}),
    "keys with a star": _script({"user": "Hi."}, {"dtmf": "*9", "send_after": {"delay_ms": 300}}),
    "pauses": _script({"user": ["So", {"pause_ms": 900}, "I went."]}, user=_SPEAKS),
    "a pause first": _script({"user": [{"pause_ms": 200}, "Um.", {"pause_ms": 1}]}, user=_SPEAKS),
    "parts without pause": _script({"user": ["One.", "Two."]}, user=_SPEAKS),
    "a recording": _script({"user": "Hi.", "audio": RECORDING}, user={"modality": "audio"}),
    "an image": _script({"user": "Look.", "image": PICTURE}),
    "an image alone": _script({"image": PICTURE, "expect": [{"event": "response"}]}),
    # When it is sent.
    "cut in": _script({"user": "No.", "send_after": {"event": "llm_started", "delay_ms": 700}}),
    "cut in at once": _script({"user": "No.", "send_after": {"event": "bot_started_speaking"}}),
    "after the reply": _script(
        {"user": "No.", "send_after": {"event": "bot_stopped_speaking", "delay_ms": 1500}}
    ),
    "after a delay": _script({"user": "a"}, {"user": "b", "send_after": {"delay_ms": 10}}),
    "after vad": _script({"user": "b", "send_after": {"event": "vad_user_stopped_speaking"}}),
    # What is expected.
    "contains": _after_hi({"event": "response", "text_contains": "Northgate"}),
    "excludes": _after_hi({"event": "llm_response", "text_excludes": "●"}),
    "both texts": _after_hi({"event": "response", "text_contains": "a", "text_excludes": "b"}),
    "text with edges": _after_hi({"event": "response", "text_contains": " two  blanks "}),
    "within": _after_hi({"event": "response", "within_ms": 2500}),
    "within a fraction": _after_hi({"event": "response", "within_ms": 1250}),
    "a criterion": _after_hi({"event": "response", "eval": "greets the caller"}),
    "criterion in several lines": _after_hi({"event": "response", "eval": "greets\nand asks\n"}),
    "spoken text": _after_hi({"event": "tts_response", "text_contains": "hi"}, judge=_HEARS),
    "what was understood": _after_hi({"event": "user_transcription", "text_contains": "hi"}),
    "from the start": _after_hi(
        {"event": "function_call", "name": "f"}, {"event": "response", "check_from": "turn_start"}
    ),
    "from the one before": _after_hi({"event": "response", "check_from": "previous"}),
    "absent false": _after_hi({"event": "response", "absent": False}),
    "two replies": _after_hi({"event": "response"}, {"event": "response", "eval": "goes on"}),
    # Function calls.
    "a call by name": _after_hi({"event": "function_call", "name": "f"}),
    "a call with arguments": _after_hi(
        {
            "event": "function_call",
            "name": "f",
            "args": {"a": 1, "b": [True, None], "c": {"d": 2}},
        }
    ),
    "arguments alone": _after_hi({"event": "function_call", "args": {"a": 1}}),
    "no arguments": _after_hi({"event": "function_call", "name": "f", "args": {}}),
    "several calls": _after_hi(
        {"event": "function_call", "calls": ["f", {"name": "g", "args": {"a": "x"}}, {"name": "f"}]}
    ),
    "a call and a criterion": _after_hi({"event": "function_call", "name": "f", "eval": "right"}),
    "a stopped call": _after_hi(
        {"event": "function_call_stopped", "calls": [{"name": "f", "args": {"cancelled": True}}]}
    ),
    # Markers.
    **{
        f"marker {kind}": _after_hi({"event": "llm_marker", "marker": kind})
        for kind in ("complete", "short", "long", "incomplete")
    },
    "marker's protocol": _after_hi(
        {"event": "llm_marker", "marker_first": True, "markers": 1, "text_after": False}
    ),
    "no markers": _after_hi({"event": "llm_marker", "markers": 0, "text_after": True}),
    # Around the turns.
    "context": _script(
        {"user": "Hi."}, context=[{"role": "system", "content": "Be brief."}, {"role": "user"}]
    ),
    "context of parts": _script(
        {"user": "Hi."}, context=[{"role": "user", "content": [{"type": "text", "text": "a"}]}]
    ),
    "empty context": _script({"user": "Hi."}, context=[]),
    "goes on": _script({"user": "Hi."}, stop_on_failure=False),
    "stops": _script({"user": "Hi."}, stop_on_failure=True),
    "spoken": _script({"user": "Hi."}, user=_SPEAKS, judge=_HEARS),
    "a judge": _script(
        {"user": "Hi."},
        judge={"eval": {"service": "ollama", "model": "m", "extra": {"seed": 1}, "endpoint": "u"}},
    ),
    "a factory": _script({"user": "Hi."}, judge={"eval": {"factory": "my.judge", "any": "key"}}),
    "turns for all": {
        "turns": [{"user": "Hi.", "expect": [{"event": "response"}]}],
        "scenarios": [{"name": "one"}, {"name": "two", "stop_on_failure": False}],
    },
    "defaults and own": {
        "context": [{"role": "system", "content": "a"}],
        "stop_on_failure": False,
        "scenarios": [
            {"name": "one", "turns": [{"user": "Hi."}]},
            {"name": "two", "turns": [{"user": "Ho."}], "context": [], "stop_on_failure": True},
        ],
    },
    "both kinds": {
        "scenarios": [{"name": "one", "turns": [{"user": "Hi."}]}, {"name": "two", **_PERSON}]
    },
    # Simulations.
    "a person": _person(),
    "a person in lines": _person(persona="Maria,\na patient.\n", goal=" Book. "),
    "a person for all": {
        **_PERSON,
        "scenarios": [{"name": "one"}, {"name": "two", "goal": "Cancel.", "runs": 2}],
    },
    "limits": _person(max_turns=5, max_duration_s=60, max_silence_s=12.5, runs=3),
    "a simulator": _person(simulator={"service": "ollama", "model": "m"}),
    "a spoken person": _person(user=_SPEAKS, judge=_HEARS),
    "no metrics": _person(metrics=[]),
    "judged": _metric(name="polite", criterion="the bot is polite"),
    "judged with a bound": _metric(name="polite", criterion="is polite", min_score=0.8),
    "judged, all": _metric(name="polite", criterion="is polite", min_score=1),
    "turns measured": _metric(measure="turns", max_value=8),
    "duration measured": _metric(name="short", measure="duration", min_value=5, max_value=90.5),
    "words measured": _metric(measure="words", max_value=40),
    "latency measured": _metric(measure="latency", max_value=2.5),
    "calls measured": _metric(
        measure="function_calls", calls=["f", {"name": "g", "args": {"a": 1}}]
    ),
    "no call at all": _metric(name="calls nothing", measure="function_calls", calls=[]),
}
