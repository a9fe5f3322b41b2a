"""The live page in Chromium, on a replayed conversation."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from browser_support import start_console
from playwright.sync_api import expect

from harness.console._tokens import ACTIONS

pytestmark = pytest.mark.browser

LIVE = re.compile(r"^Live$")


def state_of(page):
    return page.locator("section[aria-label='Call status'] .state")


def bubbles(page):
    return page.locator(".bub:visible")


def heard_in_chart(page):
    """The heard latencies the chart has now."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')]
            .flatMap(plot => plot.data).find(trace => trace.name === 'heard')?.y ?? []"""
    )


def test_a_call_from_the_click_to_its_recording(replayed, tab):
    one = tab(replayed("short")).open()
    page = one.page
    one.call_demo()
    first = page.get_by_text("Northgate Clinic, this is Ava.")
    expect(first).to_be_visible()
    assert state_of(page).inner_text().endswith("Live")
    expect(page.get_by_text("When are you open?")).to_be_visible()
    runs = one.full_runs
    expect(page.get_by_text("0.90 s heard", exact=False).first).to_be_visible()
    expect(page.get_by_text("Thanks, goodbye.")).to_be_visible()
    assert state_of(page).inner_text().endswith("Live")
    assert one.full_runs == runs, "the page was run again while the call went on"
    expect(state_of(page)).to_contain_text("Ended")
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    expect(page.get_by_text("The caller hung up at 0:11")).to_be_visible()
    expect(page.locator(".verdict")).to_contain_text("Passed")
    expect(page.get_by_text("2 met", exact=True)).to_be_visible()
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length >= 3")
    assert len(heard_in_chart(page)) == 2
    assert 1 <= one.full_runs - runs <= 2
    at_rest = one.full_runs + one.fragment_runs
    page.wait_for_timeout(2500)
    assert one.full_runs + one.fragment_runs == at_rest, "an ended call is still polled"


def test_a_reload_comes_back_to_the_call(replayed, tab):
    one = tab(replayed("book")).open()
    one.call_demo()
    page = one.page
    expect(page.get_by_text("Northgate Clinic").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Northgate Clinic").first).to_be_visible()
    expect(state_of(page)).to_contain_text("Live")


def test_two_viewers_see_the_same_and_each_other(replayed, tab):
    console = replayed("book")
    one = tab(console).open()
    call = one.call_demo()
    present = one.page.locator(".present")
    expect(present).to_be_hidden()
    two = tab(console, before="localStorage.setItem('ringback.name', 'Ben Okri')")
    two.open(f"/?call={call}")
    said = "I would like a follow-up with Dr Osei, please."
    for viewer in (one, two):
        expect(viewer.page.get_by_text(said)).to_be_visible()
    expect(present).to_contain_text("You, Ben Okri")
    expect(two.page.locator(".present")).to_contain_text("You, 1 watching")
    two.page.get_by_role("button", name="Listen").click()
    expect(present).to_contain_text("You, Ben Okri (listening)")
    expect(present).to_have_attribute("title", "You watch\nBen Okri listens")
    two.page.close()
    expect(present).to_be_hidden()


def test_bar_and_view_share_one_stream(replayed, tab):
    one = tab(replayed("book")).open()
    one.call_demo()
    expect(bubbles(one.page).first).to_be_visible()
    assert len(one.streams()) == 1


def test_a_hidden_tab_lets_go_and_resumes_where_it_was(replayed, tab):
    one = tab(replayed("book")).open()
    call = one.call_demo()
    page = one.page
    expect(bubbles(page).first).to_be_visible()
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
    }"""
    hub = f"window.__ringbackHubs.get('{call}')"
    page.evaluate(hide, True)
    page.wait_for_function(f"() => {hub}.status === 'hidden'")
    seq = page.evaluate(f"() => {hub}.seq")
    page.evaluate(hide, False)
    expect(page.get_by_text("I would like a follow-up with Dr Osei, please.")).to_be_visible()
    assert [h.get("last-event-id") for h in one.streams()] == [None, str(seq)]
    expect(page.get_by_text("Northgate Clinic").first).to_be_visible()


def test_a_lost_connection_is_told_calmly_and_comes_back(replayed, tab):
    one = tab(replayed("book")).open()
    call = one.call_demo()
    page = one.page
    expect(bubbles(page).first).to_be_visible()
    page.route("**/events", lambda route: route.abort())
    page.evaluate(f"() => window.__ringbackHubs.get('{call}').abort.abort()")
    note = page.locator(".lost")
    expect(note).to_be_visible()
    expect(note).to_contain_text("Reconnecting")
    page.unroute("**/events")
    expect(note).to_be_hidden()
    expect(page.get_by_text("I would like a follow-up with Dr Osei, please.")).to_be_visible()
    assert one.streams()[-1].get("last-event-id")


def test_no_token_stands_in_an_address_of_a_stream_or_in_the_log(replayed, tab):
    console = replayed("book")
    one = tab(console).open()
    call = one.call_demo()
    expect(bubbles(one.page).first).to_be_visible()
    one.page.get_by_role("button", name="Listen").click()
    expect(one.page.locator("[data-listening=on]")).to_be_visible()
    tokens = one.page.evaluate(f"() => Object.values(window.__ringbackHubs.get('{call}').tokens)")
    assert len(tokens) == len(ACTIONS)
    addresses = [url for url, _ in one.requests] + [socket.url for socket in one.sockets]
    for token in tokens:
        assert not any(token in address for address in addresses)
        assert token not in console.text()


