"""What Ringback measured of a turn, beside what the recording of its call shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.calibrate._lines import RATE, Kind, Round, Samples, line_of, reply_of
from harness.calibrate._match import GOOD, find
from harness.nouns import Turn

__all__ = ["Measured", "compare"]

_HEAD = RATE // 4
_TAIL = 3 * RATE // 10
_ROUND_S = 0.5
_WAY_S = 1.5
"""The longest way there and back that is looked for, seconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One turn.

    Attributes:
        delay_s: What the agent did, by its own clock: after so long it answered, or fell silent.
        measured_s: What Ringback says; None if it says nothing.
        true_s: What the samples of the known sounds in both lanes say; the difference to `delay_s`
            is the way to the agent and back. None where they were not found.
        flags: Why the turn does not count.
    """

    number: int
    kind: Kind
    delay_s: float
    measured_s: float | None
    true_s: float | None
    flags: tuple[str, ...]


def compare(
    plan: Sequence[Round],
    turns: Sequence[Turn],
    caller: Samples,
    agent: Samples,
    told: Mapping[int, Mapping[str, Any]],
) -> list[Measured]:
    """Both figures of each turn that has a truth.

    Args:
        plan: What was to be said.
        turns: What Ringback made of the call.
        caller: Lane of a recording, int16 at RATE.
        agent: The other.
        told: What the agent told of each line, by its number.
    """
    by_text = {turn.caller_text: turn for turn in turns if turn.index > 0 and turn.caller}
    out = []
    for before, this in zip((None, *plan), plan, strict=False):
        if this.kind == "held":
            continue  # its answer is as that of any other line; it is there to be cut into
        turn = by_text.get(this.text)
        out.append(_measured(this, before, turn, caller, agent, told))
    return out


def _measured(
    this: Round,
    before: Round | None,
    turn: Turn | None,
    caller: Samples,
    agent: Samples,
    told: Mapping[int, Mapping[str, Any]],
) -> Measured:
    flags = list(turn.flags) if turn is not None else []
    measured_s = true_s = None
    own = told.get(this.number)
    said_at = None if turn is None else _line_at(this, turn, caller)
    if turn is None or said_at is None:
        flags.append("the line was not said")
    elif own is None:
        flags.append("the agent did not hear the line")
    else:
        if own["skipped"]:
            flags.append("the agent was late itself")
        if this.kind == "stop":
            assert before is not None
            measured_s = turn.stop_s
            true_s = _stop(before, int(own["said"]), said_at, agent)
        else:
            measured_s = turn.response_latency_s
            true_s = _onset(this, said_at + len(line_of(this)), agent)
        if true_s is None:
            flags.append("the reply is not in the recording as it was said")
    return Measured(this.number, this.kind, this.delay_s, measured_s, true_s, tuple(flags))


def _line_at(this: Round, turn: Turn, caller: Samples) -> int | None:
    """The first sample of the caller's line in its lane."""
    assert turn.caller is not None
    return _found(line_of(this), caller, turn.caller.start - _ROUND_S, _ROUND_S)


def _onset(this: Round, line_over: int, agent: Samples) -> float | None:
    """Seconds from the line's last sample to the first one of the reply."""
    due_s = line_over / RATE + this.delay_s
    at = _found(reply_of(this)[:_HEAD], agent, due_s - _ROUND_S, _ROUND_S + _WAY_S)
    return None if at is None else (at - line_over) / RATE


def _stop(held: Round, said: int, line_began: int, agent: Samples) -> float | None:
    """Seconds from the line's first sample to the last one of the reply it cut off."""
    if said < _TAIL:
        return None
    tail = reply_of(held)[said - _TAIL : said]
    at = _found(tail, agent, line_began / RATE - _ROUND_S, 2 * _ROUND_S + _WAY_S)
    return None if at is None else (at + len(tail) - line_began) / RATE


def _found(sound: Samples, lane: Samples, begin_s: float, within_s: float) -> int | None:
    """The sample of `lane` at which `sound` begins, from second `begin_s` on."""
    first = max(0, round(begin_s * RATE))
    extent = round((within_s + _ROUND_S) * RATE) + len(sound)
    place, likeness = find(sound, lane[first : first + extent])
    return first + place if likeness >= GOOD else None
