"""The parts of the inspector in Chromium: one place in a call, by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser_support import start_console
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PLAYER = "[...window.__ringbackPlayers.values()][0]"
LEFT, RIGHT = 58, 6
"""What is beside the lanes on the canvas, pixels."""


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspect")
    app = Path(__file__).parent / "inspect_app.py"
    found = start_console(app, folder / "log.txt", {"RINGBACK_DATA": str(folder / "data")})
    yield found
    found.stop()


@pytest.fixture
def inspected(console, tab):
    """Opens a call and waits until its sound is drawn."""

    def get(n=0, **options):
        one = tab(console, **options).open(f"/?n={n}")
        expect(canvas(one.page)).to_have_attribute("data-layers", re.compile(r"\d"))
        expect(one.page.locator(".it .turn").first).to_be_visible()
        drawn(one.page)
        return one

    return get


def canvas(page):
    return page.locator(".iw canvas")


def drawn(page):
    """Wait until nothing is asked for or drawn any more; gives how often the lanes were drawn."""
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return int(canvas(page).get_attribute("data-layers"))


def of_player(page, what):
    return page.evaluate(f"() => {PLAYER}.{what}")


def pixel(page, t, y=60):
    """Where second `t` is drawn, in the window's pixels."""
    box = canvas(page).bounding_box()
    width = box["width"] - LEFT - RIGHT
    return box["x"] + LEFT + t / of_player(page, "length") * width, box["y"] + y


def at(page):
    return page.locator(".iw .at b")


def starts(page):
    """Second at which each numbered turn begins."""
    return page.evaluate(
        f"() => {PLAYER}.numbered().map(turn => turn.caller?.start ?? turn.agent[0].start)"
    )


