"""Over ten minutes recording, events and timeline tell the same, and what is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import virtual
from ten_minutes import MOVED_AT_S, MOVED_BY_S, STALLS_S, Carried, carry

from harness.caller import silero
from harness.measure import derive_turns, find_speech, speech_bounds
from harness.nouns import LANE_RATE, EventKind, Lane, Outcome


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Carried:
    folder: Path = tmp_path_factory.mktemp("call")
    return virtual.run(carry(folder, silero()))


@pytest.mark.parametrize("lane", ["caller", "agent"])
def test_every_sample_of_the_recording_is_where_it_was_told(carried: Carried, lane: Lane) -> None:
    """And nothing else is there: where nothing was told, there is silence."""
    recorded = carried.lanes[lane]
    whole, end = np.zeros(len(recorded), np.int16), 0
    for first, samples in carried.pieces[lane]:
        assert first >= end, "no two pieces overlap"
        end = first + len(samples)
        whole[first:end] = samples
    assert np.array_equal(recorded, whole)
    (started,) = [e for e in carried.of(EventKind.LANE_STARTED) if e.data["lane"] == lane]
    assert started.data["first"] == carried.pieces[lane][0][0]


def test_the_agents_lane_has_no_gap_but_those_the_log_tells(carried: Carried) -> None:
    pieces = carried.pieces["agent"]
    for (first, samples), (following, _) in zip(pieces, pieces[1:], strict=False):
        assert first + len(samples) == following
    shifts = carried.of(EventKind.LANE_SHIFTED)
    assert sum(shift.data["by"] for shift in shifts) == pytest.approx(
        (MOVED_BY_S + 600 * 50e-6) * LANE_RATE, abs=0.003 * LANE_RATE
    )
    for shift in shifts:
        at, by = shift.data["at_sample"], shift.data["by"]
        assert by > 0 and not carried.lanes["agent"][at : at + by].any()


def test_the_events_are_what_the_recording_says_to_the_bit(carried: Carried) -> None:
    first = carried.pieces["agent"][0][0]
    told = [
        (event.kind, event.data["at"])
        for event in carried.events
        if event.kind in (EventKind.AGENT_STARTED, EventKind.AGENT_STOPPED)
    ]
    found = []
    for span in find_speech(carried.lanes["agent"][first:], LANE_RATE, silero()):
        assert span.end is not None
        found += [(EventKind.AGENT_STARTED, span.start), (EventKind.AGENT_STOPPED, span.end)]
    assert told == [(kind, round(first / LANE_RATE + at, 6)) for kind, at in found]


def test_the_timeline_is_what_the_events_say(carried: Carried) -> None:
    turns = [turn for turn in derive_turns(carried.events) if turn.outcome is Outcome.ANSWERED]
    started = [event.data["at"] for event in carried.of(EventKind.AGENT_STARTED)]
    stopped = [event.data["at"] for event in carried.of(EventKind.CALLER_STOPPED)]
    assert [turn.agent[0].start for turn in turns] == started
    assert len(turns) == len(carried.onsets)
    for turn, onset, offset in zip(turns, started, stopped, strict=False):
        assert turn.response_latency_s == pytest.approx(onset - offset, abs=1e-9)
        assert turn.transport is not None
        assert turn.adjusted_latency_s == pytest.approx(onset - offset - 0.052, abs=1e-6)


def test_onsets_are_true_or_flagged(carried: Carried) -> None:
    """Late frames and stalls of the process move none; a stream that moved is flagged until the
    lane is laid anew.
    """
    turns = [turn for turn in derive_turns(carried.events) if turn.outcome is Outcome.ANSWERED]
    off = np.array([turn.agent[0].start for turn in turns]) - carried.onsets
    wrong = np.abs(off) > 0.007
    assert abs(np.median(off[~wrong])) < 0.004
    assert np.percentile(np.abs(off[~wrong]), 90) < 0.006
    assert 1 <= wrong.sum() <= 2
    for turn, is_wrong, onset in zip(turns, wrong, carried.onsets, strict=True):
        if is_wrong:
            assert MOVED_AT_S < onset < MOVED_AT_S + 11
            assert any(flag.startswith("stream 15") for flag in turn.flags), turn.flags


def test_a_line_is_in_the_recording_where_its_event_says(carried: Carried) -> None:
    started = {event.data["line"]: event.data["at"] for event in carried.of("caller.started")}
    stopped = {event.data["line"]: event.data["at"] for event in carried.of("caller.stopped")}
    assert started.keys() == stopped.keys() == carried.lines.keys()
    lane = carried.lanes["caller"]
    for number, line in carried.lines.items():
        samples = np.rint(line.wave * 32767)
        bounds = speech_bounds(samples.astype(np.int16), LANE_RATE)
        assert bounds is not None and bounds.end is not None
        begin, end = round(bounds.start * LANE_RATE), round(bounds.end * LANE_RATE)
        at = round(started[number] * LANE_RATE)
        assert round(stopped[number] * LANE_RATE) - at == end - begin
        around = lane[at - 48 : at + end - begin + 48].astype(float)
        assert np.argmax(np.correlate(around, samples[begin:end], "valid")) == 48


def test_stalls_are_told_and_what_they_cost(carried: Carried) -> None:
    health = carried.of(EventKind.HEALTH)
    stalled = [event for event in health if event.data["loop_lag_ms"] > 100]
    assert len(stalled) == len(STALLS_S)
    for event, at in zip(stalled, STALLS_S, strict=True):
        assert at < event.t < at + 1.4
        assert event.data["skipped_ms"] > 200 and event.data["underrun_ms"] > 200
    assert sum(event.data["skipped_ms"] for event in health) * LANE_RATE / 1000 == pytest.approx(
        carried.skipped
    )
    gaps = [
        following - first - len(samples)
        for (first, samples), (following, _) in zip(
            carried.pieces["caller"], carried.pieces["caller"][1:], strict=False
        )
    ]
    assert sum(gaps) == carried.skipped


def test_a_drift_alone_flags_nothing(carried: Carried) -> None:
    """A stream 50 ppm slow is laid anew by 2 ms every 40 s."""
    drifting = [
        event.data["clock_shift_ms"]
        for event in carried.of(EventKind.HEALTH)
        if event.data["refits"] and not MOVED_AT_S < event.t < MOVED_AT_S + 12
    ]
    assert len(drifting) > 8
    assert max(drifting) < 3
