"""Holding a scenario's conversation with the demo agent's own brain and calendar, without voice.

The brain is asked as its LLM service asks it; what the driver of Pipecat Evals would find is read
off what was said and called. Everything that needs sound, a room or the driver is tested elsewhere.
"""

from __future__ import annotations

import importlib
import json
from datetime import date
from typing import Any

from harness.grade import CallFacts, ExpectationFact
from harness.nouns import (
    Expectation,
    ExpectedCall,
    Outcome,
    Scenario,
    ScriptStep,
    Span,
    ToolCall,
    Turn,
)

TODAY = date(2026, 11, 23)
_REPLY = {"response", "llm_response", "tts_response"}
_SIGNAL = {"bot_started_speaking", "bot_stopped_speaking", "llm_started", "bot_interrupted"}


class DeskTalk:
    """One conversation. The demo agent's modules must be on the path.

    Args:
        scenario: Whose lines are said.
        diagnoses: The agent has the fault `unsafe`.
    """

    def __init__(self, scenario: Scenario, *, diagnoses: bool = False) -> None:
        self._brains = importlib.import_module("brain")
        self._dialogue = importlib.import_module("dialogue")
        self._brain = self._brains.Brain(TODAY, diagnoses=diagnoses)
        self._desk = importlib.import_module("desk").Desk(TODAY)
        self._scenario = scenario
        self._messages: list[dict[str, Any]] = [
            {"role": "developer", "content": self._brains.OPENING}
        ]
        self.turns: list[Turn] = []
        self.expectations: list[ExpectationFact] = []
        self._marker = ""
        self._left = False

    def hold(self) -> CallFacts:
        """Say every line; the facts of the call."""
        self._exchange(None)
        if self._scenario.context:
            self._messages = [dict(message) for message in self._scenario.context]
        for number, step in enumerate(self._scenario.steps):
            if step.say is not None or step.dtmf is not None:
                self._exchange(step)
            elif number and step.sound is None:
                self._messages.append({"role": "developer", "content": self._brains.SILENCE})
                self._exchange(None)
            for index, expectation in enumerate(step.expect):
                fact = self._fact(number, index, expectation, heard=step.sound is None)
                self.expectations.append(fact)
        return CallFacts(
            turns=tuple(self.turns),
            ended=True,
            ended_by="agent" if self._left else "caller",
            names_reported=True,
            script_done=True,
            expectations=tuple(self.expectations),
            rtvi=True,
        )

    def _exchange(self, step: ScriptStep | None) -> None:
        index, line = len(self.turns), None
        if step is not None:
            line = step.say if step.dtmf is None else f"DTMF: {step.dtmf}"
            self._messages.append({"role": "user", "content": line})
        start, tools = 10.0 * index, []
        while isinstance(action := self._brain.decide(self._messages), self._dialogue.Call):
            result = self._call(action)
            number = f"{index}-{len(tools)}"
            at = start + 2.5
            tools.append(ToolCall(number, action.name, action.arguments, at, at + 0.1, result))
            function = {"name": action.name, "arguments": json.dumps(action.arguments)}
            call = {"id": number, "function": function}
            self._messages.append({"role": "assistant", "tool_calls": [call]})
            answer = {"role": "tool", "tool_call_id": number, "content": json.dumps(result)}
            self._messages.append(answer)
        waits = isinstance(action, self._dialogue.Wait)
        self._marker = action.kind if waits else "complete"
        if not waits:
            self._left = action.leave
            self._messages.append({"role": "assistant", "content": action.text})
        outcome = Outcome.NO_ANSWER if waits else Outcome.ANSWERED
        self.turns.append(
            Turn(
                index,
                outcome=None if line is None else outcome,
                caller_text=line,
                caller_source=None if line is None else "script",
                caller=None if line is None else Span(start, start + 2.0),
                agent=() if waits else (Span(start + 3.0, start + 6.0),),
                agent_text="" if waits else action.text,
                agent_text_source=None if waits else "rtvi",
                tools=tuple(tools),
                response_latency_s=None if line is None or waits else 1.0,
            )
        )

    def _call(self, action: Any) -> dict[str, Any]:
        if action.name == "receive_picture":
            return {"received": True}
        result: dict[str, Any] = getattr(self._desk, action.name)(**action.arguments)
        return result

    def _fact(
        self, step: int, index: int, expectation: Expectation, *, heard: bool
    ) -> ExpectationFact:
        # To a sound that is no line nothing is said.
        problem = self._problem(expectation) if heard or not expectation.absent else ""
        return ExpectationFact(
            step,
            index,
            expectation.event,
            status="failed" if problem else "matched",
            kind="text_mismatch" if problem else "",
            reason=problem,
            matched=None if problem else self.turns[-1].agent_text,
            own_s=1.0,
        )

    def _problem(self, expectation: Expectation) -> str:
        turn = self.turns[-1]
        if expectation.event in _REPLY:
            if expectation.absent:
                return "a reply came" if turn.agent_text else ""
            text = turn.agent_text
            if not text:
                return "no reply"
            missing = [each for each in expectation.contains if each not in text]
            return f"{missing or expectation.excludes} in {text!r}" if missing or any(
                each in text for each in expectation.excludes
            ) else ""  # fmt: skip
        if expectation.event == "function_call":
            return next((f"no {call}" for call in expectation.calls if not _made(call, turn)), "")
        if expectation.event == "user_transcription":
            said = turn.caller_text or ""
            return "" if all(each in said for each in expectation.contains) else f"heard {said!r}"
        if expectation.event == "llm_marker":
            return "" if expectation.marker in (None, self._marker) else f"it was {self._marker}"
        return "" if expectation.event in _SIGNAL else f"{expectation.event} is not tested here"


def _made(call: ExpectedCall, turn: Turn) -> bool:
    wanted = (call.arguments or {}).items()
    return any(
        tool.name == call.name
        and all((tool.arguments or {}).get(key) == value for key, value in wanted)
        for tool in turn.tools
    )
