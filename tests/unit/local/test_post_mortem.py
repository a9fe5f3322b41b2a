"""What is said of a bot that ended, by what it wrote. Real bots: tests/integration."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from harness.agents.bot_files import BotLaunch
from harness.errors import BotDied
from harness.local._post_mortem import died

LOG = Path("/logs/bot.log")


def launch_of(folder: Path, source: str = "", **changes: object) -> BotLaunch:
    file = folder / "bot.py"
    file.write_text(source)
    plain = BotLaunch.plain(file)
    kept = {name: getattr(plain, name) for name in ("file", "command", "folder")}
    return BotLaunch(**(kept | changes))  # type: ignore[arg-type]


async def told(
    folder: Path, lines: str, code: int | None = 1, known: frozenset[str] = frozenset()
) -> BotDied:
    """What is said of these lines."""
    return await died(launch_of(folder), lines.splitlines(), code, LOG, known)


async def ran(folder: Path, source: str, **changes: object) -> BotDied:
    """What is said of a file that was really run."""
    launch = launch_of(folder, source, **changes)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "bot.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return await died(launch, done.stderr.splitlines(), done.returncode, LOG)


async def test_what_is_not_recognised_shows_the_end_of_its_traceback(tmp_path: Path) -> None:
    error = await ran(tmp_path, "def f():\n    raise RuntimeError('no model')\n\nf()\n")
    assert error.message == "The bot bot.py ended (exit code 1)."
    assert "line 2" in error.cause and error.cause.endswith("RuntimeError: no model")
    assert "Mend bot.py line 2" in error.remedy and str(LOG) in error.remedy


@pytest.mark.parametrize(
    ("line", "now"),
    [
        (
            "from pipecat.transports.services.livekit import LiveKitTransport",
            "from pipecat.transports.livekit.transport import LiveKitTransport",
        ),
        ("import pipecat.transports.services.livekit", "import pipecat.transports.livekit.trans"),
        (
            "from pipecat.vad.silero import SileroVADAnalyzer as Vad",
            "from pipecat.audio.vad.silero import SileroVADAnalyzer",
        ),
        (
            "from pipecat.services.openai import (\n    OpenAILLMService,\n)",
            "from pipecat.services.openai.llm import OpenAILLMService",
        ),
        (
            "from pipecat.transports.services.helpers.daily_rest import DailyRESTHelper",
            "from pipecat.transports.daily.utils import DailyRESTHelper",
        ),
        (
            "from pipecat.runner.types import PipecatRunnerArguments",
            "import RunnerArguments  (it took the place of PipecatRunnerArguments)",
        ),
        (
            "from pipecat.processors.aggregators.openai_llm_context import OpenAILLMContext",
            "from pipecat.processors.aggregators.llm_context import LLMContext",
        ),
        ("from pipecat.pipeline.tasks import PipelineTask", "from pipecat.pipeline.worker import"),
        (
            "from pipecat.processors.user_idle_processor import UserIdleProcessor",
            "`user_idle_timeout` of LLMUserAggregatorParams",
        ),
        ("from pipecat.services.openai.llm import NoSuchService", "nothing of that name"),
        (
            "from pipecat.transports.network.websocket_server import WebSocketServerTransport",
            "from pipecat.transports.websocket.server import WebsocketServerTransport",
        ),
    ],
)
async def test_the_new_name_of_an_old_import_is_given(tmp_path: Path, line: str, now: str) -> None:
    error = await ran(tmp_path, f"import os\n{line}\n")
    assert "bot.py line 2" in error.message and "is not in Pipecat 1." in error.message
    assert now in error.remedy
    assert "Error" in error.cause


async def test_imports_that_are_not_needed_are_not_named(tmp_path: Path) -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "try:\n    from pipecat.vad.silero import SileroVADAnalyzer\n"
        "except ImportError:\n    from pipecat.audio.vad.silero import SileroVADAnalyzer\n"
        "if TYPE_CHECKING:\n    from pipecat.nowhere import Thing\n"
        "from pipecat.gone import Other\n"
    )
    error = await ran(tmp_path, source)
    assert "pipecat.gone" in error.message
    assert "silero" not in error.remedy and "nowhere" not in error.remedy


async def test_an_old_import_in_a_file_beside_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "ears.py").write_text("\n\nfrom pipecat.vad.silero import SileroVADAnalyzer\n")
    error = await ran(tmp_path, "import ears\n")
    assert error.message.startswith("ears.py line 3")


async def test_a_file_that_hides_a_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "pipecat.py").write_text("")
    error = await ran(tmp_path, "from pipecat.frames.frames import EndFrame\n")
    assert error.message == "The file pipecat.py of the bot hides the package `pipecat`."
    (tmp_path / "openai.py").write_text("from openai import OpenAI\n")
    error = await ran(tmp_path, "import openai\n")
    assert "openai.py" in error.message and "another name" in error.remedy


async def test_a_package_to_install_goes_by_its_own_name(tmp_path: Path) -> None:
    error = await ran(tmp_path, "from sklearn import svm\n")
    assert "bot.py line 1" in error.message
    assert f'{sys.executable} -m pip install "scikit-learn"' in error.remedy
    error = await ran(tmp_path, "import sklearn\n", command=("/opt/uv", "run"))
    assert 'uv add "scikit-learn"' in error.remedy


async def test_a_module_of_the_project_above_needs_a_path(tmp_path: Path) -> None:
    (tmp_path / "clinic_tools").mkdir()
    (tmp_path / "agents").mkdir()
    error = await ran(tmp_path / "agents", "from clinic_tools.calendar import book\n")
    assert f"PYTHONPATH with the value {tmp_path}" in error.remedy


async def test_the_standalone_flows_package_moved_into_pipecat(tmp_path: Path) -> None:
    error = await ran(tmp_path, "from pipecat_flows import FlowManager\n")
    assert "`pipecat_flows` is part of Pipecat now" in error.message
    assert "`pipecat.flows`" in error.remedy


async def test_a_runner_without_its_extra(tmp_path: Path) -> None:
    runner = "/x/site-packages/pipecat/runner/run.py"
    error = await told(
        tmp_path,
        "Traceback (most recent call last):\n"
        f'  File "{tmp_path}/bot.py", line 9, in <module>\n'
        "    from pipecat.runner.run import main\n"
        f'  File "{runner}", line 115, in <module>\n'
        "    from fastapi.responses import FileResponse, Response\n"
        "ModuleNotFoundError: No module named 'fastapi'",
    )
    assert "needs the extra `runner`" in error.message
    assert 'pip install "pipecat-ai[runner]"' in error.remedy


async def test_an_extra_is_found_by_the_package_it_brings(tmp_path: Path) -> None:
    error = await told(
        tmp_path,
        "Traceback (most recent call last):\n"
        '  File "/x/site-packages/pipecat/transports/daily/transport.py", line 40, in <module>\n'
        "    from daily import CallClient\n"
        "ModuleNotFoundError: No module named 'daily'",
    )
    assert "needs the extra `daily`" in error.message


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os\nos.environ['CLINIC_API_KEY']\n", "CLINIC_API_KEY"),
        ("raise Exception('Missing environment variable: CLINIC_API_KEY.')\n", "CLINIC_API_KEY"),
        ("raise ValueError('Set CLINIC_API_KEY: it is required')\n", "CLINIC_API_KEY"),
        (
            "import os\nKEY = os.getenv('CLINIC_API_KEY')\n"
            "if not KEY:\n    raise RuntimeError('Invalid API key')\n",
            "CLINIC_API_KEY",
        ),
    ],
)
async def test_a_missing_variable_is_named(tmp_path: Path, source: str, name: str) -> None:
    error = await ran(tmp_path, source)
    assert f"the environment variable {name} is not set" in error.message
    assert f"env:{name}" in error.remedy and ".env" in error.remedy


async def test_a_variable_that_is_set_is_not_called_missing(tmp_path: Path) -> None:
    lines = (
        "Traceback (most recent call last):\n"
        f'  File "{tmp_path}/bot.py", line 1, in <module>\n    talk()\n'
        "ValueError: CLINIC_API_KEY is required to be of 32 characters"
    )
    assert (
        "not set" not in (await told(tmp_path, lines, known=frozenset({"CLINIC_API_KEY"}))).message
    )
    assert "not set" in (await told(tmp_path, lines)).message


async def test_an_ordinary_key_error_is_none_of_the_environment(tmp_path: Path) -> None:
    error = await ran(tmp_path, "{}['CLINIC_API_KEY']\n")
    assert "environment" not in error.message


async def test_a_file_that_is_through_at_once(tmp_path: Path) -> None:
    error = await ran(tmp_path, "async def bot(args): ...\n")
    assert "does not start Pipecat's runner" in error.message
    assert "from pipecat.runner.run import main" in error.remedy
    assert "Add the function" not in error.remedy
    error = await ran(tmp_path, "print('hello')\n")
    assert "Add the function `async def bot(runner_args):`" in error.remedy


@pytest.mark.parametrize(
    ("lines", "code", "message", "remedy"),
    [
        (
            "bot.py: error: argument -t/--transport: invalid choice: 'livekit' (choose from "
            "'daily', 'webrtc')",
            2,
            "does not know LiveKit",
            ">=1.8",
        ),
        ("bot.py: error: unrecognized arguments: --host x", 2, "command line of its own", "-u URL"),
        (
            "bot.py: error: the following arguments are required: -u",
            2,
            "command line of its own",
            "`arguments`",
        ),
        (
            "ERROR: [Errno 98] error while attempting to bind on address ('0.0.0.0', 7860): "
            "address already in use",
            1,
            "wants port 7860, which is taken",
            "--port",
        ),
        ("Loading", -9, "ended by SIGKILL", "memory"),
        ("", -11, "ended by SIGSEGV", "native"),
        ("ImportError: Could not find 'bot' function. Make sure", 1, "no function `bot`", "async"),
        (
            "ValueError: Unsupported runner arguments type: <class "
            "'pipecat.runner.types.LiveKitRunnerArguments'>",
            None,
            "of another transport",
            "create_transport",
        ),
    ],
)
async def test_mistakes_that_are_known(
    tmp_path: Path, lines: str, code: int | None, message: str, remedy: str
) -> None:
    error = await told(tmp_path, lines, code)
    assert message in error.message and remedy in error.remedy
    assert error.cause == (f"Its last lines:\n{lines}" if lines else "It wrote nothing.")


async def test_a_live_bot_whose_session_failed(tmp_path: Path) -> None:
    lines = (
        "Traceback (most recent call last):\n"
        f'  File "{tmp_path}/bot.py", line 7, in bot\n    boom()\n'
        "clinic.Broken: the calendar is gone"
    )
    error = await told(tmp_path, lines, None)
    assert error.message == "The bot failed: clinic.Broken in bot.py line 7."
