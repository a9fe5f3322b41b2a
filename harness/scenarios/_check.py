"""Checking files and folders: what is in them, and what of it an agent cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import ScenarioError
from harness.nouns import (
    LARGEST_IMAGE,
    CheckSpec,
    Criterion,
    Expectation,
    Expected,
    FunctionCalled,
    InOrder,
    NotRun,
    RulesBrain,
    Scenario,
    ScriptStep,
    SimMeasure,
    Success,
)
from harness.scenarios._document import show_path
from harness.scenarios._library import is_part, scenario_files
from harness.scenarios._load import load_scenarios
from harness.scenarios._script import CALLS

__all__ = ["AgentKind", "FileReport", "check_paths"]

AgentKind = Literal["stock", "demo", "no_rtvi"]
"""A bot of plain Pipecat, which reports functions without their names; our demo agent, or another
that takes the messages of Pipecat Evals; one without RTVI."""

Cannot = tuple[str, str, NotRun]
"""A scenario, what it expects, and why that cannot be asked."""

_BY_FEATURES = ("llm_marker", "image", "vad_user_started_speaking", "vad_user_stopped_speaking")
_HEARD = ("response", "bot_started_speaking", "bot_stopped_speaking")


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is in a file.

    Attributes:
        scenarios: Empty if the file is broken.
        features: Names of what its scenarios use, in the order of the documentation.
        cannot: What an agent of the given kind cannot be asked.
        problem: Why the file cannot be used.
    """

    path: Path
    scenarios: tuple[Scenario, ...] = ()
    features: tuple[str, ...] = ()
    cannot: tuple[Cannot, ...] = ()
    problem: ScenarioError | None = None


