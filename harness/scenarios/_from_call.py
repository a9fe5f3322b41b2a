"""From a call to a scenario: what the caller did as a script, what the agent did as proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ScenarioError
from harness.nouns import Caller, Outcome, Scenario, Turn
from harness.scenarios._asked_along import fitting, vetoes_of, written_checks
from harness.scenarios._beside import Beside, file_name
from harness.scenarios._document import KeyPath
from harness.scenarios._draft import Draft, new_draft
from harness.scenarios._replies import Proposal, expectations
from harness.scenarios._said_lines import SaidLines, cuts_in, one_line, words_of

__all__ = ["FromCall", "Proposal", "from_call"]

_SCENARIO: KeyPath = ("scenarios", 0)
_BLOCK: KeyPath = (*_SCENARIO, "ringback")
_TITLE = 80
_JUDGED = "criterion"
_SPOKEN: dict[str, Any] = {
    "modality": "audio",
    "speech": {"service": "kokoro", "voice": "af_heart"},
}
"""Pipecat takes recordings and pauses only in a scenario that is spoken."""
_USUAL = Scenario("", "", "")


@dataclass(frozen=True, slots=True)
class FromCall:
    """What a call makes.

    Attributes:
        draft: With all that is proposed; the recordings it plays are among its files.
        proposals: What may be asked of the agent from now on, in the order of the draft.
        notes: Sentences about what is not as it was in the call.
    """

    draft: Draft
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()

    def with_only(self, wanted: Sequence[bool]) -> Draft:
        """The draft with those proposals that are wanted, one answer for each of them."""
        draft = self.draft
        # From the end, so that places stay right.
        for proposal, wants in reversed(list(zip(self.proposals, wanted, strict=True))):
            if not wants:
                draft = draft.remove(proposal.where)
        turns: KeyPath = (*_SCENARIO, "turns")
        for number, step in reversed(list(enumerate(draft.get(turns) or ()))):
            if not step:  # the greeting, of which nothing is wanted
                draft = draft.remove((*turns, number))
        return vetoes_of(draft)


def from_call(
    turns: Sequence[Turn],
    caller: Caller,
    title: str,
    scenario: Scenario | None = None,
    recorded: Mapping[int, Path] | None = None,
) -> FromCall:
    """Draft a scenario that does what the caller of a call did.

    The caller's lines, keys, recordings and cut-ins with their moments become steps. What the agent
    did becomes expectations of Pipecat Evals, each one a proposal to confirm; so do the checks of
    the scenario that was called. The draft can be used by both loaders, whatever is confirmed.

    Args:
        turns: Of the call.
        caller: How the caller sounded.
        title: For people.
        scenario: What was called, as the call keeps it; None if nothing was.
        recorded: Recordings of lines that shall be played as they were said, by the index of their
            turns; all others are said by the caller's voice.

    Raises:
        ScenarioError: The caller did nothing in it that can be done again.
    """
    recorded = recorded or {}
    asked = _in_order(turns, recorded)
    beside = Beside()
    lines = SaidLines([turn for turn in asked if turn.index > 0], scenario, beside, recorded)
    steps: list[dict[str, Any]] = []
    proposals: list[Proposal] = []
    for position, turn in enumerate(asked):
        made: list[dict[str, Any]] = [{}]
        if turn.index > 0:
            made = lines.steps_of(turn, asked[position - 1] if position else None)
            if not made:
                continue
        where: KeyPath = (*_SCENARIO, "turns", len(steps) + len(made) - 1)
        cut = position + 1 < len(asked) and cuts_in(asked[position + 1], turn)
        expect, found = expectations(turn, where, cut=cut)
        proposals += found
        if expect:
            made[-1]["expect"] = expect
        steps += [step for step in made if step]
    if not lines.count:
        raise ScenarioError(
            "No scenario can be made from this call.",
            cause="The caller said nothing in it.",
            remedy="Choose a call in which the caller says something.",
        )
    title = one_line(title)[:_TITLE] or "A call"
    name = file_name(title)
    draft = new_draft(name, title).set((*_SCENARIO, "turns"), steps)  # type: ignore[arg-type]
    draft = draft.with_files(beside.files)
    if any("audio" in step or isinstance(step.get("user"), list) for step in steps):
        draft = draft.set((*_SCENARIO, "user"), _SPOKEN)
    own = caller.model_copy(update={"by": lines.by})
    described = own.model_dump(mode="json", exclude_defaults=True)
    if described:
        draft = draft.set((*_BLOCK, "caller"), described)
    notes = list(lines.notes)
    if scenario is not None:
        draft = _with_its_own(draft, scenario, lines, notes)
    draft = fitting(draft, notes)
    proposals += _asked_along(draft)
    return FromCall(draft, tuple(proposals), tuple(notes))


def _in_order(turns: Sequence[Turn], recorded: Mapping[int, Path]) -> list[Turn]:
    """The greeting and the caller's lines; a reply that belongs to no line is left out."""
    return [
        turn
        for turn in turns
        if (turn.index > 0 and (words_of(turn) or turn.index in recorded))
        or (turn.index == 0 and turn.agent and turn.outcome is not Outcome.SPURIOUS)
    ]


def _with_its_own(draft: Draft, scenario: Scenario, lines: SaidLines, notes: list[str]) -> Draft:
    """What the scenario of the call asked and began with."""
    if scenario.context:
        draft = draft.set((*_SCENARIO, "context"), [dict(each) for each in scenario.context])
    if scenario.budget_s != _USUAL.budget_s:
        draft = draft.set((*_BLOCK, "budget_s"), scenario.budget_s)
    checks = written_checks(scenario.checks, lines.line_of, notes)
    if checks:
        draft = draft.set((*_BLOCK, "checks"), checks)  # type: ignore[arg-type]
    if scenario.judge != _USUAL.judge and any(one["rule"] == _JUDGED for one in checks):
        judge = scenario.judge.model_dump(mode="json", exclude_defaults=True)
        draft = draft.set((*_BLOCK, "judge"), judge)
    return draft


def _asked_along(draft: Draft) -> list[Proposal]:
    found = []
    budget_s = draft.get((*_BLOCK, "budget_s"))
    if budget_s is not None:
        sentence = f"A reply is slow after {float(budget_s):g} s: colours and chart go by it"
        found.append(Proposal((*_BLOCK, "budget_s"), None, sentence))
    for number, check in enumerate(draft.get((*_BLOCK, "checks")) or ()):
        way = "judged in words" if check["rule"] == _JUDGED else "by rule"
        sentence = f"{check['name']} ({way})"
        found.append(Proposal((*_BLOCK, "checks", number), None, sentence))
    return found
