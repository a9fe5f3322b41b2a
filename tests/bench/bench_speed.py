"""What measuring costs, as shares and ratios of one run; run by `make bench` or on its own.

A call of ten minutes with 150 replies: everything that is done after the call (boundaries, sound,
turns, figures), the same for one minute, and what is done while it goes on, as processor time.
Fails where a goal is missed: ten minutes in less than 3 s of one core and at a cost that does not
grow faster than the call, live less than 2 % of a core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from harness.caller import silero
from harness.measure import (
    Conversation,
    GatedDetector,
    audio_report,
    call_metrics,
    derive_turns,
    find_speech,
)
from harness.nouns import LANE_RATE, Event, EventKind
from tests.unit.measure.speech_truth import burst, to_int16, white

FRAME = LANE_RATE // 50
EVERY_S = 4
GOAL_FINAL_S = 3.0
GOAL_LIVE = 0.02
GOAL_GROWTH = 13.0


def lane(seconds: int) -> np.ndarray:
    """An agent that speaks every four seconds, on the softest noise."""
    wave = white(seconds * LANE_RATE, -70, 1)
    for number, at in enumerate(range(1, seconds - 2, EVERY_S)):
        said = burst(LANE_RATE, number).wave[: 2 * LANE_RATE]
        wave[at * LANE_RATE : at * LANE_RATE + len(said)] += said
    return to_int16(wave)


def events_of(samples: np.ndarray) -> list[Event]:
    """The events of a call with that agent: a line of the caller before every reply."""
    told: list[tuple[float, EventKind, dict[str, object]]] = [(0.0, EventKind.ROOM_JOINED, {})]
    for span in find_speech(samples, LANE_RATE, silero()):
        assert span.end is not None
        told.append((span.start + 0.2, EventKind.AGENT_STARTED, {"at": span.start}))
        text = {"text": "One moment, I look for it.", "source": "rtvi"}
        told.append((span.start + 0.3, EventKind.AGENT_TEXT, text))
        told.append((span.end + 0.3, EventKind.AGENT_STOPPED, {"at": span.end}))
    for number, at in enumerate(range(EVERY_S, len(samples) // LANE_RATE - 2, EVERY_S), start=1):
        line = {"line": number, "text": "What about Friday?", "source": "script", "at": at - 0.2}
        told.append((at - 0.2, EventKind.CALLER_STARTED, line | {"sent_as": "voice"}))
        ended = {"line": number, "at": at + 0.3, "cut": False}
        told.append((at + 0.3, EventKind.CALLER_STOPPED, ended))
    told.sort(key=lambda piece: piece[0])
    return [Event(seq, t, str(kind), data) for seq, (t, kind, data) in enumerate(told, start=1)]


def cost(work: Callable[[], object]) -> float:
    """Processor seconds, the best of three."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def final(samples: np.ndarray, events: list[Event]) -> dict[str, float]:
    """Processor seconds of each part of the measuring after a call."""
    spans = find_speech(samples, LANE_RATE, silero())
    report = audio_report(samples, LANE_RATE, spans, concealed_ms=None, packet_loss=None)
    turns = derive_turns(events)
    return {
        "boundaries": cost(lambda: find_speech(samples, LANE_RATE, silero())),
        "sound": cost(
            lambda: audio_report(samples, LANE_RATE, spans, concealed_ms=None, packet_loss=None)
        ),
        "turns": cost(lambda: derive_turns(events)),
        "figures": cost(lambda: call_metrics(turns, events, report)),
    }


def live(samples: np.ndarray, events: list[Event]) -> float:
    """Processor seconds of what is done frame by frame and event by event."""

    def work() -> None:
        detector = GatedDetector(LANE_RATE, silero())
        for first in range(0, len(samples), FRAME):
            detector.feed(samples[first : first + FRAME])
        conversation = Conversation()
        for event in events:
            conversation.add(event)
            conversation.turns()

    return cost(work)


def main() -> None:
    """Print the figures; end with 1 if a goal is missed."""
    silero()
    long, short = lane(600), lane(60)
    long_events, short_events = events_of(long), events_of(short)
    found = final(long, long_events)
    whole, minute = sum(found.values()), sum(final(short, short_events).values())
    share = live(long, long_events) / 600
    print(
        f"after a call of ten minutes, {len(derive_turns(long_events))} turns, seconds of one core"
    )
    for name, seconds in found.items():
        print(f"  {name:<11}{seconds:6.2f}")
    print(f"  {'all':<11}{whole:6.2f}   goal: under {GOAL_FINAL_S:.0f}")
    print(f"ten minutes over one: {whole / minute:.1f} times, goal: under {GOAL_GROWTH:.0f}")
    print(f"live: {share:.2%} of a core, goal: under {GOAL_LIVE:.0%}")
    met = whole < GOAL_FINAL_S and whole / minute < GOAL_GROWTH and share < GOAL_LIVE
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
