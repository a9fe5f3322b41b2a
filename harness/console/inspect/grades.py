"""The tab Grades of the Inspect page: what people think of the call, a turn, a second, a check."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import streamlit as st

from harness.calls import Graded, GradeTarget
from harness.console import grader, judge_view
from harness.console._text import clock, plain
from harness.console.blind import Seen
from harness.console.components import Row, row_list
from harness.console.grade_row import VALUES, grade_row, trouble
from harness.console.inspect import review_bar
from harness.console.inspect.place import Place, turn_of
from harness.nouns import Grade

__all__ = ["draw"]

_SIGNS = {"up": ":material/thumb_up:", "down": ":material/thumb_down:"}


def draw(seen: Seen, place: Place) -> None:
    """What there is to grade, each with what this person and others gave it.

    Args:
        seen: A call that has ended.
        place: Where in it: its turn and second are graded.
    """
    trouble()
    if not grader.name():
        grader.ask()
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        grader.bar()
        st.space("stretch")
        review_bar.menu()
    review_bar.draw(seen.view.call_id)
    asked = review_bar.asked_check()
    if not asked:
        _moments(seen, place)
    for one in sorted(seen.criteria, key=lambda one: one.name != asked):
        with st.container(gap="xxsmall"):
            _criterion(seen, one, place, asked=one.name == asked)
    if asked:
        _moments(seen, place)
    _given(seen)


def _moments(seen: Seen, place: Place) -> None:
    """The call, the turn and the second at which the page is."""
    places = [(GradeTarget(), "**This call**", "This call")]
    if turn_of(seen.view, place.turn) is not None:
        name = _turn(place.turn)
        places.append((GradeTarget(turn=place.turn), f"**{name}**", name))
    if seen.view.kind != "import":
        at = f"Second {clock(place.t)}.{round(place.t * 10) % 10}"
        places.append((GradeTarget(at=place.t), f"**{at}**", at))
    st.markdown(
        "**At this place**",
        help="Click into the waveform or a turn to grade another turn or second.",
    )
    for target, label, told in places:
        own = target.of(seen.grades, grader.name())
        grade_row(seen.view.call_id, target, own, label=label, told=told)
        if target.at is None:
            _others(target.all_of(seen.shown))


def _criterion(seen: Seen, one: Graded, place: Place, *, asked: bool) -> None:
    """A criterion: first what the person thinks, below it what the judge and others said."""
    hidden = one.name in seen.hidden
    unseen = hidden and not grader.has_seen(seen.view.call_id)
    mark = ":blue-badge[To review] " if asked else ""
    st.markdown(f"{mark}**{plain(one.name)}**")
    if one.text and one.text != one.name:
        st.caption(plain(one.text))
    whole = GradeTarget(check=one.name)
    grade_row(
        seen.view.call_id,
        whole,
        whole.of(seen.grades, grader.name()),
        label="",
        told=one.name,
        judged=one.judged(),
        unseen=unseen,
        by_key=partial(review_bar.asks, seen.view.call_id, one.name) if asked else None,
    )
    if place.turn in one.turns:
        here = GradeTarget(check=one.name, turn=place.turn)
        grade_row(
            seen.view.call_id,
            here,
            here.of(seen.grades, grader.name()),
            label=f"In {_turn(place.turn).lower()}",
            told=f"{one.name}, {_turn(place.turn).lower()}",
            judged=one.judged(place.turn),
            unseen=unseen,
        )
    if hidden:
        st.caption(
            ":material/visibility_off: What the judge said is shown once you have graded it."
        )
        return
    _judged(one)
    _others(each for each in seen.shown if each.check == one.name)


def _judged(one: Graded) -> None:
    result = one.result
    if not result.judgements:
        st.caption("No judge has decided it.")
        return
    quote = result.evidence.quote if result.evidence else ""
    verdict = f"**{judge_view.WORDS[result.verdict]}**"
    said = [f"“{quote}”" if quote else "", result.message, *judge_view.told(result)]
    told = " · ".join(plain(text) for text in dict.fromkeys(said) if text)
    st.caption(f":material/gavel: {verdict}{f' · {told}' if told else ''}")


def _others(grades: Iterable[Grade]) -> None:
    """What other people gave, one line each."""
    for each in grades:
        if each.grader == grader.name():
            continue
        where = f", {_turn(each.turn).lower()}" if each.check and each.turn is not None else ""
        note = f": {plain(each.note)}" if each.note else ""
        sign = _SIGNS.get(each.value, ":material/person:")
        st.caption(f"{sign} {plain(each.grader)}{where} · {VALUES[each.value].lower()}{note}")


def _given(seen: Seen) -> None:
    """Turns and seconds that were graded, in the order of the call; each can be heard."""
    places = [each for each in seen.shown if not each.check and each.target != "call"]
    if not places:
        return
    starts = {turn.index: turn.caller.start for turn in seen.view.turns if turn.caller}
    rows = []
    for each in sorted(places, key=lambda each: _second(each, starts)):
        good = each.value == "up"
        at = _second(each, starts)
        rows.append(
            Row(
                "thumb_up" if good else "thumb_down",
                VALUES[each.value],
                f"{_turn(each.turn) if each.at is None else f'Second {clock(at)}'}",
                "good" if good else "bad",
                right=f"{each.grader} · {clock(at)}",
                below=(each.note or VALUES[each.value],),
                seek=at if seen.view.has_recording else None,
            )
        )
    st.markdown("**Graded turns and seconds**")
    row_list(rows, "checks", "Graded turns and seconds", key="inspect_graded")


def _second(grade: Grade, starts: dict[int, float]) -> float:
    if grade.at is not None:
        return grade.at
    return starts.get(grade.turn, 0.0) if grade.turn is not None else 0.0


def _turn(index: int | None) -> str:
    return "Greeting" if index == 0 else f"Turn {index}"
