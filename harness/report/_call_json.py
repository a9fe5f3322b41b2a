"""What commands print of a call as JSON: one object, the same for every end a call can come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import Field

from harness.calls import CallView
from harness.errors import RingbackError
from harness.nouns import (
    CallState,
    Failure,
    Grade,
    Metric,
    OpenAiBrain,
    Outcome,
    Scenario,
    SimMeasure,
    Simulation,
    StageName,
    ToolCall,
    Turn,
    Unit,
    Verdict,
    by_person,
)
from harness.report._check_json import (
    CheckReport,
    JudgingReport,
    ReportPart,
    check_reports,
    judging_report,
    rounded,
    schema_of,
)
from harness.report._people_json import (
    GradeByPersonReport,
    PersonReport,
    WhisperReport,
    grade_reports,
    people_reports,
)
from harness.report._sound_json import SoundReport, sound_report
from harness.store import Artifacts

__all__ = ["CallReport", "ErrorReport", "call_report", "call_schema", "error_report", "problem"]


VERSION: Final = 2
"""Of the report. It grows when a key goes or means something else; new keys may come any time."""


class ErrorReport(ReportPart):
    """What went wrong: what happened, the likely cause, what to do."""

    kind: str = Field(description="Machine key, for instance runner_refused or bad_scenario.")
    message: str
    cause: str
    remedy: str


class ToolReport(ReportPart):
    """A function the agent called; name and arguments are null if it does not tell them."""

    name: str | None
    arguments: dict[str, Any] | None
    result: Any
    at: float = Field(description="Second on the call's clock.")
    cancelled: bool


class StageReport(ReportPart):
    """A part of a reply's latency."""

    name: StageName
    seconds: float = Field(description="Negative for unexplained, where stages overlap.")
    source: Literal["rtvi", "observer", "statistics", "remainder"]
    detail: str = Field(description="Which processor, for instance; or empty.")


class TurnReport(ReportPart):
    """One exchange; times in seconds."""

    index: int = Field(description="0 is the greeting; the caller's lines count from 1.")
    outcome: Outcome | None = Field(description="null for the greeting.")
    caller_text: str | None = Field(
        description="null for the greeting, and for a person's line whose words are not known."
    )
    caller_source: str | None = Field(
        description="Whose line it is: script, persona (a simulated person), typed (by a person, "
        "in the caller's voice) or person (who spoke in the caller's place)."
    )
    caller_text_source: Literal["stt", "hand"] | None = Field(
        description="Where a person's words come from: a recogniser, or somebody wrote them down; "
        "null for words that were known before."
    )
    caller_text_by: str | None = Field(
        description="The recogniser that a person's words are of, by name; else null."
    )
    by_person: bool = Field(description="Whether a person typed or spoke the line.")
    agent_text: str
    agent_text_source: str | None = Field(description="rtvi, lk.transcription or stt.")
    tools: list[ToolReport]
    response_latency_s: float | None = Field(
        description="Heard: agent's first sound minus caller's last; negative if talked over."
    )
    bot_reported_s: float | None = Field(description="What the agent says its reply time was.")
    latency_source: Literal["rtvi", "observer"] | None = Field(
        description="Whose figure bot_reported_s is."
    )
    gap_s: float | None = Field(description="Heard minus bot-reported.")
    first_answer_s: float | None = Field(
        description="Until the answer itself, where the agent filled the wait first."
    )
    backchannels: int = Field(description="Short sounds of the agent within the caller's line.")
    overlap_s: float | None = Field(description="How long both spoke at once.")
    stop_s: float | None = Field(description="How long the agent talked on when cut in on.")
    stages: list[StageReport] = Field(
        description="What the heard latency was spent on; they sum up to it."
    )
    flagged: bool = Field(
        description="The harness spoiled this turn's timing; it is left out of percentiles."
    )


class MetricReport(ReportPart):
    """One figure."""

    value: float | None = Field(description="null if it could not be measured.")
    unit: Unit = Field(description="share and score: 0..1; per_minute: words; db: dBFS, dB, LUFS.")
    n: int = Field(description="How many observations it rests on.")
    low: float | None = Field(description="Where its 95 % interval begins; null if there is none.")
    high: float | None
    of: int | None = Field(description="For a rate: out of how many.")
    left_out: int = Field(description="Turns kept out, since this computer spoiled them.")
    why: str = Field(description="Why there is no value; else empty.")
    turns: list[int] = Field(description="Indexes of the turns it rests on, at most 50.")


