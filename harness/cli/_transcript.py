"""A call as it goes on, line by line in the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.text import Text

from harness.calls import CallView, pass_rate
from harness.cli._checks import print_checks, print_judging, verdict_text
from harness.cli._progress import Progress
from harness.cli._terminal import Terminal, print_problem
from harness.cli._words import clean, clock, seconds
from harness.grade import implied_by
from harness.nouns import (
    WORDS_NOT_KNOWN,
    Agent,
    CallState,
    Outcome,
    Scenario,
    ToolCall,
    Turn,
)
from harness.report import sound_line

__all__ = ["Transcript"]

_STATES = {
    CallState.QUEUED: "Waiting for a free line",
    CallState.STARTING: "Starting the agent's session",
    CallState.RINGING: "Ringing: waiting for the agent",
    CallState.LIVE: "Live",
    CallState.ENDING: "Hanging up",
    CallState.DONE: "Ended",
    CallState.FAILED: "Could not be carried through",
    CallState.CANCELLED: "Cancelled",
    CallState.LOST: "Lost",
}
_OUTCOMES = {
    Outcome.INTERRUPTED: "interrupted by the caller",
    Outcome.TALKED_OVER: "talked over the caller",
    Outcome.SPURIOUS: "unasked",
}


_HINT = (
    "One line in the bot tells where the time went: observers=[RingbackObserver()], see "
    "docs/agents/observer.md."
)
_TELLERS = {"rtvi": " by RTVI", "observer": " by its observer"}


class Transcript(Progress):
    """Prints what is new in a call each time it is shown.

    Args:
        terminal: Where to.
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal, margin="", stopping="Hanging up.")
        self._state: CallState | None = None
        self._said: set[int] = set()
        self._answered: set[int] = set()
        self._warned = 0

    def begin(self, agent: Agent, scenario: Scenario) -> None:
        """Say what is going to happen."""
        who = clean(agent.title or agent.name)
        self._print(Text.assemble("Calling ", (who, "bold"), f" with “{clean(scenario.title)}”"))
        if scenario.simulation is not None:
            self._print(Text(f"A simulated person. Goal: {clean(scenario.simulation.goal)}", "dim"))
        for warning in scenario.warnings:
            self._print(Text(clean(warning), "yellow"))

    def begin_call(self, number: int, of: int) -> None:
        """Begin with another call: nothing of it has been printed."""
        self._state = None
        self._said.clear()
        self._answered.clear()
        self._warned = 0
        if of > 1:
            self._print(Text(f"\nCall {number} of {of}", "bold"))

    def end_run(self, views: Sequence[CallView]) -> None:
        """Print how many calls of a run passed."""
        told = Text.assemble("\nRun  ", (pass_rate(views).sentence, "bold"))
        if count := sum(view.spoiled for view in views):
            told.append(f"   left out: {count} spoiled")
        self._print(told.append(f"   {views[0].run_id}"))

    def warn(self, sentence: str) -> None:
        """Say what may spoil the call, if anything."""
        if sentence:
            self._print(Text(sentence, "yellow"))

    def show(self, view: CallView) -> None:
        """Print what came since the last time."""
        if view.state is not self._state:
            self._state = view.state
            self._print(Text(f"{clock(view.t)}  {_STATES[view.state]}", "dim"))
        for warning in view.warnings[self._warned :]:
            self._print(Text(f"{clock(view.t)}  {clean(warning)}", "yellow"))
        self._warned = len(view.warnings)
        for place, turn in enumerate(view.turns):
            over = not turn.open or place < len(view.turns) - 1 or view.state.is_final
            if place not in self._said and (text := _caller_text(turn, over=over)) is not None:
                self._said.add(place)
                start = turn.caller.start if turn.caller else None
                who = "Person" if turn.caller_source == "person" else "Caller"
                self._line(start, who, "blue", text)
            if over and place not in self._answered:
                self._answered.add(place)
                self._reply(turn)
        if view.state.is_final:
            self._status.stop()
        elif view.state in (CallState.LIVE, CallState.ENDING):
            self._spin(_now(view))

    def end(self, view: CallView, recording: str | None, scenario: Scenario | None = None) -> None:
        """Print checks, figures and verdict of a call that has ended."""
        self._status.stop()
        if view.failure is not None:
            print_problem(self._terminal, view.failure)
        if view.checks:
            self._print(Text("\nChecks", "bold"))
        implied = implied_by(scenario, view.checks) if scenario is not None else {}
        print_checks(self._terminal, view.checks, implied)
        print_judging(self._terminal, view.checks)
        metrics = {metric.key: metric for metric in view.metrics}
        half, most = metrics.get("response_latency_p50"), metrics.get("response_latency_p95")
        if half and most and (half.value is not None or half.left_out):
            self._print(
                Text(
                    f"\nHeard latency  p50 {seconds(half.value)}  p95 {seconds(most.value)}"
                    f"  n = {half.n}{_bar(view.error_s)}"
                    + (f", left out: {half.left_out} spoiled" if half.left_out else "")
                )
            )
        if view.audio is not None and (line := sound_line(view.audio)):
            self._print(Text(f"Agent's sound  {line}"))
        if view.turns and view.kind != "import" and not view.observed:
            self._print(Text(_HINT, "dim"))
        self._print(Text.assemble("\nVerdict  ", verdict_text(view.verdict), f"   {view.call_id}"))
        if recording:
            self._print(Text(f"Recording  {recording}", "dim"))

    def _reply(self, turn: Turn) -> None:
        for tool in turn.tools:
            self._line(tool.called_at, "", "", _tool(tool))
        figures = []
        if turn.response_latency_s is not None:
            figures.append(f"{seconds(turn.response_latency_s)} heard")
        if turn.bot_reported_s is not None:
            teller = _TELLERS.get(turn.latency_source or "", "")
            figures.append(f"{seconds(turn.bot_reported_s)} bot-reported{teller}")
        figures += _taking_turns(turn)
        if turn.outcome in _OUTCOMES:
            figures.append(_OUTCOMES[turn.outcome])
        figures += [f"timing spoiled: {flag}" for flag in turn.flags]
        start = turn.agent[0].start if turn.agent else None
        if turn.outcome is Outcome.NO_ANSWER:
            self._line(start, "Agent", "red", _no_answer(turn))
        elif turn.agent or turn.agent_text:
            text = turn.agent_text or "(no text)"
            self._line(start, "Agent", "magenta", text, " · ".join(figures))
        if told := _stages(turn):
            self._print(Text(f"{'':14}{clean(told)}", "dim"))

    def _line(self, at: float | None, who: str, style: str, text: str, after: str = "") -> None:
        line = Text.assemble((f"{clock(at)}  ", "dim"), (f"{who:<8}", style), clean(text))
        if after:
            line.append(f"  {clean(after)}", "dim")
        self._print(line)


