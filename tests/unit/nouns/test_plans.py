"""Plans, figures, digests and filters are stored: they come back whole, and bounds hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from harness.nouns import (
    DIGEST_VERSION,
    FIGURES_VERSION,
    Agent,
    AgentVersion,
    Band,
    Caller,
    CallerVariant,
    CallFigures,
    CallQuery,
    CellDigest,
    CheckVerdict,
    Goal,
    PlannedCall,
    Redaction,
    RunDigest,
    RunPlan,
    RunState,
    SavedFilter,
    Scenario,
    ScriptStep,
    Share,
    StopRules,
    Suite,
    SuiteEntry,
    from_json,
    to_json,
)

PLAN = RunPlan(
    name="Nightly",
    suite="nightly",
    agents={"demo": Agent(name="demo", provider="demo", body={"key": "secret:x"})},
    scenarios={"s/hours": Scenario("s/hours", "Hours", "", steps=(ScriptStep("Hello"),))},
    callers={"deep": Caller(voice="deep")},
    items=(PlannedCall("demo", "s/hours", "deep", 1), PlannedCall("demo", "s/hours", "deep", 2)),
    caps={"demo": 2},
    stop=StopRules(pass_rate_below=0.5),
    goal=Goal(p95_s=2.0),
    redact=Redaction(names=("Maya Osei",)),
    seed=7,
)
BAND = Band(1.25, 1.0, 1.5, 40)
SHARE = Share(9, 1, 2, 0.6, 0.98)
STORED = [
    PLAN,
    Suite(
        name="x",
        entries=(SuiteEntry(agents=("demo", PLAN.agents["demo"]), scenarios=("a/*",)),),
    ),
    CallFigures(
        FIGURES_VERSION, (0.9, 1.204), (1, 3), 1, 0, 0, 3, ("Greets", "!no_audio"),
        {"Greets": CheckVerdict.NOT_MET}, 2.0, 0.5, 1,
    ),
    RunDigest(
        DIGEST_VERSION, SHARE, BAND, replace(BAND, low=None, high=None), 1, 41, 0, 62.5,
        {"Greets": 1}, (CellDigest("Demo", "Hours", "deep", SHARE, BAND, BAND),),
        {"Demo": AgentVersion(git_commit="0123456789", dirty=True)},
    ),
    SavedFilter("slow", CallQuery(text="hours", since=datetime(2026, 11, 1, tzinfo=UTC))),
]  # fmt: skip


@pytest.mark.parametrize("noun", STORED, ids=lambda noun: type(noun).__name__)
def test_what_is_stored_comes_back_whole(noun: Any):
    assert from_json(type(noun), json.loads(json.dumps(to_json(noun)))) == noun


def test_a_plan_of_before_gets_the_defaults():
    known = to_json(PLAN)
    for name in ("caps", "stop", "goal", "redact", "label", "version", "fail_on", "seed"):
        del known[name]
    again = from_json(RunPlan, known)
    assert again.stop.harness_failures == 3 and again.fail_on == ("check",)
    assert again.caps == {} and again.goal == Goal()


def test_each_place_of_a_plan_has_a_name_of_its_own():
    assert [item.slot for item in PLAN.items] == ["demo|s/hours|deep|1", "demo|s/hours|deep|2"]


@pytest.mark.parametrize(
    "change",
    [
        {"repeat": 0},
        {"repeat": 101},
        {"time_limit_s": 0},
        {"order": "backwards"},
        {"stop": {"pass_rate_below": 1.1}},
        {"surprise": 1},
    ],
)
def test_a_suite_out_of_bounds_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        Suite.model_validate({"name": "x", "entries": []} | change)


def test_a_variant_leaves_open_what_it_does_not_say():
    variant = CallerVariant(name="quick", speed=1.4)
    assert variant.model_dump(exclude_none=True) == {"name": "quick", "speed": 1.4}


def test_only_a_run_that_goes_on_is_not_final():
    assert [state for state in RunState if not state.is_final] == ["running", "stopping"]


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (AgentVersion("0123456789", True, "d-1", "v12"), "v12"),
        (AgentVersion("0123456789", True, "d-1"), "d-1"),
        (AgentVersion("0123456789", True), "0123456+"),
        (AgentVersion("0123456789"), "0123456"),
        (AgentVersion(dirty=True), ""),
    ],
)
def test_a_version_is_told_by_the_best_there_is(version: AgentVersion, text: str):
    assert version.text == text


def test_a_share_of_nothing_has_no_value():
    assert (SHARE.value, Share(0, 0, 3, 0, 1).value) == (0.9, None)
