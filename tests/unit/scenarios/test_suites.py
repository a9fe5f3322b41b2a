"""Suite files: what they mean, in which order, and what is said of broken ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.evals.suite import EvalManifest

from harness.errors import RingbackError, SuiteError, UnknownName
from harness.nouns import Agent, Suite
from harness.scenarios import AS_WRITTEN, load_suite, plan_of, read_suites

SCRIPT = """
name: {name}
scenarios:
  - name: ask
    turns:
      - user: "When are you open?"
        expect: [{{event: response}}]
  - name: again
    turns:
      - user: "Are you open today?"
        expect: [{{event: response}}]
"""
PERSON = """
name: book
scenarios:
  - name: table
    runs: 3
    persona: You are Ann.
    goal: Book a table for two.
    success: The table is booked.
"""


def find(name: str) -> Agent:
    return Agent(name=name, provider="dev_runner", config={"url": "http://localhost:1"})


def suite_of(folder: Path, text: str) -> Suite:
    (folder / "hours.yaml").write_text(SCRIPT.format(name="hours"))
    (folder / "own.yaml").write_text(text)
    return load_suite(folder / "own.yaml")


def test_files_beside_a_suite_are_called_by_every_caller_and_agent(tmp_path: Path) -> None:
    suite = suite_of(
        tmp_path,
        """
agents: [near, far]
scenarios: ["hours.yaml:ask"]
callers: [{name: deep, voice: deep, speed: 1.1}, {name: slow, speed: 0.8}]
repeat: 2
""",
    )
    plan = plan_of(suite, find)

    assert [item.slot for item in plan.items] == [
        f"{agent}|hours/ask|{caller}|{attempt}"
        for attempt in (1, 2)
        for agent in ("near", "far")
        for caller in ("deep", "slow")
    ]
    assert plan.callers["deep"].model_fields_set == {"voice", "speed"}
    assert plan.suite == "own" and plan.scenarios["hours/ask"].path.endswith("hours.yaml")


def test_wildcards_name_scenarios_of_the_library_and_of_a_file(tmp_path: Path) -> None:
    suite = suite_of(
        tmp_path, "agents: [demo]\nscenarios: ['front_desk/bo*', 'hours.yaml:a*', hours.yaml]\n"
    )
    plan = plan_of(suite, find)

    assert [item.scenario for item in plan.items] == ["front_desk/book", "hours/ask", "hours/again"]
    only = plan_of(suite, find, only=["again", "front_desk/*"], repeat=2, agent="other")
    assert Counter(item.scenario for item in only.items) == {"hours/again": 2, "front_desk/book": 2}
    assert set(only.agents) == {"other"}
    assert {item.caller for item in only.items} == {AS_WRITTEN}


@given(seed=st.integers(0, 10_000), repeat=st.integers(1, 4))
def test_an_order_by_seed_is_the_same_again_and_loses_nothing(seed: int, repeat: int) -> None:
    suite = load_suite("front_desk").model_copy(update={"order": "shuffled"})
    one, two = (plan_of(suite, find, seed=seed, repeat=repeat) for _ in range(2))
    straight = plan_of(suite.model_copy(update={"order": "grouped"}), find, repeat=repeat)

    assert one.items == two.items
    assert sorted(item.slot for item in one.items) == sorted(item.slot for item in straight.items)


def test_grouped_puts_the_repeats_of_a_combination_together(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, "agents: [a]\nscenarios: [hours.yaml]\nrepeat: 2\norder: grouped\n")
    found = [(item.scenario, item.attempt) for item in plan_of(suite, find).items]

    assert found == [("hours/ask", 1), ("hours/ask", 2), ("hours/again", 1), ("hours/again", 2)]


def test_entries_may_have_bodies_caps_and_names_of_their_own(tmp_path: Path) -> None:
    suite = suite_of(
        tmp_path,
        """
entries:
  - {agents: [a], scenarios: [hours.yaml], name: healthy, concurrency: 2}
  - {agents: [a], scenarios: [hours.yaml], name: slow, body: {fault: slow}, repeat: 2}
