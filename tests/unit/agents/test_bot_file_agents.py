"""Bot files: how they are run, and what their Python is asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from harness.agents import Step
from harness.agents._bot_file import version_note
from harness.agents.bot_files import BotFile, BotLaunch, Gone, Wanted, look_inside
from harness.errors import AgentConfigError, InternalError
from harness.nouns import Agent


def bot(**config: Any) -> BotFile:
    return BotFile(Agent(name="Clinic", provider="bot_file", config=config))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A bot file in a project of its own."""
    (tmp_path / ".git").mkdir()
    path = tmp_path / "clinic" / "bot.py"
    path.parent.mkdir()
    path.write_text("import pipecat\n")
    return path


def environment(folder: Path) -> Path:
    """A virtual environment, as far as we look at one."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (folder / "pyvenv.cfg").touch()
    return python


def test_a_file_is_all_it_takes(file: Path) -> None:
    launch = bot(file=str(file)).launch()
    assert launch == BotLaunch(file=file, command=(sys.executable,), folder=file.parent)
    assert bot(file=str(file)).describe() == "Bot file · clinic/bot.py"


def test_everything_can_be_said_in_either_spelling(file: Path, tmp_path: Path) -> None:
    launch = bot(
        file=str(file),
        folder=str(tmp_path),
        env={"PORT": 8080, "DEBUG": True, "MODEL": "small"},
        args=["--level", 3],
        timeoutS=90,
        way="arguments",
    ).launch()
    assert launch.folder == tmp_path
    assert dict(launch.env) == {"PORT": "8080", "DEBUG": "true", "MODEL": "small"}
    assert (launch.args, launch.timeout_s, launch.way) == (("--level", "3"), 90, "arguments")


def test_values_of_its_environment_are_not_shown(file: Path) -> None:
    launch = bot(file=str(file), env={"CLINIC_KEY": "a-long-secret"}).launch()
    assert "a-long-secret" not in repr(launch)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "file"),
        ({"file": "bot.py", "pyhton": "python3"}, "pyhton"),
        ({"file": "bot.py", "way": "pigeon"}, "way"),
        ({"file": "bot.py", "timeout_s": 0}, "timeout_s"),
        ({"file": "bot.py", "env": {"A": None}}, "env"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(config: dict[str, Any], says: str) -> None:
    with pytest.raises(AgentConfigError, match=says):
        bot(**config)


def test_what_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(AgentConfigError, match="no bot file"):
        bot(file=str(tmp_path / "none.py")).check()
    with pytest.raises(AgentConfigError, match="no folder"):
        bot(file=str(file), folder=str(tmp_path / "none")).check()
    with pytest.raises(AgentConfigError, match="no Python at"):
        bot(file=str(file), python=str(tmp_path / "none")).check()
    with pytest.raises(AgentConfigError, match="both `python` and `uv`"):
        bot(file=str(file), python=sys.executable, uv=True).check()


def test_without_uv_it_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "prefix", "/nowhere/at/all")
    with pytest.raises(AgentConfigError, match="uv is not installed"):
        bot(file=str(file), uv=True).check()


def test_the_nearest_environment_of_its_project_is_taken(file: Path, tmp_path: Path) -> None:
    above = environment(tmp_path / ".venv")
    assert bot(file=str(file)).launch().command == (str(above),)
    beside = environment(file.parent / "venv")
    assert bot(file=str(file)).launch().command == (str(beside),)
    named = bot(file=str(file), python=str(tmp_path / ".venv")).launch()
    assert named.command == (str(above),), "a folder means the Python in it"


def test_an_environment_outside_the_project_is_not(file: Path, tmp_path: Path) -> None:
    (file.parent / ".git").mkdir()
    environment(tmp_path / ".venv")
    assert bot(file=str(file)).launch().command == (sys.executable,)


async def steps_of(provider: BotFile) -> list[Step]:
    return [step async for step in provider.preflight()]


async def test_the_preflight_tells_python_and_pipecat(file: Path) -> None:
    found, ready = await steps_of(bot(file=str(file)))
    assert (found.name, ready.name) == ("resolve", "ready")
    assert str(file) in found.note and sys.executable in found.note
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in ready.note
    assert "Pipecat 1." in ready.note


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("0.0.85", "no RTVI"),
        ("1.7.0", "no RTVI"),
        ("1.8.0", "may get no greeting"),
        ("1.12.3", "may get no greeting"),
        ("1.13.0", ""),
        ("2.0.0rc1", ""),
        ("unknown", ""),
        (None, ""),
    ],
)
def test_old_versions_come_with_a_note(version: str | None, says: str) -> None:
    note = version_note(version)
    assert says in note and bool(note) == bool(says)


@pytest.fixture
def old_pipecat(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with a Pipecat of our own in it."""
    there = tmp_path / "packages"
    files = {
        "pipecat/__init__.py": "",
        "pipecat/ears/clever.py": "class CleverEar: ...\nclass _Private: ...\n",
        "pipecat/ears/__init__.py": "from pipecat.ears.clever import CleverEar as Ear\n",
        "pipecat/mouths/loud.py": "try:\n    LOUD = 1\nexcept Exception:\n    pass\n",
        "pipecat/mouths/clever.py": "class CleverEar: ...\n",
        "pipecat/lazy.py": "def __getattr__(name):\n    return {'Late': 1}[name]\n",
        "pipecat/tests/clever.py": "class CleverEar: ...\n",
        "pipecat_ai-1.7.0.dist-info/METADATA": "Name: pipecat-ai\nVersion: 1.7.0\n"
        'Requires-Dist: ear-sdk<2; extra == "ears"\n'
        'Requires-Dist: Ear_SDK; extra == "more-ears"\n',
    }
    for name, text in files.items():
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_text(text)
    return there


