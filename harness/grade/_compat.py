"""Our judges behind Pipecat Evals' own: the only place of this package that knows Pipecat.

One private name is used: `BaseClassifier._ask`, the method a classifier has to bring along
(tests/unit/grade/test_eval_judge.py holds it).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipecat.classifiers.base_classifier import (
    BaseClassifier,
    ChoiceQuestion,
    ChoiceResult,
    ClassifierError,
    YesNoResult,
)
from pipecat.evals.judge import EvalJudge, JudgeVerdict, RunVerdicts
from pipecat.evals.simulation import EvalSimulationMetric, EvalSimulationScenario
from pipecat.evals.simulation_judge import EvalSimulationJudge

from harness.grade._judge import Question
from harness.grade._panel import OF_A_REPLY, Panel
from harness.grade._prompts import prompt_name
from harness.nouns import CheckVerdict, Judgement, Simulation, ToolCall, Turn

__all__ = ["eval_judge", "judge_simulation"]

GOAL = "success"
"""The name of a simulation's goal among its judgements."""

_REPLY = ("yes", "no", "continue")
_TURN = {"yes": "meets", "no": "fails", "not_applicable": "not_applicable"}
_CHOICES = {
    CheckVerdict.MET: "yes",
    CheckVerdict.PENDING: "continue",
    CheckVerdict.NOT_RUN: "not_applicable",
}
"""What a judgement means to Pipecat; not proven is no yes."""


class _Panelled(BaseClassifier):
    """Answers Pipecat's questions by what a panel says of them.

    `asked` holds what the questions of the moment are about: by their name, and whether they are
    a choice, the check's name and its criterion.
    """

    def __init__(self, panel: Panel, told: Callable[[Judgement], None]) -> None:
        super().__init__()
        self._panel = panel
        self._told = told
        self._failed: set[str] = set()
        self.asked: dict[tuple[str, bool], tuple[str, str]] = {}
        self.last: Judgement | None = None
        self.last_error = ""

    async def _ask(
        self, state: Any, questions: Mapping[str, Any], images: Sequence[Any] = ()
    ) -> tuple[dict[str, Any], None]:
        key = json.dumps([state, sorted(questions)], sort_keys=True, default=str)
        if key in self._failed:
            # Pipecat asks again at once; the judges have done so themselves.
            self._failed.discard(key)
            raise ClassifierError(self.last_error)
        names = list(questions)
        said = await asyncio.gather(*(self._put(state, name, questions[name]) for name in names))
        failed = [judgement for judgement in said if judgement.verdict is CheckVerdict.ERROR]
        if failed:
            self.last_error = failed[0].reason or "The judge gave no usable answer."
            self._failed.add(key)
            raise ClassifierError(self.last_error)
        return {
            name: _result(questions[name], judgement)
            for name, judgement in zip(names, said, strict=True)
        }, None

    async def _put(self, state: Any, name: str, question: Any) -> Judgement:
        turns = _turns(state)
        turn: int | None = turns[-1].index
        choices: tuple[str, ...] = ("yes", "no")
        choice = isinstance(question, ChoiceQuestion)
        if choice and "not_applicable" in question.options:
            kind, choices = "turn", OF_A_REPLY
        elif choice:
            kind, choices = "reply", tuple(each for each in _REPLY if each in question.options)
        elif "call" in state:
            kind = "function"
        else:
            kind, turn = "goal", None
        check, criterion = self.asked[name, choice]
        asked = Question(prompt_name(kind), criterion, turns, turn, choices)
        judgement = await self._panel.put(check, asked, turn)
        self.last = judgement
        self._told(judgement)
        return judgement


def _result(question: Any, judgement: Judgement) -> Any:
    choice = _CHOICES.get(judgement.verdict, "no")
    if not isinstance(question, ChoiceQuestion):
        sure = max(0.5, judgement.agreement)
        # Just below one half is a no: the panel has decided, the figure only tells how clearly.
        return YesNoResult(probability=sure if choice == "yes" else min(1 - sure, 0.49))
    if "not_applicable" in question.options:
        choice = _TURN.get(choice, "fails")
    others = max(1, len(question.options) - 1)
    if choice not in question.options:
        choice = "no"
    left = (1 - judgement.agreement) / others
    shares = {name: judgement.agreement if name == choice else left for name in question.options}
    return ChoiceResult(choice=choice, probabilities=shares, confidence=judgement.agreement)


