"""What a bot sees of the environment, and what is not to be read of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.agents.bot_files import BotLaunch
from harness.local._bot_env import bot_environment, secrets_in
from harness.local._log import scrub

SERVER: Any = SimpleNamespace(url="ws://ours", api_key="API-ours-1", api_secret="secret-ours")


def launch(folder: Path, **env: str) -> BotLaunch:
    return BotLaunch(folder / "bot.py", ("python",), folder, env=tuple(env.items()))


def test_the_agents_own_names_go_over_dotenv_and_our_server_over_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLINIC_A", "machine")
    monkeypatch.setenv("LIVEKIT_ROOM_NAME", "everybody")
    (tmp_path / ".env").write_text("CLINIC_A=file\nCLINIC_B=file\nLIVEKIT_URL=wss://elsewhere\n")
    env = bot_environment(launch(tmp_path, CLINIC_B="agent", LIVEKIT_API_KEY="theirs"), SERVER)
    assert (env["CLINIC_A"], env["CLINIC_B"]) == ("file", "agent")
    assert (env["LIVEKIT_URL"], env["LIVEKIT_API_KEY"]) == ("ws://ours", "API-ours-1")
    assert "LIVEKIT_ROOM_NAME" not in env
    seated = bot_environment(launch(tmp_path), SERVER, {"LIVEKIT_ROOM_NAME": "here"})
    assert seated["LIVEKIT_ROOM_NAME"] == "here"


def test_nothing_of_our_own_python_is_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    assert "VIRTUAL_ENV" not in bot_environment(launch(tmp_path), SERVER)


def test_secrets_are_known_by_their_names() -> None:
    env = {
        "OPENAI_API_KEY": "key-of-openai",
        "AWS_SECRET_ACCESS_KEY": "aws-secret-key",
        "DB_PASSWORD": "pass-word",
        "GITHUB_TOKEN": " spaced-token\n",
        "TOKENIZERS_PARALLELISM": "disabled",
        "KEYBOARD": "qwerty-us",
        "MODEL": "gpt-something",
        "SHORT_KEY": "12345",
    }
    assert secrets_in(env) == ("aws-secret-key", "key-of-openai", "spaced-token", "pass-word")


def test_a_log_is_scrubbed(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    log.write_bytes(b"one key-of-openai\r\n\xff two\nBearer abcdefghij\nlast, no newline")
    scrub(log, ["key-of-openai"])
    text = log.read_text()
    assert "key-of-openai" not in text and "abcdefghij" not in text
    assert text.startswith("one [hidden]") and text.endswith("last, no newline")
    assert log.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [log]
    scrub(tmp_path / "none.log", ["x"])  # gone already: no error