class ExpectedCallReport(ReportPart):
    """A function the agent should call; null is any."""

    name: str | None
    arguments: dict[str, Any] | None


class SimMetricReport(ReportPart):
    """A metric of a simulation: what it asks for. Its verdict stands among the checks."""

    check: str = Field(description="Name of its check.")
    criterion: str | None = Field(description="What judges decide of each reply.")
    min_score: float | None = Field(description="Share of the replies that must be met.")
    measure: str | None = Field(description="Pipecat Evals' name of what is measured.")
    min_value: float | None
    max_value: float | None
    calls: list[ExpectedCallReport] | None = Field(description="Functions it must call, no other.")


class SimulationReport(ReportPart):
    """Who called without a script, and what for."""

    persona: str = Field(description="Who it is, in words.")
    library_persona: str | None = Field(description="Name of a persona of the library.")
    goal: str
    success: str = Field(description="What counts as the agent having done its job.")
    brain: Literal["rules", "openai"]
    endpoint: str | None = Field(description="The language model that was named for it.")
    runs: int
    max_turns: int
    max_duration_s: float
    max_silence_s: float
    metrics: list[SimMetricReport]


class StepReport(ReportPart):
    """One step of the caller's plan."""

    label: str
    status: Literal["todo", "current", "done", "skipped"]


class CallReport(ReportPart):
    """A call, or why none could be placed. Times in seconds."""

    version: Literal[2] = Field(VERSION, description="Of this schema.")
    call_id: str | None = Field(description="null if no call was placed.")
    kind: Literal["script", "simulation", "import"] | None = Field(
        description="What was on the line: a script (or none), a simulated person, or a "
        "conversation that was read from a file."
    )
    state: CallState | None
    verdict: Verdict
    failure: str | None = Field(description="Machine key of why the call ended early; see error.")
    exit_code: int | None = Field(
        description="What `ringback call` exits with; null while the call goes on.", ge=0, le=3
    )
    agent: str | None
    scenario: str | None
    scenario_title: str | None
    simulation: SimulationReport | None = Field(description="null for a script.")
    plan: list[StepReport] = Field(description="What the caller was to do, and did.")
    duration_s: float | None
    ended_by: str | None = Field(description="caller, agent, person or limit.")
    turns: list[TurnReport]
    checks: list[CheckReport]
    judging: JudgingReport | None = Field(description="null if nobody judged.")
    gradings: list[str] = Field(description="Ids of later gradings, oldest first.")
    grades: list[GradeByPersonReport] = Field(description="By people, oldest first.")
    people: list[PersonReport] = Field(
        description="Who had the caller's side while the call ran, and when."
    )
    whispers: list[WhisperReport] = Field(
        description="What people told the simulated caller to do."
    )
    metrics: dict[str, MetricReport]
    error_s: float | None = Field(
        description="Half the width of the error bar of latencies, by the last calibration of "
        "this computer; null if there is none."
    )
    sound: SoundReport | None = Field(
        description="Of the agent's lane; null until its recording has been measured, some seconds "
        "after the call."
    )
    warnings: list[str]
    recording: str | None = Field(description="Stereo FLAC, left caller, right agent.")
    events: str | None = Field(description="The event log, one JSON object a line.")
    error: ErrorReport | None


def call_report(
    view: CallView,
    paths: Artifacts,
    scenario: Scenario | None = None,
    grades: Iterable[Grade] = (),
) -> dict[str, Any]:
    """The report of a call, as JSON values.

    Args:
        view: The call.
        paths: Where its files are.
        scenario: What it was placed with.
        grades: What people think of it.
    """
    people, whispers = people_reports(paths.events)
    simulation = scenario.simulation if scenario is not None else None
    return CallReport(
        call_id=view.call_id,
        kind=view.kind,
        state=view.state,
        verdict=view.verdict or Verdict.NOT_RUN,
        failure=view.failure.kind if view.failure else None,
        exit_code=3 if view.exit_code is None and view.state.is_final else view.exit_code,
        agent=view.agent_title,
        scenario=view.scenario,
        scenario_title=view.scenario_title,
        simulation=_simulation(scenario, simulation) if scenario and simulation else None,
        plan=[StepReport(label=step.label, status=step.status) for step in view.plan],
        duration_s=rounded(view.t),
        ended_by=view.ended_by,
        turns=[_turn(turn) for turn in view.turns],
        checks=check_reports(view.checks, scenario),
        judging=judging_report(view.checks),
        gradings=list(view.gradings),
        grades=grade_reports(grades),
        people=people,
        whispers=whispers,
        metrics={metric.key: _figure(metric) for metric in view.metrics},
        error_s=rounded(view.error_s),
        sound=sound_report(view.audio) if view.audio is not None else None,
        warnings=list(view.warnings),
        recording=str(paths.recording) if view.has_recording else None,
        events=str(paths.events),
        error=problem(view.failure) if view.failure else None,
    ).model_dump(mode="json")


