"""Tracebacks as processes write them, and what is shown of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.local._crash import Crash, ending, read_crash


def run(tmp_path: Path, source: str) -> list[str]:
    """What a file really writes as it fails."""
    (tmp_path / "bot.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "bot.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode
    return done.stderr.splitlines()


def crash_of(lines: list[str]) -> Crash:
    crash = read_crash(lines)
    assert crash is not None
    return crash


def test_a_plain_one(tmp_path: Path) -> None:
    lines = run(tmp_path, "def f():\n    raise ValueError('no')\n\nprint('hello')\nf()\n")
    crash = crash_of(["Something before", *lines])
    assert len(crash.chain) == 1
    assert (crash.last.kind, crash.last.text) == ("ValueError", "no")
    assert [(Path(each.file).name, each.line) for each in crash.last.frames] == [
        ("bot.py", 5),
        ("bot.py", 2),
    ]
    assert crash.last.frames[-1].code == "raise ValueError('no')"
    shown = ending(lines, crash)
    assert "line 2" in shown and shown.endswith("ValueError: no")
    assert "^" not in shown


@pytest.mark.parametrize("how", [" from error", ""])
def test_a_chain(tmp_path: Path, how: str) -> None:
    source = (
        "try:\n    import no_such_thing\n"
        f"except ImportError as error:\n    raise RuntimeError('gave up'){how}\n"
    )
    crash = crash_of(run(tmp_path, source))
    assert [each.name for each in crash.chain] == ["ModuleNotFoundError", "RuntimeError"]
    assert crash.chain[0].text == "No module named 'no_such_thing'"


def test_only_the_last_of_several_counts(tmp_path: Path) -> None:
    first = run(tmp_path, "raise KeyError('first')\n")
    crash = crash_of([*first, "It went on.", *run(tmp_path, "raise OSError('second')\n")])
    assert [each.text for each in crash.chain] == ["second"]


def test_as_loguru_prints_it(tmp_path: Path) -> None:
    source = (
        "from loguru import logger\n"
        "def inner(key):\n    return {}[key]\n"
        "try:\n    inner('OPENAI_API_KEY')\n"
        "except KeyError:\n    logger.exception('The session failed')\n"
        "raise SystemExit(1)\n"
    )
    crash = crash_of(run(tmp_path, source))
    assert (crash.last.kind, crash.last.text) == ("KeyError", "'OPENAI_API_KEY'")
    assert [each.line for each in crash.last.frames] == [5, 3]
    shown = ending([], crash)
    assert "│" not in shown and "└" not in shown


@pytest.mark.parametrize(
    "source", ["def f(:\n    pass\n", "if True:\npass\n", "if True:\n\tx = 1\n        y = 2\n"]
)
def test_a_file_that_is_no_python(tmp_path: Path, source: str) -> None:
    crash = crash_of(run(tmp_path, source))
    assert crash.last.name in ("SyntaxError", "IndentationError", "TabError")
    assert crash.last.frames[-1].line == len(source.splitlines()) or "f(:" in source


def test_an_exception_group(tmp_path: Path) -> None:
    source = (
        "import asyncio\n"
        "async def bad():\n    raise ValueError('in a task')\n"
        "async def main():\n"
        "    async with asyncio.TaskGroup() as tasks:\n        tasks.create_task(bad())\n"
        "asyncio.run(main())\n"
    )
    crash = crash_of(run(tmp_path, source))
    assert crash.last.text == "in a task"
    assert crash.last.frames[-1].line == 3


def test_a_message_of_several_lines(tmp_path: Path) -> None:
    crash = crash_of(run(tmp_path, "raise ValueError('one\\n  two\\n  three')\n"))
    assert crash.last.text == "one\ntwo\nthree"


def test_a_deep_one_still_shows_the_bots_own_place(tmp_path: Path) -> None:
    source = "import json\njson.loads('{', object_hook=None)\n"
    lines = run(tmp_path, source)
    shown = ending(lines, crash_of(lines), lambda file: Path(file).name == "bot.py")
    assert "bot.py" in shown and "..." in shown and "JSONDecodeError" in shown


def test_without_a_traceback_the_last_lines_are_shown() -> None:
    lines = [f"line {n}" for n in range(20)] + ["", "\x1b]0;evil\x07\x00title", "x" * 5000]
    assert read_crash(lines) is None
    shown = ending(lines).splitlines()
    assert len(shown) == 6
    assert "\x1b" not in shown[-2] and "\x07" not in shown[-2]
    assert len(shown[-1]) < 400


_LINES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        '  File "bot.py", line 3, in main',
        '  File "bot.py", line 3',
        '> File "x", line 1, in <module>',
        "    boom()",
        "ValueError: no",
        "SyntaxError: invalid",
        "During handling of the above exception, another exception occurred:",
        "  + Exception Group Traceback (most recent call last):",
        "  +-+---------------- 1 ----------------",
        "    | Traceback (most recent call last):",
        "",
        "│ └ 3",
    ]
)


@given(st.lists(_LINES | st.text(max_size=60), max_size=40))
def test_nothing_that_is_written_can_break_it(lines: list[str]) -> None:
    crash = read_crash(lines)
    assert isinstance(ending(lines, crash), str)
    assert crash is None or crash.chain
