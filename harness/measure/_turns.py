"""Turns with outcomes and latencies from exchanges, live and afterwards.

The rules are told in docs/measurement.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measure._echo import ECHO_MIXED
from harness.measure._exchanges import Exchange, Reply
from harness.measure._filler import fillers
from harness.measure._flags import NEWS_S, flags_of
from harness.measure._overlap import CUT_IN_S, TALK_OVER_S, backchannels, overlap, sounding, stop
from harness.measure._timeline import Ending, Line, Speech, Timeline
from harness.measure._transport import transport_within
from harness.nouns import Outcome, Span, TransportRecord, Turn, WaitEnd

__all__ = ["settled_after", "turns_of"]

TIME_TO_ANSWER_S = 2.0
"""Without this much time an agent cannot be blamed for not having answered."""

ECHO_FLAG = "echo of the caller"
_FLAG_BEFORE_S = 1.0
_FLAG_AFTER_S = 0.2
_NEWS_S = _FLAG_AFTER_S + NEWS_S  # health tells of what came before it
_REPORT_LAG_S = 0.3  # a report may arrive this long after what it tells was heard


def turns_of(timeline: Timeline, exchanges: Sequence[Exchange], index: int) -> list[Turn]:
    """The turns of one exchange: its own, if there is anything in it, and spurious replies.

    Args:
        timeline: In the order of audio time; of it health, the agent's thinking and the ending
            count.
        exchanges: All of them, from the beginning of the call.
        index: Which one. Its turns depend on those before it and on the next.
    """
    exchange = exchanges[index]
    following = exchanges[index + 1] if index + 1 < len(exchanges) else None
    apart = backchannels(exchange, timeline.llm_started)
    replies = exchange.replies(apart or 0)
    seqs = _changes(timeline, exchanges, index)
    turns: list[Turn] = []
    if exchange.line or replies[0].speech or replies[0].texts or exchange.tools:
        turns.append(_main_turn(timeline, exchanges, index, apart, replies, seqs))
    for number in range(1, len(replies)):
        turns.append(_spurious_turn(timeline, index, replies, number, following, seqs))
    return turns


@dataclass(frozen=True, slots=True)
class _Judged:
    """An outcome with its figures; `until` is where the time that matters ended."""

    outcome: Outcome | None
    latency: float | None = None
    waited: float | None = None
    until: float | None = None
    waited_until: WaitEnd | None = None


def _changes(timeline: Timeline, exchanges: Sequence[Exchange], index: int) -> list[int]:
    """Events outside an exchange's own that may have changed its turns."""
    seqs = [mark.seq for mark in exchanges[index].taken_back]
    seqs += [sound.seq for sound in (*exchanges[index].sounds, *exchanges[index].echoes)]
    if index and exchanges[index - 1].speech:  # its end decides whose a text is
        seqs.append(exchanges[index - 1].speech[-1].seq)
    if index:
        seqs += [echo.seq for echo in exchanges[index - 1].echoes]
    if index + 1 < len(exchanges):
        following = exchanges[index + 1]
        assert following.line is not None
        seqs.append(following.line.seq)
        seqs += [mark.seq for mark in following.taken_back]
        seqs += [echo.seq for echo in following.echoes]
        if following.speech:  # a text that came before its sound goes there
            seqs.append(following.speech[0].started_seq)
    elif timeline.ending is not None:
        seqs.append(timeline.ending.seq)
    return seqs


def _seq(reply: Reply, following: Reply | None, seqs: Sequence[int]) -> int:
    """The last event that changed a reply."""
    return max(
        (
            *seqs,
            *(speech.seq for speech in reply.speech),
            *(piece.seq for piece in reply.texts),
            following.speech[0].started_seq if following else 0,
        )
    )


def _is_open(timeline: Timeline, reply: Reply, is_last: bool) -> bool:
    goes_on = bool(reply.speech) and reply.speech[-1].end is None
    return timeline.ending is None and (is_last or goes_on)


def _spans(speech: Sequence[Speech]) -> tuple[Span, ...]:
    return tuple(Span(stretch.start, stretch.end) for stretch in speech)


