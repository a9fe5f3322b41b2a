"""A person takes the caller's side in Chromium, with a microphone that plays a file."""

from __future__ import annotations

import io
import re
import struct
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from browser_support import Cable, Console, Tab, start_console
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

RATE = 24000
MICROPHONE = ["microphone"]
REPLAY = Path(__file__).parent / "replay_app.py"
FILTERS = ("echoCancellation", "noiseSuppression", "autoGainControl")
WORKLET = Path(__file__).parents[2] / "harness/console/components/call_view/voice_worklet.js"
KEPT = """
    const media = navigator.mediaDevices
    const open = media.getUserMedia.bind(media)
    window.asked = []
    media.getUserMedia = async wanted => {
        window.asked.push(wanted.audio)
        return (window.stream = await open(wanted))
    }
    const Node = window.AudioWorkletNode
    window.AudioWorkletNode = class extends Node {
        constructor(context, name, options) {
            super(context, name, options)
            if (name === "ringback-lanes") window.player = this
        }
    };
"""
OWN_VOICE = "() => window.player.parameters.get('caller').value"
COUNTED = """
    const media = navigator.mediaDevices
    const open = media.getUserMedia.bind(media)
    window.asked = []
    media.getUserMedia = wanted => { window.asked.push(wanted.audio); return open(wanted) }
"""


def known(name: str) -> str:
    """A script that makes a page of somebody who has spoken before."""
    keep = "".join(
        f"localStorage.setItem('ringback.{key}', '{value}');"
        for key, value in (("name", name), ("spoke", "1"))
    )
    return f"if (location.protocol === 'http:') {{ {keep} }}"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def held(page: Page) -> Locator:
    return page.locator(".stand.mine")


