"""A small process between us and a child, so that the child never outlives us.

Run as a file, with the standard library only (it must start in a few hundredths of a second)::

    python -I -S _guard.py GRACE_SECONDS COMMAND [ARGUMENT ...]

Its standard input is a pipe that only the owner holds. When that pipe closes, because the owner
asked for it or because the owner is dead (SIGKILL included, on Linux and macOS alike), the guard
ends the child's whole process group: SIGTERM, then SIGKILL after the grace. The child writes to the
guard's standard error, a log file. On standard output the guard tells its owner, line by line::

    started PID
    failed REASON            the command could not be started
    exited CODE              negative: ended by that signal
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def tell(line: str) -> None:
    """Tell the owner; it may be dead."""
    with contextlib.suppress(OSError):
        os.write(1, f"{line}\n".encode())


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to what is left of a process group."""
    with contextlib.suppress(OSError):
        os.killpg(group, number)


def main(grace_s: float, command: list[str]) -> int:
    """Run `command` until it ends or the owner lets go; return its exit code for a shell."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *ENDING):
        signal.signal(number, lambda *_: None)
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=2, stderr=2, start_new_session=True
        )
    except OSError as error:
        tell(f"failed {error.strerror or error}")
        return 127
    tell(f"started {child.pid}")

    deadline: float | None = None
    watched = [0, wake_read]
    while child.poll() is None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            signal_group(child.pid, signal.SIGKILL)
            child.wait()
            break
        ready, _, _ = select.select(watched, [], [], left)
        let_go = 0 in ready and not os.read(0, 4096)
        signals = os.read(wake_read, 4096) if wake_read in ready else b""
        if (let_go or ENDING.intersection(signals)) and deadline is None:
            watched = [wake_read]
            deadline = time.monotonic() + grace_s
            signal_group(child.pid, signal.SIGTERM)
    signal_group(child.pid, signal.SIGKILL)  # helpers the child left behind
    tell(f"exited {child.returncode}")
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
