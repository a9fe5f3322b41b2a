"""What the Call page of a stored call costs: of 300 turns, and of 30; run by `make bench`.

The real store, the real view and the real page, drawn by Streamlit's AppTest, which runs the script
as the server does but for the browser. Told as processor time: the call's view (its events read,
turns, figures and checks made of them), the script, and what goes to the browser. Fails where a
goal is missed: under 1 s for view and script of 300 turns, and under 6 times what 30 turns cost.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from streamlit.testing.v1 import AppTest

from harness.calls import CallRequest, CallView, stored_view
from harness.console import SHELL, install
from harness.nouns import Agent, Call, CallState, Event, Verdict
from harness.scenarios import find_scenario
from harness.settings import get_settings
from harness.store import EventWriter, Store
from tests.pages.replay_service import ReplayService
from tests.unit.measure.conversations import Style, scripted

SHORT, LONG = 30, 300
GOAL_S = 1.0
GOAL_RATIO = 6.0
KINDS = ("answered", "tool", "quick", "filler", "long", "slow", "talked_over", "interrupted")
WORDS = "of course I can look that up for you one moment the doctor is free on Friday at ten"
HEALTH = {
    "loop_lag_ms": 3.0,
    "skipped_ms": 0.0,
    "underrun_ms": 0.0,
    "concealed_ms": 0.0,
    "jitter_buffer_ms": 40.0,
    "packet_loss": 0.0,
    "frame_gap_ms": 4.0,
    "late_ms": 0.1,
    "clock_shift_ms": 0.0,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds, the best of three, and megabytes."""

    view_s: float
    script_s: float
    sent_mb: float

    @property
    def whole_s(self) -> float:
        """From nothing to a page that is drawn."""
        return self.view_s + self.script_s


class Kept(ReplayService):
    """A service that shows the stored calls of a folder as the engine does."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.view = lru_cache(maxsize=8)(lambda call_id: stored_view(store, call_id))  # type: ignore[method-assign]

    def history(self, *, include_deleted: bool = False) -> Sequence[Call]:
        """All of them."""
        return self._store.calls(include_deleted=include_deleted)

    def agent_log(self, call_id: str, last: int = 200) -> list[str]:
        """As many lines as there may be."""
        return [f"{n:7.2f} INFO a line of the agent's log" for n in range(last)]


def events_of(turns: int) -> list[Event]:
    """A call of so many lines, with words, reports and health as of a real one."""
    draw = random.Random(turns)
    kinds = [KINDS[n % len(KINDS)] for n in range(turns - 1)]
    # Nobody can be talked over while a reply goes on that was cut into.
    kinds = ["answered" if before == "interrupted" else kind
             for before, kind in zip(["", *kinds], kinds, strict=False)]  # fmt: skip
    events = scripted(turns, "greeting", kinds, "answered", Style()).events()
    return [_filled(event, draw) for event in events]


def _filled(event: Event, draw: random.Random) -> Event:
    if event.kind == "health":
        return replace(event, data=dict(HEALTH))
    if "text" in event.data:
        words = draw.choices(WORDS.split(), k=draw.randint(6, 18))
        return replace(
            event, data=event.data | {"text": f"{event.data['text']} {' '.join(words)}."}
        )
    return event


def keep(store: Store, turns: int) -> str:
    """Store a call of so many lines; returns its id."""
    scenario = find_scenario("front_desk/book")
    request = CallRequest(agent=Agent(name="demo", provider="demo"), scenario=scenario)
    now = datetime.now(UTC)
    call = Call(
        f"call_{turns}", f"run_{turns}", "demo", "demo", scenario.name, "heart", CallState.DONE,
        Verdict.FAILED, None, now, ended_at=now, duration_s=10.0 * turns,
    )  # fmt: skip
    store.add_run(call.run_id, "Probe", now)
    store.add_call(call, request.model_dump(mode="json"))
    with EventWriter(store.artifacts(call.id).events) as writer:
        for event in events_of(turns):
            writer.append(event)
    return call.id


def drawn(call_id: str) -> AppTest:
    """The page of a call."""
    app = AppTest.from_file(str(SHELL), default_timeout=600)
    app.context = {"theme": "light"}
    app.query_params["call"] = call_id
    app.run()
    if app.exception or app.error:
        sys.exit(
            f"The page shows an error: {[each.value for each in (*app.exception, *app.error)]}"
        )
    return app


def cost(service: Kept, store: Store, call_id: str) -> Cost:
    """What a page costs."""
    views, scripts = [], []
    sent = 0
    for _ in range(3):
        began = time.process_time()
        view: CallView = stored_view(store, call_id)
        views.append(time.process_time() - began)
        assert service.view(call_id) == view
        began = time.process_time()
        app = drawn(call_id)
        scripts.append(time.process_time() - began)
        protos = [getattr(element, "proto", None) for element in app.main]
        sent = sum(proto.ByteSize() for proto in protos if proto is not None)
    return Cost(min(views), min(scripts), sent / 1e6)


def main() -> None:
    """Print the figures; end with 1 if a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RINGBACK_DATA"] = str(Path(folder) / "data")
        get_settings.cache_clear()
        store = Store.open(get_settings())
        service = Kept(store)
        service.start()
        install(service)
        try:
            calls = {turns: keep(store, turns) for turns in (SHORT, LONG)}
            drawn(calls[SHORT])  # imports, and what is made once
            found = {turns: cost(service, store, call_id) for turns, call_id in calls.items()}
        finally:
            install(None)
            service.stop()
            store.close()
    print(f"  {'turns':>6}{'view':>10}{'script':>10}{'both':>10}{'sent':>12}")
    for turns, each in found.items():
        print(
            f"  {turns:>6}{each.view_s:>8.2f} s{each.script_s:>8.2f} s{each.whole_s:>8.2f} s"
            f"{each.sent_mb:>9.2f} MB"
        )
    long = found[LONG].whole_s
    ratio = long / found[SHORT].whole_s
    print(f"{LONG} turns: {long:.2f} s of one core, goal: under {GOAL_S:.0f}")
    print(f"{LONG} turns over {SHORT}: {ratio:.1f} times, goal: under {GOAL_RATIO:.0f}")
    sys.exit(0 if long < GOAL_S and ratio < GOAL_RATIO else 1)


if __name__ == "__main__":
    main()
