"""Lines that were sent as text: the same turns, counted from the moment of sending."""

from __future__ import annotations

import random

import pytest
from test_turns import Log

from harness.measure import call_metrics, derive_turns
from harness.nouns import Event, Outcome, Span, Turn


class TextLog(Log):
    def sent(self, at: float, number: int = 1, channel: str = "rtvi") -> TextLog:
        self.add(
            at, "caller.started", line=number, text="hi", source="typed", at=at, sent_as=channel
        )
        self.add(at, "caller.stopped", line=number, at=at, cut=False)
        return self

    def text(self, t: float, text: str, source: str = "rtvi", **more: float) -> TextLog:
        self.add(t, "agent.text", text=text, source=source, **more)
        return self


def only_line(log: Log) -> Turn:
    [turn] = [turn for turn in log.turns() if turn.caller is not None]
    return turn


def test_latency_counts_from_sending() -> None:
    turn = only_line(TextLog().sent(5.0).text(5.2, "Hello.").agent(5.9, 7.0))
    assert turn.outcome is Outcome.ANSWERED
    assert turn.response_latency_s == pytest.approx(0.9)
    assert turn.caller == Span(5.0, 5.0)
    assert (turn.sent_as, turn.agent_text) == ("rtvi", "Hello.")


def test_a_spoken_line_says_so_too() -> None:
    log = Log()
    log.add(1, "caller.started", line=1, text="x", source="script", at=1.0, sent_as="voice")
    assert only_line(log).sent_as == "voice"


@pytest.mark.parametrize("source", ["rtvi", "lk.transcription"])
def test_a_text_alone_answers_a_text_without_a_latency(source: str) -> None:
    log = TextLog().sent(5.0, channel="lk.chat").text(5.4, "We open at eight.", source)
    turn = only_line(log)
    assert turn.outcome is Outcome.ANSWERED
    assert turn.response_latency_s is None and turn.agent == ()
    assert turn.agent_text == "We open at eight."
    assert turn.agent_text_source == source
    log.add(30, "hangup", by="caller", reason="script_done")
    assert only_line(log).outcome is Outcome.ANSWERED


def test_a_text_alone_does_not_answer_a_spoken_line() -> None:
    log = TextLog()
    log.line(1.0, 2.0)
    log.text(2.5, "Yes.").add(9.0, "caller.gave_up_waiting", line=1, waited_s=7.0)
    turn = only_line(log)
    assert turn.outcome is Outcome.NO_ANSWER and turn.agent_text == "Yes."


def test_a_text_after_giving_up_is_no_answer() -> None:
    log = TextLog().sent(1.0)
    log.add(7.0, "caller.gave_up_waiting", line=1, waited_s=6.0)
    log.text(7.5, "Sorry.")
    turn = only_line(log)
    assert (turn.outcome, turn.waited_s) == (Outcome.NO_ANSWER, 6.0)


def test_nothing_at_all_is_no_answer() -> None:
    log = TextLog().sent(1.0).sent(9.0, 2)
    first, second = log.turns()
    assert (first.outcome, first.waited_s) == (Outcome.NO_ANSWER, 8.0)
    assert second.outcome is None


def test_sound_that_follows_the_text_gives_the_latency_late() -> None:
    log = TextLog().sent(1.0).text(1.1, "One.")
    assert only_line(log).response_latency_s is None
    log.agent(1.8)
    assert only_line(log).response_latency_s == pytest.approx(0.8)


def test_a_text_sent_while_the_agent_speaks_cuts_in_and_its_answer_is_its_own() -> None:
    log = TextLog().sent(1.0)
    log.report(1.02, "llm_started")
    log.text(1.1, "A long answer.").agent(1.6)
    log.sent(3.0, 2)
    log.report(3.03, "llm_started")
    log.text(3.05, "The second.")
    log.add(3.7, "agent.stopped", at=3.4)
    log.agent(4.0, 5.0)
    first, second = log.turns()
    assert first.outcome is Outcome.INTERRUPTED and first.agent_text == "A long answer."
    assert second.outcome is Outcome.ANSWERED and second.agent_text == "The second."
    assert second.response_latency_s == pytest.approx(1.0)


