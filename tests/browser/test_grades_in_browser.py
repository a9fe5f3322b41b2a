"""Grading by hand in Chromium: what a blind grader's browser is really sent, and keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser_support import Console, Tab, settled, start_console, until
from playwright.sync_api import Page, Response, WebSocket, expect

from harness.nouns import Call, CheckVerdict, Criterion
from harness.settings import Settings
from harness.store import Store
from tests.seeded import seed_call, seed_judgements, seed_scenario

SECRET = "Zebra"
"""Stands in what judges said, and nowhere else."""
NASTY = "<img src=x onerror='window.pwned=1'> [a](javascript:alert(1))"
WISHES = ("Is polite throughout", "Keeps it brief")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grades")


@pytest.fixture(scope="module")
def call(data: Path) -> Iterator[Call]:
    store = Store.open(Settings(data=data))
    checks = tuple(Criterion(rule="criterion", name=name, text=name) for name in WISHES)
    scenario = replace(seed_scenario("Book a follow-up"), checks=checks)
    call = seed_call(store, scenario=scenario)
    no = (CheckVerdict.NOT_MET, CheckVerdict.NOT_MET, CheckVerdict.MET)
    yield seed_judgements(store, call, dict.fromkeys(WISHES, no), reason=f"{SECRET} said so.")
    store.close()


@pytest.fixture(scope="module")
def console(call: Call, data: Path) -> Iterator[Console]:
    env = {"REPLAY_SEEDED": "1", "RINGBACK_DATA": str(data)}
    log = data / "log.txt"
    running = start_console(Path(__file__).parent / "replay_app.py", log, env)
    yield running
    running.stop()


def overheard(page: Page) -> list[bytes]:
    """All that comes to the browser from now on, by WebSocket and by routes."""
    heard: list[bytes] = []

    def came(payload: str | bytes) -> None:
        heard.append(payload.encode() if isinstance(payload, str) else payload)

    def answered(response: Response) -> None:
        if "/ringback/" in response.url and "recording" not in response.url:
            heard.append(response.body())

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", came)

    page.on("websocket", opened)
    page.on("response", answered)
    return heard


def test_blind_until_graded_and_then_everybody_sees_the_words_as_words(
    console: Console, call: Call, tab: Callable[..., Tab]
) -> None:
    address = f"/inspect?call={call.id}&tab=grades"
    page = tab(console).open(address).page
    page.get_by_label("Your name").fill("Ann Lee")
    page.get_by_role("button", name="Start grading").click()
    page.get_by_text("Blind", exact=True).click()
    expect(page.get_by_text("Verdict hidden").first).to_be_visible()

    page.wait_for_function("document.cookie.includes('ringback_blind=1')")

    # This browser remembers both: a visit later nothing slips through before it is known.
    heard = overheard(page)
    page.goto(f"{console.url}{address}")
    expect(page.get_by_text("Ann Lee")).to_be_visible()
    expect(page.get_by_role("region", name="Waveform")).to_be_visible()
    for name in ("Checks", "Events", "Latency", "Metadata", "Logs", "Audio", "Grades"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
    expect(page.get_by_role("radio", name="Not met").first).to_be_visible()
    for path, told in (
        (f"/?call={call.id}", "The result is hidden: you grade blind"),
        (f"/compare?a={call.id}&b={call.id}", "You grade blind"),
        (f"/runs?call={call.id}", "You grade blind"),
    ):
        page.goto(f"{console.url}{path}")
        expect(page.get_by_text(told).first).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
    page.goto(f"{console.url}{address}")
    expect(page.get_by_role("radio", name="Not met").first).to_be_visible()
    sent = b"".join(heard)
    assert WISHES[0].encode() in sent
    assert SECRET.encode() not in sent

    for number, name in enumerate(WISHES):
        expect(page.get_by_label(f"Note: {name}")).to_be_disabled()
        page.get_by_role("radio", name="Met", exact=True).nth(number).click()
        page.get_by_label(f"Note: {name}").fill(NASTY)
        page.get_by_label(f"Note: {name}").press("Enter")
        expect(page.get_by_text(f"{SECRET} said so").first).to_be_visible()
    expect(page.get_by_text("Verdict hidden")).to_have_count(0)
    assert SECRET.encode() in b"".join(heard)

    page.reload()
    for number, name in enumerate(WISHES):
        expect(page.get_by_role("radio", name="Met", exact=True).nth(number)).to_be_checked()
        expect(page.get_by_label(f"Note: {name}")).to_have_value(NASTY)

    other = tab(console, width=390, theme="dark").open(address).page
    other.get_by_label("Your name").fill("Ben")
    other.get_by_role("button", name="Start grading").click()
    expect(other.get_by_text("<img src=x onerror='window.pwned=1'>").first).to_be_visible()
    expect(other.get_by_text("Failed", exact=True).first).to_be_visible()
    for each in (page, other):
        assert each.evaluate("window.pwned") is None
        assert each.locator("img[src='x'], a[href^=javascript]").count() == 0


def test_a_queue_is_graded_by_keys_alone(
    console: Console, call: Call, data: Path, tab: Callable[..., Tab]
) -> None:
    one = tab(console)
    one.page.context.add_cookies([{"name": "ringback_grader", "value": "Cleo", "url": console.url}])
    page = one.open("/inspect?queue=sample&tab=grades").page
    bar = page.locator(".st-key-review_bar")
    store = Store.open(Settings(data=data))
    for number, key in enumerate("21", start=1):
        expect(bar.get_by_text(f"· {number} of 2 · {number - 1} of 2 graded")).to_be_visible()
        # A key that comes while the next criterion is on its way grades nothing.
        expect(page.get_by_role("region", name="Waveform")).to_be_visible()
        settled(page)
        page.keyboard.press(key)
        expect(bar.get_by_text(f"{number} of 2 graded by you")).to_be_visible()
        # What is typed into a field is no key.
        asked = page.get_by_label(re.compile("Note: (Is polite|Keeps)")).first
        expect(asked).to_be_enabled()
        asked.fill("12 n")
        asked.press("Enter")
        asked.blur()
        page.keyboard.press("n")

    def given() -> dict[str, str]:
        return {each.value: each.note for each in store.grades_of(call.id) if each.grader == "Cleo"}

    until(page, lambda: given() == {"not_met": "12 n", "met": "12 n"})
    store.close()
