"""What a person has the caller do by hand, and what of it goes to the worker."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from test_build_view import CALL, REQUEST

from harness.calls import CallRequest
from harness.calls._engine_hands import HandSide
from harness.calls._live_call import LiveCall, not_live
from harness.errors import InputError, NotFound
from harness.nouns import Caller, Event, EventKind


class Desk(HandSide):
    """An engine with one call, whose files are in `folder`."""

    def __init__(self, folder: Path, state: str = "live", **asked: Any) -> None:
        self.loop = asyncio.get_running_loop()
        request: CallRequest = REQUEST.model_copy(update=asked)
        self.live = LiveCall(CALL, request, folder / "none", lambda event: None)
        self.live.add(Event(1, 0.5, EventKind.STATE, {"state": state}))
        self.folder = folder
        self.told: list[dict[str, Any]] = []

    @property
    def store(self) -> Any:
        return self

    def artifacts(self, call_id: str) -> Any:
        return self

    def _talking(self, call_id: str) -> Any:
        if call_id != CALL.id:
            raise not_live()
        return self.live, self

    def tell(self, call_id: str, command: dict[str, Any]) -> None:
        self.told.append(command)


def sound(seconds: float, rate: int = 44_100, lanes: int = 2, format_: str = "WAV") -> bytes:
    made = io.BytesIO()
    tone = 0.3 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate)
    soundfile.write(made, np.column_stack([tone] * lanes), rate, format=format_)
    return made.getvalue()


async def test_lines_and_keys_go_to_the_worker(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.type_line(CALL.id, " Where  can I\n park? ")
    desk.type_line(CALL.id, "By text", as_text=True)
    desk.press(CALL.id, "47 11d#")
    await asyncio.sleep(0)
    assert desk.told == [
        {"do": "say", "text": "Where can I park?", "as_text": False},
        {"do": "say", "text": "By text", "as_text": True},
        {"do": "press", "keys": "4711D#"},
    ]


@pytest.mark.parametrize("format_", ["WAV", "FLAC", "OGG", "MP3"])
async def test_a_recording_is_made_one_lane_in_the_call_s_folder(
    tmp_path: Path, format_: str
) -> None:
    desk = Desk(tmp_path)
    desk.play(CALL.id, sound(0.5, format_=format_), " what it  says ")
    await asyncio.sleep(0)
    (command,) = desk.told
    path = Path(command.pop("path"))
    assert command == {"do": "play", "words": "what it says"}
    assert path.parent == tmp_path
    samples, rate = soundfile.read(path)
    assert (samples.ndim, rate) == (1, 44_100)
    assert abs(len(samples) / rate - 0.5) < 0.1 and np.abs(samples).max() > 0.2


@pytest.mark.parametrize("keys", ["", " ", "12x", "1" * 33, "١٢"])
async def test_what_is_no_key_is_refused(tmp_path: Path, keys: str) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(InputError, match="no keys"):
        desk.press(CALL.id, keys)
    await asyncio.sleep(0)
    assert desk.told == []


@pytest.mark.parametrize(
    ("given_", "match"),
    [
        (b"", "cannot be read"),
        (b"no sound at all", "cannot be read"),
        (sound(0.0), "no sound"),
        (sound(301, rate=4_000, lanes=1), "too long"),
        (b"\0" * 50_000_001, "too large"),
    ],
)
async def test_what_cannot_be_played_is_refused(tmp_path: Path, given_: bytes, match: str) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(InputError, match=match):
        desk.play(CALL.id, given_)
    await asyncio.sleep(0)
    assert desk.told == [] and list(tmp_path.iterdir()) == []


@given(st.binary(max_size=400))
def test_no_bytes_are_worse_than_an_error(given_: bytes) -> None:
    from harness.calls._engine_hands import _as_flac

    for bytes_ in (given_, sound(0.01)[:40] + given_):
        try:
            _as_flac(bytes_)
        except InputError as error:
            assert error.remedy


async def test_only_a_call_in_which_somebody_talks_takes_anything(tmp_path: Path) -> None:
    for desk, call_id in ((Desk(tmp_path, state="ringing"), CALL.id), (Desk(tmp_path), "other")):
        for do in (
            lambda d, c: d.type_line(c, "Hello"),
            lambda d, c: d.press(c, "1"),
            lambda d, c: d.play(c, sound(0.1)),
        ):
            with pytest.raises(NotFound, match="not live"):
                do(desk, call_id)


async def test_a_caller_who_types_plays_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, caller=Caller(by="text"))
    with pytest.raises(InputError, match="No recording"):
        desk.play(CALL.id, sound(0.1))
