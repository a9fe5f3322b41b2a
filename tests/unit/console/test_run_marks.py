from __future__ import annotations

import re
from base64 import b64decode
from xml.etree import ElementTree

import pytest

from harness.console.runs.marks import range_bar, strip, strip_width
from harness.console.theme import palette

LIGHT = palette("light")


def drawn(uri):
    head, data = uri.split(",", 1)
    assert head == "data:image/svg+xml;base64"
    return ElementTree.fromstring(b64decode(data))


def tags(root):
    return [re.sub(r"\{.*\}", "", part.tag) for part in root]


def test_each_mark_has_a_shape_of_its_own():
    root = drawn(strip(["passed", "failed", "not_run", "live", "to_come", "hidden"], LIGHT))
    assert tags(root) == ["circle", "polygon", "circle", "circle", "circle", "circle"]
    passed, failed, ring, live, speck, hidden = root
    assert hidden.get("fill") == "none" and hidden.get("stroke-dasharray")
    assert not ring.get("stroke-dasharray")
    assert passed.get("fill") == LIGHT.good.line and failed.get("fill") == LIGHT.bad.line
    assert ring.get("fill") == "none" and ring.get("stroke") == LIGHT.none.line
    assert float(passed.get("r")) > float(live.get("r")) > float(speck.get("r"))


@pytest.mark.parametrize("count", [1, 8, 24, 25, 100])
def test_all_marks_are_inside_and_none_covers_another(count):
    root = drawn(strip(["passed"] * count, LIGHT))
    width, height = float(root.get("width")), float(root.get("height"))
    places = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in root]
    assert len(set(places)) == count and width == strip_width(count)
    r = float(root[0].get("r"))
    assert all(r <= x <= width - r and r <= y <= height - r for x, y in places)
    assert (
        min(
            (abs(a[0] - b[0]) + abs(a[1] - b[1]) for a in places for b in places if a != b),
            default=99,
        )
        > 2 * r
    )


def test_more_than_24_stand_in_three_rows():
    dots = drawn(strip(["passed"] * 25, LIGHT))
    assert len({dot.get("cy") for dot in dots}) == 3


def test_the_range_is_drawn_where_it_is():
    line, thick, dot = drawn(range_bar(0.5, 0.25, 0.75, LIGHT))
    left, width = float(line.get("x")), float(line.get("width"))
    assert float(thick.get("x")) == pytest.approx(left + 0.25 * width, abs=0.1)
    assert float(thick.get("width")) == pytest.approx(0.5 * width, abs=0.1)
    assert float(dot.get("cx")) == pytest.approx(left + 0.5 * width, abs=0.1)


def test_without_a_rate_the_line_is_bare():
    assert tags(drawn(range_bar(None, None, None, LIGHT))) == ["rect"]


def test_dark_has_its_own_colours():
    assert strip(["passed"], LIGHT) != strip(["passed"], palette("dark"))
