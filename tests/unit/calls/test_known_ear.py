"""The agent's words are compared only by an ear whose own error on its voice is known and small."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.calls import _known_ear as known
from harness.calls._known_ear import FOLDER, KnownEar, Said, hear_replies, known_ear, read_ear
from harness.measure import announced_replies, call_metrics, derive_turns, trusted_ear
from harness.nouns import LANE_RATE, Event, Metric, Span, Turn, WordErrors

EAR = KnownEar("heart", ("we are open",), (WordErrors(400, 0, 0, 0),))


@dataclass
class Heard:
    text: str


def metric(said: Said) -> Metric:
    found = call_metrics((), (), said=said.errors, ear=said.ear, said_why=said.why)
    return next(each for each in found if each.key == "said_word_error_rate")


def test_the_demo_agents_voice_is_known_and_heard_well_enough() -> None:
    ear = known_ear("demo")
    assert isinstance(ear, KnownEar)
    assert sum(each.n for each in ear.errors) >= 400 and len(ear.errors) >= 60
    assert trusted_ear(ear.errors)
    assert "How can I help you?" in ear.sentences


def test_of_another_agent_nobody_knows() -> None:
    why = known_ear("pipecat_cloud")
    assert isinstance(why, str) and "nobody knows" in why
    assert metric(Said(why=why)) == Metric("said_word_error_rate", None, "share", 0, why=why)


def test_other_versions_or_sentences_are_another_ear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("front_desk.txt", "front_desk.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    path = tmp_path / "front_desk.json"
    assert read_ear(path) is not None
    with (tmp_path / "front_desk.txt").open("a") as more:
        more.write("one more\n")
    assert read_ear(path) is None
    monkeypatch.setattr(known, "versions", lambda: {"hibari-tts": "9", "pocketsphinx": "9"})
    assert read_ear(FOLDER / "front_desk.json") is None
    why = known_ear("demo")
    assert isinstance(why, str) and "other versions" in why


def test_an_ear_that_errs_too_often_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.loads((FOLDER / "front_desk.json").read_text())
    # 4 % of 200 words: the interval's upper end lies over 5 %.
    facts["errors"] = [[192, 8, 0, 0]]
    (tmp_path / "front_desk.json").write_text(json.dumps(facts))
    (tmp_path / "front_desk.txt").write_bytes((FOLDER / "front_desk.txt").read_bytes())
    monkeypatch.setattr(known, "FOLDER", tmp_path)
    why = known_ear("demo")
    assert isinstance(why, str) and "5 % or more" in why


def test_each_stretch_of_a_reply_is_heard_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = np.zeros(20 * LANE_RATE, np.int16)
    words = {100: "we are open", 200: "form eight to six", 300: "goodbye"}
    spans = {100: Span(1.0, 2.0), 200: Span(3.0, 4.5), 300: Span(8.0, 9.0)}
    for mark, span in spans.items():
        lane[round(span.start * LANE_RATE) : round((span.end or 0) * LANE_RATE)] = mark

    def recognise(samples: np.ndarray, *, sample_rate: int, sentences: tuple[str, ...]) -> Heard:
        assert (sample_rate, sentences) == (LANE_RATE, EAR.sentences)
        (mark,) = set(samples.tolist()) - {0}
        assert samples[0] == samples[-1] == 0  # a little of what lies around
        return Heard(words[mark])

    monkeypatch.setattr("harness.caller.speech.recognise", recognise, raising=False)
    turns = [
        Turn(1, agent=(spans[100], spans[200]), agent_text="We are open from 8 to 6."),
        Turn(2, agent=(spans[300],), agent_text="Goodbye."),
    ]
    said = hear_replies(turns, lane, EAR)
    first, second = said.errors
    assert [(reply.at, reply.said.split()[-1], reply.heard) for reply in said.replies] == [
        (1.0, "six", "we are open form eight to six"),
        (8.0, "goodbye", "goodbye"),
    ]
    assert (first.n, first.substituted, first.hits) == (7, 1, 6)
    assert second.rate == 0.0
    found = metric(Said((first, second), EAR.errors))
    assert (found.value, found.n) == (pytest.approx(1 / 8), 8)


def test_only_three_minutes_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def recognise(samples: np.ndarray, **_: Any) -> Heard:
        asked.append(len(samples))
        return Heard("yes")

    monkeypatch.setattr("harness.caller.speech.recognise", recognise, raising=False)
    turns = [Turn(n, agent=(Span(50.0 * n, 50.0 * n + 50),), agent_text="Yes.") for n in range(6)]
    assert len(hear_replies(turns, np.zeros(10, np.int16), EAR).replies) == 3
    assert len(asked) == 4


def test_replies_cut_into_or_told_by_our_own_ear_are_left_out() -> None:
    told: list[tuple[float, str, dict[str, Any]]] = []
    for number, (start, source) in enumerate([(2.0, "rtvi"), (12.0, "stt"), (22.0, "rtvi")], 1):
        told += [
            (start, "caller.started", {"line": number, "text": "Hi.", "at": start}),
            (start + 1, "caller.stopped", {"line": number, "at": start + 1, "cut": False}),
            (start + 2.1, "agent.started", {"at": start + 2}),
            (start + 2.2, "agent.text", {"text": "Yes.", "source": source, "at": start + 2}),
            (start + 4.3, "agent.stopped", {"at": start + 4}),
        ]
    told += [
        (25.5, "caller.started", {"line": 4, "text": "Stop.", "at": 25.5}),
        (26.5, "caller.stopped", {"line": 4, "at": 26.5, "cut": False}),
        (30.0, "hangup", {"by": "caller"}),
    ]
    told.sort(key=lambda each: each[0])
    events = [Event(seq, t, kind, data) for seq, (t, kind, data) in enumerate(told, 1)]
    assert [turn.index for turn in announced_replies(derive_turns(events), events)] == [1]
