"""The container of the console: what its files name exists, and nobody else can reach it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
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


IGNORED = [
    (line.removeprefix("!"), not line.startswith("!"))
    for line in map(str.strip, (ROOT / ".dockerignore").read_text().splitlines())
    if line and not line.startswith("#")
]


def ignored(path: str) -> bool:
    """As Docker reads .dockerignore: the last line that fits the path or a folder above decides."""
    return next((out for pattern, out in reversed(IGNORED) if fits(path, pattern)), False)


def fits(path: str, pattern: str) -> bool:
    parts = path.split("/")
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern.removeprefix("**/")) for part in parts)
    depth = pattern.count("/") + 1
    return len(parts) >= depth and fnmatch("/".join(parts[:depth]), pattern)


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
               "harness/__pycache__/x.pyc", "tests/conftest.py", ".cache/x", ".env.local",
               "results/report.html", "results/junit.xml", "run_1.ringback", "console.log",
               "harness.egg-info/PKG-INFO", ".hypothesis/x", ".mypy_cache/x")  # fmt: skip
    assert [path for path in private if not ignored(path)] == []


_KNOWN = {"FROM", "RUN", "USER", "WORKDIR", "ENV", "COPY", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


def test_it_can_be_read_as_docker_reads_it() -> None:
    """Without a container engine: each instruction is one, its shell parses, its JSON is JSON."""
    assert {instruction for instruction, *_ in INSTRUCTIONS} == _KNOWN
    assert INSTRUCTIONS[0][0] == "FROM" and all(len(each) == 2 for each in INSTRUCTIONS)
    for text in all_of("RUN"):
        subprocess.run(["sh", "-n", "-c", text], check=True)
    for text in (*all_of("CMD"), health()):
        assert all(isinstance(word, str) for word in json.loads(text))
    order = [instruction for instruction, _ in INSTRUCTIONS]
    # Root makes folder and user; what is copied and installed afterwards is the user's.
    assert order.index("USER") < order.index("COPY")
    assert all(text.startswith("--chown=ringback ") for text in all_of("COPY"))


def health() -> str:
    (text,) = all_of("HEALTHCHECK")
    return text.partition(" CMD ")[2]


def test_its_health_is_that_of_the_console() -> None:
    class Console(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/_stcore/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Console) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        python, *words = json.loads(health())
        assert python == "python"
        (port,) = all_of("EXPOSE")
        words = [word.replace(port, str(server.server_port)) for word in words]
        assert subprocess.run([sys.executable, *words], timeout=30, check=False).returncode == 0
        server.shutdown()
    gone = subprocess.run(
        [sys.executable, *words], timeout=30, stderr=subprocess.DEVNULL, check=False
    )
    assert gone.returncode != 0


def test_what_is_copied_has_the_files_that_are_read_while_it_runs(tmp_path: Path) -> None:
    """Only the files that .dockerignore lets through, in a folder of their own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("no git: nobody knows which files are the project's")
    for name in listed.stdout.splitlines():
        if not ignored(name) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).symlink_to(ROOT / name)
    # Whatever else lies in the folder, nothing of a call or a key does.
    strange = {path.suffix for path in tmp_path.rglob("*") if path.is_symlink()}
    assert not strange & {".flac", ".ogg", ".sqlite3", ".db", ".ringback", ".pem", ".key", ".log"}
    code = (
        "import harness, sys; from harness.scenarios import library, suites; "
        "from harness.store import Store; from harness.settings import Settings; "
        "Store.open(Settings(data=sys.argv[1])).close(); "
        "print(harness.__path__[0], len(library()), len(suites()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data-of-it")],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    where, scenarios, _ = told.stdout.split()
    assert where == str(tmp_path / "harness") and int(scenarios) > 5


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