def _spurious_turn(
    timeline: Timeline,
    index: int,
    replies: Sequence[Reply],
    number: int,
    following: Exchange | None,
    seqs: Sequence[int],
) -> Turn:
    """A reply that belongs to no line, after the line of that index."""
    reply = replies[number]
    after = replies[number + 1] if number + 1 < len(replies) else None
    return Turn(
        index=index,
        outcome=Outcome.SPURIOUS,
        agent=_spans(reply.speech),
        agent_text=" ".join(piece.text for piece in reply.texts),
        agent_text_source=reply.texts[-1].source if reply.texts else None,
        open=_is_open(timeline, reply, following is None),
        seq=_seq(reply, after, seqs),
    )


def _main_turn(
    timeline: Timeline,
    exchanges: Sequence[Exchange],
    index: int,
    apart: int | None,
    replies: Sequence[Reply],
    seqs: list[int],
) -> Turn:
    """The greeting, or a line and what the agent did with it.

    `apart` is how many of the first stretches are backchannels, None while that is not known.
    """
    exchange = exchanges[index]
    following = exchanges[index + 1].line if index + 1 < len(exchanges) else None
    reply, line = replies[0], exchange.line
    tools = tuple(tool for tool, _ in exchange.tools)
    asides, filler = exchange.speech[: apart or 0], fillers(reply, tools)
    judged = _Judged(None)
    reported = both = stopped = first = None
    changes = [*seqs, *(seq for _, seq in exchange.tools), *(piece.seq for piece in exchange.heard)]
    if line is not None:
        if apart is not None:
            judged = _judge(line, reply, following, timeline.ending)
        reported, seq = _bot_reported(exchange, reply)
        before = sounding(exchanges, index)
        both = overlap(line, following.start if following else None, [*before, *exchange.speech])
        stopped = stop(line, [*before, *exchange.speech])
        changes += [line.seq, seq, *(speech.seq for speech in (*before, *asides))]
        if judged.latency is not None and line.end is not None:
            first = reply.speech[filler].start - line.end
    flags, seq = _flags(timeline, line, reply, judged)
    changes.append(seq)
    if _is_of_echo(exchange, reply):
        flags = (*flags, ECHO_FLAG)
    transport, seq = _transport(timeline, line, judged)
    changes.append(seq)
    taken = transport.one_way_s if transport else None
    return Turn(
        index=index,
        outcome=judged.outcome,
        caller_text=line.text if line else None,
        caller_source=line.source if line else None,
        caller_text_source=line.text_source if line else None,
        caller_text_by=line.text_by if line else None,
        caller_by=line.by if line else None,
        caller=Span(line.start, line.end) if line else None,
        agent=_spans(reply.speech),
        agent_text=" ".join(piece.text for piece in reply.texts),
        agent_text_source=reply.texts[-1].source if reply.texts else None,
        heard_text=" ".join(piece.text for piece in exchange.heard) or None,
        tools=tools,
        response_latency_s=judged.latency,
        bot_reported_s=reported,
        gap_s=None if judged.latency is None or reported is None else judged.latency - reported,
        waited_s=judged.waited,
        waited_until=judged.waited_until,
        flags=flags,
        open=_is_open(timeline, reply, following is None),
        seq=_seq(reply, replies[1] if len(replies) > 1 else None, changes),
        sent_as=line.sent_as if line else None,
        first_answer_s=first,
        filler=_spans(reply.speech[:filler]),
        backchannels=_spans(asides),
        parts=len(reply.speech) - filler,
        overlap_s=both,
        stop_s=None if line is None or stopped is None else stopped - line.start,
        stop_offset_at=stopped,
        transport=transport,
        adjusted_latency_s=None
        if judged.latency is None or taken is None
        else judged.latency - taken,
        echo=tuple(Span(echo.start, echo.end) for echo in exchange.echoes),
    )


def _is_of_echo(exchange: Exchange, reply: Reply) -> bool:
    """Whether an echo is all that was heard, or part of what was heard first."""
    if not reply.speech:
        return bool(exchange.echoes)
    return reply.speech[0].echo >= ECHO_MIXED


