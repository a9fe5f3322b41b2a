"""What a bot with the observer tells its caller, by the oldest and the newest Pipecat there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.settings import ROOT

BOT = Path(__file__).parent / "observed_bot.py"
OLDEST = ROOT / ".cache" / "environments" / "pipecat_1_8" / "bin" / "python"
NEWEST = Path(sys.executable)
BOTH = pytest.mark.parametrize("python", [OLDEST, NEWEST], ids=["1.8", "newest"])


@cache
def printed(python: Path, *options: str) -> tuple[Any, ...]:
    """The RTVI messages that the bot sent."""
    assert python.exists(), "sh tools/environment.sh pipecat_1_8 makes it"
    done = subprocess.run(
        [str(python), str(BOT), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return tuple(json.loads(line) for line in done.stdout.splitlines())


def told(python: Path, *options: str) -> list[dict[str, Any]]:
    """The observer's messages among them."""
    return [
        message["data"]
        for message in printed(python, *options)
        if message["type"] == "server-message"
    ]


def of(messages: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["kind"] == kind]


@BOTH
def test_it_says_which_pipecat_it_is_before_all_else(python: Path) -> None:
    first = told(python)[0]
    assert (first["ringback"], first["kind"]) == (1, "hello")
    assert first["pipecat"].startswith("1.8.") == (python == OLDEST)


@BOTH
def test_what_happened_before_the_client_was_ready_is_told_then_and_once(python: Path) -> None:
    messages = told(python)
    assert len(of(messages, "startup")) == 1
    assert of(messages, "startup")[0]["report"]["processor_timings"]
    assert of(messages, "transport")[0]["report"]["client_connected_secs"] > 0
    assert len(of(messages, "first_speech")) == 1


@BOTH
def test_a_turn_is_told_with_its_latency_and_its_parts(python: Path) -> None:
    messages = told(python)
    (latency,) = of(messages, "latency")
    parts = of(messages, "breakdown")[-1]["parts"]
    # The voice detector had waited for 0.2 s when it said that the user had stopped.
    assert latency["seconds"] >= 0.2
    assert [each["duration_secs"] for each in parts["ttfb"]] == [0.1]
    assert parts["function_calls"][0]["function_name"] == "book"
    if python == NEWEST:
        whole = sum(each["duration_secs"] for each in parts["contributions"])
        assert whole == pytest.approx(latency["seconds"], abs=0.01)


@BOTH
def test_turns_and_what_decided_them_are_told(python: Path) -> None:
    messages = told(python)
    assert [each["number"] for each in of(messages, "turn") if each["state"] == "started"] == [1, 2]
    (decision,) = of(messages, "turn_decision")
    assert (decision["complete"], decision["probability"], decision["seconds"]) == (True, 0.9, 0.12)
    assert [each["stop_secs"] for each in of(messages, "silence")] == [0.2]


@BOTH
def test_a_tool_is_told_once_with_its_arguments_and_a_result_that_fits(python: Path) -> None:
    started, finished = of(told(python), "tool")
    assert (started["state"], started["name"], started["id"]) == ("started", "book", "c1")
    assert started["arguments"] == {"day": "Friday"}
    assert finished["state"] == "finished"
    assert len(finished["result"]) < 4_100


def test_values_are_held_back_where_the_bot_says_so() -> None:
    tools = of(told(NEWEST, "--without-values"), "tool")
    assert [each["name"] for each in tools] == ["book", "book"]
    assert not any({"arguments", "result"} & set(each) for each in tools)


def test_a_bot_without_rtvi_works_as_before() -> None:
    assert printed(NEWEST, "--without-rtvi") == ()
