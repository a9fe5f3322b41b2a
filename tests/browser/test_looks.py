"""Sizes, themes and first screens; leaves screenshots in test-results/."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SIZES = [(1440, 900), (1280, 800), (1920, 1080), (1000, 800), (400, 850)]


def overflow(page):
    return page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def page_scrolls(page):
    return page.get_by_test_id("stMain").evaluate("main => main.scrollHeight - main.clientHeight")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_call_fits_its_window(replayed, tab, theme, width, height):
    one = tab(replayed("short", history=True), width=width, height=height, theme=theme)
    one.open("/?call=c000005")
    page = one.page
    # The page is laid out anew once the window has told its width.
    expect(page.get_by_role("button", name="Play")).to_have_count(1)
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length >= 3")
    page.wait_for_timeout(600)
    one.shot(f"call-{width}-{theme}")
    assert overflow(page) <= 0
    if width >= 1440:
        assert page_scrolls(page) <= 1


CUT = """() => [...document.querySelectorAll('[data-testid=stPageLink] a')]
    .concat([...document.querySelectorAll('[data-testid=stButton] button')])
    .flatMap(one => [one, ...one.querySelectorAll('*')])
    .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).overflowX !== 'visible')
    .map(one => one.innerText)"""


def test_what_can_be_done_is_never_cut_and_the_call_comes_first(replayed, tab):
    one = tab(replayed("short", history=True), width=1920).open("/?call=c000005")
    page = one.page
    link = page.get_by_role("link", name="Make a scenario of it")
    call = page.locator("section[aria-label=Call]")
    made = page.get_by_text("Set-up", exact=True)
    verdict = page.locator(".verdict")
    for width in (1920, 1280, 1260, 1259, 1000, 700, 640, 380):
        page.set_viewport_size({"width": width, "height": 850})
        expect(link).to_be_visible()
        expect(page.locator(".st-key-actions")).to_have_count(int(width < 1260))
        expect(call).to_be_visible()
        box = call.bounding_box()
        below = made.bounding_box()["y"] >= box["y"] + box["height"]
        assert below == (width < 1260), width
        assert page.evaluate(CUT) == [], width
        assert overflow(page) <= 0, width
        box = verdict.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, width
        assert width < 640 or box["y"] < page.locator(".what").bounding_box()["y"] + 40, width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (800, 900)])
def test_the_first_screen_fits(replayed, tab, theme, width, height):
    one = tab(replayed("short", history=True), width=width, height=height, theme=theme).open()
    expect(one.page.get_by_role("button", name="Call the demo agent")).to_be_visible()
    one.page.wait_for_timeout(400)
    one.shot(f"first-{width}-{theme}")
    assert overflow(one.page) <= 0
    assert width < 1440 or page_scrolls(one.page) <= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_runs(replayed, tab, theme):
    one = tab(replayed("short", history=True), theme=theme).open("/runs?call=c000002")
    page = one.page
    expect(page.get_by_text("Selected:")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".bub.a").first).to_be_visible()
    page.wait_for_timeout(600)
    one.shot(f"runs-{theme}")
    assert overflow(page) <= 0


def test_set_up_and_its_error(replayed, tab):
    console = replayed("short", history=True, alone="set-up")
    one = tab(console).open("/agents?new=dev_runner")
    page = one.page
    page.get_by_role("textbox", name="Runner address").fill("http://localhost:7860")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Call", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(400)
    one.shot("dialog-runner")
    dialog.get_by_role("textbox", name="Session body, JSON").fill("{")
    dialog.get_by_role("button", name="Call", exact=True).click()
    expect(dialog).to_contain_text("The session body is not JSON.")
    one.shot("dialog-error")
    dialog.get_by_role("textbox", name="Session body, JSON").fill('{"language": "en"}')
    dialog.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_url("**/?call=*")


def test_the_waveform_redraws_only_when_something_changed(replayed, tab):
    one = tab(replayed("short", history=True)).open("/?call=c000002")
    page = one.page
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    count = """() => {
        let draws = 0
        const clear = CanvasRenderingContext2D.prototype.clearRect
        CanvasRenderingContext2D.prototype.clearRect = function (...box) {
            draws += 1
            return clear.apply(this, box)
        }
        return new Promise(done => setTimeout(() => done(draws), 1000))
    }"""
    assert page.evaluate(count) == 0


def test_charts_and_waveform_follow_the_theme(replayed, tab):
    one = tab(replayed("short", history=True)).open("/?call=c000002")
    page = one.page
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    ink = """() => [...document.querySelectorAll('.js-plotly-plot')]
        .find(plot => plot.data.some(trace => trace.name === 'heard'))?.layout.font.color"""
    page.wait_for_function(f"() => ({ink})() === '#56606E'")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => ({ink})() === '#A6B0BE'")
    one.shot("theme-switched")
