"""Hearing a call while it runs: what the player makes of pieces, and the button and its menu."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

import harness.console.components as components
from harness.calls import LaneSound
from harness.console._lanes import MU_LAW, PCM, LaneEncoder
from harness.nouns import LANE_RATE, Lane

pytestmark = pytest.mark.browser

PIECE = LANE_RATE // 25
BEGAN = 10_000_000
"""Where the call's clock stands as the player's stands at 0."""
PLAYER = (Path(__file__).parent / "lanes_played.js").read_text()
WORKLET = (Path(components.__file__).parent / "call_view" / "lanes_worklet.js").read_text()

Arrivals = list[tuple[int, Lane, int, np.ndarray]]
"""Frame at which each piece comes, its lane, its place after BEGAN, its samples."""


class Played:
    """What the player made of some pieces."""

    def __init__(self, page: Page, arrivals: Arrivals, length: int, **volumes: float) -> None:
        encoder = LaneEncoder()
        steps: dict[int, list[str]] = {}
        self.forms: list[int] = []
        for frame, lane, place, samples in sorted(arrivals, key=lambda one: (one[0], one[2])):
            sound = LaneSound("c", lane, BEGAN + place, samples.astype("<i2").tobytes())
            message = encoder.encode(sound, frame / LANE_RATE)
            self.forms.append(message[2])
            steps.setdefault(frame // 128, []).append(base64.b64encode(message).decode())
        given = [[quantum * 128 / LANE_RATE, pieces] for quantum, pieces in steps.items()]
        answer: dict[str, Any] = page.evaluate(PLAYER, [WORKLET, given, length, volumes])
        self.left, self.right = np.array(answer["left"]), np.array(answer["right"])
        self.told = answer["told"]

    def clicks(self, lane: Lane) -> list[int]:
        """Frames at which a click of a lane is heard."""
        near, far = (self.left, self.right) if lane == "caller" else (self.right, self.left)
        return [int(frame) for frame in np.flatnonzero((near > 0.3) & (near > 1.5 * far))]


def lane_of(seconds: float, clicks: tuple[float, ...] = ()) -> np.ndarray:
    samples = np.zeros(round(seconds * LANE_RATE))
    samples[[round(at * LANE_RATE) for at in clicks]] = 30_000
    return samples


def tone_of(seconds: float, pitch: float = 200.0) -> np.ndarray:
    return 16_000 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * LANE_RATE)) / LANE_RATE)


def sent(lane: Lane, samples: np.ndarray, late: Callable[[int], int] = lambda _: 0) -> Arrivals:
    """Each piece comes as it is whole, and `late` frames after that."""
    return [
        (place + PIECE + late(number), lane, place, samples[place : place + PIECE])
        for number, place in enumerate(range(0, len(samples) - PIECE + 1, PIECE))
    ]


@pytest.fixture
def page(chromium, replayed) -> Iterator[Page]:
    """A bare page of the console: audio threads want one that is trusted."""
    with chromium.new_page() as page:
        page.goto(f"{replayed('book').url}/_stcore/health")
        yield page


def test_both_lanes_lie_on_one_clock_with_one_short_delay(page):
    # The agent's pieces come 80 ms later than the caller's, one in five by 40 ms more.
    clicks = (0.5, 1.0, 2.0, 2.5)
    arrivals = sent("caller", lane_of(3, clicks))
    arrivals += sent("agent", lane_of(3, clicks), lambda number: 1920 + 960 * (number % 5 == 0))
    played = Played(page, arrivals, 4)
    caller, agent = played.clicks("caller"), played.clicks("agent")
    # One click of both at once is louder on neither side.
    both = [int(at) for at in np.flatnonzero(played.left > 1.0)]
    assert (caller, agent) == ([], []) and len(both) == len(clicks)
    delays = [at - round(click * LANE_RATE) for at, click in zip(both, clicks, strict=True)]
    latest = PIECE + 1920 + 960
    assert all(latest <= delay < latest + 0.05 * LANE_RATE < 0.4 * LANE_RATE for delay in delays)
    assert len(set(delays)) == 1


def test_a_lane_that_is_muted_is_digital_silence(page):
    caller, agent = sent("caller", tone_of(1)), sent("agent", tone_of(1, 330))
    alone = Played(page, caller, 1, caller=0.0)
    assert not alone.left.any() and not alone.right.any()
    assert np.abs(Played(page, caller, 1).left).max() > 0.4
    other = Played(page, caller + agent, 1, caller=0.0)
    # Where nothing of the caller is left, one side is the other's scaled copy.
    assert np.abs(other.right).max() > 0.4
    assert other.left * 0.85 == pytest.approx(other.right * 0.45, abs=1e-6)


def test_what_comes_at_once_after_a_sleep_is_left_out_but_for_the_newest(page):
    clicks = (0.5, 2.0, 3.0, 4.0, 5.0, 6.5, 7.0)
    # After a second nothing is played for five: then all of it is there.
    arrivals = [
        (frame if frame < LANE_RATE else max(LANE_RATE, frame - 5 * LANE_RATE), *rest)
        for lane in ("caller", "agent")
        for frame, *rest in sent(lane, lane_of(8, clicks))
    ]
    played = Played(page, arrivals, 4)
    heard = [int(at) for at in np.flatnonzero(played.left > 1.0)]
    assert len(heard) == 3
    for at, click in zip(heard, (0.5, 6.5 - 5, 7.0 - 5), strict=True):
        assert 0 < at - round(click * LANE_RATE) < 0.4 * LANE_RATE
    assert max(report["leaps"] for report in played.told) > 0
    assert all(report["held"] <= 0.34 * LANE_RATE for report in played.told)


def test_what_is_lost_or_late_makes_no_click_and_one_lane_never_waits(page):
    def stalled(number: int) -> int:
        return max(0, 3 * PIECE - (number - 30) * PIECE) if number >= 30 else 0

    arrivals = sent("agent", tone_of(2), stalled)
    del arrivals[10]
    played = Played(page, arrivals, 2)
    sounds = np.abs(played.right) > 1e-3
    assert sounds.mean() > 0.8, "it is heard although the caller's lane never came"
    silence = np.diff(np.flatnonzero(sounds))
    assert (silence > 0.5 * PIECE).sum() == 2, "what is lost and what is late are silent"
    # A tone that was cut off would step by up to 0.42.
    assert np.abs(np.diff(played.right)).max() < 0.08


def test_a_line_that_got_slow_is_heard_again_and_in_smaller_pieces(page):
    # Half a second late from second 1 on: the console writes mu-law from there.
    arrivals = sent("agent", tone_of(3), lambda number: 12_000 if number >= 25 else 0)
    played = Played(page, arrivals, 3)
    assert played.forms[:25] == [PCM] * 25 and played.forms[26:] == [MU_LAW] * 49
    loud = 0.85 * 16_000 / 32_768
    for second in (0.5, 2.5):
        part = played.right[round(second * LANE_RATE) :][: LANE_RATE // 4]
        assert np.abs(part).max() == pytest.approx(loud, rel=0.04)
        assert np.abs(np.diff(part)).max() == pytest.approx(loud * 2 * np.pi / 120, rel=0.3)


def listens(page: Page) -> None:
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.locator("[data-listening=on][data-delay-ms]")).to_be_visible()


def delay_of(page: Page, other_than: int | None = None) -> tuple[int, int]:
    """What the page tells next of its delay, and of what waits in its player (ms)."""
    known = page.locator(f"[data-delay-ms]:not([data-delay-ms='{other_than}'])")
    told = known.evaluate("node => [node.dataset.delayMs, node.dataset.heldMs]")
    return int(told[0]), int(told[1])


def test_three_people_listen_to_one_call(replayed, tab):
    console = replayed("book", alone="listening")
    one = tab(console).open()
    call = one.call_demo()
    expect(one.page.get_by_role("button", name="Listen", exact=True)).to_be_enabled()
    assert not any(socket.url.endswith("/listen") for socket in one.sockets)
    tabs = [one, tab(console).open(f"/?call={call}"), tab(console).open(f"/?call={call}")]
    for each in tabs:
        listens(each.page)
        # A busy computer is late at times: what the player strives for is the least.
        delay, held = delay_of(each.page)
        for _ in range(60):
            assert held < 400
            if delay < 400:
                break
            delay, held = delay_of(each.page, delay)
        assert 0 < delay < 400
    # Whoever hears sees on.
    expect(one.page.get_by_text("It is the third of May, nineteen eighty.")).to_be_visible()
    tabs[1].page.get_by_role("button", name="Stop listening").click()
    expect(tabs[1].page.locator("[data-listening=off]")).to_be_visible()
    for each in (tabs[0], tabs[2]):
        expect(each.page.locator("[data-listening=on]")).to_be_visible()


def test_each_side_can_be_set_by_keyboard(replayed, tab):
    one = tab(replayed("book")).open()
    one.call_demo()
    page = one.page
    listens(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    menu = page.get_by_role("group", name="What you hear")
    expect(menu).to_be_visible()
    expect(menu).to_contain_text("s late")
    mute = menu.get_by_role("button", name="Mute the caller")
    expect(mute).to_be_focused()
    page.keyboard.press("Enter")
    expect(mute).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    # Whoever turns a muted side up wants to hear it.
    page.keyboard.press("ArrowLeft")
    expect(mute).to_have_attribute("aria-pressed", "false")
    slider = menu.get_by_role("slider", name="Volume of the caller")
    expect(slider).to_have_attribute("aria-valuetext", "95 %")
    one.shot("listening")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.get_by_role("button", name="What you hear")).to_be_focused()
    assert page.get_by_role("button", name="Hang up").is_enabled()


def test_a_lost_line_comes_back_and_a_full_console_says_so(replayed, tab):
    one = tab(replayed("book")).open()
    page = one.page
    codes = [4001, 1013]
    forms: list[str] = []

    def listen(socket: WebSocketRoute) -> None:
        forms.append(socket.url)
        if len(forms) != 2:
            socket.close(code=codes.pop(0))
            return
        server = socket.connect_to_server()
        server.on_message(socket.send)

    page.route_web_socket("**/listen", listen)
    one.call_demo()
    page.get_by_role("button", name="Listen", exact=True).click()
    # The first is told that its permission is too old: it gets another by itself.
    expect(page.locator("[data-listening=on]")).to_be_visible()
    assert len(forms) == 2
    page.get_by_role("button", name="Stop listening").click()
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.get_by_text("Too many people listen by this console.")).to_be_visible()
    expect(page.locator("[data-listening=failed]")).to_be_visible()