""",
    )
    plan = plan_of(suite, find)

    assert plan.agents["slow"].body == {"fault": "slow"} and plan.caps == {"healthy": 2}
    assert Counter(item.agent for item in plan.items) == {"healthy": 2, "slow": 4}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("agents: [a]\nscenarios: [hours.yaml]\nrepeats: 3\n", 3, "Did you mean `repeat`"),
        ("agents: [a]\nscenarios: [hours.yaml]\nrepeat: 0\n", 3, "repeat"),
        ("agents: [a]\nscenarios: [hours.yaml]\nstop:\n  failed_calls: none\n", 4, "failed_calls"),
        ("agents: [a]\n", 1, "`scenarios` is missing"),
        ("agents:\n  - name: x\n    url: y\nscenarios: [a]\n", 2, "`provider` is missing"),
        ("agents: [a]\nscenarios: [b]\norder: [\n", 4, "YAML"),
        ("- a\n", 1, "a suite file is a mapping"),
        ("entries:\n  - {agents: [a, b], scenarios: [x], name: c}\n", 2, "a name is for one agent"),
        ("agents: [7]\nscenarios: [b]\n", 1, "an agent's name or address"),
    ],
)
def test_a_broken_suite_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        suite_of(tmp_path, text)

    assert f"line {line}" in caught.value.message and said in caught.value.message
    assert "scenario file" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("agents: [a]\nscenarios: ['nothing/*']\n", UnknownName, "nothing/*"),
        ("agents: [a]\nscenarios: [hours.yaml]\nrepeat: 100\n", None, ""),
        (
            "entries:\n- {agents: [a], scenarios: [hours.yaml]}\n"
            "- {agents: [a], scenarios: ['hours.yaml:ask']}\n",
            SuiteError,
            "Two entries",
        ),
        (
            "entries:\n- {agents: [a], scenarios: ['hours.yaml:ask']}\n"
            "- {agents: [a], scenarios: ['hours.yaml:again'], body: {x: 1}}\n",
            SuiteError,
            "Two different agents",
        ),
        (
            "agents: [a]\nscenarios: [hours.yaml]\ncallers: [{name: b, persona: nobody}]\n",
            UnknownName,
            "nobody",
        ),
    ],
)
def test_what_cannot_be_planned_is_said(
    tmp_path: Path, text: str, kind: type[RingbackError] | None, said: str
) -> None:
    suite = suite_of(tmp_path, text)
    if kind is None:
        assert len(plan_of(suite, find).items) == 200
        return
    with pytest.raises(kind, match=said.replace("*", r"\*")):
        plan_of(suite, find)


def test_a_plan_has_a_limit(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, "agents: [a]\nscenarios: [hours.yaml]\nrepeat: 100\n")
    many = [f"agent{number}" for number in range(26)]
    entry = suite.entries[0].model_copy(update={"agents": tuple(many)})

    with pytest.raises(SuiteError, match="5,200 calls"):
        plan_of(suite.model_copy(update={"entries": (entry,)}), find)


def test_our_own_suites_can_all_be_planned() -> None:
    shelf = read_suites()

    assert not shelf.problems and {"smoke", "front_desk", "faults"} <= {
        suite.name for suite in shelf.suites
    }
    for suite in shelf.suites:
        assert plan_of(suite, find).items


def test_a_manifest_of_pipecat_means_what_pipecat_makes_of_it(tmp_path: Path) -> None:
    manifest = tmp_path / "evals.yaml"
    for file in ("a.py", "b.py"):
        (tmp_path / "bots").mkdir(exist_ok=True)
        (tmp_path / "bots" / file).write_text("")
    (tmp_path / "scenarios" / "more").mkdir(parents=True)
    (tmp_path / "scenarios" / "hours.yaml").write_text(SCRIPT.format(name="hours"))
    (tmp_path / "scenarios" / "more" / "deep.yaml").write_text(SCRIPT.format(name="deep"))
    (tmp_path / "book.yaml").write_text(PERSON)
    (tmp_path / "body.yaml").write_text("image: cat.jpg\n")
    manifest.write_text(
        """
concurrency: 3
bots_dir: bots
runs_dir: test-runs
record: true
spawn: "uv run {bot} --port {port}"
suite:
  - {bot: a.py, scenarios: [hours, more/deep]}
  - {bot: b.py, concurrency: 2, scenarios: [hours], runner_body: {path: body.yaml}}
  - {bot: b.py, name: sweep, scenarios: [book.yaml], runner_body: {data: {model: small}}}
"""
    )
    theirs = EvalManifest.load(manifest)
    suite = load_suite(manifest)
    plan = plan_of(suite, find)

    assert [(item.agent, item.scenario, item.attempt) for item in plan.items] == [
        (run.label, run.scenario, run.attempt) for run in theirs.runs
    ]
    assert plan.concurrency == theirs.concurrency == 3 and plan.caps == {"b.py": 2}
    first = {run.label: run for run in reversed(theirs.runs)}
    for name, agent in plan.agents.items():
        assert agent.provider == "bot_file"
        assert agent.config["file"] == str(first[name].bot_path)
    assert plan.agents["b.py"].body == {"image": "cat.jpg"}
    assert plan.agents["b.py"].config["folder"] == str(tmp_path)
    assert plan.agents["sweep"].body == first["sweep"].runner_body
    assert len(suite.notes) == 3 and any("`spawn`" in note for note in suite.notes)
    repeated = manifest.with_name("repeated.yaml")
    repeated.write_text(manifest.read_text() + "repeat: 2\n")
    assert [
        (item.agent, item.scenario, item.attempt)
        for item in plan_of(load_suite(repeated), find).items
    ] == [(run.label, run.scenario, run.attempt) for run in EvalManifest.load(repeated).runs]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("suite: [{bot: a.py, scenarios: []}]\n", "scenarios"),
        ("suite: [{bot: a.py, scenarios: [x], runner_body: 7}]\n", "runner_body"),
        ("suite: [{bot: a.py, scenarios: [x], concurrency: true}]\n", "concurrency"),
        ("suite: [{bot: a.py, scenarios: [x]}]\nthreads: 4\n", "threads"),
        ("suite: [{bot: a.py, scenarios: [x], runner_body: {path: no.yaml}}]\n", "no.yaml"),
    ],
)
def test_a_broken_manifest_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.yaml").write_text(text)

    with pytest.raises(SuiteError, match=said):
        load_suite(tmp_path / "m.yaml")
