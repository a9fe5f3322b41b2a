"""The rules of docs/measurement.md one by one, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from harness.measure import derive_turns
from harness.nouns import Event, Outcome, Span, Turn


class Log:
    """Events in the order they are written; `at` is `t` unless told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, t: float, kind: str, **data: Any) -> Log:
        self.events.append(Event(len(self.events) + 1, t, kind, data))
        return self

    def line(self, start: float, end: float | None, number: int = 1, text: str = "hello") -> Log:
        self.add(start, "caller.started", line=number, text=text, source="script", at=start)
        return self if end is None else self.add(end, "caller.stopped", line=number, at=end)

    def agent(self, start: float, end: float | None = None) -> Log:
        self.add(start + 0.1, "agent.started", at=start)
        return self if end is None else self.add(end + 0.3, "agent.stopped", at=end)

    def report(self, t: float, what: str) -> Log:
        return self.add(t, "agent.reported", what=what)

    def turns(self) -> tuple[Turn, ...]:
        return derive_turns(self.events)

    def only(self) -> Turn:
        [turn] = self.turns()
        return turn


def test_nothing_happened() -> None:
    assert derive_turns([]) == ()
    assert Log().add(0, "call.state", state="live").add(1, "health").turns() == ()


def test_greeting_alone() -> None:
    turn = Log().add(0.9, "agent.text", text=" Hello. ", source="rtvi").agent(1.0, 2.0).only()
    assert (turn.index, turn.outcome, turn.caller) == (0, None, None)
    assert turn.agent == (Span(1.0, 2.0),)
    assert (turn.agent_text, turn.agent_text_source) == ("Hello.", "rtvi")
    assert turn.response_latency_s is None
    assert turn.open


def test_no_greeting_means_no_turn_zero() -> None:
    turn = Log().line(1.0, 2.0).only()
    assert turn.index == 1
    assert (turn.caller_text, turn.caller_source) == ("hello", "script")


def test_a_greeting_without_sound_and_a_tool_before_any_line_count_as_greeting() -> None:
    assert Log().add(1, "agent.text", text="Hi", source="rtvi").only().index == 0
    tool = Log().add(1, "tool.called", id="a", name="f", arguments={}).only()
    assert (tool.index, tool.tools[0].name) == (0, "f")


def test_the_caller_cuts_into_the_greeting() -> None:
    greeting, turn = Log().agent(1.0).line(1.5, 2.5).add(2.6, "agent.stopped", at=2.2).turns()
    assert greeting.outcome is None
    assert greeting.agent == (Span(1.0, 2.2),)
    assert turn.agent == ()


@pytest.mark.parametrize(
    ("onset", "outcome"),
    [
        (2.8, Outcome.ANSWERED),
        (2.0, Outcome.ANSWERED),
        (1.96, Outcome.ANSWERED),
        (1.94, Outcome.TALKED_OVER),
        (1.3, Outcome.TALKED_OVER),
    ],
)
def test_answer_and_talk_over(onset: float, outcome: Outcome) -> None:
    turn = Log().line(1.0, 2.0).agent(onset, 4.0).only()
    assert turn.outcome is outcome
    assert turn.response_latency_s == pytest.approx(onset - 2.0)


def test_while_the_line_is_spoken_nothing_is_decided() -> None:
    turn = Log().line(1.0, None).agent(1.5).only()
    assert turn.outcome is None
    assert turn.caller == Span(1.0, None)
    assert turn.open


def test_an_onset_learned_late_is_placed_by_when_it_sounded() -> None:
    log = Log().agent(0.2, 0.6).line(1.0, 2.0).line(5.0, 6.0, 2)
    log.add(6.1, "agent.started", at=4.0).add(6.2, "agent.stopped", at=4.5)
    _, first, second = log.turns()
    assert first.outcome is Outcome.ANSWERED
    assert second.agent == ()


def test_the_caller_cuts_in() -> None:
    first, second = Log().line(1.0, 2.0).agent(3.0).line(4.0, 5.0, 2).turns()
    assert first.outcome is Outcome.INTERRUPTED
    assert first.response_latency_s == pytest.approx(1.0)
    assert first.open, "it is still speaking"
    assert second.outcome is None


