"""The console as a person meets it: time to ringing, processor time, loop lag with four viewers,
and how late one of them hears the call.

Runs the real console and Chromium on this machine; Chromium's own work counts as load. Run by
`make bench`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Page, expect, sync_playwright

from harness.local import find_chromium, free_port
from harness.measure import percentile

VIEWERS = 4
GOAL_MS = 400
"""Of how late a call is heard."""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def start(data: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The console on a free port, answering."""
    port = free_port()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("ringback")), "console", "--port", str(port)],
        env=os.environ | {"RINGBACK_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return process, url
        except OSError:
            time.sleep(0.05)


def call(page: Page, url: str) -> dict[str, float]:
    """Click, and how long until it rings, is live, and the agent's first words are on screen."""
    page.goto(url)
    button = page.get_by_role("button", name="Call the demo agent")
    expect(button).to_be_enabled(timeout=60_000)
    clicked = time.monotonic()
    button.click()
    state = page.locator("section[aria-label='Call status'] .state")
    times = {}
    for name in ("Ringing|Live", "Live"):
        page.wait_for_function(
            """([name]) => { const deep = root => [...root.querySelectorAll('*')].flatMap(e =>
                [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])])
                return deep(document).some(e => e.classList?.contains('state')
                    && new RegExp(`(${name})$`).test(e.innerText.trim())) }""",
            arg=[name],
            timeout=120_000,
        )
        times[name.split("|")[0].lower()] = time.monotonic() - clicked
    expect(page.locator(".bub.a").first).to_be_visible(timeout=120_000)
    times["first words"] = time.monotonic() - clicked
    assert state.count() == 1
    return times


def listened(page: Page, seconds: float) -> list[int]:
    """For so long, what the page tells of how late the call is heard (ms)."""
    delays: list[int] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.wait_for_timeout(500)
        told = page.locator("[data-delay-ms]").evaluate_all(
            "all => all.map(e => e.dataset.delayMs)"
        )
        delays += [int(each) for each in told]
    return delays


def processor_time(processes: list[psutil.Process]) -> dict[int, float]:
    """User and system seconds so far of each process that lives."""
    used = {}
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used[process.pid] = times.user + times.system
    return used


def kind_of(process: psutil.Process) -> str:
    """Worker, agent, LiveKit server, recogniser or console; ended if it has."""
    try:
        line = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "ended"
    for kind, sign in {
        "worker": "harness.calls._worker",
        "agent": "bot.py -t",
        "LiveKit server": "livekit",
        "recogniser": "_recogniser",
        "guard": "_guard",
    }.items():
        if sign in line:
            return kind
    return "console"


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGS)
        process, url = start(data)
        try:
            page = browser.new_page()
            cold = call(page, url)
            print("cold, seconds from the click:", _times(cold))
            again = page.get_by_role("button", name="Call again")
            expect(again).to_be_visible(timeout=180_000)
            time.sleep(15)  # the next agent warms up
            warm = call(browser.new_page(), url)
            print("warm, seconds from the click:", _times(warm))
            call_id = max(p.name for p in (data / "calls").iterdir())
            viewers = [browser.new_page() for _ in range(VIEWERS)]
            for viewer in viewers:
                viewer.goto(f"{url}/?call={call_id}")
            seen_from = _last_second(data, call_id)
            family = psutil.Process(process.pid)
            family = [family, *family.children(recursive=True)]
            viewers[0].get_by_role("button", name="Listen", exact=True).click()
            before, began = processor_time(family), time.monotonic()
            delays = listened(viewers[0], 20)
            after, took = processor_time(family), time.monotonic() - began
            shares: dict[str, float] = {}
            for member in family:
                if member.pid in after and member.pid in before:
                    kind = kind_of(member)
                    used = (after[member.pid] - before[member.pid]) / took
                    shares[kind] = shares.get(kind, 0.0) + used
            print(
                f"share of one core over {took:.0f} s of a live call with {VIEWERS} viewers, "
                "one of whom listens:"
            )
            for kind, share in sorted(shares.items(), key=lambda item: -item[1]):
                print(f"  {kind:15}{share * 100:6.1f} %")
            late = f"p50 {np.median(delays):.0f} ms, most {max(delays)} ms"
            missed = "" if max(delays) < GOAL_MS else f": over {GOAL_MS} ms"
            print(f"so late the call is heard, sound card included: {late}{missed}")
            lags = _lags(data, call_id, seen_from)
            print(
                f"worst loop lag of each second, {len(lags)} s with {VIEWERS} viewers: "
                f"p50 {np.median(lags):.1f} ms, p99 {percentile(lags, 99):.1f} ms"
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            browser.close()


def _times(times: dict[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.2f}" for name, seconds in times.items())


def _events(data: Path, call_id: str) -> list[dict[str, object]]:
    lines = (data / "calls" / call_id / "events.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _last_second(data: Path, call_id: str) -> float:
    return float(str(_events(data, call_id)[-1]["t"]))


def _lags(data: Path, call_id: str, since: float) -> list[float]:
    return [
        float(event["data"]["loop_lag_ms"])  # type: ignore[index]
        for event in _events(data, call_id)
        if event["kind"] == "health" and float(str(event["t"])) >= since
    ]


if __name__ == "__main__":
    main()
