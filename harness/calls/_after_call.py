"""Measuring a call's recording after the call: how the agent's lane sounds and what it says.

Run as ``nice -n 19 python -m harness.calls._after_call <call folder> <provider>``: a process of its
own, which takes only the processor time nobody else wants.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.caller import silero
from harness.calls._dnsmos import dnsmos_of
from harness.calls._known_ear import Said, hear_replies, known_ear
from harness.calls._measured import LIMIT_S, PENDING, keep_measured
from harness.calls._recording import read_lane
from harness.errors import RingbackError
from harness.measure import (
    announced_replies,
    audio_report,
    derive_turns,
    find_speech,
    transport_of,
)
from harness.nouns import LANE_RATE, Event, EventKind, Span
from harness.store import Artifacts, read_events

__all__ = ["main", "measure_recording"]

_SAME_S = 0.5 / LANE_RATE + 1e-6  # times of events are rounded to a microsecond
_LAST_S = 1.0


def measure_recording(recording: Path, events: Path, out: Path, provider: str) -> None:
    """Measure a recording and write what was found as JSON: an AudioReport and the speech's spans.

    The spans are found by the detector that served live, in the very samples it heard. Where they
    are not those of the events to the sample, `warning` says so. That is written first; what takes
    longer, the agent's words by our recogniser and DNSMOS, is written over it when it is known.

    Args:
        recording: Both lanes.
        events: The call's event log.
        out: Where the JSON goes.
        provider: How the agent was reached.

    Raises:
        OSError: A file cannot be read or written.
        PackageMissing: The speech model is not there.
    """
    told = read_events(events)
    lane = read_lane(recording, "agent")
    first = _first_sample(told)
    found = find_speech(lane[first:], LANE_RATE, silero())
    offset = first / LANE_RATE
    spans = [Span(offset + one.start, offset + (one.end or one.start)) for one in found]
    concealed_ms, packet_loss = _by_transport(told)
    report = audio_report(
        lane, LANE_RATE, spans, concealed_ms=concealed_ms, packet_loss=packet_loss
    )
    warning = _difference(told, spans, _last_sound(lane) - _LAST_S)
    report = replace(report, dnsmos_why=PENDING)
    keep_measured(out, report, spans, warning, Said(why=PENDING))
    said = _said(told, lane, provider)
    keep_measured(out, report, spans, warning, said)
    mos, why = dnsmos_of(lane, spans)
    keep_measured(out, replace(report, dnsmos=mos, dnsmos_why=why), spans, warning, said)


def _said(events: Sequence[Event], lane: npt.NDArray[np.int16], provider: str) -> Said:
    """What the agent said by our recogniser."""
    ear = known_ear(provider)
    if isinstance(ear, str):
        return Said(why=ear)
    replies = announced_replies(derive_turns(events), events)
    try:
        return hear_replies(replies, lane, ear)
    except RingbackError as error:
        return Said(why=f"Not measured: {error.message}")


def _first_sample(events: Sequence[Event]) -> int:
    """Where the agent's stream began: the detector has heard nothing before."""
    for event in events:
        if event.kind == EventKind.LANE_STARTED and event.data["lane"] == "agent":
            return max(0, int(event.data["first"]))
    return 0


def _by_transport(events: Sequence[Event]) -> tuple[float | None, float | None]:
    """Milliseconds of sound that were made up, and the share of packets that were lost."""
    records = [event for event in events if event.kind == EventKind.TRANSPORT]
    whole = transport_of(records, records[0].t, records[-1].t) if records else None
    if whole is None:
        return None, None
    lost, came = whole.packets_lost, whole.packets_received
    known = lost is not None and came is not None and lost + came > 0
    return whole.concealed_ms, lost / (lost + came) if known else None  # type: ignore[operator]


def _last_sound(lane: npt.NDArray[np.int16]) -> float:
    """When the lane's last sample that is not zero was heard."""
    heard = np.flatnonzero(lane)
    return float(heard[-1]) / LANE_RATE if heard.size else 0.0


def _difference(events: Sequence[Event], spans: Sequence[Span], until: float) -> str:
    """In what the recording's speech differs from what the events tell of it, empty if nowhere.

    Only what came before `until` is compared: live, the end of the stream ends open speech. A
    second track begins a stream of its own, and a log that was cut off tells less. Calls from
    before a speech model listened cannot be compared.
    """
    if any(one.kind == EventKind.AGENT_STARTED and "speech" not in one.data for one in events):
        return ""
    tracks = [event.t for event in events if event.kind == EventKind.AGENT_AUDIO]
    until = min([until, *tracks[1:2]])
    told = [
        float(event.data["at"])
        for event in events
        if event.kind in (EventKind.AGENT_STARTED, EventKind.AGENT_STOPPED)
    ]
    if any(event.kind == EventKind.STATE and event.data["state"] == "lost" for event in events):
        until = min(until, told[-1] + _SAME_S if told else 0.0)
    told = [at for at in told if at < until]
    heard = [at for span in spans for at in (span.start, span.end or span.start) if at < until]
    for said, at in zip(told, heard, strict=False):
        if abs(said - at) > _SAME_S:
            return f"Recording and events disagree on the agent's speech from second {said:.2f} on."
    if len(told) != len(heard):
        return "Recording and events disagree on how often the agent spoke."
    return ""


def main() -> None:
    """Entry of the process: it ends itself when it takes too long, whoever else is gone."""
    signal.alarm(LIMIT_S)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    files = Artifacts(Path(sys.argv[1]))
    measure_recording(files.recording, files.events, files.measured, sys.argv[2])


if __name__ == "__main__":
    main()
