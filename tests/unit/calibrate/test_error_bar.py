"""A stored call carries the error bar of its server's calibration, or of this machine's."""

from __future__ import annotations

import functools
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.calls import CallRequest, stored_view
from harness.calls._live_call import LiveCall
from harness.calls._recovery import append_event
from harness.calls._stored import error_bar
from harness.nouns import Calibration, Event, EventKind, server_of
from harness.settings import Settings
from harness.store import Store
from tests.unit.calls.stored_calls import AGENT, keep_call

SERVER = "wss://example.livekit.cloud"


def calibration(
    number: int, sd_s: float, url: str = "local", host: str | None = None
) -> Calibration:
    return Calibration(
        id=f"calibration_{number}",
        created_at=datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=number),
        url=url,
        host=host or socket.gethostname(),
        cores=2,
        turns=12,
        flagged=0,
        floor_s=0.05,
        bias_s=-0.001,
        sd_s=sd_s,
        worst_s=0.004,
        p95_abs_s=0.004,
        delays=(),
        stop=None,
        overlap=None,
        load=0.1,
        loop_lag_p99_ms=2.0,
        versions={},
    )


def test_the_bar_is_that_of_the_server_or_else_of_this_machine(tmp_path: Path) -> None:
    store = Store.open(Settings(data=tmp_path))
    try:
        call = keep_call(store)
        append_event(store, call.id, EventKind.SESSION_STARTED, {"url": SERVER})
        assert stored_view(store, call.id).error_s is None
        store.add_calibration(calibration(1, 0.009, host="another machine"))
        assert stored_view(store, call.id).error_s is None
        store.add_calibration(calibration(2, 0.002))
        assert stored_view(store, call.id).error_s == pytest.approx(0.001 + 1.96 * 0.002)
        store.add_calibration(calibration(3, 0.003, SERVER))
        store.add_calibration(calibration(4, 0.001))
        assert stored_view(store, call.id).error_s == pytest.approx(0.001 + 1.96 * 0.003)
        other = keep_call(store, call_id="call_2")
        append_event(store, other.id, EventKind.SESSION_STARTED, {"url": "wss://other.example"})
        assert stored_view(store, other.id).error_s == pytest.approx(0.001 + 1.96 * 0.001)
    finally:
        store.close()


def test_a_live_call_carries_it_from_the_moment_its_server_is_known(tmp_path: Path) -> None:
    store = Store.open(Settings(data=tmp_path))
    try:
        store.add_calibration(calibration(1, 0.003, SERVER))
        call = keep_call(store)
        live = LiveCall(
            call, CallRequest(agent=AGENT), tmp_path / "none", functools.partial(error_bar, store)
        )
        live.add(Event(1, 0.0, EventKind.STATE, {"state": "starting"}))
        assert live.view().error_s is None
        live.add(Event(2, 0.1, EventKind.SESSION_STARTED, {"url": SERVER}))
        assert live.view().error_s == pytest.approx(0.001 + 1.96 * 0.003)
        # A calibration that is made meanwhile serves the calls after it.
        store.add_calibration(calibration(2, 0.001, SERVER))
        live.add(Event(3, 0.2, EventKind.STATE, {"state": "live"}))
        assert live.view().error_s == pytest.approx(0.001 + 1.96 * 0.003)
    finally:
        store.close()


@pytest.mark.parametrize(
    "spelled",
    [SERVER, f" {SERVER}/ ", "WSS://Example.LiveKit.cloud", "https://example.livekit.cloud/"],
)
def test_a_server_is_known_however_it_is_spelled(tmp_path: Path, spelled: str) -> None:
    assert server_of(spelled) == SERVER
    store = Store.open(Settings(data=tmp_path))
    try:
        store.add_calibration(calibration(1, 0.001))
        store.add_calibration(calibration(2, 0.003, server_of(spelled)))
        found = store.calibration_for(SERVER + "/")
        assert found is not None and found.id == "calibration_2"
    finally:
        store.close()


def test_what_differs_is_another_server() -> None:
    others = ["ws://example.livekit.cloud", f"{SERVER}:7880", f"{SERVER}/other", "ws://[::1]:7880"]
    assert len({server_of(url) for url in (SERVER, *others)}) == 5