class Wire:
    """What a page sends by its microphone's socket."""

    def __init__(self, page: Page) -> None:
        self.places: list[int] = []
        self._pieces: list[bytes] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: Any) -> None:
        if socket.url.endswith("/speak"):
            socket.on("framesent", self._sent)

    def _sent(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            version, *zeros, first = struct.unpack_from("<BBHIQ", payload)
            assert (version, zeros, len(payload)) == (1, [0, 0, 0], 16 + 2 * 480)
            self.places.append(first)
            self._pieces.append(payload[16:])

    def sound(self) -> np.ndarray:
        """All that was sent, -1.0 to 1.0; what was muted is left out."""
        return np.frombuffer(b"".join(self._pieces), "<i2") / 32768


def logged(console: Console, pattern: str) -> re.Match[str]:
    """Waits until the console has said so."""
    deadline = time.monotonic() + 30
    while not (found := re.search(pattern, console.text())):
        assert time.monotonic() < deadline, console.text()[-2000:]
        time.sleep(0.05)
    return found


def recording(one: Tab, call: str) -> np.ndarray:
    """Both lanes of a call that is over, (n, 2)."""
    token = one.page.evaluate(f"() => window.__ringbackHubs.get('{call}').tokens.recording")
    address = f"{one.console.url}/ringback/calls/{call}/recording?token={token}"
    with urllib.request.urlopen(address) as answer:
        lanes, rate = soundfile.read(io.BytesIO(answer.read()))
    assert rate == RATE
    return np.asarray(lanes)


def outline(sound: np.ndarray, rate: int) -> np.ndarray:
    """Its level every 20 ms."""
    step = rate // 50
    usable = len(sound) // step * step
    return np.sqrt(np.mean(sound[:usable].reshape(-1, step) ** 2, axis=1))


def likeness(whole: np.ndarray, part: np.ndarray) -> float:
    """The correlation of `part` with that place of `whole` to which it is most alike."""
    size = 1 << int(np.ceil(np.log2(len(whole) + len(part))))
    product = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    places = len(whole) - len(part) + 1
    until = np.concatenate([[0.0], np.cumsum(whole**2)])
    power = until[len(part) :] - until[: -len(part)]
    alike = np.fft.irfft(product, size)[:places] / np.sqrt(power * np.sum(part**2) + 1e-9)
    return float(alike.max())


def test_a_voice_takes_the_call_over_and_hands_it_back(replayed, tab, microphone) -> None:
    console = replayed("book", alone="voice")
    one = tab(console, permissions=MICROPHONE, before=COUNTED)
    page, wire = one.page, Wire(one.page)
    one.open()
    call = one.call_demo()
    expect(page.get_by_text("Northgate Clinic").first).to_be_visible()
    expect(held(page)).to_be_hidden()
    button(page, "Take over").click()
    panel = page.get_by_role("group", name="Speak as the caller")
    expect(panel).to_contain_text("headphones")
    expect(panel).to_contain_text("knows only our own voices")
    button(page, "Use microphone").click()
    expect(panel, "nobody speaks without a name").to_be_visible()
    assert page.evaluate("window.asked") == []
    panel.get_by_role("textbox").fill("Anna")
    button(page, "Use microphone").click()
    expect(held(page)).to_contain_text("You are the caller")
    (wanted,) = page.evaluate("window.asked")
    assert all(wanted[each] for each in FILTERS)
    expect(page.locator(".by:visible")).to_have_text(re.compile("Anna$"))
    expect(page.locator("[data-listening=on]"), "one hears whom one speaks with").to_be_visible()

    page.keyboard.press("t")
    expect(held(page)).to_contain_text("Hold Space to talk")
    before = wire.places[-1]
    clock = page.locator("section[aria-label='Call status']").get_by_text(re.compile(r"^\d:\d\d$"))
    at = clock.first.inner_text()
    expect(clock.first).not_to_have_text(at)
    page.keyboard.down(" ")
    expect(held(page)).to_contain_text("You are heard")
    while wire.places[-1] <= before + 480 * 3:
        page.wait_for_timeout(20)
    page.keyboard.up(" ")
    expect(held(page)).to_contain_text("Hold Space to talk")
    gaps = np.diff(wire.places)
    assert gaps.min() == 480 and np.median(gaps) == 480
    assert gaps.max() > 10 * 480, "it was muted, and its count went on"
    page.keyboard.press("t")

    # With headphones nobody needs the browser to work on what is said: then every sample is sent.
    page.get_by_label("Echo filter").uncheck()
    page.wait_for_function("window.asked.length === 2")
    assert not any(page.evaluate("window.asked")[1][each] for each in FILTERS)
    expect(held(page)).to_contain_text("You are the caller")
    begun = wire.places[-1]
    while wire.places[-1] < begun + 6 * RATE:
        page.wait_for_timeout(50)
    voice, _ = soundfile.read(microphone)
    whole = soxr.resample(np.tile(voice, 2), 48_000, RATE)
    sent = wire.sound()[-5 * RATE :]
    alike = [likeness(whole, sent[first : first + RATE]) for first in range(0, len(sent), RATE)]
    assert np.median(alike) > 0.95, alike

    page.get_by_label("Hand back from").select_option(
        label="from line 3: Change mind: ask for Friday"
    )
    button(page, "Hand back").click()
    back = logged(console, r"given back: \('Anna', 'handed_back', '', 2\) \S+ to (\S+)")
    expect(button(page, "Take over")).to_be_enabled()
    expect(held(page)).to_be_hidden()
    button(page, "Hang up").click()
    expect(button(page, "Play")).to_be_enabled()
    caller = outline(recording(one, call)[:, 0], RATE)
    end = int(50 * float(back[1])) - 10
    heard = caller[end - 150 : end]
    assert heard.max() > 0.05 and heard.min() < 0.2 * heard.max()
    end = round(RATE * float(back[1])) - RATE // 2
    lane = recording(one, call)[:, 0]
    alike = [likeness(whole, lane[end - at * RATE :][:RATE]) for at in (1, 2, 3, 4)]
    assert max(alike) > 0.95, alike


def test_a_second_tester_asks_by_key_and_is_given_the_call(replayed, tab) -> None:
    console = replayed("book", alone="two testers")
    anna = tab(console, permissions=MICROPHONE, before=known("Anna")).open()
    call = anna.call_demo()
    ben = tab(console, permissions=MICROPHONE, before=known("Ben"))
    expect(button(anna.page, "Take over")).to_be_enabled()
    anna.page.keyboard.press("m")
    expect(held(anna.page)).to_contain_text("You are the caller")
    ben.open(f"/?call={call}")
    for place in (".stand", "section[aria-label='Call status']"):
        expect(ben.page.locator(place)).to_contain_text("Anna has the call")
    expect(button(ben.page, "Ask for the call")).to_be_enabled()
    ben.page.keyboard.press("m")
    expect(ben.page.get_by_text("Asking Anna for the call")).to_be_visible()
    expect(anna.page.get_by_text("Ben asks for the call.")).to_be_visible()
    button(anna.page, "Keep").click()
    expect(ben.page.get_by_text("Anna keeps the call.")).to_be_visible()
    button(ben.page, "Ask for the call").click()
    button(ben.page, "Use microphone").click()
    button(anna.page, "Give it").click()
    expect(held(ben.page)).to_contain_text("You are the caller")
    expect(held(anna.page)).to_be_hidden()
    expect(anna.page.locator(".stand")).to_contain_text("Ben has the call")
    ben.page.close()
    logged(console, r"given back: \('Ben', 'gone', '', None\)")
    expect(button(anna.page, "Take over")).to_be_enabled()


def test_a_page_laid_out_anew_speaks_and_hears_on_and_one_that_is_left_does_not(
    replayed, tab
) -> None:
    console = replayed("book", alone="narrower")
    one = tab(console, permissions=MICROPHONE, before=known("Edda"))
    page, wire = one.page, Wire(one.page)
    one.open().call_demo()
    expect(button(page, "Take over")).to_be_enabled()
    page.keyboard.press("m")
    expect(held(page)).to_contain_text("You are the caller")
    expect(page.locator("[data-listening=on]")).to_be_visible()
    field = page.get_by_label("Type a line for the caller to say")
    field.fill("Is there parking?")
    runs = one.full_runs
    page.set_viewport_size({"width": 390, "height": 844})
    while one.full_runs == runs:
        page.wait_for_timeout(50)
    said = wire.places[-1]
    while wire.places[-1] < said + RATE:
        page.wait_for_timeout(50)
    expect(held(page)).to_contain_text("You are the caller")
    expect(page.locator("[data-listening=on]")).to_be_visible()
    expect(field).to_have_value("Is there parking?")
    assert len([socket for socket in one.sockets if socket.url.endswith("/speak")]) == 1
    assert "given back" not in console.text()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_test_id("stTopNav").get_by_role("link", name="Runs").click()
    logged(console, r"given back: \('Edda', 'gone', '', None\)")


NONE = """
    navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('', 'NotFoundError')
    };
"""
UNSAFE = "Object.defineProperty(window, 'isSecureContext', { value: false });"


def test_without_a_microphone_one_takes_over_by_typing(replayed, tab) -> None:
    console = replayed("book", alone="typing")
    call = ""
    for told, before in (
        ("The browser refused the microphone", ""),
        ("No microphone was found", NONE),
        ("https", UNSAFE),
    ):
        one = tab(console, before=before + known("Cleo"))
        page = one.page
        if call:
            one.open(f"/?call={call}")
        else:
            call = one.open().call_demo()
        expect(button(page, "Take over")).to_be_enabled()
        button(page, "Take over").click()
        expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
        expect(held(page)).to_be_hidden()
        button(page, "Type instead").click()
        expect(held(page)).to_contain_text("What you type is said")
        page.keyboard.type("Is there parking?")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Says next: Is there parking?")).to_be_visible()
        button(page, "Hand back").click()
        expect(button(page, "Take over")).to_be_enabled()


def test_a_lost_connection_is_told_and_a_whisper_goes_alone(replayed, tab) -> None:
    one = tab(replayed("person", alone="lost"), permissions=MICROPHONE, before=known("Dora"))
    page = one.page
    lines: list[Any] = []

    def through(route: Any) -> None:
        route.connect_to_server()
        lines.append(route)

    page.route_web_socket("**/speak", through)
    one.open()
    one.call_demo()
    expect(button(page, "Take over")).to_be_enabled()
    button(page, "Take over").click()
    expect(held(page)).to_contain_text("You are the caller")
    expect(page.get_by_label("Whisper when handing back (optional)")).to_be_visible()
    lines[0].close(code=4500)
    expect(page.get_by_role("alert").filter(has_text="connection was lost")).to_contain_text(
        "simulated caller has taken over"
    )
    expect(held(page)).to_be_hidden()
    button(page, "Whisper to the caller").click()
    page.get_by_label("What the caller shall do").fill("Now ask for Friday instead.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Told. It does so from its next words on")).to_be_visible()