def check_paths(
    paths: Sequence[Path],
    agent_kind: AgentKind = "stock",
    *,
    judge: bool = True,
    by_rule: Callable[[str], bool] = lambda criterion: False,
    endpoints: Collection[str] | None = None,
) -> tuple[FileReport, ...]:
    """A report of each file, and of each scenario file in a folder and in the folders inside it.

    Args:
        paths: Files and folders.
        agent_kind: What kind of agent the scenarios are for.
        judge: Whether there is a language model to judge criteria in words.
        by_rule: Whether a criterion is decided without one; not so the `eval` of an expectation,
            which is asked while the script goes on.
        endpoints: Names of the language models of this computer: what names another is warned of.
    """
    asked = _Asked(agent_kind, judge, by_rule, endpoints)
    return tuple(report for path in paths for report in _reports(path.expanduser(), asked))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What files are checked for; see :func:`check_paths`."""

    agent_kind: AgentKind
    judge: bool
    by_rule: Callable[[str], bool]
    endpoints: Collection[str] | None


def _reports(path: Path, asked: _Asked) -> Iterator[FileReport]:
    if not path.is_dir():
        yield _report(path, None, asked)
        return
    files = [file for file in scenario_files(path) if not is_part(file)]
    if not files:
        problem = ScenarioError(
            f"{show_path(path)} holds no scenario file.", remedy="They end in .yaml or .yml."
        )
        yield FileReport(path, problem=problem)
    for file in files:
        yield _report(file, path, asked)


def _report(path: Path, folder: Path | None, asked: _Asked) -> FileReport:
    try:
        scenarios = load_scenarios(path, folder, endpoints=asked.endpoints)
    except ScenarioError as error:
        return FileReport(path, problem=error)
    used = {feature for scenario in scenarios for feature in _features(scenario)}
    cannot = [
        (scenario.name, wish, why)
        for scenario in scenarios
        for wish, why in _cannot(scenario, asked)
    ]
    return FileReport(
        path,
        scenarios,
        tuple(feature for feature in FEATURES if feature in used),
        tuple(cannot),
    )


FEATURES = (
    "script",
    "simulation",
    "speech",
    "typed lines",
    "pauses in a line",
    "audio",
    "dtmf",
    "image",
    "send_after",
    "context",
    "text_contains",
    "text_excludes",
    "within_ms",
    "function calls",
    "absent",
    "check_from",
    "markers",
    "eval",
    "stop_on_failure: false",
    "metrics",
    "runs",
    "rules brain",
    "persona",
    "own checks",
    "judged criteria",
)
"""What a scenario may use, in the order in which it is shown."""


def _features(scenario: Scenario) -> Iterator[str]:
    yield scenario.kind
    yield "typed lines" if scenario.caller.by == "text" else "speech"
    for step in scenario.steps:
        yield from _features_of_step(step)
        for expectation in step.expect:
            yield from _features_of_expectation(expectation)
    if scenario.context:
        yield "context"
    if scenario.kind == "script" and not scenario.stop_on_failure:
        yield "stop_on_failure: false"
    if scenario.simulation is not None:
        yield from ("metrics",) if scenario.simulation.metrics else ()
        yield from ("runs",) if scenario.simulation.runs > 1 else ()
        yield from ("rules brain",) if isinstance(scenario.simulation.brain, RulesBrain) else ()
    if scenario.caller.persona:
        yield "persona"
    for check in scenario.checks:
        if isinstance(check, Criterion):
            yield "judged criteria"
        elif not isinstance(check, Expected | Success | SimMeasure):
            yield "own checks"


def _features_of_step(step: ScriptStep) -> Iterator[str]:
    for feature, used in (
        ("pauses in a line", step.parts),
        ("audio", step.audio),
        ("dtmf", step.dtmf),
        ("image", step.image),
        ("send_after", step.send_after),
    ):
        if used:
            yield feature


def _features_of_expectation(expectation: Expectation) -> Iterator[str]:
    for feature, used in (
        ("text_contains", expectation.contains),
        ("text_excludes", expectation.excludes),
        ("within_ms", expectation.within_s is not None),
        ("function calls", expectation.event in CALLS),
        ("absent", expectation.absent),
        ("check_from", expectation.check_from != "previous"),
        ("markers", expectation.event == "llm_marker"),
        ("eval", expectation.eval),
        ("image", expectation.event == "image"),
    ):
        if used:
            yield feature


def _cannot(scenario: Scenario, asked: _Asked) -> Iterator[tuple[str, NotRun]]:
    agent_kind = asked.agent_kind
    if scenario.context and agent_kind != "demo":
        yield "Starts from the given context", NotRun.NEEDS_EVAL_FEATURES
    for number, step in enumerate(scenario.steps):
        for wish, why in _cannot_do(step, scenario, agent_kind):
            yield f"Turn {number + 1} {wish}", why
    since, lacking = _lacking(scenario, agent_kind)
    for check in scenario.checks:
        reason = _why_not(check, scenario, asked)
        if lacking is not None and isinstance(check, Expected) and check.step >= since:
            reason = lacking
        if reason is not None:
            yield check.name, reason


def _lacking(scenario: Scenario, agent_kind: AgentKind) -> tuple[int, NotRun | None]:
    """From which step on an agent lacks what the script gives, and why; see also Plan."""
    if scenario.context and agent_kind != "demo":
        return 0, NotRun.NEEDS_EVAL_FEATURES
    for number, step in enumerate(scenario.steps):
        if step.image and (why := _image_not_given(step.image, agent_kind)):
            return number, why
    return len(scenario.steps), None


def _image_not_given(image: str, agent_kind: AgentKind) -> NotRun | None:
    if agent_kind != "demo":
        return NotRun.NEEDS_EVAL_FEATURES
    fits = Path(image).stat().st_size <= LARGEST_IMAGE
    return None if fits else NotRun.IMAGE_TOO_LARGE


def _cannot_do(
    step: ScriptStep, scenario: Scenario, agent_kind: AgentKind
) -> Iterator[tuple[str, NotRun]]:
    if step.image and (missing := _image_not_given(step.image, agent_kind)):
        yield "shows an image", missing
    if scenario.caller.by == "text":
        if step.audio:
            yield "plays a recording", NotRun.NEEDS_VOICE
        if step.parts:
            yield "pauses in the middle", NotRun.NEEDS_VOICE
    event = step.send_after.event if step.send_after else None
    why = _event_not_told(event, agent_kind) if event else None
    if why is not None:
        yield f"is said after {event}", why


def _why_not(check: CheckSpec, scenario: Scenario, asked: _Asked) -> NotRun | None:
    agent_kind = asked.agent_kind
    match check:
        case Expected():
            expectation = scenario.steps[check.step].expect[check.index]
            why = _event_not_told(expectation.event, agent_kind)
            if why is None and agent_kind == "stock" and _needs_names(expectation):
                why = NotRun.NAMELESS_CALLS
            if why is None and expectation.eval and not asked.judge:
                why = NotRun.NO_JUDGE
            return why
        case FunctionCalled():
            return _calls_by_name(agent_kind)
        case InOrder() if any(step.function for step in check.steps):
            return _calls_by_name(agent_kind)
        case SimMeasure() if check.metric.measure == "function_calls":
            return _calls_by_name(agent_kind)
        case SimMeasure() if check.metric.criterion is not None:
            return _unjudged(check.metric.criterion, asked)
        case Criterion() | Success():
            return _unjudged(check.text, asked)
    return None


def _unjudged(criterion: str, asked: _Asked) -> NotRun | None:
    return None if asked.judge or asked.by_rule(criterion) else NotRun.NO_JUDGE


def _event_not_told(event: str, agent_kind: AgentKind) -> NotRun | None:
    if agent_kind == "demo":
        return None
    if event in _BY_FEATURES:
        return NotRun.NEEDS_EVAL_FEATURES
    return NotRun.NEEDS_RTVI if agent_kind == "no_rtvi" and event not in _HEARD else None


def _needs_names(expectation: Expectation) -> bool:
    if expectation.event not in CALLS or expectation.absent:
        return False
    named = any(call.name is not None or call.arguments for call in expectation.calls)
    return named or expectation.eval is not None


def _calls_by_name(agent_kind: AgentKind) -> NotRun | None:
    return {"stock": NotRun.NAMELESS_CALLS, "no_rtvi": NotRun.NEEDS_RTVI}.get(agent_kind)
