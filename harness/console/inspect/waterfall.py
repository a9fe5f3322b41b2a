"""What the wait for one reply was spent on, beside what is usual in the same call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from harness.calls import CallView
from harness.console._figures import stage_titles
from harness.console._text import seconds, signed
from harness.nouns import Outcome, Turn

__all__ = ["MARKED_S", "Bar", "Waterfall", "waterfall"]

MARKED_S = 0.1
"""More than so many seconds above what is usual is pointed out."""
_COMPARED = 2
"""So many other replies at least make something usual."""
_NAMED = 3
"""So many of the stages that took longer are named in the sentence."""

Kind = Literal["reported", "measured", "unexplained", "overlap", "told", "heard"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Attributes:
        title: For people.
        meaning: What the stage is.
        start: Seconds after the caller's last sound.
        seconds: How long; below 0 an overlap, drawn to the left.
        kind: reported (by the agent), measured (here), unexplained, overlap, or the whole: told
            (bot-reported) and heard.
        usual_s: Median of the other replies of the call; None if too few have it.
        new: There are other replies with stages, and none of them has this one.
    """

    title: str
    meaning: str
    start: float
    seconds: float
    kind: Kind
    usual_s: float | None = None
    new: bool = False

    @property
    def surplus_s(self) -> float | None:
        """How much more than usual; None if nothing is usual."""
        if self.new:
            return self.seconds
        return None if self.usual_s is None else self.seconds - self.usual_s

    @property
    def marked(self) -> bool:
        """Whether it took notably longer than usual."""
        surplus = self.surplus_s
        return surplus is not None and surplus > MARKED_S


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The wait for one reply.

    Attributes:
        bars: Stages in order, then the bot-reported and the heard latency; none without an answer.
        sentence: Where the extra time went, or why there is nothing to see.
    """

    bars: tuple[Bar, ...]
    sentence: str


def waterfall(view: CallView, turn: Turn) -> Waterfall:
    """The stages of a reply laid end to end from the caller's last sound.

    What no report explains is the last of them. If it is negative, stages overlapped: then it is
    drawn back to where the reply was heard. `usual` is the median of the same stage over the other
    answered turns of the call that this computer did not spoil.

    Args:
        view: The call.
        turn: One of its turns.
    """
    if turn.response_latency_s is None:
        return Waterfall((), _silence(turn))
    others = [other for other in view.turns if other is not turn and _counts(other)]
    staged = [{stage.name: stage.seconds for stage in t.stages} for t in others if t.stages]
    titles = stage_titles()
    bars: list[Bar] = []
    at = 0.0
    for stage in turn.stages:
        title, meaning = titles[stage.name]
        kind: Kind = "reported"
        if stage.source == "statistics":
            kind = "measured"
        elif stage.source == "remainder":
            kind = "unexplained" if stage.seconds >= 0 else "overlap"
        if kind == "overlap":
            title, meaning = "Overlap", "Stages ran at the same time: their sum is more than heard."
        if stage.detail:
            meaning = f"{meaning} {stage.detail}"
        known = [found[stage.name] for found in staged if stage.name in found]
        new = len(staged) >= _COMPARED and not known
        bars.append(Bar(title, meaning, at, stage.seconds, kind, _usual(known), new))
        at += stage.seconds
    if turn.bot_reported_s is not None:
        told = [t.bot_reported_s for t in others if t.bot_reported_s is not None]
        bars.append(
            Bar(
                "Bot-reported",
                "What the agent says its reply time was.",
                0.0,
                turn.bot_reported_s,
                "told",
                _usual(told),
            )
        )
    heard = [t.response_latency_s for t in others if t.response_latency_s is not None]
    bars.append(
        Bar(
            "Heard by the caller",
            "From the caller's last sound to the agent's first, in the audio the caller hears.",
            0.0,
            turn.response_latency_s,
            "heard",
            _usual(heard),
        )
    )
    return Waterfall(tuple(bars), _sentence(turn, bars))


def _counts(turn: Turn) -> bool:
    return turn.index > 0 and turn.response_latency_s is not None and not turn.flags


def _usual(values: Sequence[float]) -> float | None:
    return median(values) if len(values) >= _COMPARED else None


def _silence(turn: Turn) -> str:
    if turn.outcome is Outcome.NO_ANSWER:
        waited = f" The caller waited {seconds(turn.waited_s)}." if turn.waited_s else ""
        return f"No answer.{waited}"
    if turn.caller is None:
        return "The agent spoke without being asked: there is no wait to measure."
    return "No reply was heard, so there is no wait to measure."


def _sentence(turn: Turn, bars: Sequence[Bar]) -> str:
    if not turn.stages:
        return "The agent tells nothing of its stages: only what was heard is known."
    stages = [bar for bar in bars if bar.kind not in ("told", "heard")]
    longer = sorted(
        ((surplus, bar.title) for bar in stages if bar.marked and (surplus := bar.surplus_s)),
        reverse=True,
    )
    if longer:
        named = [f"{title} ({signed(surplus)})" for surplus, title in longer[:_NAMED]]
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
        return f"Most of the extra time: {listed}."
    if all(bar.surplus_s is None for bar in stages):
        return "Too few other replies of the call tell their stages to say what is usual."
    return f"No stage took more than {MARKED_S:.1f} s longer than usual in this call."
