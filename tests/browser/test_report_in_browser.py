"""A report in Chromium: opened from disk with the network off; heard, read, printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.calls import Archive
from harness.nouns import Redaction
from harness.report import ReportOptions, write_html
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_run

LUMINANCE = """(selector) => {
    const [r, g, b] = getComputedStyle(document.querySelector(selector)).backgroundColor
        .match(/[0-9.]+/g).map(Number);
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}"""
SMALL = """() => [...document.querySelectorAll('body *')]
    .filter((each) => each.checkVisibility() && [...each.childNodes]
        .some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((each) => !each.closest('svg') && parseFloat(getComputedStyle(each).fontSize) < 12)
    .map((each) => each.textContent.trim().slice(0, 40))"""


@dataclass
class Opened:
    """A report in a tab, and what it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run: two calls passed, two failed, with sound and a hidden name."""
    folder = tmp_path_factory.mktemp("report")
    settings = Settings(data=folder / "data")
    store = Store.open(settings)
    run = seed_run(
        store, ("Book a follow-up", "Hours"), 2, [0.0, 1.0], recording=True, turns=5, minutes=0.4
    )
    options = ReportOptions(audio=True, redact=Redaction(names=("Osei",)))
    write_html(Archive(store, settings), run.id, folder / "report.html", options)
    store.close()
    return folder / "report.html"


@pytest.fixture
def opened(chromium: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The report from disk; nothing can be reached from there."""
    wide, scheme = getattr(request, "param", (1280, "light"))
    context = chromium.new_context(viewport={"width": wide, "height": 900}, color_scheme=scheme)
    context.set_offline(True)
    tab = Opened(context.new_page())
    tab.page.on("console", lambda message: tab.said.append(message.text))
    tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
    tab.page.on("request", lambda asked: tab.asked.append(asked.url))
    tab.page.goto(report.as_uri())
    yield tab
    assert tab.said == []
    assert {url.split(",")[0] for url in tab.asked} <= {report.as_uri(), "data:audio/ogg;base64"}
    context.close()


def test_it_is_heard_from_a_line_on_and_calls_that_passed_can_be_left_out(opened: Opened) -> None:
    page = opened.page
    expect(page.get_by_text("2 of 4 calls failed")).to_be_visible()
    calls = page.locator("details.call")
    expect(calls).to_have_count(4)
    failed = calls.filter(has_text="Not met").first
    audio = failed.locator("audio")
    lines = failed.locator("button.at")
    lines.nth(3).click()
    page.wait_for_function("(audio) => !audio.paused", arg=audio.element_handle())
    at = float(lines.nth(3).get_attribute("data-at") or "nan")
    assert audio.evaluate("(each) => each.currentTime") >= at - 0.05
    expect(failed.locator("li.now")).to_have_count(1)
    # Another call's sound ends this one; the outline seeks, and so does the keyboard.
    other = calls.filter(has_text="Not met").nth(1)
    outline = other.locator("svg[data-scale]")
    box = outline.bounding_box()
    assert box is not None
    outline.click(position={"x": box["width"] * 0.5, "y": 20})
    page.wait_for_function(
        "(audio) => !audio.paused && audio.currentTime > 1",
        arg=other.locator("audio").element_handle(),
    )
    assert audio.evaluate("(each) => each.paused")
    first = other.locator("button.at").first
    first.focus()
    page.keyboard.press("Enter")
    begin = float(first.get_attribute("data-at") or "nan")
    page.wait_for_function(
        "([audio, begin]) => audio.currentTime < begin + 5",
        arg=[other.locator("audio").element_handle(), begin],
    )
    page.get_by_label("Leave out calls that passed").check()
    expect(page.locator("details.call:visible")).to_have_count(2)
    assert "Osei" not in page.content() and "[name 1]" in page.content()


@pytest.mark.parametrize(
    "opened", [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")], indirect=True
)
def test_it_can_be_read_light_dark_and_on_a_phone(
    opened: Opened, request: pytest.FixtureRequest
) -> None:
    wide, scheme = request.node.callspec.params["opened"]
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") == wide
    assert page.evaluate(SMALL) == []
    light = page.evaluate(LUMINANCE, "body")
    assert light > 0.9 if scheme == "light" else light < 0.1
    for button in page.locator("button.at:visible").all()[:3]:
        box = button.bounding_box()
        assert box is not None and box["height"] >= 24


@pytest.mark.parametrize("opened", [(1280, "dark")], indirect=True)
def test_it_prints_whole_and_light(opened: Opened) -> None:
    page = opened.page
    page.emulate_media(media="print")
    assert page.evaluate(LUMINANCE, "body") > 0.9
    # Folded calls are printed, too; what is only for the screen is not.
    folded = page.locator("details.call:not([open])").first
    expect(folded.locator(".talk li").first).to_be_visible()
    expect(page.get_by_label("Leave out calls that passed")).to_be_hidden()
    expect(page.locator("audio").first).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")