def _judge(line: Line, reply: Reply, following: Line | None, ending: Ending | None) -> _Judged:
    """The outcome of a line."""
    if reply.speech and (line.gave_up_at is None or reply.speech[0].start < line.gave_up_at):
        onset = reply.speech[0].start
        if line.end is None:
            return _Judged(None, until=onset)
        latency = onset - line.end
        if latency < -TALK_OVER_S:
            return _Judged(Outcome.TALKED_OVER, latency, until=onset)
        cut_in = following is not None and any(
            speech.end is None or speech.end > following.start + CUT_IN_S for speech in reply.speech
        )
        return _Judged(Outcome.INTERRUPTED if cut_in else Outcome.ANSWERED, latency, until=onset)
    if line.end is None:
        return _Judged(None)
    if line.by_text and _answered_by_text(line, reply):
        return _Judged(Outcome.ANSWERED, until=reply.texts[0].t)
    if line.gave_up_at is not None:
        waited = line.waited if line.waited is not None else line.gave_up_at - line.end
        then = _wait_end(following, ending)
        return _Judged(Outcome.NO_ANSWER, None, waited, line.gave_up_at, then)
    if following is not None:
        until, blame = following.start, False
    elif ending is not None:
        # Whoever is said goodbye to may hang up without a word.
        until, blame = ending.t, ending.by_agent and not line.goodbye
    else:
        return _Judged(None)
    waited = max(0.0, until - line.end)
    if blame or waited >= TIME_TO_ANSWER_S:
        return _Judged(Outcome.NO_ANSWER, None, waited, until, _wait_end(following, ending))
    return _Judged(None, until=until)


def _wait_end(following: Line | None, ending: Ending | None) -> WaitEnd | None:
    if following is not None:
        return "spoke_again"
    if ending is None:
        return None
    if ending.crashed:
        return "agent_crashed"
    return "agent_left" if ending.by_agent else "call_over"


def _answered_by_text(line: Line, reply: Reply) -> bool:
    """Whether the agent's text came in time, where no sound did: to a line sent as text."""
    return any(line.gave_up_at is None or piece.t < line.gave_up_at for piece in reply.texts)


def _bot_reported(exchange: Exchange, reply: Reply) -> tuple[float | None, int]:
    """What the agent says its reply time was, and the last event it rests on.

    Arrival of the first bot_started_speaking after the turn's last user_stopped_speaking, minus
    the arrival of that one. A user_stopped_speaking that came after the reply was heard belongs to
    something else the agent thought to hear.
    """
    limit = reply.speech[0].start + _REPORT_LAG_S if reply.speech else float("inf")
    stops = [mark for mark in exchange.user_stopped if mark.t <= limit]
    if not stops:
        return None, 0
    for mark in exchange.bot_started:
        if mark.seq > stops[-1].seq:
            return mark.t - stops[-1].t, mark.seq
    return None, stops[-1].seq


def _flags(
    timeline: Timeline, line: Line | None, reply: Reply, judged: _Judged
) -> tuple[tuple[str, ...], int]:
    """Why the harness spoiled the time between the caller's offset and the agent's onset."""
    times = timeline.health_times
    if not times:
        return (), 0
    points = [] if line is None or line.end is None else [line.end]
    if judged.until is not None:
        points.append(judged.until)
    elif line is None and reply.speech:
        points.append(reply.speech[0].start)
    if not points:
        return (), 0
    return flags_of(
        timeline.health,
        times,
        min(points) - _FLAG_BEFORE_S,
        max(points) + _FLAG_AFTER_S,
        settling=line is not None,
    )


def _transport(
    timeline: Timeline, line: Line | None, judged: _Judged
) -> tuple[TransportRecord | None, int]:
    """What the transport did between the caller's offset and the agent's onset."""
    if line is None or line.end is None or judged.until is None or line.by_text:
        return None, 0
    start, end = sorted((line.end, judged.until))
    return transport_within(timeline.transport, timeline.transport_times, start, end)


def settled_after(exchange: Exchange) -> float | None:
    """The second after which news no longer changes the turns of an exchange.

    News about something earlier still may. None while speech or the line goes on.
    """
    line = exchange.line
    if line is not None and line.end is None:
        return None
    if any(speech.end is None or speech.cut_off for speech in exchange.speech):
        return None
    points = [speech.start for speech in exchange.speech] + [piece.t for piece in exchange.texts]
    if line is not None:
        points += [line.start, line.end or 0.0, line.gave_up_at or 0.0]
    return max(points, default=0.0) + _NEWS_S
