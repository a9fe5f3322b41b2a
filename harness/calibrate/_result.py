"""From the turns of a calibration to its result: pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.calibrate._truth import Measured
from harness.errors import CalibrationSpoiled
from harness.nouns import DelayResult

__all__ = ["GOAL", "Goal", "Summary", "summarise"]


@dataclass(frozen=True, slots=True)
class Goal:
    """The largest amounts (seconds) that bias, standard deviation and worst error should have."""

    bias_s: float = 0.005
    sd_s: float = 0.003
    worst_s: float = 0.015


GOAL = Goal()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the turns come to; see :class:`harness.nouns.Calibration`."""

    turns: int
    flagged: int
    missed: int
    floor_s: float
    floor_sd_s: float
    bias_s: float
    sd_s: float
    worst_s: float
    p95_abs_s: float
    delays: tuple[DelayResult, ...]
    stop: DelayResult | None
    overlap: DelayResult | None


def summarise(measured: Sequence[Measured], plain: Sequence[float] = ()) -> Summary:
    """What the turns come to.

    The error of a turn is what Ringback says minus what the samples in both lanes say; the floor of
    a turn is the latter minus the delay the agent kept. Nothing is subtracted from any latency that
    is shown.

    Args:
        measured: The turns.
        plain: What a plain caller found the way there and back to take, seconds.

    Raises:
        CalibrationSpoiled: More than half of the turns with a known delay do not count.
    """
    answers = [each for each in measured if each.kind == "delay"]
    count = sum(bool(each.flags) for each in answers)
    errors, floors = _errors(answers), _floors(answers)
    if 2 * count > len(answers) or not errors:
        reasons = sorted({flag for each in answers for flag in each.flags})
        raise CalibrationSpoiled(
            f"{count} of {len(answers)} turns were spoiled: this machine was too busy to be "
            "calibrated.",
            cause=f"For instance: {'; '.join(reasons[:4])}." if reasons else "",
            remedy="Stop other work on this machine and calibrate again.",
        )
    plain_s = statistics.median(plain) if plain else None
    by_delay = [
        [each for each in answers if each.delay_s == delay]
        for delay in sorted({each.delay_s for each in answers})
    ]
    results = [_result(each, plain_s) for each in by_delay]
    return Summary(
        turns=len(answers),
        flagged=count,
        missed=_missed(answers),
        floor_s=statistics.median(floors),
        floor_sd_s=_sd(floors),
        bias_s=statistics.median(errors),
        sd_s=_sd(errors),
        worst_s=max(errors, key=abs),
        p95_abs_s=float(np.percentile(np.abs(errors), 95)),
        delays=tuple(result for result in results if result is not None),
        stop=_result([each for each in measured if each.kind == "stop"], plain_s),
        overlap=_result([each for each in measured if each.kind == "overlap"], plain_s),
    )


def _result(turns: Sequence[Measured], plain_s: float | None) -> DelayResult | None:
    """Of turns of one truth; None if none of them counts."""
    errors, floors = _errors(turns), _floors(turns)
    if not errors:
        return None
    return DelayResult(
        delay_s=turns[0].delay_s,
        n=len(errors),
        flagged=sum(bool(each.flags) for each in turns),
        bias_s=statistics.median(errors),
        sd_s=_sd(errors),
        worst_s=max(errors, key=abs),
        floor_s=statistics.median(floors),
        plain_floor_s=plain_s,
        missed=_missed(turns),
    )


def _errors(turns: Sequence[Measured]) -> list[float]:
    return [
        each.measured_s - each.true_s
        for each in turns
        if not each.flags and each.measured_s is not None and each.true_s is not None
    ]


def _floors(turns: Sequence[Measured]) -> list[float]:
    """Of the turns that count."""
    return [
        each.true_s - each.delay_s
        for each in turns
        if not each.flags and each.measured_s is not None and each.true_s is not None
    ]


def _missed(turns: Sequence[Measured]) -> int:
    """Turns that count, of which Ringback says nothing."""
    return sum(not each.flags and each.measured_s is None for each in turns)


def _sd(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0