def test_an_offset_just_after_the_next_onset_is_no_cutting_in() -> None:
    first, _ = Log().line(1.0, 2.0).agent(3.0, 4.05).line(4.0, 5.0, 2).turns()
    assert first.outcome is Outcome.ANSWERED


def test_a_stubborn_agent_speaks_on_in_its_own_turn() -> None:
    log = Log().line(1.0, 2.0).agent(3.0).line(4.0, 5.0, 2)
    log.add(5.2, "agent.text", text="and so on", source="lk.transcription")
    log.add(8.3, "agent.stopped", at=8.0).agent(9.0, 10.0)
    first, second = log.turns()
    assert (first.outcome, first.agent_text) == (Outcome.INTERRUPTED, "and so on")
    assert (second.outcome, second.agent) == (Outcome.ANSWERED, (Span(9.0, 10.0),))
    assert second.response_latency_s == pytest.approx(4.0)


def test_going_on_after_a_pause_the_caller_took_for_the_end() -> None:
    log = Log().line(1.0, 2.0).agent(3.0, 4.0).line(4.5, 6.0, 2).agent(4.6, 5.0)
    first, second = log.turns()
    assert (first.outcome, len(first.agent)) == (Outcome.INTERRUPTED, 2)
    assert (second.outcome, second.agent) == (None, ())


def test_starting_anew_inside_the_line_is_talking_over() -> None:
    log = Log().line(1.0, 2.0).agent(3.0, 4.0).line(4.5, 6.0, 2).agent(4.9, 5.9)
    first, second = log.turns()
    assert (first.outcome, second.outcome) == (Outcome.ANSWERED, Outcome.TALKED_OVER)
    assert second.response_latency_s == pytest.approx(-1.1)


def test_gave_up_waiting() -> None:
    log = Log().line(1.0, 2.0).add(8.0, "caller.gave_up_waiting", line=None, waited_s=6.0)
    turn = log.only()
    assert (turn.outcome, turn.waited_s) == (Outcome.NO_ANSWER, 6.0)
    assert turn.response_latency_s is None
    late = log.agent(8.4, 9.0).only()
    assert (late.outcome, late.agent) == (Outcome.NO_ANSWER, (Span(8.4, 9.0),))
    assert late.response_latency_s is None


def test_giving_up_while_the_answer_is_on_its_way_to_the_detector() -> None:
    log = Log().line(1.0, 2.0).add(8.0, "caller.gave_up_waiting", line=1, waited_s=6.0)
    turn = log.add(8.05, "agent.started", at=7.95).only()
    assert turn.outcome is Outcome.ANSWERED
    assert turn.response_latency_s == pytest.approx(5.95)


def test_two_lines_in_a_row() -> None:
    waited, _ = Log().line(1.0, 2.0).line(4.5, 5.0, 2).turns()
    assert (waited.outcome, waited.waited_s) == (Outcome.NO_ANSWER, 2.5)
    hasty, _ = Log().line(1.0, 2.0).line(2.5, 3.0, 2).turns()
    assert hasty.outcome is None, "nobody could have answered in half a second"


@pytest.mark.parametrize(
    ("by", "after", "outcome"),
    [
        ("caller", 0.5, None),
        ("caller", 2.5, Outcome.NO_ANSWER),
        ("person", 0.5, None),
        ("limit", 0.5, None),
        ("limit", 3.0, Outcome.NO_ANSWER),
        ("agent", 0.1, Outcome.NO_ANSWER),
    ],
)
def test_who_hung_up_and_when(by: str, after: float, outcome: Outcome | None) -> None:
    log = Log().line(1.0, 2.0).add(2.0 + after, "hangup", by=by, reason="")
    turn = log.add(6.0, "agent.left", identity="a").add(7.0, "call.state", state="done").only()
    assert turn.outcome is outcome
    assert not turn.open
    assert turn.seq == 3


def test_the_state_may_change_before_it_is_told_who_hung_up() -> None:
    log = Log().line(1.0, 2.0).add(2.4, "call.state", state="ending").add(2.5, "hangup", by="agent")
    assert log.only().outcome is Outcome.NO_ANSWER


