"""The nouns of Ringback: the same words in code, tables, pages and files (docs/architecture.md)."""

from harness.nouns._agent import Agent, TextChannel, TextSource
from harness.nouns._audio import LANE_RATE, PEAKS_PER_SECOND, Lane
from harness.nouns._audio_report import AudioReport, Dnsmos, Dropout
from harness.nouns._calibration import Calibration, DelayResult, server_of
from harness.nouns._call import TRANSITIONS, Call, CallState, Failure, Verdict
from harness.nouns._check import (
    AgentNeverSaid,
    AgentSaid,
    CallEndedBy,
    CheckResult,
    CheckSpec,
    Criterion,
    Expected,
    FunctionCalled,
    InOrder,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    OrderedStep,
    Policy,
    SaidGoodbye,
    SaysDate,
    SaysNumber,
    SimMeasure,
    Success,
)
from harness.nouns._codec import from_json, to_json
from harness.nouns._digest import DIGEST_VERSION, Band, CellDigest, RunDigest, Share
from harness.nouns._event import Event, EventKind
from harness.nouns._evidence import CheckVerdict, Evidence
from harness.nouns._figures import FIGURES_VERSION, CallFigures
from harness.nouns._grade import LONGEST_GRADE_NOTE, Grade, GradeValue, JudgedAs
from harness.nouns._grading import Grading
from harness.nouns._judge import Judgement, JudgePlan, LlmAccess, LlmEndpoint, Vote
from harness.nouns._metric import Metric, MetricInfo, Unit
from harness.nouns._not_run import LARGEST_IMAGE, NotRun
from harness.nouns._pattern import SEARCH_LIMIT_S, compile_pattern
from harness.nouns._person import LONGEST_NAME, GivenBack, Person, Presence, WhyBack, by_person
from harness.nouns._persona import (
    Brain,
    Habits,
    Intent,
    Move,
    OpenAiBrain,
    Persona,
    RulesBrain,
    State,
)
from harness.nouns._plan import PlannedCall, RunPlan
from harness.nouns._query import (
    CallChoices,
    CallCounts,
    CallPage,
    CallQuery,
    Retention,
    RetentionPlan,
    SavedFilter,
    StorageUse,
)
from harness.nouns._run import Run, RunHead, RunProgress, RunState, runs_of
from harness.nouns._scenario import Caller, Expectation, Scenario, ScriptStep, SendAfter
from harness.nouns._session import Session, token_claims
from harness.nouns._simulation import ExpectedCall, SimMetric, Simulation
from harness.nouns._sounds import SOUNDS, SoundKind, kind_of_sound
from harness.nouns._speech import SPEEDS, STACKS, StackVoices, speeds_of
from harness.nouns._suite import CallerVariant, Goal, Redaction, StopRules, Suite, SuiteEntry
from harness.nouns._transport import TransportRecord
from harness.nouns._turn import Outcome, Span, Stage, StageName, ToolCall, Turn, WaitEnd
from harness.nouns._version import AgentVersion
from harness.nouns._words import WordErrors

__all__ = [
    "SOUNDS",
    "SPEEDS",
    "SoundKind",
    "kind_of_sound",
    "STACKS",
    "StackVoices",
    "speeds_of",
    "LANE_RATE",
    "LARGEST_IMAGE",
    "LONGEST_GRADE_NOTE",
    "LONGEST_NAME",
    "PEAKS_PER_SECOND",
    "SEARCH_LIMIT_S",
    "TRANSITIONS",
    "Agent",
    "AgentNeverSaid",
    "AgentSaid",
    "Brain",
    "Call",
    "CallChoices",
    "CallCounts",
    "CallEndedBy",
    "CallState",
    "Caller",
    "CheckResult",
    "CheckSpec",
    "CheckVerdict",
    "Criterion",
    "Dnsmos",
    "Event",
    "EventKind",
    "Evidence",
    "Expectation",
    "Expected",
    "ExpectedCall",
    "Failure",
    "FunctionCalled",
    "GivenBack",
    "Grade",
    "GradeValue",
    "Grading",
    "Habits",
    "InOrder",
    "Intent",
    "JudgePlan",
    "JudgedAs",
    "Judgement",
    "Lane",
    "LatencyBudget",
    "LlmAccess",
    "LlmEndpoint",
    "Metric",
    "Move",
    "NoMissedTurn",
    "NotAsked",
    "NotRun",
    "OpenAiBrain",
    "OrderedStep",
    "Outcome",
    "Person",
    "Persona",
    "Presence",
    "Policy",
    "RulesBrain",
    "Run",
    "SaidGoodbye",
    "SaysDate",
    "SaysNumber",
    "Scenario",
    "ScriptStep",
    "SendAfter",
    "Session",
    "SimMeasure",
    "SimMetric",
    "Simulation",
    "Span",
    "State",
    "Success",
    "TextChannel",
    "TextSource",
    "ToolCall",
    "Turn",
    "Verdict",
    "Vote",
    "WaitEnd",
    "WhyBack",
    "by_person",
    "compile_pattern",
    "runs_of",
    "from_json",
    "to_json",
    "token_claims",
    "AudioReport",
    "Dropout",
    "Calibration",
    "DelayResult",
    "server_of",
    "MetricInfo",
    "Unit",
    "TransportRecord",
    "Stage",
    "StageName",
    "WordErrors",
    "Band",
    "CellDigest",
    "DIGEST_VERSION",
    "RunDigest",
    "Share",
    "CallFigures",
    "FIGURES_VERSION",
    "PlannedCall",
    "RunPlan",
    "CallPage",
    "CallQuery",
    "Retention",
    "RetentionPlan",
    "SavedFilter",
    "StorageUse",
    "CallerVariant",
    "Goal",
    "Redaction",
    "StopRules",
    "Suite",
    "SuiteEntry",
    "AgentVersion",
    "RunHead",
    "RunProgress",
    "RunState",
]
