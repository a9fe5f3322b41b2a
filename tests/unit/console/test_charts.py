from __future__ import annotations

from dataclasses import replace

import pytest
from replay_service import ReplayService

from harness.calls import CallView, Health
from harness.console import charts
from harness.console.theme import Mode, palette
from harness.nouns import CheckVerdict, Outcome

LIGHT = palette("light")


@pytest.fixture
def view(replay: ReplayService) -> CallView:
    from replay_service import BOOK, CallRequest

    from harness.nouns import Agent

    call = replay._place(CallRequest(agent=Agent(name="demo", provider="demo")), BOOK, -1e6)
    return replay.view(call.id)


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def test_latency_has_the_numbers_of_the_turns(view: CallView) -> None:
    figure = charts.latency_by_turn(view, LIGHT)
    turns = [t for t in view.turns if t.index > 0]
    assert list(trace(figure, "heard").x) == [t.index for t in turns]
    assert list(trace(figure, "heard").y) == [t.response_latency_s for t in turns]
    assert list(trace(figure, "bot-reported").y) == [t.bot_reported_s for t in turns]


def test_over_budget_is_a_red_diamond_with_its_number(view: CallView) -> None:
    heard = trace(charts.latency_by_turn(view, LIGHT), "heard")
    over = [i for i, v in enumerate(heard.y) if v is not None and v > view.budget_s]
    assert over == [3]
    assert [i for i, s in enumerate(heard.marker.symbol) if s == "diamond"] == over
    assert [i for i, t in enumerate(heard.text) if t] == over
    assert heard.text[3] == "<b>2.41 s</b>"
    assert heard.marker.color[3] == LIGHT.bad.line


def test_no_answer_is_a_gap_and_a_band(view: CallView) -> None:
    figure = charts.latency_by_turn(view, LIGHT)
    assert trace(figure, "heard").y[5] is None
    assert not trace(figure, "heard").connectgaps
    assert [a.x for a in figure.layout.annotations if "no answer" in a.text] == [6]


def test_greeting_and_unasked_replies_are_no_turns(view: CallView) -> None:
    extra = replace(view.turns[3], outcome=Outcome.SPURIOUS, caller=None)
    with_extra = replace(view, turns=(*view.turns, extra))
    heard = trace(charts.latency_by_turn(with_extra, LIGHT), "heard")
    assert list(heard.x) == list(range(1, 11))


def test_everything_is_in_the_picture(view: CallView) -> None:
    slow = replace(view.turns[1], response_latency_s=14.0)
    early = replace(view.turns[2], response_latency_s=-1.2)
    odd = replace(view, turns=(view.turns[0], slow, early))
    low, high = charts.latency_by_turn(odd, LIGHT).layout.yaxis.range
    assert low < -1.2 and high > 14.0


def test_an_empty_call_still_has_its_budget(view: CallView) -> None:
    figure = charts.latency_by_turn(replace(view, turns=()), LIGHT)
    assert any("Budget 2.0 s" in a.text for a in figure.layout.annotations)
    assert figure.layout.yaxis.range[1] > view.budget_s


def test_a_long_call_shows_its_last_turns(view: CallView) -> None:
    many = tuple(replace(view.turns[1], index=n) for n in range(1, 41))
    figure = charts.latency_by_turn(replace(view, turns=many), LIGHT)
    left, right = figure.layout.xaxis.range
    assert right > 40 and right - left < 15
    # Nothing is sent that is not in view, but for the turn from which the line comes in.
    drawn = list(trace(figure, "heard").x)
    assert drawn == list(range(int(left), 41))
    assert all(shape.x0 >= int(left) for shape in figure.layout.shapes if shape.xref != "paper")


def test_the_strip_has_a_mark_for_each_check_and_turn(view: CallView) -> None:
    marks = charts.checks_strip(view.checks, LIGHT).data[0]
    assert len(marks.x) == sum(len(c.by_turn) for c in view.checks)
    by_place = dict(zip(zip(marks.y, marks.x, strict=True), marks.marker.symbol, strict=True))
    shape = {"met": "circle", "not_met": "diamond", "pending": "circle-open"}
    for row, check in enumerate(view.checks):
        for index, verdict in check.by_turn:
            assert by_place[row, index] == shape[verdict.value]


def test_a_check_s_name_is_no_markup(view: CallView) -> None:
    nasty = replace(view.checks[0], name="<a href='x'>x</a>")
    hover = charts.checks_strip([nasty], LIGHT).data[0].hovertext[0]
    assert "<a" not in hover and "&lt;a" in hover


def test_every_verdict_has_its_own_shape() -> None:
    shapes = [charts._MARKS[verdict][0] for verdict in CheckVerdict]
    assert len(set(shapes)) == len(shapes)


def test_health_tells_the_last_value() -> None:
    health = [Health(float(n), 2.0 + n, 0, 0, 30.0, 0.002) for n in range(5)]
    texts = " ".join(a.text for a in charts.health_lines(health, LIGHT).layout.annotations)
    assert "6 ms" in texts and "0.2 %" in texts and "30 ms" in texts


def test_health_that_is_not_known_is_a_dash() -> None:
    unknown = [Health(1.0, 2.0, 0, 0, None, None)]
    texts = [a.text for a in charts.health_lines(unknown, LIGHT).layout.annotations]
    assert texts.count("<b>–</b>") == 2
    assert len(charts.health_lines([], LIGHT).data) == 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_line_is_left_to_plotly_s_own_black(view: CallView, mode: Mode) -> None:
    colours = palette(mode)
    for figure in (
        charts.latency_by_turn(view, colours),
        charts.checks_strip(view.checks, colours),
        charts.health_lines(view.health, colours),
    ):
        for shape in figure.layout.shapes:
            assert shape.line.color or shape.line.width == 0
        assert figure.layout.font.color == colours.soft
        assert figure.layout.uirevision == "keep"


def test_waits_are_coloured_by_the_budget() -> None:
    def tone(wait: float | None) -> object:
        return charts.tone_of_wait(wait, 2.0, LIGHT)

    assert tone(1.5) is LIGHT.good
    assert tone(1.51) is LIGHT.close
    assert tone(2.0) is LIGHT.close
    assert tone(2.01) is LIGHT.bad
    assert tone(None) is LIGHT.bad
