"""The container of the console: what its files name exists, and nobody else can reach it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from harness.settings import Settings

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "Containerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", " ", CONTAINERFILE).splitlines()
    if line and not line.startswith("#")
]


def all_of(name: str) -> list[str]:
    return [text for instruction, text in INSTRUCTIONS if instruction == name]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for text in all_of("ENV") for pair in text.split())


def ignored(path: str) -> bool:
    """As Docker reads .dockerignore: the last line that fits decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        parts = path.split("/")
        starts = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        if any(
            fnmatch(part, pattern.removeprefix("**/"))
            for part in (parts if pattern.startswith("**/") else starts)
            if pattern.count("/") == part.count("/") or pattern.startswith("**/")
        ):
            verdict = not line.strip().startswith("!")
    return verdict


def test_it_runs_a_python_that_the_project_takes() -> None:
    (image,) = all_of("FROM")
    version = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)-slim", image)
    assert version is not None
    wanted = re.search(r'requires-python = "(.+)"', (ROOT / "pyproject.toml").read_text())
    assert wanted is not None and SpecifierSet(wanted[1]).contains(version[1])


def test_everything_it_copies_and_runs_is_there() -> None:
    for text in all_of("COPY"):
        *sources, _ = [part for part in text.split() if not part.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source == "." or not ignored(source), source
    scripts = re.findall(r"\bsh (\S+\.sh)", " ".join(all_of("RUN")))
    modules = re.findall(r"-m (\S+) (\S+)", " ".join(all_of("RUN")))
    assert scripts == ["tools/bootstrap.sh"] and modules == [("harness.local", "livekit")]
    assert 'case ["livekit"]' in (ROOT / "harness/local/__main__.py").read_text()


def test_what_the_console_needs_is_not_left_out_and_what_is_private_is() -> None:
    kept = (
        "app.py", "pages/call.py", "harness/console/shell/main.py", ".streamlit/config.toml",
        "harness/store/migrations/versions/0001_first_tables.py", "data/agents/front_desk/bot.py",
        "requirements.lock", "tools/find.sh", "docs/scenarios.md", "README.md",
    )  # fmt: skip
    assert [path for path in kept if ignored(path) or not (ROOT / path).exists()] == []
    private = (".git/config", ".env", ".venv/bin/python", ".streamlit/secrets.toml",
               "harness/__pycache__/x.pyc", "tests/conftest.py", ".cache/x")  # fmt: skip
    assert [path for path in private if not ignored(path)] == []


def test_it_does_not_run_as_root_and_keeps_its_data_in_a_volume() -> None:
    (user,) = all_of("USER")
    assert user == "ringback" and f"useradd --create-home --uid 10001 {user}" in CONTAINERFILE
    (volume,) = all_of("VOLUME")
    assert environment()["RINGBACK_DATA"] == volume == "/data"
    assert f"install -d -o {user} -g {user} /app {volume}" in CONTAINERFILE
    names = [name.removeprefix("RINGBACK_").lower() for name in environment()
             if name.startswith("RINGBACK_")]  # fmt: skip
    assert set(names) <= set(Settings.model_fields)


def test_only_compose_opens_it_and_to_this_computer_alone() -> None:
    """The image by itself listens to all, has no login, and so places no call: check_listening."""
    assert "BEHIND_LOGIN" not in CONTAINERFILE
    (service,) = COMPOSE["services"].values()
    assert service["environment"] == {"RINGBACK_BEHIND_LOGIN": "1"}
    (port,) = all_of("EXPOSE")
    command = json.loads(all_of("CMD")[-1])
    assert command[:3] == ["streamlit", "run", "app.py"]
    assert command[command.index("--server.port") + 1] == port
    assert service["ports"] and all(
        re.fullmatch(rf"127\.0\.0\.1:\d+:{port}", each) for each in service["ports"]
    )
    assert "network_mode" not in service and "privileged" not in service
    assert service["volumes"] == ["ringback-data:/data"] and "ringback-data" in COMPOSE["volumes"]
    assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_streamlit_knows_every_option_of_its_command() -> None:
    from streamlit import config

    options = [word[2:] for word in json.loads(all_of("CMD")[-1]) if word.startswith("--")]
    assert options and set(options) <= set(config.get_config_options())


def engine() -> str | None:
    """A container engine that answers."""
    for name in ("docker", "podman"):
        if shutil.which(name):
            told = subprocess.run([name, "version"], capture_output=True, timeout=30, check=False)
            if told.returncode == 0:
                return name
    return None


@pytest.mark.skipif(
    not os.environ.get("RINGBACK_TEST_CONTAINER"),
    reason="building takes 5 minutes and 2 GB; set RINGBACK_TEST_CONTAINER=1 to do it",
)
@pytest.mark.timeout(1800)
def test_it_is_built_and_refuses_calls_by_itself() -> None:
    name = engine()
    if name is None:
        pytest.skip("no container engine answers: neither docker nor podman")
    built: dict[str, Any] = {"cwd": ROOT, "check": True, "timeout": 1500}
    subprocess.run([name, "build", "-t", "ringback-test", "-f", "Containerfile", "."], **built)
    told = subprocess.run(
        [name, "run", "--rm", "ringback-test", "ringback", "doctor", "--json"],
        capture_output=True, timeout=120, text=True, check=False,
    )  # fmt: skip
    findings = {each["name"]: each["status"] for each in json.loads(told.stdout)["findings"]}
    assert findings["LiveKit server"] == "ok"