def test_an_agent_that_leaves_or_crashes_has_not_answered() -> None:
    assert Log().line(1, 2).add(2.3, "agent.left", identity="a").only().outcome == "no_answer"
    crash = {"kind": "agent_crashed", "message": "", "cause": "", "remedy": ""}
    log = Log().line(1, 2).add(2.3, "call.state", state="failed", failure=crash)
    assert log.only().outcome == "no_answer"


@pytest.mark.parametrize(
    ("events", "until"),
    [
        ([(2.88, "agent.left", {"identity": "a"})], "agent_left"),
        ([(2.88, "hangup", {"by": "agent", "reason": "left"})], "agent_left"),
        ([(8.0, "hangup", {"by": "caller", "reason": "no_answer"})], "call_over"),
        ([(8.0, "caller.gave_up_waiting", {"line": 1, "waited_s": 6.0})], None),
        (
            [
                (8.0, "caller.gave_up_waiting", {"line": 1, "waited_s": 6.0}),
                (8.5, "caller.started", {"line": 2, "text": "Hello?", "at": 8.5}),
            ],
            "spoke_again",
        ),
        (
            [
                (2.88, "agent.left", {"identity": "a"}),
                (2.9, "hangup", {"by": "agent", "reason": "left"}),
                (3.5, "call.state", {"state": "ending"}),
                (4.0, "call.state", {"state": "failed", "failure": {"kind": "agent_crashed"}}),
            ],
            "agent_crashed",
        ),
    ],
)
def test_what_ended_a_wait_for_an_answer(events: list[Any], until: str | None) -> None:
    log = Log().line(1.0, 2.0)
    for t, kind, data in events:
        log.add(t, kind, **data)
    turn = log.turns()[0]
    assert (turn.outcome, turn.waited_until) == (Outcome.NO_ANSWER, until)
    if until == "agent_crashed":
        assert turn.waited_s == pytest.approx(0.88) and turn.seq == len(log.events)


@pytest.mark.parametrize(
    ("source", "success", "outcome"),
    [
        ("persona", True, None),
        ("persona", False, None),
        ("persona", None, Outcome.NO_ANSWER),
        ("typed", True, Outcome.NO_ANSWER),
    ],
)
def test_an_agent_that_hangs_up_on_a_goodbye_owes_no_answer(
    source: str, success: bool | None, outcome: Outcome | None
) -> None:
    log = Log().add(0.5, "persona.turn", state=None, intent=None, success=success)
    log.add(1.0, "caller.started", line=1, text="Goodbye.", at=1.0, source=source)
    log.add(1.4, "agent.left", identity="a").add(1.4, "hangup", by="agent", reason="left")
    turn = log.add(1.5, "caller.stopped", line=1, at=1.4, cut=True).only()
    assert turn.outcome is outcome


def test_a_goodbye_that_is_answered_is_answered() -> None:
    log = Log().add(0.5, "persona.turn", state=None, intent=None, success=True)
    log.add(1.0, "caller.started", line=1, text="Goodbye.", at=1.0, source="persona")
    log.add(2.0, "caller.stopped", line=1, at=2.0, cut=False).agent(2.5, 3.0)
    assert log.add(3.5, "agent.left", identity="a").only().outcome is Outcome.ANSWERED


def test_harness_trouble_is_never_the_agents_failure() -> None:
    assert Log().line(1, 2).add(2.3, "call.state", state="lost").only().outcome is None
    stopped = {"kind": "livekit_stopped"}
    log = Log().line(1, 2).add(2.3, "call.state", state="failed", failure=stopped)
    assert log.only().outcome is None


def test_a_call_that_ends_in_the_middle() -> None:
    log = Log().line(1.0, 2.0).agent(3.0).add(4.0, "hangup", by="person", reason="")
    turn = log.only()
    assert turn.agent == (Span(3.0, 4.0),)
    assert not turn.open
    line = Log().line(1.0, None).add(1.5, "hangup", by="limit", reason="").only()
    assert line.caller == Span(1.0, 1.5)
    assert line.outcome is None


