"""Votes: a judge's quote held to what was really said, and the majority of several votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from harness.grade._prompts import tool_line
from harness.grade._verify import is_evidence, verify
from harness.nouns import CheckVerdict, Evidence, Judgement, Turn, Vote

__all__ = ["heard_at", "majority", "verified"]


def verified(
    vote: Vote, transcript: Sequence[Turn], turn: int | None
) -> tuple[Vote, Evidence | None]:
    """The vote with its quote as it really stands; met without such a quote is not proven.

    The quote must stand in the turn the judge cited; in a question about one turn it is that
    turn's, if the judge cited none. A function call is quoted as it was called. A single short word
    shows nothing (:func:`is_evidence`), unless it is all that was said.

    Args:
        vote: As the judge gave it.
        transcript: What it was asked about.
        turn: The turn it was asked about, None for the whole call.
    """
    cited = turn if vote.turn is None else vote.turn
    # A reply is judged by its own words, not by what was said before it.
    elsewhere = turn is not None and cited != turn
    found = None if cited is None or elsewhere else _find(vote.quote, transcript, cited)
    if found is not None:
        quote, evidence = found
        return replace(vote, quote=quote, turn=cited), evidence
    if vote.verdict is CheckVerdict.MET:
        return replace(vote, verdict=CheckVerdict.NOT_PROVEN), None
    return vote, None


def _find(quote: str, transcript: Sequence[Turn], index: int) -> tuple[str, Evidence] | None:
    for turn in transcript:
        if turn.index != index:
            continue
        span = verify(quote, turn.agent_text)
        if span is not None and is_evidence(quote, turn.agent_text):
            words = turn.agent_text[slice(*span)]
            return words, Evidence(words, index, heard_at(turn, span[0]))
        for tool in turn.tools:
            line = tool_line(tool)
            span = verify(quote, line)
            if span is not None and is_evidence(quote, line):
                return line[slice(*span)], Evidence("", index, tool.called_at)
    return None


def heard_at(turn: Turn, place: int) -> float | None:
    """About when the character at `place` of a turn's text was heard: its share of the speech."""
    if not turn.agent:
        return None
    ends = [span.end for span in turn.agent if span.end is not None]
    if len(ends) < len(turn.agent) or not turn.agent_text:
        return turn.agent[0].start
    spans = list(zip(turn.agent, ends, strict=True))
    left = sum(end - span.start for span, end in spans) * place / len(turn.agent_text)
    for span, end in spans:
        if left < end - span.start:
            return span.start + left
        left -= end - span.start
    return spans[-1][0].start


def majority(
    check: str,
    turn: int | None,
    prompt: str,
    votes: Sequence[tuple[Vote, Evidence | None]],
) -> Judgement:
    """What the votes come to: the most frequent verdict of the usable ones.

    More than half of the votes must be usable, else it is an error; a tie is not proven. The
    agreement is the share of all votes: one that failed agrees with nothing.
    """
    usable = [(vote, at) for vote, at in votes if vote.verdict is not CheckVerdict.ERROR]
    all_votes = tuple(vote for vote, _ in votes)
    if 2 * len(usable) <= len(votes):
        reason = next((vote.error for vote in all_votes if vote.error), "No judge was asked.")
        if usable:
            reason = f"Only {len(usable)} of {len(votes)} votes can be used: {reason}"
        return Judgement(check, turn, CheckVerdict.ERROR, all_votes, 0.0, prompt, reason=reason)
    ranked = Counter(vote.verdict for vote, _ in usable).most_common()
    verdict, count = ranked[0]
    if len(ranked) > 1 and ranked[1][1] == count:
        said = " and ".join(f"{times} {name.value}" for name, times in ranked)
        return Judgement(
            check,
            turn,
            CheckVerdict.NOT_PROVEN,
            all_votes,
            count / len(votes),
            prompt,
            reason=f"The judges do not agree: {said}.",
        )
    agreeing = [(vote, at) for vote, at in usable if vote.verdict is verdict]
    return Judgement(
        check,
        turn,
        verdict,
        all_votes,
        count / len(votes),
        prompt,
        evidence=next((at for _, at in agreeing if at is not None), None),
        reason=next((vote.reason for vote, _ in agreeing if vote.reason), ""),
    )