def brought(page: Page, rate: int, tone: float) -> np.ndarray:
    """What the worklet makes of a second of a tone: place, level and 480 samples a piece."""
    heard = page.evaluate(
        """async ([source, rate, tone]) => {
            const context = new OfflineAudioContext(1, 1.1 * rate, rate)
            const module = new Blob([`${source}; voiceWorklet()`], { type: "text/javascript" })
            await context.audioWorklet.addModule(URL.createObjectURL(module))
            const options = { numberOfOutputs: 0, processorOptions: { first: 7, muted: false } }
            const node = new AudioWorkletNode(context, "ringback-voice", options)
            const all = []
            const full = new Promise(done => node.port.onmessage = ({ data }) => {
                all.push([data.first, data.level, ...new Int16Array(data.piece, 16)])
                if (all.length === 50) done()
            })
            const oscillator = new OscillatorNode(context, { frequency: tone })
            oscillator.connect(node)
            oscillator.start()
            await context.startRendering()
            await full
            return all
        }""",
        [WORKLET.read_text(), rate, tone],
    )
    return np.array(heard)


def test_a_microphone_is_changed_lost_and_found_and_ones_own_voice_is_not_heard(
    replayed, tab
) -> None:
    console = replayed("person", alone="devices")
    one = tab(console, permissions=MICROPHONE, before=KEPT + known("Gerd"))
    page, wire = one.page, Wire(one.page)
    one.open().call_demo()
    expect(button(page, "Take over")).to_be_enabled()
    button(page, "Take over").click()
    expect(page.locator("[data-listening=on]")).to_be_visible()
    page.wait_for_function(f"({OWN_VOICE})() === 0")
    devices = page.get_by_label("Microphone", exact=True)
    other = devices.locator("option:not(:checked)").first.get_attribute("value")
    page.evaluate("window.first = stream")
    devices.select_option(value=other)
    page.wait_for_function("window.asked.length === 2")
    assert page.evaluate("window.asked[1].deviceId") == {"ideal": other}
    expect(devices).to_have_value(other)

    # The other one is open, and the page listens to it.
    page.wait_for_function("stream !== first && Boolean(stream.getAudioTracks()[0].onended)")
    page.evaluate("stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_role("alert").filter(has_text="The microphone is gone.")).to_be_visible()
    expect(held(page)).to_contain_text("You are the caller. What you type is said.")
    page.wait_for_function(f"({OWN_VOICE})() === 1")
    silent = len(wire.places)
    button(page, "Use microphone").click()
    page.wait_for_function(f"({OWN_VOICE})() === 0")
    while len(wire.places) < silent + 10:
        page.wait_for_timeout(20)
    assert (np.diff(wire.places) > 0).all(), "no place comes twice"

    page.get_by_label("Whisper when handing back (optional)").fill("Now ask for Friday.")
    page.keyboard.press("Enter")
    logged(console, r"given back: \('Gerd', 'handed_back', 'Now ask for Friday.', None\)")
    page.wait_for_function(f"({OWN_VOICE})() === 1")
    expect(page.locator("[data-listening=on]"), "one hears how it goes on").to_be_visible()


def test_a_network_that_falls_silent_gives_the_call_back_and_the_page_says_so(
    tmp_path, tab
) -> None:
    env = {"REPLAY_SCRIPT": "book", "RINGBACK_DATA": str(tmp_path / "data")}
    env["STREAMLIT_SERVER_WEBSOCKET_PING_INTERVAL"] = "2"
    console = start_console(REPLAY, tmp_path / "log.txt", env)
    cable = Cable(console.port)
    try:
        far = Console(console.process, cable.port, console.log)
        one = tab(far, permissions=MICROPHONE, before=known("Fritz"))
        page = one.page
        call = one.open().call_demo()
        expect(button(page, "Take over")).to_be_enabled()
        page.keyboard.press("m")
        expect(held(page)).to_contain_text("You are the caller")
        near = tab(console).open(f"/?call={call}").page
        expect(near.locator(".stand")).to_contain_text("Fritz has the call")
        cable.unplug()
        logged(console, r"given back: \('Fritz', 'gone', '', None\)")
        expect(near.locator(".stand")).to_be_hidden()
        expect(button(near, "Take over")).to_be_enabled()
        said = near.locator(".bub:visible").count()
        expect(near.locator(".bub:visible").nth(said), "the call goes on").to_be_visible()
        cable.plug()
        expect(page.get_by_role("alert").filter(has_text="connection was lost")).to_contain_text(
            "simulated caller has taken over"
        )
        expect(held(page)).to_be_hidden()
        expect(button(page, "Take over")).to_be_enabled()
    finally:
        cable.close()
        console.stop()


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_the_microphone_is_brought_to_24_khz(chromium, replayed, rate: int) -> None:
    """A tone keeps its level; what 24 kHz cannot hold does not come back as another tone."""
    with chromium.new_page() as page:
        page.goto(f"{replayed('short').url}/_stcore/health")
        for tone in (300.0, 1000.0, 3000.0, 5000.0, *((9000.0,) if rate > RATE else ())):
            pieces = brought(page, rate, tone)
            assert (np.diff(pieces[:, 0]) == 480).all() and pieces[0, 0] == 7
            samples = pieces[10:, 2:].ravel() / 32767
            turning = np.exp(2j * np.pi * tone * np.arange(len(samples)) / RATE)
            found = 2 * np.mean(samples * turning.conj())
            assert abs(found) == pytest.approx(1.0, abs=0.01), tone
            # Nothing else is there: no other tone, and no error that follows the sound.
            rest = samples - (found * turning).real
            assert np.sqrt(np.mean(rest**2)) < 0.002, tone
            assert pieces[10:, 1] == pytest.approx(np.sqrt(0.5), abs=0.01)
        for tone in (13_500.0, 15_000.0, 20_000.0) if rate > RATE else ():
            assert np.abs(brought(page, rate, tone)[10:, 2:]).max() < 0.001 * 32767, tone
