"""A calibration against the real server: both ends, the processes and what is kept of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from harness.agents import RoomKeys
from harness.calibrate import Progress, calibrate
from harness.calls import Engine
from harness.errors import CalibrationSpoiled, RoomRefused
from harness.local import LiveKitServer
from harness.settings import Settings

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]

TURNS = 8
LOOSE_S = 0.02
"""The machine that runs the tests may be busy; `make bench` holds the caller to its goal."""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(Settings(data=tmp_path / "data"))


async def test_a_calibration_tells_the_callers_errors_and_is_kept(engine: Engine) -> None:
    await asyncio.to_thread(engine.start)
    before = set(psutil.Process().children(recursive=True))
    told: list[Progress] = []
    try:
        try:
            found = await calibrate(engine.settings, engine, turns=TURNS, progress=told.append)
        except CalibrationSpoiled as error:
            # The machine was too busy for the most of it, which is said, and nothing is kept.
            assert f"of {TURNS} turns were spoiled" in error.message
            assert error.cause
            assert engine.store.calibrations() == []
            return
        assert found.turns == TURNS
        assert found.flagged <= TURNS // 2
        assert sum(each.n for each in found.delays) == TURNS - found.flagged - found.missed
        assert found.missed == 0
        assert found.floor_s > 0.02
        assert found.error_s >= abs(found.bias_s)
        if TURNS - found.flagged >= 4:
            assert abs(found.bias_s) < LOOSE_S
        assert engine.store.calibration_for("ws://127.0.0.1:1234") == found
        assert found.url == "local"
        assert (told[0].done, told[-1].done) == (0, told[-1].of)
        assert engine.history() == []
        # No process, no room and no file is left.
        left = {each.name() for each in set(psutil.Process().children(recursive=True)) - before}
        assert not any("livekit" in name for name in left)
        assert not any(engine.settings.data.joinpath("calibrations").iterdir())
    finally:
        await asyncio.to_thread(engine.stop)


async def test_a_server_that_refuses_the_keys_says_so(
    engine: Engine, livekit: LiveKitServer
) -> None:
    await asyncio.to_thread(engine.start)
    try:
        keys = RoomKeys(livekit.url, livekit.api_key, "0" * 43)
        with pytest.raises(RoomRefused):
            await calibrate(engine.settings, engine, turns=4, url=livekit.url, keys=keys)
        assert engine.store.calibrations() == []
    finally:
        await asyncio.to_thread(engine.stop)


async def test_one_over_a_named_server_is_kept_for_its_address_however_it_is_spelled(
    engine: Engine, livekit: LiveKitServer
) -> None:
    await asyncio.to_thread(engine.start)
    try:
        keys = RoomKeys(livekit.url, livekit.api_key, livekit.api_secret)
        spelled = livekit.url.replace("ws://", "http://") + "/"
        try:
            found = await calibrate(engine.settings, engine, turns=4, url=spelled, keys=keys)
        except CalibrationSpoiled:
            assert engine.store.calibrations() == []
            return
        assert found.url == livekit.url
        assert engine.store.calibration_for(livekit.url) == found
        assert engine.store.calibration_for("wss://another.example") is None
    finally:
        await asyncio.to_thread(engine.stop)