def test_a_second_reply_to_nothing_is_spurious() -> None:
    log = Log().line(1.0, 2.0).agent(3.0, 4.0).agent(7.5, 8.0)
    log.add(8.1, "agent.text", text="Are you there?", source="rtvi").line(9, 10, 2)
    first, surplus, second = log.turns()
    assert [turn.index for turn in (first, surplus, second)] == [1, 1, 2]
    assert (first.outcome, surplus.outcome) == (Outcome.ANSWERED, Outcome.SPURIOUS)
    assert (surplus.agent, surplus.agent_text) == ((Span(7.5, 8.0),), "Are you there?")
    assert surplus.caller is None


def test_a_pause_is_not_the_end_of_a_reply() -> None:
    turn = Log().line(1.0, 2.0).agent(3.0, 4.0).agent(6.9, 8.0).only()
    assert turn.agent == (Span(3.0, 4.0), Span(6.9, 8.0))


def test_an_answer_in_two_parts_with_a_tool_between_is_one() -> None:
    log = Log().line(1.0, 2.0).agent(3.0, 4.0).add(3.9, "tool.called", id="x", name="find")
    log.add(8.0, "tool.returned", id="x", result={"n": 1}).agent(9.0, 10.0)
    turn = log.only()
    assert len(turn.agent) == 2
    assert turn.tools[0].result == {"n": 1}
    assert turn.response_latency_s == pytest.approx(1.0)


def test_a_tool_that_was_done_before_the_answer_is_no_reason_for_a_second() -> None:
    log = Log().line(1.0, 2.0).add(2.5, "tool.called", id="x").add(2.7, "tool.returned", id="x")
    first, surplus = log.agent(3.0, 4.0).agent(8.0, 9.0).turns()
    assert (first.outcome, surplus.outcome) == (Outcome.ANSWERED, Outcome.SPURIOUS)


def test_a_second_greeting_is_spurious_too() -> None:
    first, surplus = Log().agent(1.0, 2.0).agent(6.0, 7.0).turns()
    assert (first.index, first.outcome) == (0, None)
    assert (surplus.index, surplus.outcome) == (0, Outcome.SPURIOUS)


def test_what_the_detector_took_back_was_never_said() -> None:
    log = Log().line(1.0, 2.0).agent(2.5)
    assert log.only().outcome is Outcome.ANSWERED
    turn = log.add(3.6, "agent.stopped", at=2.5).only()
    assert (turn.outcome, turn.agent) == (None, ())
    assert turn.seq == 4


def test_a_tool_told_in_pieces_is_one_call() -> None:
    log = Log().line(1.0, 2.0).add(2.2, "tool.called", id="7", name=None, arguments=None)
    log.add(2.3, "tool.called", id="7", name="hold", arguments={"a": 1})
    log.add(2.9, "tool.returned", id="7", name=None, result=None, cancelled=True)
    log.add(3.0, "tool.returned", id="unknown", name="x", result=1)
    [tool] = log.only().tools
    assert (tool.id, tool.name, tool.arguments) == ("7", "hold", {"a": 1})
    assert (tool.called_at, tool.returned_at, tool.cancelled) == (2.2, 2.9, True)


@pytest.mark.parametrize(
    ("onset", "thinking", "answers"), [(3.2, False, True), (3.6, False, False), (3.6, True, True)]
)
def test_text_announced_while_the_line_goes_on(onset: float, thinking: bool, answers: bool) -> None:
    log = Log().agent(0.1, 0.5).line(1.0, 3.0)
    if thinking:
        log.report(2.4, "llm_started")
    log.add(2.5, "agent.text", text="Sure.", source="rtvi").agent(onset, onset + 1)
    assert [turn.agent_text for turn in log.turns()] == (
        ["", "Sure."] if answers else ["Sure.", ""]
    )


def test_recognised_text_belongs_to_what_was_heard_before_it() -> None:
    log = Log().line(1.0, 2.0).agent(3.0, 4.0).line(4.5, 5.5, 2)
    log.add(5.6, "agent.text", text="the first", source="stt").agent(6.0, 7.0)
    log.add(7.5, "agent.text", text="the second", source="stt")
    assert [turn.agent_text for turn in log.turns()] == ["the first", "the second"]


