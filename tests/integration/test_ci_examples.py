"""The examples of docs/ci: their shell steps are taken from the files and run, with real calls."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from harness.settings import ROOT

pytestmark = [pytest.mark.livekit, pytest.mark.timeout(300)]

EXAMPLES = ROOT / "docs" / "ci"
SCENARIO = """
name: voice
scenarios:
  - name: ask
    stop_on_failure: false
    turns:
      - user: null
        expect: [{event: response}]
      - user: "What are your opening hours?"
        expect: [{event: response}]
    ringback:
      caller: {answer_timeout_s: 4}
      checks:
        - {name: Tells the opening hours, rule: agent_said, text: eight}
"""
SUITE = """
entries:
  - {agents: [demo], scenarios: [voice.yaml], repeat: 1, body: %s}
"""


@dataclass
class Step:
    """A piece of shell, as the build server runs it."""

    shell: str
    always: bool = False


def github() -> tuple[dict[str, str], list[Step]]:
    """Environment and steps; each step is a shell of its own."""
    (job,) = read("github-actions.yml")["jobs"].values()
    steps = [step for step in job["steps"] if "run" in step]
    return job["env"], [Step(step["run"], step.get("if") == "always()") for step in steps]


def gitlab() -> tuple[dict[str, str], list[Step]]:
    """Environment and steps; what comes before goes on in the same shell, what comes after not."""
    (job,) = read("gitlab-ci.yml").values()
    lines = [*job["before_script"], *job["script"]]
    return job["variables"], [
        Step("\n".join(lines)),
        Step("\n".join(job["after_script"]), always=True),
    ]


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / name).read_text())
    return found


def run(steps: list[Step], folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """Run steps as the build servers do; the exit code of the first that failed, and all output."""
    code, told = 0, ""
    for step in steps:
        assert "${{" not in step.shell  # values of strangers would become shell
        if code and not step.always:
            continue
        paths = (folder / "path").read_text().split() if (folder / "path").exists() else []
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step.shell],
            cwd=folder,
            env=env | {"PATH": os.pathsep.join([*reversed(paths), env["PATH"]])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        code, told = code or done.returncode, told + done.stdout
    return code, told


@pytest.mark.parametrize(
    ("example", "body", "code"),
    [(github, "{}", 0), (gitlab, "{fault: deaf}", 1)],
    ids=["github passes", "gitlab fails"],
)
def test_the_steps_call_and_leave_what_the_build_shows(
    example: Any, body: str, code: int, tmp_path: Path
) -> None:
    told, steps = example()
    (tmp_path / "voice.yaml").write_text(SCENARIO)
    (tmp_path / "suite.yaml").write_text(SUITE % body)
    # What the example sets differently here; all else comes from the file.
    here = {
        "RINGBACK_HOME": str(ROOT),
        "RINGBACK_DATA": str(tmp_path / "data"),
        "SUITE": "suite.yaml",
    }
    assert set(here) <= set(told)
    env = {name: value for name, value in os.environ.items() if not name.startswith("RINGBACK_")}
    env |= {name: str(value) for name, value in told.items()} | here
    env |= {"GITHUB_PATH": str(tmp_path / "path"), "GITHUB_STEP_SUMMARY": str(tmp_path / "page.md")}
    ended, output = run(steps, tmp_path, env)
    assert ended == code, output
    results = tmp_path / "results"
    root = ElementTree.parse(results / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("1", str(code)), output
    page = (results / "report.html").read_text()
    assert "<audio" in page and "opening hours" in page
    shown = (tmp_path / "page.md").read_text() if example is github else output
    assert f"{1 - code} of 1 calls passed" in shown
