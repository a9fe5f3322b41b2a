"""The nouns of Ringback: the same words in code, tables, pages and files (docs/architecture.md)."""

from harness.nouns._agent import Agent, TextChannel, TextSource
from harness.nouns._audio import LANE_RATE, PEAKS_PER_SECOND, Lane
from harness.nouns._call import TRANSITIONS, Call, CallState, Failure, Verdict
from harness.nouns._check import (
    AgentNeverSaid,
    AgentSaid,
    CallEndedBy,
    CheckResult,
    CheckSpec,
    CheckVerdict,
    Evidence,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
    NotAsked,
    SaidGoodbye,
)
from harness.nouns._codec import from_json, to_json
from harness.nouns._event import Event, EventKind
from harness.nouns._metric import Metric
from harness.nouns._pattern import SEARCH_LIMIT_S, compile_pattern
from harness.nouns._scenario import Caller, Expectation, Scenario, ScriptStep
from harness.nouns._session import Session, token_claims
from harness.nouns._turn import Outcome, Span, ToolCall, Turn

__all__ = [
    "LANE_RATE",
    "PEAKS_PER_SECOND",
    "SEARCH_LIMIT_S",
    "TRANSITIONS",
    "Agent",
    "AgentNeverSaid",
    "AgentSaid",
    "Call",
    "CallEndedBy",
    "CallState",
    "Caller",
    "CheckResult",
    "CheckSpec",
    "CheckVerdict",
    "Event",
    "EventKind",
    "Evidence",
    "Expectation",
    "Failure",
    "FunctionCalled",
    "Lane",
    "LatencyBudget",
    "Metric",
    "NoMissedTurn",
    "NotAsked",
    "Outcome",
    "SaidGoodbye",
    "Scenario",
    "ScriptStep",
    "Session",
    "Span",
    "ToolCall",
    "TextChannel",
    "TextSource",
    "Turn",
    "Verdict",
    "compile_pattern",
    "from_json",
    "to_json",
    "token_claims",
]
