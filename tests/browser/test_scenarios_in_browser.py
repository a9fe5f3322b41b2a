"""The Scenarios page and judging in Chromium, on a replayed engine."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TEXT = "Scenario file, YAML"


def page_scrolls(page):
    return page.get_by_test_id("stMain").evaluate("main => main.scrollHeight - main.clientHeight")


def test_form_and_text_are_kept_in_step_while_typing(replayed, tab):
    one = tab(replayed("short", alone="scenarios")).open("/scenarios?new=script")
    page = one.page
    text = page.get_by_label(TEXT)
    expect(text).to_have_value(re.compile("Hello, I have a question"))
    line = page.get_by_label("What the caller says").first
    line.fill("Where can I park?")
    line.press("Enter")
    expect(text).to_have_value(re.compile("user: Where can I park"))

    # Typing: one key after the other, the focus stays, and the form follows.
    text.focus()
    text.evaluate("area => area.setSelectionRange(0, 0)")
    page.keyboard.type("# Mine: hand-written.\n", delay=15)
    expect(text).to_have_value(re.compile("^# Mine: hand-written.\nname"))
    expect(text).to_be_focused()
    text.evaluate(
        """area => {
            const at = area.value.indexOf('Where can I park')
            area.setSelectionRange(at, at + 'Where can I park'.length)
        }"""
    )
    page.keyboard.type("Is parking free", delay=15)
    expect(page.get_by_label("What the caller says").first).to_have_value("Is parking free?")
    expect(text).to_be_focused()

    # A mistake is told at its line, and leads to it.
    text.fill(text.input_value().replace("event: response", "evnt: response", 1))
    told = page.get_by_role("button", name=re.compile(r"Line \d+"))
    expect(told).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    one.shot("scenarios-mistake")
    told.click()
    expect(text).to_be_focused()
    chosen = text.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert "expect" in chosen or "evnt" in chosen
    text.fill(text.input_value().replace("evnt", "event"))
    expect(page.get_by_text("Can be called")).to_be_visible()

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save and call").click()
    page.wait_for_url("**/?call=*")
    expect(page.locator("section[aria-label='Call status']")).to_be_visible()


def test_a_line_is_heard_when_asked(replayed, tab):
    one = tab(replayed("short", alone="scenarios")).open("/scenarios?scenario=front_desk/book")
    page = one.page
    expect(page.get_by_role("button", name="Hear", exact=False).first).to_be_visible()
    assert page.locator("audio").count() == 0
    page.get_by_role("button", name="Hear", exact=False).first.click()
    # The voice is loaded by the first word that is asked for: that may take a busy machine a while.
    expect(page.locator("audio")).to_have_count(1, timeout=90_000)
    page.wait_for_function("() => document.querySelector('audio').duration > 0.5", timeout=60_000)


@pytest.mark.parametrize(
    ("theme", "width", "height"),
    [("light", 1440, 900), ("dark", 1440, 900), ("light", 1280, 800)],
)
@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("list", "/scenarios?scenario=front_desk/book"),
        ("editor", "/scenarios?copy=front_desk/book"),
        ("from-call", "/scenarios?from=c000005"),
    ],
)
def test_scenarios_fit_their_window(replayed, tab, theme, width, height, name, address):
    console = replayed("short", history=True)
    one = tab(console, theme=theme, width=width, height=height).open(address)
    page = one.page
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_function(
        """() => { const main = document.querySelector('[data-testid=stMain]')
            return main.scrollHeight - main.clientHeight <= 1 }"""
    )
    page.wait_for_timeout(600)
    one.shot(f"scenarios-{name}-{width}-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page_scrolls(page) <= 1


def test_a_quote_plays_its_second_and_a_call_is_judged_again(replayed, tab):
    one = tab(replayed("judged", alone="judged")).open()
    page = one.page
    one.call_demo()
    expect(page.get_by_role("button", name="Play", exact=False).first).to_be_enabled()
    runs = one.full_runs
    quote = page.get_by_role("button", name="“We are open from eight until six.”")
    quote.click()
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].some(node => node.shadowRoot
            ?.querySelector('.at')?.textContent.startsWith('0:06'))"""
    )
    assert one.full_runs == runs
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Judge again").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of this version").fill("Once more")
    dialog.get_by_role("button", name="Judge", exact=False).last.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("combobox", name="Version")).to_have_value(re.compile("^Once more: "))
    runs = one.full_runs
    page.get_by_role("tabpanel").get_by_role("button", name="“").first.click()
    assert one.full_runs == runs
    page.get_by_role("button", name="Side by side").click()
    expect(page.get_by_role("dialog")).to_contain_text("In the call")
    one.shot("judged-side-by-side")


def test_a_line_is_mended_and_called_again_in_one_click(replayed, tab):
    one = tab(replayed("short", speed=4.0, alone="mend")).open()
    page = one.page
    first = one.call_demo()
    expect(page.get_by_role("button", name="Play", exact=False).first).to_be_enabled()
    page.get_by_role("link", name="Fix and call again").click()
    line = page.get_by_label("What the caller says").first
    line.fill("I would like to see Doctor Reyes on Monday.")
    # The field still has the focus: one click is enough all the same.
    page.get_by_role("button", name="Save and call again").click()
    page.wait_for_url(re.compile(r"/\?call=(?!" + first + ")"))
    one.open("/scenarios")
    page.get_by_text("Yours", exact=True).first.click()
    expect(page.get_by_text("I would like to see Doctor Reyes on Monday.")).to_be_visible()


def test_a_conversation_is_imported_where_calls_are_looked_for(replayed, tab, tmp_path):
    one = tab(replayed("short", alone="import")).open("/runs")
    page = one.page
    page.get_by_role("button", name="Import calls").click()
    dialog = page.get_by_role("dialog")
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    chosen = dialog.locator("input[type=file]")
    chosen.set_input_files(broken)
    expect(dialog.get_by_role("button", name="Remove broken.json")).to_be_visible()
    dialog.get_by_role("button", name="Import", exact=False).last.click()
    expect(dialog).to_contain_text("it is no list of messages")
    one.shot("import-refused")
    dialog.get_by_role("button", name="Remove broken.json").click()
    good = tmp_path / "desk.conversation.json"
    said = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}]
    good.write_text(json.dumps(said))
    chosen.set_input_files(good)
    expect(dialog.get_by_role("button", name="Remove desk.conversation.json")).to_be_visible()
    dialog.get_by_role("button", name="Import", exact=False).last.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Imported 1 call.")).to_be_visible()
    expect(page.get_by_text("Selected:")).to_be_visible()
