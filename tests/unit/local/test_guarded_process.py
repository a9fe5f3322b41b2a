"""Children end when their owner ends, whatever ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.local import GuardedProcess, reap_leftovers
from harness.local._registry import Birth, register
from harness.settings import Settings

PYTHON = [sys.executable, "-I", "-S", "-c"]
WAITS = [*PYTHON, "print('up', flush=True)\nimport time\ntime.sleep(600)"]
STUBBORN = [
    *PYTHON,
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\ntime.sleep(600)",
]
WITH_HELPER = [
    *PYTHON,
    "import subprocess, sys\n"
    "helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('helper', helper.pid, flush=True)\nhelper.wait()",
]


async def start(settings: Settings, command: list[str], **options: object) -> GuardedProcess:
    log_path = settings.folder("logs") / "it.log"
    return await GuardedProcess.start(settings, "It", command, log_path=log_path, **options)


async def first_line(process: GuardedProcess) -> str:
    while not (lines := process.last_lines(1)):  # noqa: ASYNC110  a file tells nobody
        await asyncio.sleep(0.01)
    return lines[0]


async def gone(process: psutil.Process) -> bool:
    """Wait until it has ended (as a zombie, where nobody collects orphans)."""
    async with asyncio.timeout(10):
        try:
            while (  # noqa: ASYNC110
                process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            ):
                await asyncio.sleep(0.01)
        except psutil.NoSuchProcess:
            pass
    return True


def records(settings: Settings) -> list[Path]:
    return list((settings.data / "processes").glob("*"))


async def test_runs_logs_and_tells_its_exit_code(settings: Settings) -> None:
    process = await start(settings, [*PYTHON, "print('hello'); raise SystemExit(7)"])
    assert await process.wait() == 7
    assert process.exit_code == 7
    assert process.last_lines(5) == ["hello"]
    assert process.log_path.stat().st_mode & 0o077 == 0
    assert records(settings) == []


async def test_environment_and_folder_are_as_given(settings: Settings, tmp_path: Path) -> None:
    process = await start(
        settings,
        [*PYTHON, "import os; print(os.getcwd(), os.environ['WORD'])"],
        env={"WORD": "sesame"},
        cwd=tmp_path,
    )
    await process.wait()
    assert process.last_lines(1) == [f"{tmp_path.resolve()} sesame"]


async def test_secrets_and_colours_do_not_show(settings: Settings) -> None:
    process = await start(
        settings,
        [*PYTHON, r"print('\x1b[31msesame\x1b[0m token=abc')"],
        hide=["sesame"],
    )
    await process.wait()
    assert process.last_lines(1) == ["[hidden] token=[hidden]"]


async def test_stop_ends_it_and_may_be_called_again(settings: Settings) -> None:
    process = await start(settings, WAITS)
    assert process.exit_code is None
    assert len(records(settings)) == 1
    assert await process.stop() == -signal.SIGTERM
    assert await process.stop() == -signal.SIGTERM
    assert not psutil.pid_exists(process.pid)
    assert records(settings) == []


async def test_stop_kills_what_ignores_the_polite_signal(settings: Settings) -> None:
    process = await start(settings, STUBBORN, grace_s=0.2)
    assert await first_line(process) == "up"
    assert await process.stop() == -signal.SIGKILL


async def test_stop_ends_helpers_too(settings: Settings) -> None:
    process = await start(settings, WITH_HELPER)
    helper = psutil.Process(int((await first_line(process)).split()[1]))
    await process.stop()
    assert await gone(helper)


async def test_helpers_end_when_the_child_ends_by_itself(settings: Settings) -> None:
    process = await start(settings, WITH_HELPER)
    helper = psutil.Process(int((await first_line(process)).split()[1]))
    os.kill(process.pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    assert await gone(helper)


async def test_what_cannot_be_started_is_an_os_error(settings: Settings) -> None:
    with pytest.raises(OSError, match="No such file"):
        await start(settings, ["/nowhere/at-all"])


async def test_a_killed_guard_takes_its_child_along(settings: Settings) -> None:
    process = await start(settings, WAITS)
    child = psutil.Process(process.pid)
    guard = child.parent()
    assert guard is not None
    guard.kill()
    assert await process.wait() == -signal.SIGKILL
    assert await gone(child)
    assert records(settings) == []


async def test_a_hanging_guard_does_not_hang_us(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.local._process._BEYOND_GRACE_S", 0.1)
    process = await start(settings, WAITS, grace_s=0.1)
    child = psutil.Process(process.pid)
    guard = child.parent()
    assert guard is not None
    guard.suspend()
    assert await process.stop() == -signal.SIGKILL
    assert await gone(child)


def test_the_child_ends_when_the_loop_is_thrown_away(settings: Settings) -> None:
    loop = asyncio.new_event_loop()
    process = loop.run_until_complete(start(settings, WAITS))
    child = psutil.Process(process.pid)
    loop.close()
    process._guard.stdin.close()  # what collecting it does, without waiting for the collector
    assert psutil.wait_procs([child], 10)[0] == [child]
    process._guard.wait(10)
    process._guard.stdout.close()


OWNER = """
import asyncio, pathlib, sys
from harness.local import GuardedProcess
from harness.settings import Settings

async def main():
    settings = Settings(data=pathlib.Path(sys.argv[1]))
    process = await GuardedProcess.start(
        settings, "It", sys.argv[2:], log_path=settings.folder("logs") / "it.log")
    while not process.last_lines(1):
        await asyncio.sleep(0.01)
    print(process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def owned_child(settings: Settings, command: list[str]) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(settings.data), *command],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner.stdout:
        return owner, int(owner.stdout.readline())


async def test_the_child_dies_with_an_owner_that_is_killed(settings: Settings) -> None:
    owner, pid = await asyncio.to_thread(owned_child, settings, WAITS)
    child = psutil.Process(pid)
    owner.kill()
    owner.wait()
    assert await gone(child)


async def test_a_later_start_ends_what_owner_and_guard_left_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.local._registry._GRACE_S", 0.2)
    owner, pid = await asyncio.to_thread(owned_child, settings, STUBBORN)
    child = psutil.Process(pid)
    guard = child.parent()
    assert guard is not None
    owner.send_signal(signal.SIGSTOP)
    assert await reap_leftovers(settings) == []  # its owner lives, if slowly
    guard.kill()
    owner.kill()
    owner.wait()
    assert child.is_running()
    assert await reap_leftovers(settings) == ["It"]
    assert await gone(child)
    assert records(settings) == []
    assert await reap_leftovers(settings) == []


async def test_a_process_that_only_has_the_number_of_a_leftover_is_spared(
    settings: Settings,
) -> None:
    process = await start(settings, WAITS)
    try:
        (mine,) = records(settings)
        other = Birth(pid=process.pid, created=Birth.of(process.pid).created - 100)
        mine.unlink()
        record = register(settings, "It", other)
        dead_owner = {"pid": os.getpid(), "created": 1.0}
        text = record.read_text().replace(Birth.of(os.getpid()).model_dump_json(), repr(dead_owner))
        record.write_text(text.replace("'", '"'))
        assert '"created": 1.0' in record.read_text()
        assert await reap_leftovers(settings) == []
        assert records(settings) == []
        assert process.exit_code is None
    finally:
        await process.stop()


async def test_a_damaged_record_is_forgotten(settings: Settings) -> None:
    (settings.folder("processes") / "1-2.json").write_text('{"name": "half a rec')
    assert await reap_leftovers(settings) == []
    assert records(settings) == []
