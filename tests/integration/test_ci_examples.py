"""The examples of docs/ci: their shell steps are taken from the files and run, with a real call."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

import pytest
import yaml

from harness.settings import ROOT

pytestmark = pytest.mark.timeout(300)

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
  - {agents: [demo], scenarios: [voice.yaml], repeat: 1}
"""


@dataclass
class Step:
    """A piece of shell, as the build server runs it."""

    shell: str
    always: bool = False


Example: TypeAlias = Callable[[], tuple[dict[str, str], list[Step]]]


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


def told_to(example: Example, here: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run an example's steps in `folder`: `here` is set differently, all else is the file's."""
    told, steps = example()
    assert set(here) <= set(told)
    env = {name: value for name, value in os.environ.items() if not name.startswith("RINGBACK_")}
    env |= {name: str(value) for name, value in told.items()} | here
    env |= {"GITHUB_PATH": str(folder / "path"), "GITHUB_STEP_SUMMARY": str(folder / "page.md")}
    return run(steps, folder, env)


@pytest.mark.livekit
def test_the_steps_call_and_leave_what_the_build_shows(tmp_path: Path) -> None:
    """With the real Ringback, which is made ready, and a real call."""
    (tmp_path / "voice.yaml").write_text(SCENARIO)
    (tmp_path / "suite.yaml").write_text(SUITE)
    here = {
        "RINGBACK_HOME": str(ROOT),
        "RINGBACK_DATA": str(tmp_path / "data"),
        "SUITE": "suite.yaml",
    }
    ended, output = told_to(github, here, tmp_path)
    assert ended == 0, output
    results = tmp_path / "results"
    root = ElementTree.parse(results / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("1", "0"), output
    page = (results / "report.html").read_text()
    assert "<audio" in page and "opening hours" in page
    assert "1 of 1 calls passed" in (tmp_path / "page.md").read_text()


@pytest.mark.parametrize("example", [github, gitlab])
@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_build_ends_as_the_calls_did_and_shows_the_summary(
    example: Example, code: int, tmp_path: Path
) -> None:
    """Where the example looks for it stands a Ringback that notes what it is told, and ends so."""
    home = tmp_path / "ringback"
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / "Makefile").write_text("ready:\n\t@echo made ready\n")
    summary = "" if code == 3 else "mkdir results; echo 'calls passed' > results/summary.md; "
    stand_in = home / ".venv" / "bin" / "ringback"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> told\n{summary}exit {code}\n')
    stand_in.chmod(0o755)
    ended, output = told_to(example, {}, tmp_path)
    assert ended == code and "made ready" in output, output
    # The very command that the real one is given above.
    command = "run tests/voice.yaml --report html,junit,json,md --audio --out results"
    assert (tmp_path / "told").read_text().splitlines() == [command]
    page = tmp_path / "page.md"
    shown = page.read_text() if page.exists() else output
    assert ("calls passed" in shown) is (code != 3)  # trouble may come before there is a summary