def test_what_the_agent_heard() -> None:
    log = (
        Log().line(1.0, 2.0).add(1.6, "agent.heard", text="hel").add(2.3, "agent.heard", text="lo")
    )
    log.line(5.0, 6.0, 2).add(5.1, "agent.heard", text="late").add(6.2, "agent.heard", text="two")
    assert [turn.heard_text for turn in log.turns()] == ["hel lo late", "two"]


def reported(*marks: tuple[float, str]) -> float | None:
    log = Log().line(1.0, 2.0)
    rest = sorted([*marks, (3.1, "onset"), (5.3, "offset")])
    for t, what in rest:
        if what == "onset":
            log.add(t, "agent.started", at=3.0)
        elif what == "offset":
            log.add(t, "agent.stopped", at=5.0)
        else:
            log.report(t, what)
    turn = log.only()
    assert (turn.gap_s is None) is (turn.bot_reported_s is None)
    return turn.bot_reported_s


STOP, START = "user_stopped_speaking", "bot_started_speaking"


def test_bot_reported_is_from_its_last_stop_to_its_first_start() -> None:
    assert reported((2.3, STOP), (2.8, START)) == pytest.approx(0.5)
    assert reported((1.5, STOP), (2.3, STOP), (2.8, START), (4, START)) == pytest.approx(0.5)


def test_bot_reported_is_null_if_either_is_missing() -> None:
    assert reported((2.3, STOP)) is None
    assert reported((2.8, START)) is None
    assert reported((2.2, START), (2.3, STOP)) is None


def test_a_stop_it_thought_to_hear_during_its_reply_does_not_count() -> None:
    assert reported((2.3, STOP), (2.8, START), (4.5, STOP)) == pytest.approx(0.5)


def health(t: float, **figures: float) -> Turn:
    log = Log().line(10.0, 12.0).agent(13.0, 14.0).add(t, "health", **figures)
    return log.only()


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({"loop_lag_ms": 44.2}, "loop lag 45 ms"),
        ({"jitter_buffer_ms": 140.2}, "jitter buffer 141 ms"),
        ({"skipped_ms": 20.0}, "caller skipped 20 ms"),
        ({"concealed_ms": 80.0}, "80 ms of lost sound filled in"),
        ({"clock_shift_ms": -12.0}, "clock moved 12 ms"),
    ],
)
def test_flags_say_why(figures: dict[str, float], reason: str) -> None:
    turn = health(12.5, **figures)
    assert turn.flags == (reason,)
    assert turn.outcome is Outcome.ANSWERED
    assert turn.seq == 5


@pytest.mark.parametrize(
    "figures",
    [
        {"loop_lag_ms": 40.0},
        {"skipped_ms": 0.0},
        {"concealed_ms": 40.0},
        {"clock_shift_ms": 10.0},
        {"jitter_buffer_ms": 100.0, "packet_loss": 0.5},
    ],
)
def test_within_the_limits_nothing_is_flagged(figures: dict[str, float]) -> None:
    assert health(12.5, **figures).flags == ()


@pytest.mark.parametrize(
    ("t", "flagged"),
    [(11.0, False), (11.1, True), (13.0, True), (14.1, True), (14.3, False)],
)
def test_only_the_time_that_matters_is_flagged(t: float, flagged: bool) -> None:
    # From 11.0 (offset - 1 s) to 13.2 (onset + 0.2 s); a record covers the second before it.
    assert bool(health(t, loop_lag_ms=100.0).flags) is flagged


def test_several_reasons_and_seconds_are_put_together() -> None:
    log = Log().line(10.0, 12.0).agent(13.0, 14.0)
    log.add(12.2, "health", loop_lag_ms=25.0, skipped_ms=20.0, concealed_ms=30.0)
    log.add(13.2, "health", loop_lag_ms=51.0, skipped_ms=40.0, concealed_ms=30.0)
    assert log.only().flags == (
        "loop lag 51 ms",
        "caller skipped 60 ms",
        "60 ms of lost sound filled in",
    )