def _now(view: CallView) -> str:
    if view.state is not CallState.LIVE:
        return f"{_STATES[view.state]} …"
    sides = {"caller": "the caller is speaking", "agent": "the agent is speaking"}
    return " and ".join(sides[side] for side in view.speaking) or "listening"


def _taking_turns(turn: Turn) -> list[str]:
    """What a latency does not tell of a turn."""
    told = []
    waited, answer = turn.response_latency_s, turn.first_answer_s
    if turn.filler and answer is not None and (waited is None or answer > waited):
        told.append(f"answer after {seconds(answer)}")
    if turn.stop_s is not None:
        told.append(f"stopped after {seconds(turn.stop_s)}")
    if turn.overlap_s:
        told.append(f"both for {seconds(turn.overlap_s)}")
    if turn.backchannels:
        told.append(f"{len(turn.backchannels)} x mm-hm")
    return told


def _stages(turn: Turn) -> str:
    """What the latency was spent on; empty if only the whole is known."""
    if all(stage.source == "remainder" for stage in turn.stages):
        return ""
    return "of it " + ", ".join(
        f"{stage.name.replace('_', ' ')} {seconds(stage.seconds)}" for stage in turn.stages
    )


def _tool(tool: ToolCall) -> str:
    arguments = json.dumps(tool.arguments, ensure_ascii=False) if tool.arguments else ""
    return f"calls {tool.name or 'a function'}({arguments})"


def _caller_text(turn: Turn, *, over: bool) -> str | None:
    """What the caller's side said; words of a person may come late, or never."""
    if turn.caller_source == "person" and not turn.caller_text:
        return WORDS_NOT_KNOWN if over else None
    return turn.caller_text


def _no_answer(turn: Turn) -> str:
    if turn.waited_s is None:
        return "No answer."
    waited = seconds(turn.waited_s)
    if turn.waited_until in ("agent_left", "agent_crashed"):
        did = "left" if turn.waited_until == "agent_left" else "crashed"
        return f"No answer: the agent {did} after {waited}."
    return f"No answer in {waited}."


def _bar(error_s: float | None) -> str:
    """How wrong each latency may be, if this computer was calibrated."""
    return "" if error_s is None else f"  each ±{error_s * 1000:.0f} ms"
