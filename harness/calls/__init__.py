"""Calls: the engine that places them, the workers that carry them, and how they are seen."""

from harness.calls._archive import Archive
from harness.calls._build_view import build_view
from harness.calls._compare import CallComparison, baseline_of, call_before, compare_calls
from harness.calls._compare_runs import (
    CheckShare,
    RunComparison,
    ScenarioComparison,
    compare_runs,
)
from harness.calls._connection_steps import steps_of
from harness.calls._engine import Engine
from harness.calls._expected import Expected, expected_of
from harness.calls._figures import figures_of, keep_figures, texts_of
from harness.calls._grades import (
    Graded,
    GradeTarget,
    blinded,
    blinded_update,
    criteria_of,
    hidden_from,
    put_down,
    shown_to,
)
from harness.calls._host import AgentHost, HostedAgent
from harness.calls._judged_as import criterion_texts, judged_as
from harness.calls._known_ear import Reply
from harness.calls._lane_sound import LaneSound
from harness.calls._machine import MachineLoad, load_of
from harness.calls._measured import read_measured
from harness.calls._outline import MOST_BINS, outline
from harness.calls._people import Hold
from harness.calls._recorded_lines import recorded_lines
from harness.calls._recording import read_lane
from harness.calls._regressions import Regression, regressions_of
from harness.calls._request import CallRequest, Limits
from harness.calls._retention import (
    free_space,
    keep_retention,
    kept_retention,
    retention_plan,
)
from harness.calls._review import (
    LOW_AGREEMENT,
    QUEUES,
    SAMPLE,
    Queue,
    ReviewItem,
    graded_of,
    review_queue,
    sample_of,
)
from harness.calls._run_progress import ProgressBook
from harness.calls._run_summary import (
    Cell,
    RunSummary,
    digest_of,
    in_a_row,
    summarise,
    versions_of,
)
from harness.calls._runs import MAX_RUNS, PassRate, pass_rate
from harness.calls._service import CallService
from harness.calls._stored import conversation, import_conversation, regrade, stored_view
from harness.calls._trend import Trend, TrendPoint, trends_of
from harness.calls._trend_calls import NO_SCRIPT, single_calls, trend_of_calls
from harness.calls._trust import (
    RULE,
    Doubt,
    Example,
    Judge,
    Label,
    Trust,
    TrustBook,
    doubt_of,
    doubt_of_check,
    trust_of,
)
from harness.calls._trust_marks import doubts_of_runs, resting_on
from harness.calls._view import (
    CallView,
    ConnectionStep,
    EarChoice,
    Health,
    Milestones,
    ObserverInfo,
    PersonEar,
    PlanStep,
)

__all__ = [
    "NO_SCRIPT",
    "AgentHost",
    "Archive",
    "CallComparison",
    "CallRequest",
    "CallService",
    "CallView",
    "Cell",
    "CheckShare",
    "ConnectionStep",
    "EarChoice",
    "Doubt",
    "Engine",
    "Example",
    "Expected",
    "GradeTarget",
    "Graded",
    "Health",
    "Hold",
    "HostedAgent",
    "Judge",
    "Label",
    "LaneSound",
    "LOW_AGREEMENT",
    "Limits",
    "MAX_RUNS",
    "MOST_BINS",
    "MachineLoad",
    "Milestones",
    "ObserverInfo",
    "PersonEar",
    "PassRate",
    "PlanStep",
    "ProgressBook",
    "QUEUES",
    "Queue",
    "RULE",
    "Regression",
    "Reply",
    "ReviewItem",
    "RunComparison",
    "RunSummary",
    "SAMPLE",
    "ScenarioComparison",
    "Trend",
    "TrendPoint",
    "Trust",
    "TrustBook",
    "baseline_of",
    "blinded",
    "blinded_update",
    "call_before",
    "build_view",
    "compare_calls",
    "compare_runs",
    "conversation",
    "criterion_texts",
    "digest_of",
    "doubt_of",
    "doubt_of_check",
    "doubts_of_runs",
    "resting_on",
    "criteria_of",
    "digest_of",
    "expected_of",
    "figures_of",
    "free_space",
    "graded_of",
    "hidden_from",
    "in_a_row",
    "import_conversation",
    "judged_as",
    "keep_figures",
    "keep_retention",
    "kept_retention",
    "load_of",
    "outline",
    "pass_rate",
    "put_down",
    "read_lane",
    "recorded_lines",
    "regrade",
    "regressions_of",
    "retention_plan",
    "review_queue",
    "sample_of",
    "shown_to",
    "steps_of",
    "read_measured",
    "stored_view",
    "single_calls",
    "summarise",
    "versions_of",
    "texts_of",
    "trend_of_calls",
    "trends_of",
    "trust_of",
]