def test_a_missed_turn_and_a_greeting_are_flagged_too() -> None:
    log = Log().line(1.0, 2.0).add(5.0, "health", loop_lag_ms=90.0)
    log.add(8.0, "caller.gave_up_waiting", waited_s=6.0)
    assert log.only().flags == ("loop lag 90 ms",)
    assert Log().agent(1.0, 2.0).add(1.5, "health", loop_lag_ms=90.0).only().flags


def test_events_that_lack_something_are_taken_as_they_are() -> None:
    log = Log().add(1.0, "caller.started").add(2.0, "caller.stopped").add(2.5, "agent.started")
    log.add(3.0, "agent.stopped").add(3.1, "agent.stopped").add(3.2, "agent.text").add(
        3.3, "hangup"
    )
    log.add(3.4, "caller.stopped", line=99, at=3.0).add(3.5, "tool.called").add(3.6, "agent.heard")
    turn = log.only()
    assert turn.caller == Span(1.0, 2.0)
    assert turn.agent == (Span(2.5, 3.0),)
    assert turn.caller_text is None


def test_a_start_without_a_stop_ends_where_the_next_begins() -> None:
    turn = Log().line(1.0, 2.0).agent(3.0).agent(4.0, 5.0).only()
    assert turn.agent == (Span(3.0, 4.0), Span(4.0, 5.0))


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (None, 0.8),
        (5.3, 0.8),  # it stopped, and answers
        (5.1, 3.0),  # it paused between two sentences
    ],
)
def test_an_agent_that_pauses_between_sentences_has_not_stopped(
    again: float | None, expected: float
) -> None:
    log = Log().line(1.0, 2.0).agent(2.5, 4.8).line(4.0, 5.0, 2)
    turn = (log.agent(again, 7.0) if again else log).turns()[1]
    assert turn.stop_s == pytest.approx(expected)


def test_the_words_of_a_person_come_when_they_are_known() -> None:
    log = Log()
    log.add(3.0, "person.took", who="Ben", at=3.1, cut=None)
    log.add(4.0, "person.took", who="Anna", at=4.1, cut=None)
    log.add(5.1, "caller.started", line=1, text=None, source="person", sent_as="voice", at=5.0)
    log.add(6.9, "caller.stopped", line=1, at=6.0, cut=False)
    log.agent(7.0, 8.0)
    said = log.only()
    assert (said.caller, said.caller_source) == (Span(5.0, 6.0), "person")
    assert said.caller_by == "Anna"
    assert (said.caller_text, said.caller_text_source) == (None, None)
    assert (said.outcome, said.response_latency_s) == (Outcome.ANSWERED, pytest.approx(1.0))
    log.add(9.0, "caller.text", line=1, text="Friday pleas", source="stt", by="Deepgram")
    heard = log.only()
    assert (heard.caller_text, heard.caller_text_source) == ("Friday pleas", "stt")
    assert heard.caller_text_by == "Deepgram" and heard.heard_only
    log.line(10.0, 11.0, 2)
    log.add(12.0, "caller.text", line=1, text=" Friday, please. ", source="hand")
    log.add(12.5, "caller.text", line=1, text="Fry day", source="stt")  # it comes too late
    first, second = log.turns()
    assert (first.caller_text, first.caller_text_source) == ("Friday, please.", "hand")
    assert first.caller_text_by is None and not first.heard_only
    assert first.seq == log.events[-2].seq
    assert (second.caller_text, second.caller_text_source) == ("hello", None)
    assert second.caller_by is None


@pytest.mark.parametrize(
    "wrong", [{"line": 9}, {"text": " "}, {"text": None}, {"source": "guess"}, {"source": None}]
)
def test_words_that_are_of_no_line_or_nobodys_are_passed_over(wrong: dict[str, Any]) -> None:
    said = {"line": 1, "text": "Bye.", "source": "stt"} | wrong
    assert Log().line(5.0, 6.0).add(7.0, "caller.text", **said).only().caller_text == "hello"