def told(t):
    """As the clock shows it."""
    tenths = int(t * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def test_one_place_by_mouse_and_keyboard(inspected):
    one = inspected()
    page = one.page
    expect(at(page)).to_have_text("0:04.0")
    assert not any("/recording" in url for url, _ in one.requests)
    layers = drawn(page)
    begins = starts(page)

    page.mouse.click(*pixel(page, begins[2] + 1))
    expect(page.locator(".it .turn.on .bub.c")).to_have_text("It is the third of May.")
    page.wait_for_url("**turn=2*")
    place = of_player(page, "at")
    assert abs(place - begins[2] - 1) < 0.2
    expect(at(page)).to_have_text(told(place))
    expect(page.get_by_role("button", name=re.compile("Copy link at"))).to_contain_text(
        f"0:{int(place):02d}"
    )
    expect(page.locator(".el .row.now")).to_contain_text("caller.")

    page.locator(".it .bub.c", has_text="That works for me.").click()
    expect(at(page)).to_have_text(told(begins[4]))
    for key, turn in (("ArrowRight", 5), ("ArrowLeft", 4), ("ArrowLeft", 3)):
        page.keyboard.press(key)
        expect(at(page)).to_have_text(told(begins[turn]))
    page.wait_for_url("**turn=3*")

    failures = page.evaluate(f"() => {PLAYER}.failures().map(mark => mark.t)")
    assert len(failures) == 2 and failures[0] < begins[3] <= failures[1]
    for t in (failures[0], failures[1], failures[0], failures[1]):
        page.keyboard.press("f")
        expect(at(page)).to_have_text(told(t))
    expect(page.locator(".it .turn.on")).to_contain_text("Answers every line")

    field = page.get_by_label("Find events by kind or text")
    field.press_sequentially("f tool")
    expect(at(page)).to_have_text(told(failures[1]))
    field.fill("tool")
    expect(page.locator(".el .count")).to_have_text(re.compile(r"^4 of \d+ events$"))
    page.locator(".el .row").nth(2).click()
    expect(page.locator(".el .row.now.chosen")).to_contain_text("tool")
    page.locator(".el .events").press("ArrowUp")
    chosen = float(of_player(page, "at"))
    expect(page.locator(".el .row.chosen time")).to_contain_text(told(chosen)[:-2])

    page.get_by_role("button", name="To second 20").click()
    expect(at(page)).to_have_text("0:20.0")
    page.keyboard.press("ArrowRight")
    expect(at(page)).to_have_text(told(begins[3]))
    page.get_by_role("button", name="To second 20").click()
    expect(at(page)).to_have_text("0:20.0")
    assert drawn(page) == layers, "the lanes were drawn again though only the place moved"


def test_playing_a_call_a_turn_and_a_wait(inspected):
    one = inspected()
    page = one.page
    layers = drawn(page)
    play, pause = (page.get_by_role("button", name=name) for name in ("Play", "Pause"))
    begins = starts(page)
    page.keyboard.press("ArrowRight")
    for rate in ("1.25×", "1.5×", "2×"):
        page.keyboard.press("s")
        expect(page.get_by_role("button", name=f"Speed {rate[:-1]}", exact=True)).to_have_text(rate)
    page.keyboard.press("w")
    expect(pause).to_be_visible()
    expect(play).to_be_visible()
    wait = page.evaluate(f"() => [{PLAYER}.turn.caller.end, {PLAYER}.turn.agent[0].start]")
    assert abs(of_player(page, "at") - wait[1] - 0.3) < 0.02
    assert of_player(page, "rate") == 2

    runs = one.fragment_runs
    page.keyboard.press(" ")
    expect(pause).to_be_visible()
    page.wait_for_url("**turn=2*")
    expect(page.locator(".it .turn.on .bub.c")).to_have_text("It is the third of May.")
    page.keyboard.press(" ")
    expect(play).to_be_visible()
    assert of_player(page, "at") >= begins[2]
    assert one.fragment_runs - runs <= 3, "the page was run more than once a turn"
    assert one.full_runs == 1
    assert drawn(page) == layers, "the lanes were drawn again though only the place moved"

    page.keyboard.press("t")
    expect(pause).to_be_visible()
    page.wait_for_function(f"() => {PLAYER}.at > {begins[2]} + 0.5")
    assert of_player(page, "until") is not None
    page.keyboard.press("ArrowLeft")
    assert of_player(page, "until") is None
    sent = [url for url, _ in one.requests if "token=" in url]
    assert sent and all("/recording?" in url for url in sent)
    asked = {name: h for url, h in one.requests for name in ("peaks", "log") if f"/{name}?" in url}
    assert all(headers["authorization"].startswith("Bearer ") for headers in asked.values())
    assert set(asked) == {"peaks", "log"}


def test_a_part_is_dragged_and_filters_everything(inspected):
    one = inspected()
    page = one.page
    layers = drawn(page)
    begins = starts(page)
    page.mouse.move(*pixel(page, begins[2] - 0.5))
    page.mouse.down()
    page.mouse.move(*pixel(page, begins[3]), steps=4)
    page.mouse.move(*pixel(page, begins[4] - 1), steps=4)
    page.mouse.up()
    part = of_player(page, "part")
    assert abs(part[0] - begins[2] + 0.5) < 0.3 and abs(part[1] - begins[4] + 1) < 0.3
    expect(page.get_by_text(f"Part: ({part[0]:g}, {part[1]:g})")).to_be_visible()
    expect(page.locator(".it .told")).to_contain_text("of 6 turns in")
    expect(page.locator(".it .turn .bub.c")).to_have_text(
        ["It is the third of May.", "Could it be Friday instead?"]
    )
    expect(page.locator(".el .count")).to_have_text(re.compile(r"^\d+ of \d+ events in 0:"))
    expect(at(page)).to_have_text("0:04.0")

    page.mouse.move(*pixel(page, part[1]))
    page.mouse.down()
    page.mouse.move(*pixel(page, part[1] + 4), steps=4)
    page.mouse.up()
    wider = of_player(page, "part")
    assert wider[0] == part[0] and abs(wider[1] - part[1] - 4) < 0.3
    expect(page.get_by_text(f"Part: ({wider[0]:g}, {wider[1]:g})")).to_be_visible()
    page.evaluate(f"() => {PLAYER}.seek({wider[1] - 0.6})")
    page.keyboard.press(" ")
    page.wait_for_function(f"() => {PLAYER}.at === {wider[1]} && !{PLAYER}.playing")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Part: None")).to_be_visible()
    expect(page.locator(".it .turn")).to_have_count(7)
    page.get_by_role("button", name=re.compile("^only turn [45]$")).click()
    expect(page.locator(".it .turn")).to_have_count(1)
    page.mouse.dblclick(*pixel(page, begins[5]))
    expect(page.get_by_text("Part: None")).to_be_visible()
    assert drawn(page) == layers, "the lanes were drawn again though only a part was chosen"

    page.mouse.move(*pixel(page, begins[3]))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    zoomed = drawn(page)
    assert layers < zoomed <= layers + 2, "once for the stretch, once for its finer outline"
    page.get_by_role("button", name="Zoom out").click()
    assert drawn(page) <= zoomed + 2


def test_a_call_of_400_turns_in_the_dark(inspected):
    one = inspected(n=1, theme="dark")
    page = one.page
    assert len(starts(page)) == 401
    layers = drawn(page)
    first = of_player(page, "turn.index")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**turn={first + 12}*")
    expect(page.locator(".it .turn.on")).to_be_in_viewport()
    assert drawn(page) <= layers + 2, "the lanes were drawn again though the place stayed in sight"
    assert page.locator(".el .row").count() < 60
    assert int(page.locator(".el .row").first.get_attribute("aria-setsize")) > 2000
    bins = [int(found) for url, _ in one.requests for found in re.findall(r"bins=(\d+)", url)]
    assert bins and max(bins) <= 4096
    expect(page.locator(".el .events")).to_have_attribute("aria-busy", "false")
    page.locator(".el .events").press("End")
    expect(at(page)).to_have_text(told(of_player(page, "length")))
    expect(page.locator(".el .row.chosen")).to_be_in_viewport()
    lane = """canvas => {
        const scale = canvas.width / canvas.clientWidth
        const at = [62 * scale, 68 * scale, 1, 1]
        return Math.max(...canvas.getContext("2d").getImageData(...at).data.slice(0, 3))
    }"""
    assert canvas(page).evaluate(lane) < 90
    one.shot("inspect_parts_dark")