def test_what_the_agent_read_belongs_to_the_line_it_read() -> None:
    log = TextLog().sent(1.0, channel="data").agent(1.8, 2.5)
    log.sent(4.0, 2, "data").add(4.02, "agent.heard", text="hi")
    _, second = log.turns()
    assert second.heard_text == "hi"


def test_recognised_words_go_where_their_sound_is_however_late_they_come() -> None:
    log = TextLog()
    log.line(1.0, 2.0).agent(2.5, 4.0)
    log.line(4.6, 5.2, 2)
    log.agent(5.6)
    log.text(5.9, "first answer", "stt", at=2.5)
    log.add(7.3, "agent.stopped", at=7.0)
    log.text(7.9, "second answer", "stt", at=5.6)
    first, second = log.turns()
    assert (first.agent_text, second.agent_text) == ("first answer", "second answer")
    assert first.agent_text_source == "stt"


def test_text_lines_are_no_speech_and_textual_answers_in_no_percentile() -> None:
    log = TextLog().sent(1.0).text(1.2, "Yes.").sent(9.0, 2).agent(9.5, 10.5)
    figures = {metric.key: metric for metric in call_metrics(log.turns(), log.events)}
    assert (figures["caller_speech_s"].value, figures["caller_speech_s"].n) == (0.0, 0)
    assert figures["response_latency_p50"].value == pytest.approx(0.5)
    assert figures["response_latency_p50"].n == 1
    assert (figures["missed_turns"].value, figures["missed_turns"].n) == (0, 2)
    assert figures["agent_talk_share"].n == 1


def test_outcomes_of_text_lines_change_only_from_answered_to_interrupted() -> None:
    for seed in range(60):
        events = _random_text_call(random.Random(seed))
        told: dict[int, list[str]] = {}
        for count in range(1, len(events) + 1):
            for turn in derive_turns(events[:count]):
                if turn.caller is not None and turn.outcome is not None:
                    history = told.setdefault(turn.index, [])
                    if history[-1:] != [str(turn.outcome)]:
                        history.append(str(turn.outcome))
        for history in told.values():
            assert len(history) == 1 or history == ["answered", "interrupted"], (seed, history)


def _random_text_call(rng: random.Random) -> list[Event]:
    """Some lines, each answered by text, sound, both or nothing."""
    happened: list[tuple[float, str, dict[str, object]]] = []
    t = 1.0
    for number in range(1, 6):
        happened.append((t, "caller.started", {"line": number, "at": t, "sent_as": "lk.chat"}))
        happened.append((t, "caller.stopped", {"line": number, "at": t}))
        kind = rng.choice(["text", "sound", "both", "nothing"])
        if kind in ("text", "both"):
            told = t + rng.uniform(0.05, 0.5)
            happened.append((told, "agent.text", {"text": f"a{number}", "source": "rtvi"}))
        cut_in = kind in ("sound", "both") and rng.random() < 0.3
        if kind in ("sound", "both"):
            onset = t + rng.uniform(0.6, 1.5)
            stop = onset + (0.55 if cut_in else rng.uniform(0.5, 2.0))
            happened.append((onset + 0.1, "agent.started", {"at": onset}))
            happened.append((stop + 0.3, "agent.stopped", {"at": stop}))
        if kind == "nothing":
            t += 6.0
            happened.append((t, "caller.gave_up_waiting", {"line": number, "waited_s": 6.0}))
        # After the answer is known to be over, or in the midst of it.
        t = onset + 0.3 if cut_in else t + rng.uniform(4.0, 6.0)
    happened.sort(key=lambda entry: entry[0])
    return [Event(seq, t, kind, data) for seq, (t, kind, data) in enumerate(happened, 1)]