def _figure(metric: Metric) -> MetricReport:
    return MetricReport(
        value=rounded(metric.value),
        unit=metric.unit,
        n=metric.n,
        low=rounded(metric.low),
        high=rounded(metric.high),
        of=metric.of,
        left_out=metric.left_out,
        why=metric.why,
        turns=list(metric.turns),
    )


def error_report(error: RingbackError) -> dict[str, Any]:
    """The report when no call was placed, or none could be carried to its end."""
    return CallReport(
        call_id=None,
        kind=None,
        state=None,
        verdict=Verdict.NOT_RUN,
        failure=error.kind,
        exit_code=error.exit_code,
        agent=None,
        scenario=None,
        scenario_title=None,
        simulation=None,
        plan=[],
        duration_s=None,
        ended_by=None,
        turns=[],
        checks=[],
        judging=None,
        gradings=[],
        grades=[],
        people=[],
        whispers=[],
        metrics={},
        error_s=None,
        sound=None,
        warnings=[],
        recording=None,
        events=None,
        error=problem(error),
    ).model_dump(mode="json")


def problem(error: RingbackError | Failure) -> ErrorReport:
    """An error or a failure in its four parts."""
    return ErrorReport(
        kind=error.kind, message=error.message, cause=error.cause, remedy=error.remedy
    )


def call_schema() -> dict[str, Any]:
    """The JSON schema of the report; `docs/schemas/call.schema.json` is a copy."""
    return schema_of(CallReport)


def _turn(turn: Turn) -> TurnReport:
    return TurnReport(
        index=turn.index,
        outcome=turn.outcome,
        caller_text=turn.caller_text,
        caller_source=turn.caller_source,
        caller_text_source=turn.caller_text_source,
        caller_text_by=turn.caller_text_by,
        by_person=by_person(turn.caller_source),
        agent_text=turn.agent_text,
        agent_text_source=turn.agent_text_source,
        tools=[_tool(tool) for tool in turn.tools],
        response_latency_s=rounded(turn.response_latency_s),
        bot_reported_s=rounded(turn.bot_reported_s),
        latency_source=turn.latency_source,
        gap_s=rounded(turn.gap_s),
        first_answer_s=rounded(turn.first_answer_s),
        backchannels=len(turn.backchannels),
        overlap_s=rounded(turn.overlap_s),
        stop_s=rounded(turn.stop_s),
        stages=[
            StageReport(
                name=stage.name,
                seconds=round(stage.seconds, 4),
                source=stage.source,
                detail=stage.detail,
            )
            for stage in turn.stages
        ],
        flagged=bool(turn.flags),
    )


def _tool(tool: ToolCall) -> ToolReport:
    return ToolReport(
        name=tool.name,
        arguments=tool.arguments,
        result=tool.result,
        at=round(tool.called_at, 4),
        cancelled=tool.cancelled,
    )


def _simulation(scenario: Scenario, simulation: Simulation) -> SimulationReport:
    brain = simulation.brain
    named = brain.endpoint if isinstance(brain, OpenAiBrain) else ""
    return SimulationReport(
        persona=simulation.persona,
        library_persona=scenario.caller.persona or None,
        goal=simulation.goal,
        success=simulation.success,
        brain=brain.kind,
        endpoint=named or None,
        runs=simulation.runs,
        max_turns=simulation.max_turns,
        max_duration_s=simulation.max_duration_s,
        max_silence_s=simulation.max_silence_s,
        metrics=[_metric(check) for check in scenario.checks if isinstance(check, SimMeasure)],
    )


def _metric(check: SimMeasure) -> SimMetricReport:
    metric = check.metric
    calls = metric.calls
    return SimMetricReport(
        check=check.name,
        criterion=metric.criterion,
        min_score=metric.min_score,
        measure=metric.measure,
        min_value=metric.min_value,
        max_value=metric.max_value,
        calls=None
        if calls is None
        else [ExpectedCallReport(name=call.name, arguments=call.arguments) for call in calls],
    )
