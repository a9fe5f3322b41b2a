"""From a Pipecat Evals script to a Scenario: steps of the caller, and checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from harness.nouns import (
    AgentNeverSaid,
    AgentSaid,
    CheckSpec,
    Expectation,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    ScriptStep,
)
from harness.scenarios._block import TurnBlock, parse_block
from harness.scenarios._compat import EvalsCall, EvalsExpectation, EvalsScenario, EvalsTurn
from harness.scenarios._document import Document, KeyPath

__all__ = ["Script", "convert", "general_checks"]

LABEL_LENGTH = 44

_REPLY = frozenset({"response", "llm_response", "tts_response"})
_SPEAKING = frozenset({"bot_started_speaking", "bot_stopped_speaking", "llm_started"})

_NEEDS_JUDGE = "A criterion in words needs a judge, which comes later."
_LATER = "Over LiveKit this cannot be asked yet."
_EVAL_TRANSPORT = "Only Pipecat's eval transport can do this, not a call over LiveKit."


@dataclass(slots=True)
class Script:
    """What a script comes to. `lines` counts what the caller says."""

    steps: list[ScriptStep] = field(default_factory=list)
    checks: list[CheckSpec] = field(default_factory=list)
    lines: int = 0
    waits_for_reply: bool = False
    waits_for_greeting: bool = False

    def cannot(self, name: str, reason: str, *, required: bool = True) -> None:
        """Note something that the file asks for and nobody will do."""
        self.checks.append(NotAsked(rule="not_asked", name=name, reason=reason, required=required))


def convert(document: Document, where: KeyPath, scenario: EvalsScenario) -> Script:
    """The steps and the checks that a script asks for by itself.

    Args:
        document: The file, for errors by line.
        where: Where the scenario's list of turns stands in it.
        scenario: What Pipecat's loader made of it.

    Raises:
        ScenarioError: A value that Pipecat does not look at is wrong.
    """
    script = Script()
    if scenario.has_context:
        script.cannot("Starts from the given context", _EVAL_TRANSPORT, required=False)
    turns = scenario.turns or ()
    if not turns:
        raise document.error(where, "a script needs at least one turn.")
    written = _look(document, where)
    for index, turn in enumerate(turns):
        inside = (*where, index)
        own = written[index].get("ringback")
        block = (
            TurnBlock()
            if own is None
            else parse_block(document, (*inside, "ringback"), own, TurnBlock)
        )
        _turn(document, inside, turn, block, script)
    return script


def _look(document: Document, where: KeyPath) -> list[dict[str, Any]]:
    data: Any = document.data
    for part in where:
        data = data[part]
    return list(data)


def _turn(
    document: Document, where: KeyPath, turn: EvalsTurn, block: TurnBlock, script: Script
) -> None:
    if turn.dtmf is not None:
        script.cannot(f"Presses {turn.dtmf}", "The caller cannot press keys yet.")
        for index, expectation in enumerate(turn.expect):
            name = f"After the keys: {_name(expectation)}"
            script.cannot(_unlike(script, name, index), "The keys before it are not pressed.")
        return
    say = None
    if turn.user is not None:
        say = " ".join(turn.user.split())
        if not say:
            raise document.error((*where, "user"), "the caller's line is empty.")
        script.lines += 1
    line = script.lines
    if turn.audio is not None:
        reason = "The caller's own voice says the text; recordings are not played yet."
        script.cannot(f"Line {line} is played from a recording", reason, required=False)
    if turn.parts:
        reason = "The caller says the line in one go."
        script.cannot(f"Line {line} pauses in the middle", reason, required=False)
    if turn.image is not None:
        script.cannot(f"{_line(line)} shows an image", _EVAL_TRANSPORT, required=False)
    expect = tuple(
        kept
        for index, expectation in enumerate(turn.expect)
        if (kept := _expect(document, (*where, "expect", index), expectation, line, script))
    )
    script.steps.append(
        ScriptStep(
            say=say,
            pause_s=block.pause_s + _pause(turn, line, script),
            expect=expect,
            label=block.label or _label(say, first=line == 0),
        )
    )


def _pause(turn: EvalsTurn, line: int, script: Script) -> float:
    """The silence before a line, seconds; a line that shall cut in is said in its turn."""
    if turn.send_delay_ms is None:
        return 0.0
    if turn.send_event == "bot_stopped_speaking":
        return turn.send_delay_ms / 1000
    after = f"{turn.send_delay_ms} ms after {turn.send_event or 'the line before'}"
    reason = "The caller waits for the reply before it speaks; cutting in comes later."
    script.cannot(f"Line {line} is said {after}", reason, required=False)
    return 0.0


def _line(line: int) -> str:
    return "Greeting" if line == 0 else f"Line {line}"


def _reply(line: int) -> str:
    return "Greeting" if line == 0 else f"Reply {line}"


def _label(say: str | None, *, first: bool) -> str:
    if say is None:
        return "Wait for the greeting" if first else "Wait for the reply"
    if len(say) <= LABEL_LENGTH:
        return say
    cut = say[:LABEL_LENGTH]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,.;:") + "…"


def _name(expectation: EvalsExpectation) -> str:
    what = f"no {expectation.event}" if expectation.absent else expectation.event
    return f"{what} ({_shorten(expectation.eval)})" if expectation.eval else what


def _shorten(text: str, length: int = 60) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1].rstrip()}…"


def _unlike(script: Script, name: str, index: int) -> str:
    taken = {check.name for check in script.checks}
    return name if name not in taken else f"{name} ({index + 1})"


def _expect(
    document: Document,
    where: KeyPath,
    expectation: EvalsExpectation,
    line: int,
    script: Script,
) -> Expectation | None:
    """Make checks of an expectation, and keep what the caller itself should wait for."""
    event = expectation.event
    within_s = _within(document, where, expectation)
    contains = _text(document, (*where, "text_contains"), expectation.text_contains)
    excludes = _text(document, (*where, "text_excludes"), expectation.text_excludes)
    reply = _reply(line)
    if expectation.absent:
        script.cannot(f"{reply}: no {event}", _LATER)
        return None
    if event == "function_call":
        _calls(document, where, expectation, line, script)
        return None
    if event not in _REPLY | _SPEAKING:
        script.cannot(f"{reply}: {_name(expectation)}", _reason(event))
        return None
    if expectation.eval is not None:
        script.cannot(f"{reply}: {_shorten(expectation.eval)}", _NEEDS_JUDGE)
    if contains is not None:
        name = f"{reply} says “{_shorten(contains)}”"
        script.checks.append(
            AgentSaid(rule="agent_said", name=name, text=contains, whole_words=False, turn=line)
        )
    if excludes is not None:
        name = f"{reply} does not say “{_shorten(excludes)}”"
        script.checks.append(
            AgentNeverSaid(
                rule="agent_never_said", name=name, text=excludes, whole_words=False, turn=line
            )
        )
    if within_s is not None:
        _budget(within_s, line, script)
    if line == 0:
        script.waits_for_greeting = True
    else:
        script.waits_for_reply = True
    return Expectation(
        contains=() if contains is None else (contains,),
        excludes=() if excludes is None else (excludes,),
        within_s=within_s,
        event=event,
    )


def _reason(event: str) -> str:
    if event in ("llm_marker", "image"):
        return _EVAL_TRANSPORT
    if event == "user_transcription":
        return "What the agent understood is shown in the transcript; a check on it comes later."
    return _LATER


def _budget(within_s: float, line: int, script: Script) -> None:
    name = f"{_reply(line)} within {within_s:g} s"
    if line == 0:
        script.cannot(name, "Nothing comes before the greeting that it could be timed from.")
        return
    script.checks.append(LatencyBudget(rule="latency", name=name, within_s=within_s, turn=line))


def _calls(
    document: Document,
    where: KeyPath,
    expectation: EvalsExpectation,
    line: int,
    script: Script,
) -> None:
    name = _line(line)
    if expectation.eval is not None:
        script.cannot(f"{name}: {_shorten(expectation.eval)}", _NEEDS_JUDGE)
    for call in expectation.calls:
        if call.name is None:
            script.cannot(f"{name} calls a function", "It does not say which function.")
            continue
        if not isinstance(call.name, str) or not isinstance(call.args or {}, dict):
            raise document.error(where, "a call needs a `name` and, if any, `args` by name.")
        script.checks.append(
            FunctionCalled(
                rule="function_called",
                name=f"{name} calls {_signature(call)}",
                function=call.name,
                arguments=_plain(call.args or {}),
                turn=line,
            )
        )


def _signature(call: EvalsCall) -> str:
    arguments = ", ".join(f"{key}={_plain(value)}" for key, value in (call.args or {}).items())
    return f"{call.name}({_shorten(arguments)})" if arguments else str(call.name)


def _plain(value: Any) -> Any:
    """JSON values: YAML reads an unquoted day as a date, a function gets it as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _within(document: Document, where: KeyPath, expectation: EvalsExpectation) -> float | None:
    value = expectation.within_ms
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 3.6e6:
        raise document.error(
            (*where, "within_ms"), f"must be a number of milliseconds above 0, not {value!r}."
        )
    return value / 1000


def _text(document: Document, where: KeyPath, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise document.error(where, f"must be text, not {value!r}.")
    return value


def general_checks(script: Script, checks: Sequence[CheckSpec]) -> list[CheckSpec]:
    """The checks for `event: response` alone: a greeting and replies must come at all."""
    made: list[CheckSpec] = []
    if script.waits_for_greeting and not any(_about_greeting(check) for check in checks):
        made.append(
            AgentSaid(rule="agent_said", name="The agent greets first", pattern=r"\S", turn=0)
        )
    whole_call = [check for check in checks if isinstance(check, NoMissedTurn)]
    if script.waits_for_reply and not whole_call:
        made.append(NoMissedTurn(rule="no_missed_turn", name="Every line gets a reply"))
    return made


def _about_greeting(check: CheckSpec) -> bool:
    return isinstance(check, AgentSaid) and check.turn == 0