def test_typing_speaks_and_h_hangs_up_only_outside_the_field(replayed, tab):
    one = tab(replayed("book")).open()
    one.call_demo()
    page = one.page
    expect(bubbles(page).first).to_be_visible()
    field = page.get_by_label("Type a line for the caller to say")
    expect(field).to_be_enabled()
    with page.expect_response("**/say") as said:
        field.press_sequentially("hhh")
        field.press("Enter")
    assert said.value.status == 200
    expect(page.get_by_text("Says next: hhh")).to_be_visible()
    assert said.value.request.post_data_json == {"text": "hhh"}
    page.get_by_role("button", name="Send as text").click()
    written = page.get_by_label("Type a text for the caller to send")
    with page.expect_response("**/say") as sent:
        written.fill("4711")
        written.press("Enter")
    assert sent.value.request.post_data_json == {"text": "4711", "as_text": True}
    expect(page.get_by_text("Sends next: 4711")).to_be_visible()
    page.get_by_role("button", name="Send as text").click()
    assert state_of(page).inner_text().endswith("Live")
    field.blur()
    page.keyboard.press("h")
    expect(state_of(page)).to_contain_text("Ended")
    expect(page.get_by_text("You hung up at")).to_be_visible()


def test_what_an_agent_says_stays_text(replayed, tab):
    one = tab(replayed("xss")).open()
    one.call_demo()
    page = one.page
    expect(page.locator(".bub.c", has_text="<img src=x onerror=")).to_be_visible()
    expect(page.locator(".tool code", has_text="<script>")).to_be_visible()
    expect(state_of(page)).to_contain_text("Ended")
    expect(page.get_by_text("[click](javascript:alert(1))")).to_be_visible()
    expect(page.locator(".what")).to_contain_text("<b>Agent</b>")
    assert page.evaluate("() => window.__owned") is None
    assert not any("evil.invalid" in url or url.endswith("/x") for url, _ in one.requests)
    assert page.locator("img[src='x'], a[href^='javascript']").count() == 0
    one.shot("xss")


def test_a_call_that_cannot_connect_says_what_to_do(replayed, tab):
    one = tab(replayed("refused")).open()
    one.call_demo()
    page = one.page
    alert = page.locator(".fault")
    expect(alert).to_contain_text("The agent did not join the room in 20 s.")
    expect(alert).to_contain_text("Check that the bot is running, then call again.")
    expect(state_of(page)).to_contain_text("Not carried through")
    expect(page.get_by_role("button", name="Call again")).to_be_visible()


def test_a_recording_plays_and_is_sought(replayed, tab):
    one = tab(replayed("short", history=True))
    one.open("/?call=c000002")
    page = one.page
    with page.expect_response(lambda answer: "/recording" in answer.url) as sound:
        page.locator(".bub.c", has_text="Thanks, goodbye.").click()
    assert sound.value.status == 206
    expect(page.locator(".foot .at b")).to_have_text("0:07")
    expect(page.locator(".turn.on .bub.c")).to_have_text("Thanks, goodbye.")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".foot .at b")).to_have_text("0:09")
    page.get_by_role("button", name="Pause").click()
    box = page.locator("canvas.wave").bounding_box()
    page.mouse.click(box["x"] + 59, box["y"] + 40)
    expect(page.locator(".foot .at b")).to_have_text("0:00")


def test_scrolling_up_is_respected_and_there_is_a_way_back(replayed, tab):
    one = tab(replayed("book", speed=3), height=700).open()
    call = one.call_demo()
    page = one.page
    expect(page.get_by_text("Yes please, book that one.")).to_be_visible()
    # News comes before the browser has told of the scrolling.
    page.locator(".tr").evaluate(
        "(list, id) => { list.scrollTo(0, 0); window.__ringbackHubs.get(id).tell('view') }", call
    )
    pill = page.get_by_role("button", name="Jump to now")
    expect(pill).to_be_visible()
    expect(page.get_by_text("Hello? Is there any parking?")).to_be_attached()
    assert page.locator(".tr").evaluate("list => list.scrollTop") < 5
    pill.click()
    expect(pill).to_be_hidden()


def test_the_bar_stays_on_other_pages_with_hang_up(replayed, tab):
    one = tab(replayed("book", alone="bar")).open()
    one.call_demo()
    page = one.page
    expect(bubbles(page).first).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("link", name="Open call")).to_be_visible()
    expect(state_of(page)).to_contain_text("Live")
    page.get_by_role("button", name="Hang up").click()
    expect(state_of(page)).to_have_count(0)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_call_that_ends_while_the_page_changes_leaves_no_bar(replayed, tab):
    one = tab(replayed("book", alone="bar")).open()
    call = one.call_demo()
    page = one.page
    expect(bubbles(page).first).to_be_visible()
    hub = f"window.__ringbackHubs.get('{call}')"
    # What a hang-up just before the new bar is drawn leaves behind: a stream already at its end.
    page.evaluate(f"() => {{ {hub}.post('hangup'); {hub}.status = 'ended' }}")
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(state_of(page)).to_have_count(0)


def test_stopping_the_console_does_not_wait_for_open_streams(chromium, tab, tmp_path):
    app = Path(__file__).parent / "replay_app.py"
    console = start_console(app, tmp_path / "log.txt", {"REPLAY_SCRIPT": "book"})
    one = tab(console).open()
    one.call_demo()
    expect(bubbles(one.page).first).to_be_visible()
    one.page.get_by_role("button", name="Listen").click()
    expect(one.page.locator("[data-listening=on]")).to_be_visible()
    # Streamlit's own command ends with 1 after Ctrl-C, whatever the app does.
    assert console.stop(signal.SIGINT, within_s=20) in (0, 1)
    assert "replay stopped" in console.text()
    assert "Traceback" not in console.text()