async def test_an_old_pipecat_is_warned_of(file: Path, old_pipecat: Path) -> None:
    _, ready = await steps_of(bot(file=str(file), env={"PYTHONPATH": str(old_pipecat)}))
    assert "Pipecat 1.7.0" in ready.note and "no RTVI" in ready.note


async def test_a_python_without_pipecat_is_refused(file: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "bare")  # without site packages of its own
    provider = bot(file=str(file), python=str(python))
    steps = provider.preflight()
    assert (await anext(steps)).name == "resolve"
    with pytest.raises(AgentConfigError, match="no Pipecat") as caught:
        await anext(steps)
    assert "pip install" in caught.value.remedy
    # A bot that finds its room by itself may be made with anything.
    other = bot(file=str(file), python=str(python), way="environment")
    assert "no Pipecat" in (await steps_of(other))[-1].note


async def test_a_python_that_is_none_is_refused(file: Path, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'I am a teapot' >&2\nexit 3\n")
    fake.chmod(0o755)
    with pytest.raises(AgentConfigError, match="cannot run Python") as caught:
        await steps_of(bot(file=str(file), python=str(fake)))
    assert "I am a teapot" in caught.value.cause
    fake.write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(AgentConfigError, match="cannot run Python"):
        await steps_of(bot(file=str(file), python=str(fake)))


async def test_where_names_live_is_looked_up_in_the_bots_own_pipecat(
    file: Path, old_pipecat: Path
) -> None:
    launch = bot(file=str(file), env={"PYTHONPATH": str(old_pipecat)}).launch()
    inside = await look_inside(
        launch,
        [
            Wanted("pipecat.ears", "Ear"),
            Wanted("pipecat.ears", "clever"),
            Wanted("pipecat.mouths.loud", "LOUD"),
            Wanted("pipecat.lazy", "Late"),
            Wanted("pipecat.ears", "*"),
            Wanted("pipecat.old_ears", "CleverEar"),
            Wanted("pipecat.hearing.clever"),
            Wanted("pipecat.lazy", "Never"),
            Wanted("pipecat.ears", "cleverear"),
            Wanted("pipecat.ears", "OldEar", ("CleverEar",)),
            Wanted("pipecat.mouth", None, (), ("pipecat.mouths",)),
        ],
    )
    assert inside.pipecat == "1.7.0"
    assert inside.extras == {"ear-sdk": ["ears"], "ear_sdk": ["more-ears"]}
    ears, mouths = "pipecat.ears.clever", "pipecat.mouths.clever"
    assert inside.gone == (
        Gone("pipecat.old_ears", "CleverEar", ((ears, "CleverEar"), (mouths, "CleverEar"))),
        Gone(
            "pipecat.hearing.clever",
            None,
            ((ears, None), (mouths, None), ("pipecat.tests.clever", None)),
        ),
        Gone("pipecat.lazy", "Never", ()),
        Gone("pipecat.ears", "cleverear", ((ears, "CleverEar"), (mouths, "CleverEar"))),
        Gone("pipecat.ears", "OldEar", ((ears, "CleverEar"), (mouths, "CleverEar"))),
        Gone("pipecat.mouth", None, (("pipecat.mouths", None),)),
    )


async def test_without_a_host_nothing_is_started(file: Path) -> None:
    with pytest.raises(InternalError):
        await bot(file=str(file)).start({}, print)
