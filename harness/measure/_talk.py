"""How much and how fast each side speaks, and what the agent makes of the caller's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from harness.measure._figure import evidence, figure
from harness.measure._timeline import read_timeline
from harness.measure._words import normal_words, pooled_rate, trusted_ear
from harness.nouns import Event, Metric, Outcome, Span, Turn, WordErrors

__all__ = ["announced_replies", "talk_metrics", "word_metrics"]


def talk_metrics(
    turns: Sequence[Turn], broken_off: Collection[float], over_at: float | None
) -> tuple[Metric, ...]:
    """Seconds of speech, the agent's share, words a minute.

    Closed stretches only; a line sent as text is no speech.

    Args:
        turns: Of the call.
        broken_off: Offsets of lines that were broken off: they say more than was spoken.
        over_at: When the call was over: speech up to there was cut off.
    """
    lines = _spoken(turns)
    spoken = [turn.caller for turn in lines if turn.caller is not None]
    caller = _seconds(spoken)
    agent = _seconds([span for turn in turns for span in turn.agent])
    heard = sum(len(turn.agent) for turn in turns)
    both = caller + agent
    whole = [turn for turn in lines if turn.caller_text and _is_whole(turn, broken_off)]
    return (
        figure("caller_speech_s", caller, len(spoken)),
        figure("agent_speech_s", agent, heard),
        figure(
            "agent_talk_share",
            agent / both if both else None,
            len(spoken) + heard,
            why="Nobody was heard.",
        ),
        _pace(
            "caller_words_per_minute",
            [(turn.caller_text or "", [turn.caller]) for turn in whole if turn.caller is not None],
        ),
        _pace(
            "agent_words_per_minute",
            [(turn.agent_text, turn.agent) for turn in _said_whole(turns, over_at)],
        ),
    )


def word_metrics(
    turns: Sequence[Turn],
    broken_off: Collection[float],
    said: Sequence[WordErrors],
    ear: Sequence[WordErrors],
    said_why: str = "",
) -> tuple[Metric, ...]:
    """Word errors of the agent's hearing and of its speech.

    Args:
        turns: Of the call, with their `heard_errors`.
        broken_off: As for :func:`talk_metrics`.
        said: The agent's text against what our recogniser heard of it, for each reply.
        ear: What that recogniser made of known sentences in the agent's voice.
        said_why: Why nothing was compared.
    """
    lines = [turn for turn in _spoken(turns) if _is_whole(turn, broken_off)]
    compared = [turn for turn in lines if turn.heard_errors is not None]
    errors = [turn.heard_errors for turn in compared if turn.heard_errors is not None]
    wrong = [turn for turn in compared if turn.heard_errors and turn.heard_errors.rate]
    wrong.sort(key=lambda turn: (turn.heard_errors and turn.heard_errors.rate) or 0.0, reverse=True)
    rate, low, high = pooled_rate(errors)
    silent = "The agent does not tell what it hears."
    tells = any(turn.heard_text for turn in turns)
    judged = [turn for turn in lines if turn.outcome is not None] if tells else []
    unheard = [turn for turn in judged if not turn.heard_text]
    return (
        figure(
            "heard_word_error_rate",
            rate,
            sum(each.n for each in errors),
            low=low,
            high=high,
            why="No line can be compared." if tells else silent,
            turns=evidence(wrong),
        ),
        figure(
            "unheard_count",
            len(unheard) if tells else None,
            len(judged),
            of=len(judged) if tells else None,
            why=silent,
            turns=evidence(unheard),
        ),
        _said(said, ear, said_why),
    )


def announced_replies(turns: Sequence[Turn], events: Sequence[Event]) -> tuple[Turn, ...]:
    """The turns whose text the agent itself told and, as far as can be told, spoke to its end."""
    ending = read_timeline(events).ending
    whole = _said_whole(turns, None if ending is None else ending.t)
    return tuple(turn for turn in whole if turn.agent_text_source not in (None, "stt"))


def _said(said: Sequence[WordErrors], ear: Sequence[WordErrors], why: str) -> Metric:
    if why and not said:
        return figure("said_word_error_rate", None, 0, why=why)
    if not trusted_ear(ear):
        why = (
            "Not measured: nobody knows our recogniser's own error on this voice."
            if not ear
            else "Not measured: our recogniser's own error on this voice may be 5 % or more."
        )
        return figure("said_word_error_rate", None, 0, why=why)
    rate, low, high = pooled_rate(said)
    n = sum(each.n for each in said)
    return figure("said_word_error_rate", rate, n, low=low, high=high, why="No words were told.")


def _spoken(turns: Sequence[Turn]) -> list[Turn]:
    """The lines that were spoken."""
    return [t for t in turns if t.caller is not None and t.sent_as in (None, "voice")]


def _is_whole(turn: Turn, broken_off: Collection[float]) -> bool:
    """Whether a line is over and all of its text was spoken."""
    line = turn.caller
    return line is not None and line.end is not None and line.end not in broken_off


def _said_whole(turns: Sequence[Turn], over_at: float | None) -> list[Turn]:
    """The turns whose text was heard to its end, as far as can be told."""
    found: list[Turn] = []
    following = float("inf") if over_at is None else over_at
    for turn in reversed(turns):
        ends = [span.end for span in turn.agent if span.end is not None]
        closed = bool(ends) and len(ends) == len(turn.agent) and max(ends) < following
        if turn.agent_text and closed and turn.outcome is not Outcome.INTERRUPTED:
            found.append(turn)
        if turn.caller is not None:
            following = turn.caller.start
    return found[::-1]


def _pace(key: str, said: Sequence[tuple[str, Sequence[Span]]]) -> Metric:
    """Words a minute."""
    words = sum(_count(text) for text, _ in said)
    seconds = sum(_seconds(spans) for _, spans in said)
    value = 60 * words / seconds if words and seconds > 0 else None
    return figure(key, value, words, why="No speech with a known text.")


@lru_cache(maxsize=2048)
def _count(text: str) -> int:
    return len(normal_words(text))


def _seconds(spans: Sequence[Span]) -> float:
    return sum((span.end - span.start for span in spans if span.end is not None), 0.0)
