from __future__ import annotations

from dataclasses import replace

import pytest
from replay_service import BOOK, ReplayService

from harness.calls import CallRequest, CallView
from harness.console.inspect.heard_diff import as_markdown, heard_lines
from harness.console.inspect.waterfall import waterfall
from harness.console.inspect.waterfall_chart import waterfall_chart
from harness.console.theme import palette
from harness.measure import DiffPart
from harness.nouns import Agent, Outcome, Span, Stage, Turn


@pytest.fixture
def view(replay: ReplayService) -> CallView:
    call = replay._place(CallRequest(agent=Agent(name="demo", provider="demo")), BOOK, -1e6)
    return replay.view(call.id)


def turn(index, heard=1.0, llm=0.4, tts=0.2, tools=None, reported=None, **more):
    stages = [Stage("transport", 0.1, "statistics"), Stage("llm", llm, "rtvi", "OpenAI#0")]
    if tools is not None:
        stages.append(Stage("tools", tools, "rtvi"))
    stages.append(Stage("tts", tts, "rtvi"))
    rest = heard - sum(stage.seconds for stage in stages)
    return Turn(
        index,
        Outcome.ANSWERED,
        caller=Span(10.0 * index, 10.0 * index + 2),
        response_latency_s=heard,
        bot_reported_s=reported,
        stages=(*stages, Stage("unexplained", rest, "remainder")),
        **more,
    )


def of(view, turns, index):
    return waterfall(replace(view, turns=tuple(turns)), turns[index])


def by_title(found):
    return {bar.title: bar for bar in found.bars}


def test_stages_lie_end_to_end_and_end_where_the_reply_was_heard(view):
    turns = [turn(1), turn(2), turn(3, heard=2.0, llm=1.1, reported=1.6)]
    found = of(view, turns, 2)
    assert [bar.kind for bar in found.bars] == [
        "measured", "reported", "reported", "unexplained", "told", "heard",
    ]  # fmt: skip
    *stages, told, heard = found.bars
    for before, after in zip(stages, stages[1:], strict=False):
        assert after.start == pytest.approx(before.start + before.seconds)
    assert stages[-1].start + stages[-1].seconds == pytest.approx(2.0)
    assert (told.start, told.seconds) == (0.0, 1.6)
    assert (heard.start, heard.seconds) == (0.0, 2.0)


def test_usual_is_the_median_of_the_other_replies_without_spoiled_ones(view):
    turns = [
        turn(1, llm=0.3),
        turn(2, llm=0.5),
        turn(3, llm=9.0, flags=("late",)),
        turn(4, heard=1.8, llm=1.2),
    ]
    found = of(view, turns, 3)
    llm = found.bars[1]
    assert llm.usual_s == pytest.approx(0.4)
    assert llm.surplus_s == pytest.approx(0.8)
    assert llm.marked
    assert "OpenAI#0" in llm.meaning
    assert not found.bars[0].marked
    assert llm.title in found.sentence
    assert "+0.80 s" in found.sentence


def test_a_single_other_reply_is_not_usual(view):
    found = of(view, [turn(1), turn(2, llm=0.9)], 1)
    assert all(bar.usual_s is None and not bar.marked for bar in found.bars)
    assert found.sentence.startswith("Too few other replies")


def test_a_stage_that_no_other_reply_has_is_extra_time(view):
    found = of(view, [turn(1), turn(2), turn(3, heard=1.6, tools=0.6)], 2)
    (tools,) = [bar for bar in found.bars if bar.new]
    assert tools.surplus_s == pytest.approx(0.6)
    assert tools.usual_s is None
    assert tools.title in found.sentence


def test_the_sentence_names_three_at_most_the_largest_first(view):
    late = turn(3, heard=4.0, llm=1.4, tts=0.7, tools=0.5)
    found = of(view, [turn(1), turn(2), late], 2)
    marked = sorted((b for b in found.bars[:-1] if b.marked), key=lambda b: -b.surplus_s)
    assert len(marked) == 4
    places = [found.sentence.find(bar.title) for bar in marked]
    assert 0 < places[0] < places[1] < places[2]
    assert places[3] == -1


def test_nothing_longer_than_usual_says_so(view):
    found = of(view, [turn(1), turn(2), turn(3)], 2)
    assert found.sentence.startswith("No stage took more than 0.1 s longer")


def test_a_negative_remainder_is_an_overlap_drawn_back_to_what_was_heard(view):
    found = of(view, [turn(1, heard=0.5)], 0)
    overlap = by_title(found)["Overlap"]
    assert overlap.seconds < 0
    assert overlap.start + overlap.seconds == pytest.approx(0.5)


def test_without_stages_what_was_heard_stands_alone(view):
    bare = Turn(1, Outcome.ANSWERED, caller=Span(1, 2), response_latency_s=0.8)
    found = of(view, [bare], 0)
    assert [bar.kind for bar in found.bars] == ["heard"]
    assert "tells nothing of its stages" in found.sentence


def test_without_an_answer_there_are_no_bars(view):
    silent = Turn(2, Outcome.NO_ANSWER, caller=Span(1, 2), waited_s=5.0)
    found = of(view, [silent], 0)
    assert found.bars == ()
    assert found.sentence == "No answer. The caller waited 5.00 s."
    greeting = of(view, [Turn(0)], 0)
    assert "without being asked" in greeting.sentence


def test_only_spoken_lines_with_what_was_heard_are_compared():
    turns = [
        Turn(0, heard_text="noise"),
        Turn(1, caller=Span(3, 4), caller_text="I want Osei", heard_text="I want O.C."),
        Turn(2, caller=Span(8, 9), caller_text="Friday, please.", heard_text="friday please"),
        Turn(3, caller_text="typed", heard_text="typed", sent_as="send-text"),
        Turn(4, caller_text="Not told"),
    ]
    wrong, right = heard_lines(turns)
    assert (wrong.turn, wrong.at, wrong.differs) == (1, 3, True)
    assert (right.turn, right.differs) == (2, False)


def test_words_are_marked_and_never_become_markup():
    text = as_markdown(
        (DiffPart("same", "go"), DiffPart("only_a", "[a](b)"), DiffPart("only_b", ":red[x]"))
    )
    assert text.startswith("go :red[~~")
    assert "[a](b)" not in text
    assert ":green[" in text
    assert ":red[x]" not in text


def test_where_it_is_narrow_the_bars_keep_their_room_and_what_is_usual_is_left_out(view):
    found = of(view, [turn(1), turn(2), turn(3, heard=2.0, llm=1.1)], 2)
    wide = waterfall_chart(found, 2.0, palette("light"))
    narrow = waterfall_chart(found, 2.0, palette("light"), narrow=True)
    texts = [[note.text for note in chart.layout.annotations] for chart in (wide, narrow)]
    assert {"Time", "<b>2.00 s</b>", "Usual here", "<b>+0.70</b>"} <= set(texts[0])
    assert {"Time", "<b>2.00 s</b>"} <= set(texts[1])
    assert not {"Usual here", "<b>+0.70</b>"} & set(texts[1])
    assert narrow.layout.margin.l + narrow.layout.margin.r <= 200
    assert list(narrow.data[0].x) == list(wide.data[0].x)