def _turns(state: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The conversation of a question as turns: the caller's messages count them."""
    turns = [Turn(0)]
    for entry in state.get("conversation") or ():
        text = str(entry.get("text", ""))
        match entry.get("speaker"):
            case "user":
                turns.append(Turn(len(turns), caller_text=text))
            case "tool":
                turns[-1] = replace(turns[-1], tools=(*turns[-1].tools, _tool(text)))
            case _:
                turns[-1] = _say(turns[-1], text)
    if latest := state.get("latest_bot_reply"):
        turns[-1] = _say(turns[-1], str(latest))
    if call := state.get("call"):
        tool = ToolCall("", call.get("name"), call.get("arguments") or {}, 0.0)
        turns[-1] = replace(turns[-1], tools=(*turns[-1].tools, tool))
    return tuple(turns)


def _say(turn: Turn, text: str) -> Turn:
    return replace(turn, agent_text=f"{turn.agent_text} {text}".strip())


def _tool(line: str) -> ToolCall:
    """A function call as Pipecat tells it to its judge: ``book({"day": "Friday"})``."""
    name, bracket, rest = line.partition("(")
    cancelled = line.endswith(" was cancelled")
    try:
        arguments = json.loads(rest.rstrip()[:-1] or "{}") if bracket else {}
    except ValueError:
        arguments = {}
    name = line.removesuffix(" was cancelled") if cancelled else name
    found = arguments if isinstance(arguments, dict) else {}
    return ToolCall("", name, found, 0.0, cancelled=cancelled)


class _Judge(EvalJudge):
    """Pipecat's judge, asking a panel and giving its reasons."""

    def __init__(
        self, panel: Panel, told: Callable[[Judgement], None], *, allow_continue: bool
    ) -> None:
        self._panelled = _Panelled(panel, told)
        self._reasons: dict[tuple[str, str], str] = {}
        super().__init__(self._panelled, allow_continue=allow_continue)

    @property
    def last_error(self) -> str:
        """Why the last question got no answer; empty if it got one."""
        return self._panelled.last_error

    async def evaluate(self, criterion: str) -> JudgeVerdict:
        self._begin({("verdict", True): (criterion, criterion)})
        return self._told(criterion, await super().evaluate(criterion))

    async def evaluate_call(
        self, name: str, args: dict[str, Any] | None, criterion: str
    ) -> JudgeVerdict:
        self._begin({("answer", False): (criterion, criterion)})
        return self._told(criterion, await super().evaluate_call(name, args, criterion))

    async def evaluate_run(
        self,
        criteria: dict[str, str],
        success: str,
        transcript: Sequence[dict[str, Any]] | None = None,
    ) -> RunVerdicts:
        metrics = {(name, True): (name, text) for name, text in criteria.items()}
        self._begin({**metrics, ("answer", False): (GOAL, success)})
        return await super().evaluate_run(criteria, success, transcript)

    def _begin(self, asked: dict[tuple[str, bool], tuple[str, str]]) -> None:
        self._panelled.asked = asked
        self._panelled.last = None
        self._panelled.last_error = ""

    def _told(self, criterion: str, verdict: JudgeVerdict) -> JudgeVerdict:
        """The verdict with the judges' reason in place of probabilities."""
        last = self._panelled.last
        if self.last_error:
            return replace(verdict, reason=self.last_error)
        if last is not None:
            self._reasons[criterion, verdict.verdict] = last.reason
        return replace(
            verdict, reason=self._reasons.get((criterion, verdict.verdict)) or verdict.reason
        )


def eval_judge(
    panel: Panel, told: Callable[[Judgement], None], *, allow_continue: bool = True
) -> _Judge:
    """A judge for Pipecat's drivers that asks a panel.

    Its `last_error` tells a question that failed from one that was answered with no: Pipecat takes
    both for a no.

    Args:
        panel: The judges.
        told: Called with each judgement. Its check is the criterion, its turn the number of
            caller lines so far.
        allow_continue: Whether a judge may say of a reply that more of it is to come; without, each
            is yes or no.
    """
    return _Judge(panel, told, allow_continue=allow_continue)


async def judge_simulation(
    simulation: Simulation, conversation: Sequence[dict[str, Any]], panel: Panel
) -> tuple[Judgement, ...]:
    """What judges say of a conversation that was not a call here, as `pipecat eval judge` does.

    Args:
        simulation: Its goal and its metrics; those that are measured need a call.
        conversation: Messages of a conversation file.
        panel: The judges.

    Returns:
        The goal's judgement, named `success`, and one a metric and turn, named like the metric.
    """
    said: list[Judgement] = []
    judge = eval_judge(panel, said.append)
    scenario = EvalSimulationScenario(
        name="simulation",
        persona=simulation.persona,
        goal=simulation.goal,
        success=simulation.success,
        metrics=[
            EvalSimulationMetric(metric.name, metric.criterion, metric.min_score)
            for metric in simulation.metrics
            if metric.criterion
        ],
    )
    try:
        await EvalSimulationJudge(scenario, judge=judge).judge(list(conversation))
    finally:
        await judge.close()
    return tuple(sorted(said, key=lambda j: (j.check != GOAL, j.check, j.turn or 0)))
